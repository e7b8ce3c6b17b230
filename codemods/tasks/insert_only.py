"""Whether a database service inserts a row for a file where it should replace the one that is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.python.call_facts import is_logging_call
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.modules import Module, ModuleFinder
from codemods.python.names import NameResolver, dotted_name
from codemods.python.statements import bound_names, read_names
from codemods.python.trees import walk
from codemods.source import SourceFile

OPENS, STORES = "get_database_service", "create_plan_content"
_INSERTING = frozenset(
    {"add", "add_all", "insert", "insert_one", "bulk_insert_mappings", "bulk_save_objects"}
)
_REPLACING = re.compile(
    r"merge|conflict|upsert|update|delete|replace_one|query|select|filter|first|one_or_none|scalar|exists|find|"
    r"get_or_create|create_or"
)
_HARMLESS = frozenset(
    "append begin bool close commit copy dict dumps encode expunge flush format get int isoformat items join keys len "
    "list lower now pop refresh repr rollback setdefault sha256 hexdigest sorted str strip time tuple utcnow values "
    "uuid4 super isinstance nullcontext contextmanager session Session".split()
)
_REPLACING_SQL = re.compile(
    r"\b(ON\s+CONFLICT|ON\s+DUPLICATE|OR\s+REPLACE|REPLACE\s+INTO|MERGE|UPDATE|DELETE|SELECT)\b",
    re.IGNORECASE,
)
_INSERTING_SQL = re.compile(r"\bINSERT\s+INTO\b", re.IGNORECASE)
_BUDGET = 4


@dataclass(frozen=True)
class InsertOnly:
    """A service that makes a new row each time.

    Attributes:
        service: its class.
        method: the method that stores a file's content.
        session: the expression that a row is added to; empty where the method speaks SQL.
        row_class: the name of the row's class; empty likewise.
    """

    service: ClassRef
    method: Function
    session: str = ""
    row_class: str = ""

    @property
    def message(self) -> str:
        """What is wrong, in a sentence."""
        return (
            f"{self.service.name}.{STORES}() inserts a row each time it is called and never looks for the one that is "
            "there: a task that runs again doubles its rows"
        )

    @property
    def upsert(self) -> str:
        """The few lines that make it right."""
        given = [a.arg for a in self.method.args.args[1:]]
        values = given[0] if given else "values"
        if not self.row_class:
            return "INSERT INTO ... ON CONFLICT (plan_id, filename) DO UPDATE SET content = excluded.content, ..."
        key = f'plan_id={values}["plan_id"], filename={values}["filename"]'
        return (
            f"row = {self.session}.query({self.row_class}).filter_by({key}).first()\n"
            "if row is None:\n"
            f"    {self.session}.add({self.row_class}(**{values}))\n"
            "else:\n"
            f"    for column, value in {values}.items():\n"
            "        setattr(row, column, value)\n"
            f"{self.session}.commit()"
        )


def insert_only_service(owner: ClassRef, names: NameResolver, classes: ClassResolver) -> InsertOnly | None:
    """The service that a task's class opens, where its source shows that it inserts only; None for any other answer.

    Args:
        owner: the class of a task, or its base class.
        names: resolves names.
        classes: resolves classes.
    """
    member = classes.method(owner, OPENS)
    if member is None or member.method is None:
        return None
    service = _given_by(member.method, member.owner.module, names, classes, _BUDGET)
    return inserts_only(service, classes) if service is not None else None


def insert_only_service_of(
    source: SourceFile, name: str, sources: Sequence[SourceFile] = ()
) -> InsertOnly | None:
    """The same for a class by its name.

    Args:
        source: the file of the class.
        name: the class.
        sources: further files that were read already.
    """
    finder = ModuleFinder((*sources, source))
    module = finder.module_at(source.path)
    names = NameResolver(finder)
    for statement in module.tree.body if module is not None else ():
        if module is not None and isinstance(statement, ast.ClassDef) and statement.name == name:
            return insert_only_service(ClassRef(module, statement), names, ClassResolver(names))
    return None


def inserts_only(service: ClassRef, classes: ClassResolver) -> InsertOnly | None:
    """What a service's class does with a row, where its source shows that it inserts only.

    Over-approximated towards silence: a call of anything out of sight that is given the row may replace one.
    """
    stored = classes.method(service, STORES)
    if stored is None or stored.method is None:
        return None
    inserting: ast.Call | None = None
    by_sql = False
    for function in _reached(stored.method, stored.owner, classes):
        given = _derived(function)
        for node in walk(function):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if _INSERTING_SQL.search(node.value):
                    by_sql = True
                    if _REPLACING_SQL.search(node.value):
                        return None
                elif _REPLACING_SQL.match(node.value.lstrip()):
                    return None
            elif isinstance(node, ast.Call) and not is_logging_call(node):
                name = _called(node)
                if name in _INSERTING:
                    inserting = inserting or node
                elif (
                    _REPLACING.search(name.lower())
                    or (name == "get" and _asks_by_class(node))
                    or (
                        _is_out_of_sight(node, service, classes)
                        and any(read_names(argument) & given for argument in _arguments(node))
                    )
                ):
                    return None
    if inserting is not None and not by_sql:
        session, row = _session_and_row(stored.method, inserting)
        return InsertOnly(service, stored.method, session, row)
    return InsertOnly(service, stored.method) if by_sql else None


def _given_by(
    function: Function, module: Module, names: NameResolver, classes: ClassResolver, budget: int
) -> ClassRef | None:
    """The class of what a function returns: by what it makes, else by its annotation."""
    made = {name: s.value for s in walk(function) if isinstance(s, ast.Assign) for name in bound_names(s)}
    for node in walk(function):
        value = node.value if isinstance(node, ast.Return) else None
        if isinstance(value, ast.Name):
            value = made.get(value.id)
        if not isinstance(value, ast.Call):
            continue
        ref = classes.resolve(value.func, module)
        if ref is not None:
            return ref
        resolved = names.resolve(value.func, module)
        if resolved is not None and isinstance(resolved.node, Function) and budget:
            found = _given_by(resolved.node, resolved.module, names, classes, budget - 1)
            if found is not None:
                return found
    return classes.resolve(function.returns, module) if function.returns is not None else None


def _reached(method: Function, owner: ClassRef, classes: ClassResolver) -> Iterator[Function]:
    """A method, and what it calls of its class and its module."""
    pending, seen = [method], {id(method)}
    while pending:
        function = pending.pop()
        yield function
        for node in walk(function):
            if isinstance(node, ast.Call):
                other = _own_function(node, owner, classes)
                if other is not None and id(other) not in seen:
                    seen.add(id(other))
                    pending.append(other)


def _own_function(call: ast.Call, owner: ClassRef, classes: ClassResolver) -> Function | None:
    func = call.func
    if (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id in {"self", "cls"}
    ):
        member = classes.method(owner, func.attr)
        return member.method if member is not None else None
    bound = owner.module.bindings.get(func.id) if isinstance(func, ast.Name) else None
    return bound if isinstance(bound, Function) else None


def _is_out_of_sight(call: ast.Call, owner: ClassRef, classes: ClassResolver) -> bool:
    """Whether a call may do anything with what it is given: it makes no object, and its source is not read too."""
    name = _called(call)
    known = name in _HARMLESS or name == "execute" or name[:1].isupper()
    return not known and _own_function(call, owner, classes) is None


def _derived(function: Function) -> set[str]:
    """The names that hold what a function was given, or what it made of that."""
    found = {a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    found |= {a.arg for a in (function.args.vararg, function.args.kwarg) if a is not None}
    found -= {"self", "cls"}
    while True:
        more = {
            name
            for s in walk(function)
            if isinstance(s, ast.Assign) and read_names(s.value) & found
            for name in bound_names(s)
        } - found
        if not more:
            return found
        found |= more


def _called(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else "?"


def _asks_by_class(call: ast.Call) -> bool:
    """`session.get(Row, key)`, not `values.get("key")`."""
    first = call.args[0] if call.args else None
    return (dotted_name(first) or "").rpartition(".")[2][:1].isupper() if first is not None else False


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _session_and_row(method: Function, inserting: ast.Call) -> tuple[str, str]:
    """The expression that a row is added to, and the row's class, where the method says both."""
    func = inserting.func
    session = ast.unparse(func.value) if isinstance(func, ast.Attribute) else ""
    made = next(
        (
            _called(n)
            for n in walk(method)
            if isinstance(n, ast.Call) and _called(n)[:1].isupper() and _called(n) != "Session"
        ),
        "",
    )
    return (session, made) if session and made else ("", "")
