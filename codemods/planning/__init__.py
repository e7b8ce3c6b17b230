"""From what a task does to a list of insertions. Decides everything, changes nothing."""
