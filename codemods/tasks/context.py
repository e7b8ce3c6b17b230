"""Everything that the analysis of one task needs, in one value."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from functools import cached_property

from codemods.model import TaskClass
from codemods.python.classes import ClassRef, Function
from codemods.python.frames import Frame
from codemods.python.inference import ClassInference
from codemods.python.memo import Memo
from codemods.python.modules import Module
from codemods.python.repeatable import Repeatability
from codemods.python.scopes import Scope, Sources
from codemods.python.statements import Site, sites
from codemods.settings import Settings
from codemods.tasks.discovery import allows_row_after_file
from codemods.tasks.locations import LocationEvaluator
from codemods.tasks.model_reach import ModelReach
from codemods.tasks.run_directory import run_directory


@dataclass(frozen=True)
class TaskContext:
    """One task class, its entry method, and the resolvers.

    Attributes:
        task: the class as discovered.
        owner: its definition.
        entry: its entry method.
        scope: the entry method from inside.
        settings: the configuration.
        sources: name and class resolution.
        inference: classes of values.
        repeatable: what may be evaluated twice.
        locations: path expressions.
        heirs: the classes in sight that inherit the entry method.
        texts: which expressions are text. `text = text + more` is one if the rest of it is.
        data: which expressions are data that JSON can say whole; likewise.
    """

    task: TaskClass
    owner: ClassRef
    entry: Function
    scope: Scope
    settings: Settings
    sources: Sources
    inference: ClassInference
    repeatable: Repeatability
    locations: LocationEvaluator
    heirs: tuple[ClassRef, ...] = ()
    texts: Memo[bool] = field(default_factory=lambda: Memo(again=True))
    data: Memo[bool] = field(default_factory=lambda: Memo(again=True))
    helpers: dict[tuple[int, int], str | None] = field(default_factory=dict, repr=False)
    """For methods of the class the parameter that is the whole prompt of their one model call."""

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every statement of the entry method, nested functions included, in source order."""
        return tuple(sites(self.scope))

    @cached_property
    def run_directory(self) -> str:
        """The directory that the names of the task's files are relative to, as a location's `base`."""
        return run_directory(self.owner, self.sources, self.locations)

    @cached_property
    def row_after_file(self) -> bool:
        """Whether a file may be read back after it was written, so that its row comes after it."""
        return allows_row_after_file(self.owner, self.settings)

    @cached_property
    def reach(self) -> ModelReach:
        """The model calls that the task's code leads to."""
        return ModelReach(self.sources, self.settings)

    def of_method(self, method: Function, module: Module) -> TaskContext:
        """The same for another method of the class, which stands in a module."""
        helped = replace(self, entry=method, scope=Scope(module, self.owner, method))
        helped.__dict__["reach"] = self.reach
        return helped

    def frame_of(self, scope: Scope) -> Frame:
        """What is followed of the values in a scope."""
        if scope.parent is not None:
            return self.frame_of(scope.parent).inner(scope.function)
        return self.reach.origins.frame(scope.function, scope.owner, scope.module)

    def text(self, node: ast.expr) -> str:
        """The source of an expression as written, from this task's file."""
        segment = ast.get_source_segment(self.scope.module.source.text, node)
        return (
            segment
            if segment is not None and "\n" not in segment and "\r" not in segment
            else ast.unparse(node)
        )


def open_context(
    task: TaskClass,
    owner: ClassRef,
    entry: Function,
    sources: Sources,
    settings: Settings,
    heirs: tuple[ClassRef, ...] = (),
) -> TaskContext:
    """The context of one task, with nothing inferred yet."""
    inference = ClassInference(sources)
    scope = Scope(owner.module, owner, entry)
    # A class that leaves `output()` to its subclasses is never run itself.
    concrete = heirs[0] if heirs and sources.classes.member(owner, "output") is None else owner
    return TaskContext(
        task=task,
        owner=owner,
        entry=entry,
        scope=scope,
        settings=settings,
        sources=sources,
        inference=inference,
        repeatable=Repeatability(sources, inference, entry),
        locations=LocationEvaluator(sources, concrete),
        heirs=heirs,
    )
