"""Names that tell calls with a path apart where no source says what they do."""

NOT_WRITERS = frozenset(
    (
        "str repr print len Path PurePath isinstance open exists isfile isdir is_file is_dir basename "
        "dirname splitext getsize getmtime mkdir makedirs stat fspath abspath realpath relpath joinpath "
        "append add LocalTarget format remove unlink rmtree chmod chown utime getLogger type bool dict "
        "list tuple set"
    ).split()
)
"""Calls that take a path and write nothing to it."""

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
    "extend",
    "append",
)
"""What the names of functions that read a file begin with."""

COPIERS = frozenset({"copy", "copy2", "copyfile", "copystat", "copymode"})
MOVERS = frozenset({"replace", "rename", "move", "renames"})
