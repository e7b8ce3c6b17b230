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

WRITER_WORDS = frozenset(
    "add append archive cache checkpoint copy download dump export extract link mark mirror move persist place plot "
    "put record render save stamp store symlink sync to touch unpack unzip write".split()
)
"""What the names of functions that write a file begin with."""

PATH_MAKERS = frozenset(
    "join joinpath format with_name with_stem with_suffix relative_to is_relative_to absolute resolve "
    "expanduser substitute safe_substitute".split()
)
"""Methods that make a path or a text of what they are given, and touch no file."""

COPIERS = frozenset({"copy", "copy2", "copyfile", "copystat", "copymode"})
MOVERS = frozenset({"replace", "rename", "move", "renames"})

COMMANDS = frozenset(
    "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen "
    "subprocess.getoutput subprocess.getstatusoutput os.system os.popen os.execv os.execvp os.spawnl os.spawnlp "
    "os.spawnv os.spawnvp os.posix_spawn pty.spawn asyncio.create_subprocess_exec "
    "asyncio.create_subprocess_shell".split()
)
"""Functions, by full name, that run a program."""

CREATING_PROGRAMS = frozenset("cp install ln mkfifo mktemp mv rm rmdir tee touch truncate".split())
"""Programs that make, take away or replace what they are given, whatever its name ends with."""

READING_PROGRAMS = frozenset(
    "awk basename cat cd cut diff dirname du echo egrep env false file find grep head hostname jq ls md5sum mkdir "
    "printf ps pwd sha256sum sleep stat tail test true type uname uniq wc which whoami".split()
)
"""Programs that write nothing but what is redirected, and those that make directories."""
