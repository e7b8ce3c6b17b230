"""Names that tell calls with a path apart where no source says what they do."""

READER_PREFIXES = (
    "load",
    "read",
    "parse",
    "from_",
    "get",
    "is_",
    "has_",
    "check",
    "validate",
)
"""What the names of functions that read a file begin with: good enough to look at a task, not to rewrite it."""

COPIERS = frozenset({"copy", "copy2", "copyfile", "copystat", "copymode"})
MOVERS = frozenset({"replace", "rename", "move", "renames"})
