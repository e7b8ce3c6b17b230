"""What to say where no base class, and so no task, is found: which classes are there, and what to do."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence

from codemods.errors import SourceError
from codemods.python.classes import ClassRef, ClassResolver, base_expressions
from codemods.python.modules import Module, ModuleFinder, statements_at_module_level
from codemods.python.names import NameResolver, dotted_name
from codemods.settings import Settings
from codemods.source import SourceFile

_MOST_NAMED = 5
_NEVER = frozenset(
    {"object", "Exception", "ABC", "Enum", "str", "int", "dict", "list", "Protocol", "NamedTuple"}
)


def explain_missing_base(
    sources: Sequence[SourceFile], settings: Settings, finder: ModuleFinder, classes: ClassResolver
) -> str:
    """Why `init` has no base class to complete, and which command or line of configuration helps.

    Args:
        sources: the files that were looked at.
        settings: names the base classes.
        finder: finds modules.
        classes: resolves classes.
    """
    wanted = ", ".join(settings.base_classes)
    for source in sources:
        module = finder.module_at(source.path)
        for ref in _classes_of(module) if module is not None else ():
            for base in classes.line(ref)[1:]:
                if base.name in settings.base_classes:
                    path = base.module.path
                    return (
                        f"{base.name} is in {path}, which is not among the files named: refactor init {path}"
                    )
    library = [name for name in settings.base_classes if name in {"Task", "luigi.Task"}]
    if library:
        return (
            f"{library[0]} is Luigi's own class, which init does not change. refactor init --rebase puts a class of "
            "your own in front of it, one line a class. By hand: `class DbTask(luigi.Task):` in a module of its own, "
            'the tasks derived from it, base-classes = ["DbTask"] in [tool.refactor], and refactor init for that module'
        )
    told = bases_seen(sources, settings)
    return f"no file defines {wanted}; name the file that does, or set base-classes" + (
        f". {told}" if told else ""
    )


def bases_seen(sources: Sequence[SourceFile], settings: Settings) -> str:
    """The base classes of the classes that are there, the most frequent first; empty where there are none.

    Args:
        sources: the files that were looked at.
        settings: names the base classes that were looked for.
    """
    names = NameResolver(ModuleFinder(tuple(sources)))
    counted: Counter[str] = Counter()
    for source in sources:
        try:
            module = Module(source)
            refs = _classes_of(module)
        except SourceError:
            continue
        for ref in refs:
            for base in base_expressions(ref.node):
                name = names.origin(base, module) or dotted_name(base) or ""
                if name and name.rpartition(".")[2] not in _NEVER:
                    counted[name] += 1
    for name in settings.base_classes:
        counted.pop(name, None)
    if not counted:
        return ""
    several = [
        f"{name} ({count} class{'es' if count > 1 else ''})"
        for name, count in counted.most_common(_MOST_NAMED)
    ]
    more = ", ..." if len(counted) > _MOST_NAMED else ""
    likely = next((n for n, _ in counted.most_common() if n.endswith("Task")), counted.most_common(1)[0][0])
    return (
        f"The classes here derive from {', '.join(several)}{more}: "
        f'set base-classes = ["{likely}"] in [tool.refactor], or another of them; where that base is not your own, '
        "run refactor init --rebase"
    )


def _classes_of(module: Module) -> list[ClassRef]:
    found = statements_at_module_level(module.tree.body)
    return [ClassRef(module, s) for s in found if isinstance(s, ast.ClassDef)]
