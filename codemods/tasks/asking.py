"""Whether a call, or a reference, asks a model: by where what is called comes from."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from codemods.knowledge.declarations import Client, ModelCall
from codemods.knowledge.models import ASKING, asks_where_imported, client_made_by, is_sdk, tell_tale
from codemods.python.frames import Frame
from codemods.python.modules import ImportedName, Module
from codemods.python.names import dotted_name
from codemods.python.trees import by_kind, kept_with_tree
from codemods.settings import DeclaredModelCall
from codemods.tasks.declared_calls import DeclaredCalls
from codemods.tasks.origin_kinds import Code, Instance, Kind, Named, Outside
from codemods.tasks.origins import OriginFinder
from codemods.tasks.requested import address_of, may_send

NOT_CALLS = frozenset(
    "str repr print len isinstance issubclass type getattr hasattr setattr callable id bool list tuple dict "
    "set vars dir super hash".split()
)
"""Builtins that ask nothing, whatever they are given."""

QUIET_METHODS = (
    "get_",
    "set_",
    "as_",
    "with_",
    "bind",
    "has_",
    "is_",
    "add_",
    "append",
    "clear",
    "reset",
    "to_",
    "save",
)
"""Beginnings of the names of members of a model that ask nothing."""

QUIET_NAMES = frozenset(
    "close aclose shutdown copy count_tokens model_dump model_dump_json dict json items keys values get pop update "
    "setdefault extend insert sort encode decode strip split splitlines join format startswith endswith lower upper "
    "replace".split()
)
"""Members of a model that ask nothing, and those of texts and containers, which one can be taken for."""

DATA_NAMES = frozenset(
    "model models model_name model_id llm_model name names metadata temperature max_tokens max_output_tokens "
    "context_window id provider api_key api_base base_url system_prompt callback_manager deployment engine "
    "timeout top_p top_k seed attempts attempt_count usage history cost tokens token_count config settings "
    "total_tokens input_tokens output_tokens version kwargs options last_attempt llm_models messages logger".split()
)
"""Members of a model that are data rather than a way to ask."""


@dataclass(frozen=True)
class Asked:
    """A call that asks a model by what is known of packages.

    Attributes:
        what: what is called, as its users know it.
        call: its declaration, None for a member of a known client that is not declared.
        client: the client.
        made: the call that made the client, where it is in sight.
        certain: whether the client is known rather than told by the looks of the call.
        declared: what the configuration says of it, None for a call of a known package.
    """

    what: str
    call: ModelCall | None
    client: Client | None = None
    made: ast.Call | None = None
    certain: bool = True
    declared: DeclaredModelCall | None = None


def is_quiet(name: str) -> bool:
    """Whether a member of a model of this name asks nothing."""
    return name.startswith(QUIET_METHODS) or name in QUIET_NAMES


def is_data(member: str) -> bool:
    """Whether a member of a model is data rather than a way to ask, by its name."""
    last = member.rpartition(".")[2]
    return last in DATA_NAMES or is_quiet(last) or last.startswith("_")


class Asking:
    """Recognises what asks a model through a known package."""

    def __init__(
        self, origins: OriginFinder, imported: dict[int, frozenset[str]], declared: DeclaredCalls
    ) -> None:
        """`imported` is what modules import, by their identity, as far as it is known."""
        self._origins = origins
        self._imported = imported
        self._declared = declared

    def of_call(self, call: ast.Call, frame: Frame) -> Asked | None:
        """What a call asks, None where it asks no model that is known."""
        asked = self.of_function(call.func, frame)
        if asked is not None or not may_send(call):
            return asked
        address = address_of(call, self._origins.of(call.func, frame), frame)
        return Asked(f"{as_written(call.func)} to {address}", None, certain=False) if address else None

    def of_function(self, function: ast.expr, frame: Frame) -> Asked | None:
        """What calling an expression would ask."""
        found = self._origins.of(function, frame)
        named = self._declared.of(function, found, frame)
        if named is not None:
            return Asked(named[0], None, declared=named[1])
        known = [o for o in found if isinstance(o, Outside) and o.client is not None]
        for origin in known:
            asked = _asked(origin)
            if asked is not None:
                return asked
        if known or any(isinstance(o, Code | Kind | Instance) for o in found):
            return None
        member = _member(function)
        if not member:
            return None
        call = tell_tale(member)
        if call is not None:
            return Asked(ast.unparse(function), call, certain=False)
        if any(isinstance(o, Outside) and _is_of_other_package(o) for o in found):
            return None
        sdk = asks_where_imported(member, self.imports_of(frame.module))
        return (
            Asked(f"{ast.unparse(function)}, as {sdk.name}'s objects have it", None, certain=False)
            if sdk
            else None
        )

    def is_known_other(self, function: ast.expr, frame: Frame) -> bool:
        """Whether what is called makes a known client, or is a member of one that asks no completion."""
        found = [o for o in self._origins.of(function, frame) if isinstance(o, Outside)]
        return any(o.client is not None or client_made_by(o.path) is not None for o in found)

    def imports_of(self, module: Module) -> frozenset[str]:
        """The full names of what a module imports, in its functions too."""
        if id(module) not in self._imported:
            names = {
                f"{b.module}.{b.name}" if b.name else b.module
                for b in module.bindings.values()
                if isinstance(b, ImportedName) and not b.level
            }
            found = _imported_names(module.tree) if "import " in module.source.text else frozenset()
            self._imported[id(module)] = found | names
        return self._imported[id(module)]

    def is_client(self, node: ast.expr, frame: Frame) -> bool:
        """Whether an expression is a client of a known package, which models are asked through."""
        return any(
            isinstance(o, Outside) and o.client is not None and not o.member and not o.client.is_module
            for o in self._origins.of(node, frame)
            if o != Named()
        ) and not self.is_other_service(node, frame)

    def is_other_service(self, node: ast.expr, frame: Frame) -> bool:
        """Whether a client is one whose calls alone tell that it asks a model: `boto3.client(...)`."""
        return any(
            isinstance(o, Outside) and o.client is not None and "*" in o.client.others
            for o in self._origins.of(node, frame)
        )


def _asked(origin: Outside) -> Asked | None:
    client = origin.client
    if client is None:
        return None
    call = client.call(origin.member)
    if call is not None:
        if client.awaited and not call.awaited and not call.deferred:
            call = _awaited(call)
        return Asked(origin.path, call, client, origin.made)
    if client_made_by(origin.path) is not None or client.is_other(origin.member):
        return None
    last = origin.member.rpartition(".")[2]
    asks = last in ASKING and last not in client.same
    return Asked(origin.path, None, client, origin.made) if asks else None


def _awaited(call: ModelCall) -> ModelCall:
    return replace(call, awaited=True)


def _member(function: ast.expr) -> str:
    """What is called, from the last call or element on: `chat.create` of `client().chat.create`."""
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name) and parts:
        parts.append(function.id)
    return ".".join(reversed(parts))


def _is_of_other_package(origin: Outside) -> bool:
    """Whether a value is known to come from a package that asks no models."""
    return not is_sdk(origin.path)


def as_written(node: ast.expr) -> str:
    """An expression for a message: its dotted name, else its source, cut."""
    text = dotted_name(node) or ast.unparse(node)
    return text if len(text) <= 80 else f"{text[:77]}..."


@kept_with_tree
def _imported_names(tree: ast.Module) -> frozenset[str]:
    """What the import statements of a file name, wherever they stand."""
    names: set[str] = set()
    nodes = by_kind(tree)
    for node in (*nodes.get(ast.Import, ()), *nodes.get(ast.ImportFrom, ())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)
