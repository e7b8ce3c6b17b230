"""Finding what is wrong in refactored tasks, and which tasks are not refactored. Reads only, runs nothing."""
