"""What a call out of sight does to the path it is given, by the table of known functions."""

from __future__ import annotations

import ast

from codemods.knowledge import file_effects as known
from codemods.knowledge.file_effects import KnownWriter, is_compressed
from codemods.knowledge.file_uses import Use
from codemods.python.effects.opens import use_of_text
from codemods.python.modules import ImportedName, Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, own_imports
from codemods.python.trees import by_kind, kept_with_tree

_OTHER_FRAMES = frozenset({"dask", "pyspark", "modin", "cudf", "vaex", "polars", "koalas", "ray"})


def origin_of(call: ast.Call, scope: Scope, sources: Sources) -> str | None:
    """The full name of what a call calls, where an import binds it."""
    return full_name(call.func, scope, sources)


def full_name(expression: ast.expr, scope: Scope, sources: Sources) -> str | None:
    """The full name of what an expression names, where an import binds it, one of the function's own too."""
    dotted = dotted_name(expression)
    if dotted is None:
        return None
    root, _, rest = dotted.partition(".")
    if not scope.is_local(root):
        return sources.names.origin(expression, scope.module)
    imported = _imported_inside(root, scope)
    parts = rest.split(".") if rest else []
    if imported is None or imported.level or sources.names.follow(imported, parts, scope.module) is not None:
        return None
    return ".".join(part for part in (imported.module, imported.name or "", *parts) if part)


def _imported_inside(name: str, scope: Scope) -> ImportedName | None:
    """What all bindings of a name of a function import, None where one binds something else."""
    holder = scope.holder_of(name)
    own = own_imports(holder.function)
    found = {own.get(id(node)) for node in holder.bindings.get(name, ())}
    return found.pop() if len(found) == 1 else None


def known_writer(call: ast.Call, scope: Scope, sources: Sources) -> KnownWriter | None:
    """The writer that a call out of sight is, None where nothing is known of it."""
    found = known.FUNCTIONS.get(origin_of(call, scope, sources) or "")
    if found is not None:
        return None if leaves_nothing(call, found) else found
    if not isinstance(call.func, ast.Attribute):
        return None
    for name, method in known.CLASS_METHODS.items():
        holder, _, last = name.rpartition(".")
        if last == call.func.attr and _is_made_by(call.func.value, holder, scope, sources):
            return method
    found = known.METHODS.get(call.func.attr)
    if found is None or (found.packages and not _imports_one_of(found.packages, scope.module)):
        return None
    return found


def leaves_nothing(call: ast.Call, writer: KnownWriter) -> bool:
    """Whether the arguments of a known writer show that it only reads, or takes away again what it makes."""
    if not writer.flag:
        return False
    given = {k.arg: k.value for k in call.keywords}
    if None in given or any(isinstance(a, ast.Starred) for a in call.args):
        return False
    node = given.get(writer.flag) or (call.args[writer.flag_at] if len(call.args) > writer.flag_at else None)
    value = _literal(node, writer.flag_default)
    if writer.writing:
        return isinstance(value, str) and not set(value) & set(writer.writing)
    return value in writer.reads


def is_only_read(call: ast.Call, scope: Scope, sources: Sources) -> bool:
    """Whether a call is of a known writer that leaves nothing behind, as it is called."""
    found = known.FUNCTIONS.get(origin_of(call, scope, sources) or "")
    return found is not None and leaves_nothing(call, found)


def _is_made_by(node: ast.expr, holder: str, scope: Scope, sources: Sources) -> bool:
    """Whether a value is a name's only value, or a call, that makes an instance of the class."""
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id) or []
        return (
            len(values) == 1 and isinstance(values[0], ast.Call) and _makes(values[0], holder, scope, sources)
        )
    return isinstance(node, ast.Call) and _makes(node, holder, scope, sources)


def _makes(call: ast.Call, holder: str, scope: Scope, sources: Sources) -> bool:
    return origin_of(call, scope, sources) == holder


def _imports_one_of(packages: tuple[str, ...], module: Module) -> bool:
    imported = _imported_packages(module.tree)
    return bool(imported & set(packages)) and not imported & _OTHER_FRAMES


@kept_with_tree
def _imported_packages(tree: ast.Module) -> frozenset[str]:
    """The packages that a module imports, in its functions too."""
    nodes = by_kind(tree)
    names = [a.name for n in nodes.get(ast.Import, ()) if isinstance(n, ast.Import) for a in n.names]
    names += [
        n.module or "" for n in nodes.get(ast.ImportFrom, ()) if isinstance(n, ast.ImportFrom) and not n.level
    ]
    return frozenset(name.partition(".")[0] for name in names)


def path_argument(call: ast.Call, writer: KnownWriter) -> ast.expr | None:
    """The path that a known writer is given, None where it is given none."""
    for keyword in call.keywords:
        if writer.keyword and keyword.arg == writer.keyword:
            return keyword.value
    return call.args[writer.position] if len(call.args) > writer.position else None


def external_effect(call: ast.Call, writer: KnownWriter, filename: str | None) -> Use | None:
    """What a known writer does to its file; None where an argument or the file's name leaves that open.

    Args:
        call: the call.
        writer: what is known of it.
        filename: the end of the file's name, with its ending; None where that is not known.
    """
    if writer.use is not Use.WRITE:
        return writer.use
    given = {k.arg: k.value for k in call.keywords}
    if None in given or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    mode = _literal(given.get(writer.mode), "w") if writer.mode else "w"
    encoding = _literal(given.get(writer.encoding), None) if writer.encoding else None
    packed = _literal(given.get(writer.compression), "infer") if writer.compression else None
    if ... in {mode, encoding, packed}:
        return None
    use = use_of_text(str(mode))
    if use is not Use.WRITE:
        return use
    if packed not in {None, "infer"}:
        return Use.BYTES
    folded = encoding.lower() if isinstance(encoding, str) else encoding
    if folded not in writer.utf8:
        return Use.ENCODED
    return Use.WRITE if packed is None else use_of_name(filename)


def use_of_name(filename: str | None) -> Use:
    """What a writer that infers a compression does: WRITE or BYTES, NAMED where the end of the name is not known."""
    if filename is None:
        return Use.NAMED
    return Use.BYTES if is_compressed(filename) else Use.WRITE


def _literal(node: ast.expr | None, default: object) -> object:
    if node is None:
        return default
    return node.value if isinstance(node, ast.Constant) else ...
