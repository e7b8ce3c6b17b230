"""Which targets are local text files, whose bytes are the UTF-8 form of the text that is written to them."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemods.knowledge.call_names import BUILTINS, METHODS
from codemods.knowledge.markers import ENGINES, IN_MEMORY, MARKERS, OF_A_FILE
from codemods.python.classes import ClassRef, base_expressions
from codemods.python.effects.reading import FILLS
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources
from codemods.python.trees import walk


class Trouble(NamedTuple):
    """Why writing to a target is not writing a local text file.

    Attributes:
        code: of the refusal.
        reason: what is wrong.
        in_place: whether the bytes are in a local file all the same as soon as they are written.
        is_local: whether it is a local file all the same, whatever its bytes are, once the target is closed.
    """

    code: str
    reason: str
    in_place: bool = False
    is_local: bool = False


_LOCAL = frozenset(
    "luigi.LocalTarget luigi.local_target.LocalTarget luigi.file.LocalTarget luigi.file.File LocalTarget".split()
)
_MADE_OF = frozenset(
    {"open", "path", "fn", "format", "fs", "move", "__init__", "__getattr__", "__getattribute__"}
)
"""Members of a target's class that decide what a write does; a subclass that has one may do anything else."""

_ASKS = (BUILTINS - {"vars"}) | frozenset({"print", "id", "flatten", "super"})
"""Functions that a target is safe with."""

SET = frozenset({"path", "fn", "format", "fs", "open", "__class__"})
"""Attributes of a target by which it writes something else once they are set."""

_TEXT = frozenset({"luigi.format.UTF8", "luigi.format.Text"})
_BYTES = frozenset(
    f"luigi.format.{name}"
    for name in ("Nop", "Gzip", "Bzip2", "MixedUnicodeBytes", "SysNewLine", "WebHdfsPlain")
)
_UTF8 = frozenset({"utf-8", "utf8", "utf_8"})
_MAX_ALIASES = 8


def target_trouble(call: ast.Call, scope: Scope, sources: Sources) -> Trouble | None:
    """Why a target that a call makes is not known to be a local text file, None where it is one.

    Args:
        call: the construction of the target.
        scope: where it stands.
        sources: name and class resolution.
    """
    name = dotted_name(call.func) or "the target"
    if not _is_local(call.func, scope, sources):
        ref = sources.classes.resolve(call.func, scope.module)
        is_local = ref is not None and _keeps_its_path(ref, sources, frozenset())
        return Trouble("DBR424", f"{name} is not known to be a local file", is_local=is_local)
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return Trouble("DBR424", f"the arguments of {name} are not all in sight")
    changed = _changed_in(scope, sources)
    if changed is not None:
        return Trouble("DBR424", f"{changed} may change a target that is made there")
    given = {k.arg: k.value for k in call.keywords}
    chosen = call.args[1] if len(call.args) > 1 else given.get("format")
    trouble = _format_trouble(chosen, scope, sources) if chosen is not None else None
    return trouble._replace(is_local=True) if trouble is not None else None


class _Changed:
    """The statement that changes a target, by the function that it stands in."""


def _changed_in(scope: Scope, sources: Sources) -> str | None:
    """The statement of a function by which a target that it has made writes other bytes, or another file."""
    known: dict[int, str | None] = sources.learnt.setdefault(_Changed, {})
    key = id(scope.function)
    if key not in known:
        nodes = list(walk(scope.function))
        held = _names_of_targets(nodes)
        bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        found = (n for n in nodes if changes_a_target(n, scope.self_name) or _is_given(n, held, bound))
        known[key] = next((ast.unparse(n) for n in found), None)
    return known[key]


def _names_of_targets(nodes: list[ast.AST]) -> set[str]:
    """The names that a function gives to what it makes by a call of a target's class."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for node in nodes:
        if isinstance(node, ast.Assign):
            pairs += [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.NamedExpr | ast.AnnAssign) and node.value is not None:
            pairs.append((node.target, node.value))
    found: set[str] = set()
    for target, value in pairs:
        inner = [(target, value)]
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            inner = list(zip(target.elts, value.elts, strict=False))
        for name, made in inner:
            is_made = isinstance(made, ast.Call) and (dotted_name(made.func) or "").endswith("Target")
            if is_made and isinstance(name, ast.Name):
                found.add(name.id)
    return found


def _is_of(holder: ast.expr, names: set[str]) -> bool:
    """Whether an expression begins with one of the names."""
    return (dotted_name(holder) or "").partition(".")[0] in names


def _is_given(node: ast.AST, held: set[str], bound: set[str]) -> bool:
    """Whether a node gives a target to a function that may set an attribute of it, or opens its attributes."""
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__" and isinstance(node.value, ast.Name) and node.value.id in held
    if not isinstance(node, ast.Call):
        return False
    name = (dotted_name(node.func) or "").rpartition(".")[2]
    if isinstance(node.func, ast.Attribute) and name in FILLS and not _is_of(node.func.value, bound):
        name = ""
    if name in _ASKS or (isinstance(node.func, ast.Attribute) and name in METHODS | FILLS):
        return False
    given = [*node.args, *(k.value for k in node.keywords)]
    return any(isinstance(a, ast.Name) and a.id in held for a in given)


def changes_a_target(node: ast.AST, self_name: str | None) -> bool:
    """Whether a node sets what decides which bytes a target writes, and where, of anything but the task itself."""
    if isinstance(node, ast.Attribute):
        of_task = isinstance(node.value, ast.Name) and node.value.id == self_name
        return node.attr in SET and not isinstance(node.ctx, ast.Load) and not of_task
    if isinstance(node, ast.Call):
        name = (dotted_name(node.func) or "").rpartition(".")[2]
        attribute = node.args[1] if name in {"setattr", "__setattr__"} and len(node.args) > 1 else None
        return attribute is not None and getattr(attribute, "value", None) in {*SET, None}
    return False


def makes_target(call: ast.Call, scope: Scope, sources: Sources) -> bool:
    """Whether a call makes a target: by the name of what is called, or by its class where that is in sight."""
    name = dotted_name(call.func)
    if name is None or name.rpartition(".")[2].endswith("Target"):
        return name is not None
    if scope.is_local(name.partition(".")[0]):
        return False
    ref = sources.classes.resolve(call.func, scope.module)
    return ref is not None and _keeps_its_path(ref, sources, frozenset())


def is_marker(call: ast.Call, scope: Scope, sources: Sources) -> bool:
    """Whether a call makes a target that is no file: an entry in a database, of Luigi's classes or an heir."""
    root = (dotted_name(call.func) or "").partition(".")[0]
    if not root or scope.is_local(root):
        return False
    name = sources.names.origin(call.func, scope.module)
    if name not in MARKERS:
        ref = sources.classes.resolve(call.func, scope.module)
        name = _name_in_luigi(ref) if ref is not None else None
        if name not in MARKERS:
            return ref is not None and _is_without_file(ref, sources)
    if name not in ENGINES:
        return True
    given = {k.arg: k.value for k in call.keywords}
    engine = call.args[0] if call.args else given.get(ENGINES[name])
    # SQLite's database is a file: one that is named here, or may be.
    if not isinstance(engine, ast.Constant):
        return False
    return engine.value in IN_MEMORY or not str(engine.value).startswith("sqlite")


def _name_in_luigi(ref: ClassRef) -> str | None:
    """The full name of a class whose file lies where an import of `luigi.contrib` looks: Luigi is the tree itself.

    In its own module such a class has no import that would tell.
    """
    folder = ref.module.directory
    packages = folder.parent, folder
    is_luigi = [p.name for p in packages] == ["luigi", "contrib"]
    if not is_luigi or not all((p / "__init__.py").is_file() for p in packages):
        return None
    return f"luigi.contrib.{ref.module.path.stem}.{ref.name}"


def _is_without_file(ref: ClassRef, sources: Sources) -> bool:
    """Whether a class in sight adds nothing to a target of a database that could be a file, or lead to one."""
    line = sources.classes.line(ref)
    known = {id(item.node) for item in line}
    if any(_own_names(item.node) & OF_A_FILE or _keeps_something(item.node) for item in line):
        return False
    bases = [(base, item.module) for item in line for base in base_expressions(item.node)]
    above = [
        sources.names.origin(base, module) or dotted_name(base)
        for base, module in bases
        if (parent := sources.classes.resolve(base, module)) is None or id(parent.node) not in known
    ]
    return bool(above) and all(name in MARKERS and name not in ENGINES for name in above)


def _keeps_something(node: ast.ClassDef) -> bool:
    """Whether a class stores anything in its objects: it may be the path of a file."""
    return any(
        (isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load))
        or (isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in {"setattr", "vars"})
        for n in ast.walk(node)
    )


def is_local_target(call: ast.Call, scope: Scope, sources: Sources) -> bool:
    """Whether a call makes a target that is a local file, whatever its format."""
    trouble = target_trouble(call, scope, sources)
    return trouble is None or (trouble.is_local and trouble.code != "DBR424")


def _is_local(function: ast.expr, scope: Scope, sources: Sources) -> bool:
    """Whether a class is Luigi's local target, or one in sight that changes nothing of how that writes."""
    if sources.names.origin(function, scope.module) in _LOCAL:
        return True
    ref = sources.classes.resolve(function, scope.module)
    if ref is None:
        return _origin(function, scope, sources) in _LOCAL
    return _is_plain_subclass(ref, sources, frozenset())


def _is_plain_subclass(ref: ClassRef, sources: Sources, seen: frozenset[int]) -> bool:
    bases = base_expressions(ref.node)
    if id(ref.node) in seen or not bases or _own_names(ref.node) & _MADE_OF:
        return False
    for base in bases:
        if (sources.names.origin(base, ref.module) or dotted_name(base)) in _LOCAL:
            continue
        parent = sources.classes.resolve(base, ref.module)
        if parent is None or not _is_plain_subclass(parent, sources, seen | {id(ref.node)}):
            return False
    return True


def _keeps_its_path(ref: ClassRef, sources: Sources, seen: frozenset[int]) -> bool:
    """Whether a class in sight is a local target whose file lies at the path that it is given first."""
    bases = base_expressions(ref.node)
    names = _own_names(ref.node)
    if id(ref.node) in seen or not bases or names & (_MADE_OF - {"open", "format", "move", "__init__"}):
        return False
    init = next((s for s in ref.node.body if isinstance(s, ast.FunctionDef) and s.name == "__init__"), None)
    if init is not None and not _hands_its_path_on(init):
        return False
    for base in bases:
        if (sources.names.origin(base, ref.module) or dotted_name(base)) in _LOCAL:
            continue
        parent = sources.classes.resolve(base, ref.module)
        if parent is None or not _keeps_its_path(parent, sources, seen | {id(ref.node)}):
            return False
    return True


def _hands_its_path_on(init: ast.FunctionDef) -> bool:
    """Whether a constructor gives its first parameter, unchanged, to `super().__init__()` as the first argument."""
    own = [*init.args.posonlyargs, *init.args.args]
    if len(own) < 2:
        return False
    path = own[1].arg
    nodes = list(ast.walk(init))
    if any(isinstance(n, ast.Name) and n.id == path and not isinstance(n.ctx, ast.Load) for n in nodes):
        return False
    if any(
        isinstance(n, ast.Attribute) and n.attr in {"path", "fn"} and isinstance(n.ctx, ast.Store)
        for n in nodes
    ):
        return False
    calls = [
        s.value
        for s in init.body
        if isinstance(s, ast.Expr)
        and isinstance(s.value, ast.Call)
        and ast.unparse(s.value.func).startswith("super(")
        and ast.unparse(s.value.func).endswith(".__init__")
    ]
    given = [
        c.args[0] if c.args else next((k.value for k in c.keywords if k.arg == "path"), None) for c in calls
    ]
    return len(given) == 1 and isinstance(given[0], ast.Name) and given[0].id == path


def _own_names(node: ast.ClassDef) -> set[str]:
    """What a class body defines."""
    found: set[str] = set()
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found


def _origin(expression: ast.expr, scope: Scope, sources: Sources) -> str:
    return sources.names.origin(expression, scope.module) or dotted_name(expression) or ""


def _format_trouble(node: ast.expr, scope: Scope, sources: Sources) -> Trouble | None:
    """Why a `format=` does not give the UTF-8 form of the text."""
    for _ in range(_MAX_ALIASES):
        resolved = sources.names.resolve(node, scope.module) if dotted_name(node) else None
        if resolved is None or not isinstance(resolved.node, ast.expr):
            break
        node, scope = resolved.node, Scope(resolved.module, None, scope.function)
    written = ast.unparse(node)
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    if isinstance(node, ast.BinOp):
        return Trouble("DBR402", f"the target has format={written}, which changes its bytes")
    if isinstance(node, ast.Call):
        called = _origin(node.func, scope, sources)
        if called == "luigi.format.get_default_format" and not node.args:
            return None
        if called == "luigi.format.TextFormat" and _is_plain_text(node):
            return None
        return Trouble("DBR403", f"the target has format={written}", called == "luigi.format.TextFormat")
    origin = _origin(node, scope, sources)
    if origin in _TEXT:
        return None
    if origin in _BYTES:
        return Trouble("DBR402", f"the target has format={written}", origin == "luigi.format.Nop")
    return Trouble("DBR403", f"the target has format={written}, which is not known to be plain UTF-8 text")


def _is_plain_text(call: ast.Call) -> bool:
    given = {k.arg: k.value for k in call.keywords}
    if call.args or set(given) - {"encoding", "newline"}:
        return False
    encoding, newline = given.get("encoding"), given.get("newline")
    return (
        encoding is None or (isinstance(encoding, ast.Constant) and str(encoding.value).lower() in _UTF8)
    ) and (newline is None or (isinstance(newline, ast.Constant) and newline.value in {None, "", "\n"}))
