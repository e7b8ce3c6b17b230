"""The tool on public Luigi repositories at pinned commits (`make ecosystem`). Only counts of theirs are kept."""
