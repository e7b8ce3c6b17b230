"""What `refactor check` does with its options, from the paths to the text that is printed."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from codemods.checking.rules import RULES
from codemods.errors import UnknownNameError
from refactor.checks.baseline import Baseline
from refactor.checks.checking import CheckRun, Wanted, check_paths, check_text
from refactor.checks.request import Request
from refactor.project import config as configuration
from refactor.project.configured_names import require_tasks
from refactor.project.display import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from refactor.project.config import Configuration

WITH_FIXES = frozenset({"json", "sarif"})
"""The formats that carry the edits; making them takes far longer than finding what they mend."""


def wanted(select: Sequence[str], ignore: Sequence[str], *, strict: bool) -> Wanted:
    """The selection that the options make. Raises UnknownNameError for a prefix that no rule has."""
    return Wanted(_prefixes(select), _prefixes(ignore), strict)


def run(request: Request, stdin: BinaryIO, tell: Callable[[str], None]) -> CheckRun:
    """Reads the configuration, fixes what is to be fixed, checks, and takes the baseline off.

    Args:
        request: what was asked for.
        stdin: standard input.
        tell: is given lines for people.

    Raises:
        ConfigurationError: the configuration or the baseline cannot be used.
        MissingPathError: a path does not exist.
    """
    if request.stdin is not None:
        loaded = configuration.load(request.config, [request.stdin])
        found = check_text(stdin.read(), request.stdin, loaded.settings, request.wanted)
    else:
        loaded = configuration.load(request.config, request.paths)
        if request.fix:
            from refactor.checks.fixing import fix

            tell(fix(request, loaded))
        found = _check(request, loaded)
        if request.output_format in WITH_FIXES:
            from refactor.checks.fixing import with_edits

            found = with_edits(found, loaded)
    return (
        found if request.baseline is None else _without_known(found, request.baseline, request, loaded, tell)
    )


def is_empty(request: Request) -> bool:
    """Whether a project was checked that holds no task, so that nothing is proven by finding nothing."""
    if request.stdin is not None:
        return False
    from refactor.emptiness import has_tasks

    loaded = configuration.load(request.config, request.paths)
    return not has_tasks(request.paths or loaded.paths, loaded.settings)


def render(run: CheckRun, request: Request) -> str:
    """The text of the chosen format."""
    if request.output_format == "statistics":
        from refactor.checks.formats.concise import statistics

        return statistics(run)
    name = {"json": "as_json"}.get(request.output_format, request.output_format)
    text: str = importlib.import_module(f"refactor.checks.formats.{name}").render(run)
    return text


def summary(run: CheckRun) -> str:
    """The last line, for people."""
    from refactor.checks.formats.concise import summary as in_words

    return in_words(run)


def tell_traces(run: CheckRun, *, verbose: bool) -> None:
    """Prints the tracebacks of internal errors where they are wanted."""
    if verbose and run.traces:
        import sys
        import traceback

        for error in run.traces:
            sys.stderr.write("".join(traceback.format_exception(error)))


def _check(request: Request, loaded: Configuration) -> CheckRun:
    import os

    cache = None
    if request.cache is not None:
        from refactor.checks.cache import Cache

        cache = Cache(request.cache, loaded.settings, strict=request.wanted.strict)
    jobs = request.jobs or os.cpu_count() or 1
    return check_paths(
        request.paths or loaded.paths,
        loaded.settings,
        request.wanted,
        jobs=jobs,
        cache=cache,
        require=None if request.paths else partial(require_tasks, loaded),
    )


def _without_known(
    found: CheckRun, file: Path, request: Request, loaded: Configuration, tell: Callable[[str], None]
) -> CheckRun:
    places = [
        path.resolve() for path in ([request.stdin] if request.stdin else request.paths or loaded.paths)
    ]

    def looked_for(path: Path, code: str) -> bool:
        here = path.resolve()
        return request.wanted.has(code) and any(here.is_relative_to(place) for place in places)

    if request.update_baseline:
        known = (
            Baseline.read(file).shrunk(found.findings, looked_for)
            if file.exists()
            else Baseline.of(file, found.findings)
        )
        known.write()
        tell(f"{file}: {sum(known.known.values())} findings known")
    else:
        known = Baseline.read(file)
        if gone := known.gone(found.findings, looked_for):
            tell(f"{file}: {gone} of the known findings are gone; --update-baseline takes them out")
    new, old = known.split(found.findings)
    return replace(found, findings=new, baselined=len(old))


def _prefixes(given: Sequence[str]) -> tuple[str, ...]:
    prefixes = [p.strip().upper() for one in given for p in one.split(",") if p.strip()]
    known = [rule.code for rule in RULES]
    for prefix in prefixes:
        if prefix != "ALL" and not any(code.startswith(prefix) for code in known):
            raise UnknownNameError(f"no rule is called {prefix}{did_you_mean(prefix, known)}")
    return tuple("" if prefix == "ALL" else prefix for prefix in prefixes)
