"""Checks files, each on its own: discover its tasks, look at each with every rule."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.checking.declaration import Found, Rule
from codemods.checking.finding import Finding
from codemods.checking.rules import RULES, unrecorded_model_call
from codemods.checking.suppression import apply_suppressions
from codemods.errors import SourceError
from codemods.model import TaskClass
from codemods.python.call_facts import called_name
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.deep_stack import with_deep_stack
from codemods.python.effects.left_out import LeftOut
from codemods.python.modules import Module, ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.tasks import discovery
from codemods.tasks.context import TaskContext, open_context
from codemods.tasks.insert_only import insert_only_service
from codemods.tasks.llm_calls import LlmCallFinder
from codemods.tasks.model_reach import Hit
from codemods.tasks.records import OPEN, Kind
from codemods.tasks.step_blocks import OPEN_BLOCK, opens_block
from codemods.tasks.task_boundary import INTERNAL_ERROR, task_boundary
from codemods.tasks.unrecorded import reason_of, unrecorded
from codemods.tasks.view import TaskView
from codemods.tasks.writes import WriteFinder

RULES_OF_HELPERS = tuple(rule for rule in RULES if rule.anywhere)
"""What is asked of the other methods that talk to the database."""

RULES_OF_BLOCKS = tuple(rule for rule in RULES if not rule.of_frame)
"""What is asked of a method whose steps are a block, which itself sees to the service and to failure."""

UNREFACTORED, UNCHECKED, UNREADABLE, INSERT_ONLY = "DBF000", "DBF998", "DBF999", "DBF604"
_DATABASE = frozenset({OPEN, OPEN_BLOCK, *(kind.value for kind in Kind)})


class Checker:
    """Checks the files of one project; what it has read of other modules is kept between files."""

    def __init__(self, settings: Settings, *, strict: bool = False) -> None:
        """`strict` also reports judgements."""
        self._settings = settings
        self._strict = strict
        self.crashes: list[BaseException] = []
        self.finder = ModuleFinder()
        self._idle: dict[int, bool] = {}
        names = NameResolver(self.finder)
        self._sources = Sources(names, ClassResolver(names), {LeftOut: LeftOut(settings.not_outputs)})

    def check(self, source: SourceFile) -> tuple[Finding, ...]:
        """All findings of one file, by position, suppressed ones left out.

        A task that cannot be checked has a finding that says so; the others are not affected.

        Raises:
            SourceError: the file does not parse.
        """
        _ = source.tree  # within Python's own limits: what is beyond them would not run either
        return with_deep_stack(lambda: self._checked(source))

    def _checked(self, source: SourceFile) -> tuple[Finding, ...]:
        module = self.finder.adopt(source)
        found: list[Finding] = []
        for ref in discovery.task_classes(module, self._sources, self._settings):
            try:
                with task_boundary(ref.node):
                    found.extend(list(self._of_task(ref)))
            except Refused as refused:
                self.crashes += [refused.__cause__] if refused.__cause__ is not None else []
                found.append(_unchecked(source, ref, refused))
        found.extend(self._of_services(module))
        kept = apply_suppressions(source, found)
        return tuple(sorted(kept, key=lambda finding: finding.sort_key))

    def _of_services(self, module: Module) -> Iterator[Finding]:
        """One finding for each class that opens a service which only inserts, where the class opens it."""
        if OPEN not in module.source.text:
            return
        for statement in module.tree.body:
            members = statement.body if isinstance(statement, ast.ClassDef) else []
            opens = next((m for m in members if isinstance(m, Function) and m.name == OPEN), None)
            if not isinstance(statement, ast.ClassDef) or opens is None:
                continue
            owner = ClassRef(module, statement)
            found = insert_only_service(owner, self._sources.names, self._sources.classes)
            if found is not None:
                end = len(module.source.lines[opens.lineno - 1].rstrip()) + 1
                yield Finding(
                    module.path,
                    opens.lineno,
                    opens.col_offset + 1,
                    opens.lineno,
                    end,
                    INSERT_ONLY,
                    found.message,
                    statement.name,
                )

    def _of_task(self, ref: ClassRef) -> Iterator[Finding]:
        entry = discovery.entry_of(ref, self._settings)
        if entry is None:
            yield from self._of_heir(ref)
        if entry is None or discovery.exempt_reason(ref, entry, self._sources, self._settings) is not None:
            return
        task = _task(ref, entry, self._settings)
        context = open_context(task, ref, entry, self._sources, self._settings)
        if _mentions_database(ref, entry):
            yield from self._of_method(context, RULES_OF_BLOCKS if _is_block(entry) else RULES)
        elif _helper_opens(context):
            yield from self._of_method(context, (unrecorded_model_call.RULE,))
        elif _has_work(context):
            message = f"{ref.name} is not refactored: its results are only in files"
            yield _finding(context, UNREFACTORED, Found(ref.node, message))
        elif (refused := _refusal(context)) is not None:
            message = f"{ref.name} is not refactored and is refused: {refused}"
            yield _finding(context, UNREFACTORED, Found(ref.node, message))
        for helper in _helpers(ref, entry):
            helped = open_context(task, ref, helper, self._sources, self._settings)
            yield from self._of_method(helped, RULES_OF_HELPERS)

    def _of_heir(self, ref: ClassRef) -> Iterator[Finding]:
        """What a class that inherits its entry method leads to beyond what the one that defines it does."""
        base = discovery.inherited_entry(ref, self._sources, self._settings)
        entry = discovery.entry_of(base, self._settings) if base is not None else None
        if (
            base is None
            or entry is None
            or discovery.exempt_reason(ref, None, self._sources, self._settings) is not None
        ):
            return
        task = _task(ref, entry, self._settings)
        if not _mentions_database(base, entry):
            if self._settings.llm_only and (hit := self._asked_by_heir(task, ref, base, entry)) is not None:
                context = open_context(task, ref, entry, self._sources, self._settings)
                message = f"{ref.name} is not refactored: {reason_of(hit)[1]}"
                yield _finding(context, UNREFACTORED, Found(ref.node, message), ref)
            if not discovery.is_task(base, self._sources, self._settings):
                context = open_context(task, ref, entry, self._sources, self._settings)
                if _has_work(context.of_method(entry, base.module)):
                    why = f"{entry.name}() is inherited from {base.name}, which is no task"
                    message = f"{ref.name} is not refactored: {why}"
                    yield _finding(context, UNREFACTORED, Found(ref.node, message))
            elif (wanted := self._wanted_by_heir(ref, base, entry)) is not None:
                context = open_context(task, ref, entry, self._sources, self._settings)
                message = f"{ref.name} is not refactored: {wanted}"
                yield _finding(context, UNREFACTORED, Found(ref.node, message), ref)
            return
        own, others = (
            TaskView(open_context(task, owner, entry, self._sources, self._settings)) for owner in (ref, base)
        )
        known = {id(hit.node) for hit in others.unrecorded}
        for hit in own.unrecorded:
            if id(hit.node) not in known:
                reason = f"by {entry.name}() of {base.name}: {reason_of(hit)[1]}"
                yield _finding(own.context, unrecorded_model_call.RULE.code, Found(ref.node, reason), ref)
                return

    def _wanted_by_heir(self, ref: ClassRef, base: ClassRef, entry: Function) -> str | None:
        """Why the task that a class inherits its entry method from needs steps for it; None if that is said there."""
        if id(base.node) not in self._idle:
            self._idle[id(base.node)] = self._is_idle(base, entry)
        if not self._idle[id(base.node)]:
            return None
        task = _task(base, entry, self._settings)
        whole = open_context(task, base, entry, self._sources, self._settings, (ref,))
        refused = _refusal(whole)
        if refused is not None:
            return f"{base.name}, which has its {entry.name}(), is refused: {refused}"
        if not self._settings.llm_only and _declares_file(whole):
            return f"{base.name} has its {entry.name}(), and writes {ref.name}'s output without steps"
        return None

    def _is_idle(self, ref: ClassRef, entry: Function) -> bool:
        """Whether a task by itself needs no steps, so that nothing is said of it."""
        if discovery.exempt_reason(ref, entry, self._sources, self._settings) is not None:
            return False
        task = _task(ref, entry, self._settings)
        alone = open_context(task, ref, entry, self._sources, self._settings)
        return not (_helper_opens(alone) or _has_work(alone) or _refusal(alone) is not None)

    def _asked_by_heir(self, task: TaskClass, ref: ClassRef, base: ClassRef, entry: Function) -> Hit | None:
        """A call of a model that a class leads to, and the one that it inherits its entry method from does not."""
        own, others = (
            unrecorded(
                open_context(task, owner, entry, self._sources, self._settings).of_method(entry, base.module),
                frozenset(),
            )
            for owner in (ref, base)
        )
        known = {id(hit.node) for hit in others}
        return next((hit for hit in own if id(hit.node) not in known), None)

    def _of_method(self, context: TaskContext, rules: Iterable[Rule]) -> Iterator[Finding]:
        view = TaskView(context, strict=self._strict)
        for rule in rules:
            for found in rule.check(view) if rule.check is not None else ():
                if self._strict or not found.strict:
                    yield _finding(context, rule.code, found)


def _unchecked(source: SourceFile, ref: ClassRef, refused: Refused) -> Finding:
    """The finding about a task on which the check itself failed."""
    row, column = ref.node.lineno, _column(source.lines, ref.node.lineno, ref.node.col_offset)
    end = len(source.lines[row - 1].rstrip()) + 1
    message = f"{ref.name} could not be checked: {refused.reason}; please report it"
    return Finding(source.path, row, column, row, end, UNCHECKED, message, ref.name)


def is_internal(finding: Finding) -> bool:
    """Whether a finding is about a defect of this tool, and not about code that is too deep for it."""
    return finding.code == UNCHECKED and INTERNAL_ERROR in finding.message


def unreadable(error: SourceError) -> Finding:
    """The finding about a file that could not be checked."""
    row, column = error.line or 1, error.column or 1
    return Finding(error.path, row, column, row, column, UNREADABLE, error.message)


def _helpers(ref: ClassRef, entry: Function) -> Iterator[Function]:
    """The other methods of a class that talk to the database, where its entry method leads to them."""
    methods = {
        node.name: node
        for node in ref.node.body
        if isinstance(node, Function) and node.name != entry.name and _mentions_database(ref, node)
    }
    pending: list[Function] = [entry] if methods else []
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, ast.Attribute) and node.attr in methods:
                helper = methods.pop(node.attr)
                pending.append(helper)
                yield helper


def _mentions_database(ref: ClassRef, function: Function) -> bool:
    """Whether a method calls the service; its text is searched before its tree."""
    if not _has_words(ref, function):
        return False
    return any(isinstance(n, ast.Attribute) and n.attr in _DATABASE for n in walk(function))


def _is_block(function: Function) -> bool:
    """Whether a method has its steps as a block, and opens no service beside it."""
    opens = any(isinstance(n, ast.Attribute) and n.attr == OPEN for n in walk(function))
    return opens_block(function) and not opens


def _has_words(ref: ClassRef, node: ast.stmt) -> bool:
    text = "".join(ref.module.source.lines[node.lineno - 1 : node.end_lineno])
    return any(name in text for name in _DATABASE)


def _task(ref: ClassRef, entry: Function, settings: Settings) -> TaskClass:
    stage = discovery.row_stage(ref.name, settings)
    node = ref.node
    return TaskClass(ref.name, ref.module.path, node.lineno, node.col_offset + 1, entry.name, stage, "")


def _has_work(context: TaskContext) -> bool:
    """Whether a task calls an LLM or writes a file. What it declares as its output, it has to write."""
    models_alone = context.settings.llm_only
    if not models_alone and _declares_file(context):
        return True
    if unrecorded(context, frozenset()) or any(True for _ in LlmCallFinder(context).calls(context.sites)):
        return True
    if models_alone:
        return False
    finder = WriteFinder(context, frozenset())
    try:
        # Tasks end with their writes.
        return any(finder.at(site) for site in reversed(context.sites))
    except Refused:
        return True


def _refusal(context: TaskContext) -> Refused | None:
    """Why a task without work in sight is refused, as `status` says it; None for one that needs no steps."""
    from codemods.steps.planner import plan_task  # noqa: PLC0415 - only where nothing else is known of a task

    try:
        plan_task(context)
    except Refused as refused:
        return refused
    return None


def _declares_file(context: TaskContext) -> bool:
    """Whether `output()` gives a file of the task's own, by its looks first."""
    member = context.sources.classes.method(context.owner, "output")
    last = member.method.body[-1] if member is not None and member.method is not None else None
    value = last.value if isinstance(last, ast.Return) else None
    made = value.values if isinstance(value, ast.Dict) else [value]
    if any(isinstance(v, ast.Call) and called_name(v).lower().endswith("target") for v in made):
        return True
    return any(target.kind != "input" for target in context.locations.outputs.targets.values())


def _helper_opens(context: TaskContext) -> bool:
    """Whether a method of the class, called by the entry method, does the steps."""
    classes = context.sources.classes
    line = [ref for ref in classes.line(context.owner) if ref.name not in context.settings.base_classes]
    if not any(_has_words(ref, ref.node) for ref in line):
        return False
    called = {
        n.func.attr
        for n in walk(context.entry)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    }
    for name in called - {"input", "output", "requires"}:
        member = classes.method(context.owner, name)
        if member is None or member.method is None or member.owner.name in context.settings.base_classes:
            continue
        if _mentions_database(member.owner, member.method):
            return True
    return False


def _finding(context: TaskContext, code: str, found: Found, ref: ClassRef | None = None) -> Finding:
    module = ref.module if ref is not None else context.scope.module
    lines = module.source.lines
    node = found.node
    row, start = _start(node)
    end_row, end = getattr(node, "end_lineno", row) or row, getattr(node, "end_col_offset", start) or start
    if isinstance(node, ast.ClassDef | Function | ast.ExceptHandler):
        end_row, end = row, len(lines[row - 1].rstrip().encode())
    return Finding(
        module.path,
        row,
        _column(lines, row, start),
        end_row,
        _column(lines, end_row, end),
        code,
        found.message,
        context.task.name,
        found.strict,
    )


def _start(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 1), getattr(node, "col_offset", 0)


def _column(lines: tuple[str, ...], row: int, offset: int) -> int:
    """The 1-based column in characters of an offset in UTF-8 bytes."""
    if row > len(lines):
        return 1
    return len(lines[row - 1].encode()[:offset].decode("utf-8", "ignore")) + 1
