"""Places that are written without a task: `open("notes.txt", "w")`; and which places a text row can stand for."""

from __future__ import annotations

import ast

from codemods.python.modules import ImportedName
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope
from codemods.refusals import Refused
from codemods.tasks.places import WORKING, Location, is_flat, relative_text, starts_relative
from codemods.tasks.targets import Trouble

_FILE_MODULES = frozenset({"io", "codecs"})
_MODE = frozenset("rwaxbt+U")


def written_out(node: ast.expr, scope: Scope) -> Location | None:
    """The file in the working directory that a literal path names, also in `Path(...)` or a name of its own."""
    kind = "str"
    for _ in range(8):
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            if (dotted_name(node.func) or "").rpartition(".")[2] not in {
                "Path",
                "PurePath",
                "PosixPath",
                "str",
            }:
                return None
            kind = "str" if dotted_name(node.func) == "str" else "path"
            node = node.args[0]
        elif isinstance(node, ast.Name):
            values = scope.values_of(node.id)
            bound = values[0] if values and len(values) == 1 else None
            if values is None:
                bound = scope.module.bindings.get(node.id)  # type: ignore[assignment]
            if not isinstance(bound, ast.expr):
                return None
            node = bound
        else:
            break
    text = relative_text(node)
    if text is not None:
        filename = ast.Constant(text)
        return Location(kind, filename, base=WORKING, flat=is_flat(filename))
    return Location(kind, ambiguous=True, base=WORKING) if starts_relative(node) else None


def opens_by_module(call: ast.Call, scope: Scope) -> bool:
    """Whether `X.open(path)` is a function of a module or a class, such as `Image.open`, and no target's method."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "open":
        return False
    name = dotted_name(call.func.value)
    if name is None or scope.is_local(name.partition(".")[0]):
        return False
    binding = scope.module.bindings.get(name.partition(".")[0])
    if not isinstance(binding, ImportedName) or name in _FILE_MODULES:
        return False
    if binding.name is None:
        return True
    first = call.args[0] if call.args else None
    is_mode = (
        isinstance(first, ast.Constant) and bool(set(str(first.value))) and set(str(first.value)) <= _MODE
    )
    return first is not None and not is_mode


def unknown_target(node: ast.expr) -> Location:
    """A target that nothing is known of."""
    return Location(
        "target", trouble=Trouble("DBR424", f"{ast.unparse(node)} is not known to be a local file")
    )


def require_local_text(location: Location, node: ast.AST) -> Location:
    """The location itself.

    Raises:
        Refused: it is not known to be a local file, or holds other bytes than the text's.
    """
    trouble = location.trouble
    if trouble is None or (trouble.code != "DBR424" and location.kind != "target"):
        return location
    raise Refused(trouble.code, trouble.reason, node)


def require_local(location: Location, node: ast.AST) -> Location:
    """The location itself.

    Raises:
        Refused: it is not known to be a local file, whatever bytes that holds.
    """
    trouble = location.trouble
    if trouble is None or trouble.code != "DBR424" or trouble.is_local:
        return location
    raise Refused(trouble.code, trouble.reason, node)
