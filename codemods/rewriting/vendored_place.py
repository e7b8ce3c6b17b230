"""Where the module of a vendored service can be, and what it is imported as."""

from __future__ import annotations

import ast
import keyword
import sys
from pathlib import Path

from codemods.errors import InitialisationError

FILE_NAME = "database_first.py"
_NEEDED = frozenset({"luigi", "psycopg", "sqlalchemy"})


def new_module(into: Path | None, base: Path, root: Path) -> tuple[Path, str]:
    """The file of a module that is not there yet, and its dotted name.

    Args:
        into: the file that is wanted, None for one beside the base class.
        base: the file of the base class, which imports it.
        root: the directory that the imports of the base class start from.

    Raises:
        InitialisationError: the base class could not import it from there, or something is in the place.
    """
    file = into if into is not None else base.parent / FILE_NAME
    another = "name another file with --into" if into is not None else "name the file with --into"
    if file.suffix != ".py":
        raise InitialisationError(f"--into {file} is no file name of a Python module")
    if file.exists() or file.is_symlink():
        raise InitialisationError(f"{file} is there already, and is left as it is: {another}")
    if file.with_suffix("").is_dir():
        raise InitialisationError(f"{file.with_suffix('')} is a package of the same name: {another}")
    if not file.parent.is_dir():
        raise InitialisationError(f"{file}: there is no directory {file.parent}")
    return file, dotted_name(file, base, root)


def dotted_name(file: Path, base: Path, root: Path) -> str:
    """What the module of a file is imported as by the file of the base class.

    Raises:
        InitialisationError: it could not be imported from there, or not without running more than that.
    """
    real = file.resolve()
    if not real.is_relative_to(root.resolve()):
        raise InitialisationError(
            f"{file} is outside of {root}, which the imports of {base} start from: it could not import it"
        )
    names = real.relative_to(root.resolve()).with_suffix("").parts
    unfit = [name for name in names if not name.isidentifier() or keyword.iskeyword(name)]
    if unfit:
        raise InitialisationError(f"{file}: {unfit[0]} is no name that an import statement can have")
    hiding = next((n for n in (names[0], names[-1]) if n in sys.stdlib_module_names or n in _NEEDED), None)
    if hiding is not None:
        raise InitialisationError(
            f"{file}: there is another module called {hiding}; one would hide the other"
        )
    above = {parent / "__init__.py" for parent in base.resolve().parents}
    folders = [real.parent.joinpath(*[".."] * depth).resolve() for depth in range(len(names) - 1)]
    for package in reversed([folder / "__init__.py" for folder in folders]):
        if package not in above and package.is_file() and not _does_nothing(package):
            raise InitialisationError(
                f"{file}: importing it runs {package}, which may need {base.name} in turn: "
                "name a file beside the base class with --into"
            )
    return ".".join(names)


def _does_nothing(package: Path) -> bool:
    """Whether running the file of a package has no effect: it holds nothing but texts."""
    try:
        body = ast.parse(package.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    return all(isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) for s in body)
