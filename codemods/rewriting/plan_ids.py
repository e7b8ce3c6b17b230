"""The plan's id as an expression of the user's: is it one, and can every task evaluate it?"""

from __future__ import annotations

import ast
import builtins
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.errors import RefactorError
from codemods.python.classes import ClassRef, ClassResolver
from codemods.tasks.lineage import OF_LUIGI

_PLAN = ("plan_id",)
_DIRECTORIES = ("run_id_dir", "run_dir", "run_directory", "output_dir", "output_directory", "work_dir")
_OF_DIRECTORIES = ("dir", "directory", "folder", "root", "path")
_RUN = ("run_id", "run_name", "project_id")
_MOST_NAMED = 3
_DATES = {
    "DateParameter": ".isoformat()",
    "MonthParameter": ".isoformat()",
    "YearParameter": ".isoformat()",
    "DateHourParameter": ".strftime('%Y-%m-%dT%H')",
    "DateMinuteParameter": ".strftime('%Y-%m-%dT%H%M')",
    "DateSecondParameter": ".strftime('%Y-%m-%dT%H%M%S')",
}
_TEXTS = frozenset({"Parameter", "ChoiceParameter", "EnumParameter", "DateIntervalParameter"})
_ONE_PLAN = "'daily'"


class PlanIdError(RefactorError):
    """The plan's id cannot be told, or not every task can evaluate it."""


@dataclass(frozen=True)
class PlanId:
    """What `get_plan_id()` returns.

    Attributes:
        expression: the text behind `return`.
        modules: modules of the standard library that it names.
    """

    expression: str
    modules: tuple[str, ...]


def given_plan_id(text: str, tasks: Sequence[ClassRef], classes: ClassResolver) -> PlanId:
    """The expression that a user gave, as text.

    Args:
        text: the expression.
        tasks: the classes whose instances evaluate it.
        classes: resolves classes.

    Raises:
        PlanIdError: it is no expression, names what is not there, or a class lacks what it reads of `self`.
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise PlanIdError(f"--plan-id is no Python expression: {text}") from error
    if any(isinstance(n, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr) for n in ast.walk(node)):
        raise PlanIdError(f"--plan-id must be a plain value: {text}")
    own = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - own - {"self"} - set(dir(builtins))
    unknown = sorted(names - sys.stdlib_module_names)
    if unknown:
        raise PlanIdError(
            f"--plan-id names {', '.join(unknown)}: it may use self, builtins and modules of the standard library"
        )
    for attribute in sorted(_read_of_self(node)):
        _require_member(attribute, tasks, classes)
    rendered = ast.unparse(node)
    is_text = (
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        or rendered.startswith("os.path.basename(")
    )
    return PlanId(rendered if is_text else f"str({rendered})", tuple(sorted(names)))


def common_plan_id(tasks: Sequence[ClassRef], classes: ClassResolver) -> PlanId:
    """The parameter that all tasks have and that is called as one that names a plan or its directory.

    Raises:
        PlanIdError: there is none; says which parameters are there.
    """
    for name in (*_PLAN, *_DIRECTORIES, *_RUN):
        if all(classes.member(task, name) is not None for task in tasks):
            if name in _DIRECTORIES:
                return PlanId(name_of_directory(name), ("os",))
            return PlanId(f"str(self.{name})", ())
    directory = _common_directory(tasks, [_parameters_of(task, classes) for task in tasks], classes)
    if (
        directory is not None
        and directory.endswith(_OF_DIRECTORIES)
        and not any(_has_default(task, directory, classes) for task in tasks)
    ):
        return PlanId(name_of_directory(directory), ("os",))
    counted = Counter(name for task in tasks for name in _parameters_of(task, classes)).most_common(
        _MOST_NAMED
    )
    seen = ", ".join(f"{name} ({count} of {len(tasks)})" for name, count in counted)
    suggestion = suggested_plan_id(tasks, (), classes)
    others = (
        "" if suggestion.expression == _ONE_PLAN else f', or --plan-id "{_ONE_PLAN}" where there is one plan'
    )
    raise PlanIdError(
        f"the {len(tasks)} classes have no parameter in common that names a plan or its run directory"
        + (f"; the most frequent: {seen}" if seen else "")
        + f'; say what names a plan, as an expression of self: --plan-id "{suggestion.expression}"{others}'
    )


@dataclass(frozen=True)
class Suggestion:
    """What the user may give as the plan's id, where no parameter has a name that says so.

    Attributes:
        expression: the text for `--plan-id`.
        reason: why this one, for people.
    """

    expression: str
    reason: str


def suggested_plan_id(
    tasks: Sequence[ClassRef], heirs: Sequence[ClassRef], classes: ClassResolver
) -> Suggestion:
    """The parameter that every task has, a date before others; one constant for all runs where there is none.

    Args:
        tasks: the classes whose instances evaluate it.
        heirs: classes that derive from them.
        classes: resolves classes.
    """
    everything = (*tasks, *heirs)
    above = {id(base.node) for ref in everything for base in classes.line(ref)[1:]}
    last = [_parameters_of(ref, classes) for ref in everything if id(ref.node) not in above]
    directory = _common_directory(everything, last, classes)
    if directory is not None and all(classes.member(task, directory) is not None for task in tasks):
        reason = (
            "no parameter is called as one that names a plan: "
            f"the files are in self.{directory}, its name would do"
        )
        if any(_has_default(ref, directory, classes) for ref in everything):
            reason += "; runs that leave it at its default are one plan"
        return Suggestion(name_of_directory(directory), reason)
    common = [
        (name, kind)
        for name, kind in (last[0] if last else {}).items()
        if kind in {*_DATES, *_TEXTS} and all(name in parameters for parameters in last)
    ]
    if not common:
        return Suggestion(_ONE_PLAN, f"no parameter names a plan: {_ONE_PLAN} would be one plan for all runs")
    name, kind = min(common, key=lambda one: one[1] not in _DATES)
    reason = f"no parameter is called as one that names a plan: {name} would do, where each {name} is a run"
    if all(classes.member(task, name) is not None for task in tasks):
        return Suggestion(f"self.{name}{_DATES.get(kind, '')}", reason)
    return Suggestion(f"getattr(self, {name!r}, 'plan')", reason)


def name_of_directory(attribute: str, paths: str = "os.path", string: str = "str") -> str:
    """An expression for the name of the directory that an attribute of the task holds.

    Args:
        attribute: the attribute.
        paths: what names the module `os.path`.
        string: what names the class `str`.
    """
    return f"{paths}.basename({paths}.normpath({string}(self.{attribute})))"


def directories_used(node: ast.AST) -> Iterator[str]:
    """Attributes of self that paths are built from: `self.run_dir / name`, `os.path.join(self.run_dir, name)`."""
    for child in ast.walk(node):
        base: ast.expr | None = None
        if isinstance(child, ast.BinOp) and isinstance(child.op, ast.Div):
            base = child.left
        elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith("path.join") and child.args:
            base = child.args[0]
        elif isinstance(child, ast.JoinedStr) and len(child.values) > 1 and _is_slash(child.values[1]):
            base = child.values[0].value if isinstance(child.values[0], ast.FormattedValue) else None
        while isinstance(base, ast.Call) and base.args:
            base = base.args[0]
        if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id == "self":
            yield base.attr


def _is_slash(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).startswith("/")


def _common_directory(
    everything: Sequence[ClassRef], last: Sequence[dict[str, str]], classes: ClassResolver
) -> str | None:
    """The parameter of every task below which most methods that make targets place them; None where there is none."""
    bodies = {id(item.node): item.node for ref in everything for item in classes.line(ref)}
    counted = Counter(
        name
        for node in bodies.values()
        for method in node.body
        if isinstance(method, ast.FunctionDef) and _makes_target(method)
        for name in set(directories_used(method))
        if all(name in parameters for parameters in last)
    )
    return counted.most_common(1)[0][0] if counted else None


def _makes_target(method: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Target") for node in ast.walk(method)
    )


def _parameters_of(task: ClassRef, classes: ClassResolver) -> dict[str, str]:
    """The parameters of a class and of those above it, with what kind each is."""
    return {
        name: kind for ref in reversed(classes.line(task)) for name, kind in _parameters(ref.node).items()
    }


def _parameters(node: ast.ClassDef) -> dict[str, str]:
    return {
        target.id: ast.unparse(s.value.func).rpartition(".")[2]
        for s in node.body
        if isinstance(s, ast.Assign) and isinstance(s.value, ast.Call)
        for target in s.targets
        if isinstance(target, ast.Name) and ast.unparse(s.value.func).endswith("Parameter")
    }


def _has_default(task: ClassRef, name: str, classes: ClassResolver) -> bool:
    """Whether a parameter of a class, or of those above it, may be left out."""
    return any(
        isinstance(s, ast.Assign)
        and isinstance(s.value, ast.Call)
        and (bool(s.value.args) or any(k.arg == "default" for k in s.value.keywords))
        and any(isinstance(target, ast.Name) and target.id == name for target in s.targets)
        for ref in classes.line(task)
        for s in ref.node.body
    )


def _read_of_self(node: ast.expr) -> set[str]:
    return {
        n.attr
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "self"
    }


def _require_member(attribute: str, tasks: Sequence[ClassRef], classes: ClassResolver) -> None:
    if attribute in OF_LUIGI:
        return
    lacking = [task for task in tasks if classes.member(task, attribute) is None]
    if lacking:
        shown = ", ".join(task.name for task in lacking[:_MOST_NAMED])
        more = f" and {len(lacking) - _MOST_NAMED} more" if len(lacking) > _MOST_NAMED else ""
        raise PlanIdError(
            f"--plan-id reads self.{attribute}, which {shown}{more} is not known to have; "
            f"getattr(self, {attribute!r}, ...) has a value for every task"
        )
