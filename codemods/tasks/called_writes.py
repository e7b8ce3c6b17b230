"""The writes of a called function: of the file it is given, or of files that it chooses itself."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from codemods.knowledge import file_effects as known
from codemods.knowledge.call_names import FUNCTIONS, METHODS
from codemods.knowledge.file_uses import WRITES, Use
from codemods.knowledge.verdicts import Verdict
from codemods.knowledge.writer_names import READER_PREFIXES
from codemods.model import ContentOrigin
from codemods.python.call_facts import called_name, is_open_file, is_super
from codemods.python.effects.external import (
    external_effect,
    is_only_read,
    known_writer,
    origin_of,
    path_argument,
    use_of_name,
)
from codemods.python.effects.model import Effect
from codemods.python.effects.opens import use_of_text
from codemods.python.effects.reading import FILLS
from codemods.python.effects.resolving import Called
from codemods.python.effects.summary import FileEffects
from codemods.python.scopes import Scope, parameters
from codemods.python.statements import Site
from codemods.python.substitution import bind_arguments, substitute
from codemods.python.trees import children
from codemods.refusals import Refused
from codemods.tasks.contents import Content, ContentFinder
from codemods.tasks.context import TaskContext
from codemods.tasks.free_calls import SAY, require_no_file
from codemods.tasks.free_paths import first_directory, is_outside, is_stream
from codemods.tasks.helper_writes import straight_line_writes
from codemods.tasks.literals import home_of, literal_tail, literal_text
from codemods.tasks.output_uses import PASSING, READING, READING_FAMILIES
from codemods.tasks.places import WORKING, Location
from codemods.tasks.plain_places import require_local_text, unknown_target, written_out
from codemods.tasks.write_site import WriteSite

Files = list[tuple[int | str, Location]]

_CODES = {
    Use.APPEND: ("DBR401", "appends to a file"),
    Use.BYTES: ("DBR402", "writes bytes"),
    Use.NAMED: ("DBR402", "compresses or not, by an ending of the name that is not known"),
    Use.ENCODED: ("DBR403", "writes text in other bytes than UTF-8"),
    Use.MODE: ("DBR404", "opens a file in a mode that is not known"),
    Use.OPEN: ("DBR405", "leaves a file open"),
    Use.MOVE: ("DBR408", "moves or copies a file into place"),
}


@dataclass(frozen=True)
class _Call:
    """A call in sight with its arguments by parameter; None where they cannot be told apart."""

    site: Site
    call: ast.Call
    called: Called
    arguments: Mapping[str, ast.expr] | None
    effects: tuple[Effect, ...]

    @property
    def name(self) -> str:
        return ast.unparse(self.call.func)

    @property
    def constants(self) -> dict[str, str]:
        """The parameters that are given a literal text."""
        return {
            name: value.value
            for name, value in (self.arguments or {}).items()
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        }

    def writes(self) -> list[Effect]:
        """The effects that put something into a file."""
        found = []
        for effect in self.effects:
            if self.is_given_open(effect.place.root):
                continue
            use: Use | None = effect.use
            if effect.mode in self.constants:
                use = use_of_text(self.constants[effect.mode])
            if use in WRITES:
                found.append(Effect(use, effect.place, None, None, effect.by, effect.line))
        return found

    def is_given_open(self, parameter: str | None) -> bool:
        """Whether a parameter is given a file that is open already: it is no path then."""
        value = (self.arguments or {}).get(parameter or "")
        return isinstance(value, ast.Name) and is_open_file(value.id, self.site.scope)

    def parameter_of(self, index: int | str) -> str | None:
        """The parameter that the argument at a position, or of a keyword, is bound to."""
        given = argument_at(self.call, index)
        return next((name for name, value in (self.arguments or {}).items() if value is given), None)

    def index_of(self, parameter: str) -> int | str | None:
        """The position or keyword by which a parameter is given, None where its default stands."""
        value = (self.arguments or {}).get(parameter)
        for index, argument in enumerate(self.call.args):
            if argument is value:
                return index
        return next((k.arg for k in self.call.keywords if k.value is value), None)


class CalledWrites:
    """Finds the writes that calls of one task make."""

    def __init__(self, context: TaskContext, contents: ContentFinder, *, likely: bool = False) -> None:
        """With `likely`, a call that probably writes the file it is given counts as a write: for looking only."""
        self._context = context
        self._likely = likely
        self._contents = contents
        self._effects = FileEffects.shared(context.sources)

    def of_call(self, site: Site, call: ast.Call, files: Files) -> Iterator[WriteSite]:
        """The writes of one call.

        Args:
            site: the statement that holds the call.
            call: the call.
            files: its arguments that are known to be files of the task.

        Raises:
            Refused: it writes, or may write, in a way that a row cannot follow.
        """
        called = self._effects.calls.called(call, site.scope)
        if called is not None:
            own_entry = called.function.name in self._context.settings.entry_methods and not is_super_call(
                call
            )
            if files or not own_entry:
                bound = bind_arguments(called.function, call, bound=called.callee.bound)
                yield from self._in_sight(_Call(site, call, called, bound, self._effects.of(called)), files)
        elif files and not self._keeps_for_reading(site.scope, call, files):
            if self._likely and len(files) == 1:
                yield from self._likely_write(site, call, files[0])
            else:
                yield from self._out_of_sight(site, call, files)
        elif not files:
            yield from self.of_free_path(site, call)

    def of_free_path(self, site: Site, call: ast.Call) -> Iterator[WriteSite]:
        """The write of a call out of sight that is given no file of the task, as far as its paths are known.

        Raises:
            Refused: it writes, or may write, a file that nothing else tells of.
        """
        scope, sources = site.scope, self._context.sources
        writer = known_writer(call, scope, sources)
        if writer is None:
            if not self._likely and not self._writes_nothing(call, scope):
                require_no_file(call, scope, sources, self._directories)
            return
        path = path_argument(call, writer)
        if path is None or is_stream(path, scope, sources) or is_outside(path, scope, sources):
            return
        location = written_out(path, scope)
        if location is not None and location.is_file:
            index = next((i for i, argument in enumerate(call.args) if argument is path), writer.keyword)
            yield from self._out_of_sight(site, call, [(index, location)])
        elif writer.may_read or self._likely:
            require_no_file(call, scope, sources, self._directories)
        else:
            shown = ast.unparse(path)
            raise Refused(
                "DBR412",
                f"{ast.unparse(call.func)} writes to {shown}, which is not known to be a file of the task; {SAY}",
                call,
            )

    @cached_property
    def _directories(self) -> frozenset[str]:
        """The first directories of paths in sight: of outputs, and of what the task's parameters are by default."""
        outputs = self._context.locations.outputs
        places = [*outputs.targets.values(), *([outputs.each] if outputs.each is not None else [])]
        names = [place.filename for place in places if place.base == WORKING]
        texts = [name.value for name in names if isinstance(name, ast.Constant)]
        for item in self._context.sources.classes.line(self._context.owner):
            values = (s.value for s in item.node.body if isinstance(s, ast.Assign | ast.AnnAssign))
            calls = (value for value in values if isinstance(value, ast.Call))
            defaults = (k.value for call in calls for k in call.keywords if k.arg == "default")
            texts += [d.value for d in defaults if isinstance(d, ast.Constant)]
        named = (first_directory(text) for text in texts if isinstance(text, str))
        return frozenset(name for name in named if name is not None)

    def _likely_write(
        self, site: Site, call: ast.Call, file: tuple[int | str, Location]
    ) -> Iterator[WriteSite]:
        index, location = file
        reads = called_name(call).startswith(READER_PREFIXES)
        if not reads and not self._writes_nothing(call, site.scope):
            content = Content(ContentOrigin.SCRATCH_FILE, verdict=Verdict.MAY_DIFFER)
            yield WriteSite(site, site, location, argument_at(call, index), call, content, index)

    def named(self, node: ast.expr, scope: Scope) -> None:
        """Refuses a function in sight that writes files and is handed on rather than called."""
        called = self._effects.calls.referenced(node, scope)
        if called is None and isinstance(node, ast.Attribute):
            called = self._effects.calls.property_of(node, scope)
        if called is None or called.function.name in self._context.settings.entry_methods:
            return
        if any(e.use in WRITES for e in self._effects.of(called)):
            raise Refused(
                "DBR411",
                f"{ast.unparse(node)} writes files and is handed to other code, which calls it",
                node,
            )

    def entered(self, node: ast.expr, scope: Scope) -> None:
        """Refuses a context manager in sight that writes files where it is entered or left."""
        for called in self._effects.calls.entered(node, scope):
            if any(e.use in WRITES for e in self._effects.of(called)):
                raise Refused("DBR411", f"{ast.unparse(node)} writes files as a context manager", node)

    def _in_sight(self, at: _Call, files: Files) -> Iterator[WriteSite]:
        writes = at.writes()
        if not writes:
            self._require_only_reading(at, files)
            return
        roots = {e.place.root for e in writes}
        if roots == {None} or not (at.arguments and roots & set(at.arguments)):
            yield from self._of_helper(at, files)
            return
        yield self._of_given_file(at, writes, files)

    def _require_only_reading(self, at: _Call, files: Files) -> None:
        for index, _ in files:
            parameter = at.parameter_of(index)
            for effect in at.effects:
                if parameter is not None and effect.place.root != parameter:
                    continue
                if effect.use is Use.HAND:
                    raise Refused("DBR421", f"{at.name} hands the file to {effect.by}", at.call)
                if effect.use is Use.KEEP and not self._is_kept_for_reading(at.called, effect):
                    raise Refused("DBR425", f"{at.name} keeps the path of the file in {effect.by}", at.call)

    def _is_kept_for_reading(self, called: Called, effect: Effect) -> bool:
        holder = called.constructs or called.callee.holder
        if holder is None or effect.kept_in is None:
            return False
        return self._effects.only_reads(holder, effect.kept_in)

    def _keeps_for_reading(self, scope: Scope, call: ast.Call, files: Files) -> bool:
        """Whether a call makes an instance of a class without a constructor of its own that only reads its files."""
        ref = self._effects.calls.constructed(call.func, scope)
        if ref is None:
            return False
        classes = self._context.sources.classes
        if not (classes.is_dataclass(ref) or classes.is_pydantic(ref)):
            return False
        kept = [index for index, _ in files if isinstance(index, str)]
        if len(kept) == len(files) and all(self._effects.only_reads(ref, name) for name in kept):
            return True
        raise Refused("DBR425", f"{ast.unparse(call.func)} keeps the path of the file", call)

    def _of_given_file(self, at: _Call, writes: list[Effect], files: Files) -> WriteSite:
        """The write of a function that writes one file, which it is given."""
        for effect in writes:
            use = effect.use if effect.use is not Use.NAMED else self._use_by_name(at, effect, files)
            if use in _CODES:
                code, what = _CODES[use]
                raise Refused(code, f"{at.name} {what}, by {effect.by}", at.call)
        places = {e.place for e in writes}
        if len(places) > 1 or not all(p.exact for p in places):
            raise Refused("DBR410", f"{at.name} writes {_listed(writes)}", at.call)
        parameter = next(iter(places)).root or ""
        index = at.index_of(parameter)
        if index is None or at.arguments is None:
            raise Refused("DBR411", f"{at.name} writes to {parameter}, which the call does not give", at.call)
        path = at.arguments[parameter]
        location = dict(files).get(index) or self._context.locations.evaluate(path, at.site.scope)
        if location is not None and location.kind == "input":
            raise Refused("DBR408", f"{at.name} writes to an input of the task", at.call)
        location = location or written_out(path, at.site.scope)
        if location is not None:
            require_local_text(location, at.call)
        if at.called.is_wrapped:
            raise Refused(
                "DBR421",
                f"other code than the source of {at.name} may run: a decorator, or another class",
                at.call,
            )
        require_simple_statement(at.site, at.call)
        content = self._contents.of_call(at.call, index, at.site.scope)
        if content.once_only:
            code = "DBR406" if content.origin is ContentOrigin.WRITER_SOURCE else "DBR407"
            raise Refused(code, f"{at.name} cannot be run once more: {content.why}", at.call)
        if content.origin is ContentOrigin.SCRATCH_FILE:
            self._require_repeatable(at, parameter)
        if content.origin is ContentOrigin.SCRATCH_FILE and location is None and not _is_text(path):
            raise Refused("DBR412", f"{ast.unparse(path)} is not known to be a path", at.call)
        return WriteSite(at.site, at.site, location or Location("str"), path, at.call, content, index)

    def _use_by_name(self, at: _Call, effect: Effect, files: Files) -> Use:
        """What a writer that infers a compression does to the file that the call gives it."""
        index = at.index_of(effect.place.root or "") if effect.place.exact else None
        location = dict(files).get(index) if index is not None else None
        ending = _ending(location, at.site.scope, self._context) if location is not None else None
        return use_of_name(ending)

    def _require_repeatable(self, at: _Call, parameter: str) -> None:
        """A writer may be run into a scratch file where nothing but the bytes of that file come of it."""
        noted = next((e for e in at.effects if e.use is Use.NOTED), None)
        if noted is not None:
            raise Refused("DBR407", f"{at.name} writes another file too, by {noted.by}", at.call)
        own = [e for e in at.effects if e.place.root == parameter]
        for effect in own:
            if effect.use in {Use.READ, Use.REMOVE} and effect.place.exact:
                raise Refused("DBR407", f"{at.name} {effect.use} the file that it writes", at.call)
        for effect in own:
            if effect.use is Use.HAND:
                raise Refused("DBR421", f"{at.name} hands the file to {effect.by}", at.call)
            if effect.use is Use.KEEP:
                raise Refused("DBR425", f"{at.name} keeps the path of the file in {effect.by}", at.call)
            if effect.use is Use.CONTENT:
                raise Refused("DBR426", f"{at.name} writes what depends on the path: {effect.by}", at.call)
        if not self._effects.always_writes(at.called, parameter, at.constants):
            raise Refused("DBR427", f"{at.name} does not write the file in every case", at.call)

    def _of_helper(self, at: _Call, files: Files) -> Iterator[WriteSite]:
        """A method of the class, or of a base class, that writes files without being given their paths."""
        callee, scope = at.called.callee, at.site.scope
        helped = None
        if at.called.on_self and not files and not self._effects.hides_writes(at.called):
            helped = straight_line_writes(callee.function)
        if helped is None or at.arguments is None:
            raise Refused("DBR411", f"{at.name} writes {_listed(at.writes())}", at.call)
        arguments = dict(at.arguments)
        if callee.bound and isinstance(at.call.func, ast.Attribute):
            arguments[parameters(callee.function)[0].arg] = at.call.func.value
        require_simple_statement(at.site, at.call)
        for write in helped:
            content = self._contents.of_helper(write.content, callee, arguments, scope)
            if content is None:
                raise Refused("DBR411", f"{at.name} writes content of its own", at.call)
            if content.once_only:
                reason = f"{at.name} writes what cannot be evaluated twice: {content.why}"
                raise Refused("DBR406", reason, at.call)
            path = substitute(write.path, arguments)
            location = self._context.locations.evaluate(path, scope)
            if location is None:
                unknown = unknown_target(path) if write.is_target else Location("path")
                location = written_out(path, scope) or unknown
            require_local_text(location, at.call)
            yield WriteSite(at.site, at.site, location, path, at.call, content)

    def _out_of_sight(self, site: Site, call: ast.Call, files: Files) -> Iterator[WriteSite]:
        scope, sources = site.scope, self._context.sources
        name = ast.unparse(call.func)
        writer = known_writer(call, scope, sources)
        if writer is None and self._writes_nothing(call, scope):
            return
        if len(files) > 1 and writer is None:
            raise Refused("DBR410", f"{name} is given {len(files)} files", call)
        if writer is None:
            raise Refused("DBR421", f"the source of {name} is out of sight", call)
        given = [(i, loc) for i, loc in files if i in {writer.position, writer.keyword}]
        if not given:
            yield from self.of_free_path(site, call)
            return
        index, location = given[0]
        require_local_text(location, call)
        use = external_effect(call, writer, _ending(location, scope, self._context))
        if use is None:
            raise Refused(
                "DBR404", f"{name} has arguments that decide how it writes and are not literal", call
            )
        if use in _CODES:
            code, what = _CODES[use]
            raise Refused(code, f"{name} {what}", call)
        require_simple_statement(site, call)
        content = self._contents.of_call(call, index, scope)
        if content.once_only:
            raise Refused("DBR407", f"{name} cannot be run once more: {content.why}", call)
        yield WriteSite(site, site, location, argument_at(call, index), call, content, index)

    def _writes_nothing(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a function out of sight is known not to write to a path that it is given."""
        function = call.func
        if isinstance(function, ast.Name) and not scope.is_local(function.id):
            if function.id not in scope.module.bindings:
                return hasattr(builtins, function.id)
        elif isinstance(function, ast.Attribute) and function.attr in METHODS | FILLS:
            return True
        origin = origin_of(call, scope, self._context.sources) or ""
        silent = known.READERS | known.PURE | known.REMOVERS | known.DIRECTORY_MAKERS | FUNCTIONS
        if origin in silent | PASSING | READING or origin.startswith(READING_FAMILIES):
            return True
        return is_only_read(call, scope, self._context.sources)


def argument_at(call: ast.Call, index: int | str) -> ast.expr:
    """The argument at a position or of a keyword."""
    if isinstance(index, int):
        return call.args[index]
    return next(k.value for k in call.keywords if k.arg == index)


def require_simple_statement(site: Site, call: ast.Call) -> None:
    """Raises Refused where no line can be put right before and right after a call."""
    if not isinstance(site.statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return):
        raise Refused(
            "DBR002", f"{ast.unparse(call.func)} writes in the header of a compound statement", call
        )
    if not _is_certain(site.statement, call):
        raise Refused("DBR428", f"{ast.unparse(call.func)} writes in a part of an expression", call)


def is_super_call(call: ast.Call) -> bool:
    """Whether a call is `super().name(...)`."""
    return isinstance(call.func, ast.Attribute) and is_super(call.func.value)


def _is_certain(node: ast.AST, call: ast.Call) -> bool:
    """Whether a call is made once, whenever the node above it is evaluated."""
    if node is call:
        return True
    if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return False
    if isinstance(node, ast.BoolOp):
        return _is_certain(node.values[0], call)
    if isinstance(node, ast.IfExp):
        return _is_certain(node.test, call)
    return any(_is_certain(child, call) for child in children(node))


def _listed(writes: list[Effect]) -> str:
    """The files that a function writes, for people."""
    found = dict.fromkeys(_described(e) for e in writes)
    return ", ".join(found)


def _described(effect: Effect) -> str:
    if effect.place.root is None or effect.place.root.startswith("self."):
        return f"a file of its own ({effect.by})"
    return effect.place.root if effect.place.exact else f"a file beside {effect.place.root} ({effect.by})"


def _is_text(path: ast.expr) -> bool:
    return isinstance(path, ast.JoinedStr) or (isinstance(path, ast.Constant) and isinstance(path.value, str))


def _ending(location: Location, scope: Scope, context: TaskContext) -> str | None:
    """The end of a file's name with its ending, None where the sources do not show that."""
    home = home_of(location, scope)
    name = literal_text(location.filename, home, context) or literal_tail(location.filename, home, context)
    return name if "." in name else None
