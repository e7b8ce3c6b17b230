"""Two plans side by side: files, calls, tokens, cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.redaction import redact
from pipeline.report import units
from pipeline.report.costs import cost_of_row
from pipeline.report.facts import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.database.records import ContentInfo, InteractionInfo
    from pipeline.database.service import DatabaseService
    from pipeline.llm.prices import Price

SAME, DIFFERENT, ONLY_A, ONLY_B = "same", "different", "only in a", "only in b"


@dataclass(frozen=True, slots=True)
class FileOfBoth:
    """A file by name: whether both plans have the same bytes, and how many each has."""

    filename: str
    state: str
    a_size_bytes: int | None
    b_size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What some calls took.

    `calls` are rows, failed attempts included; `found_again` those whose answer another row had paid for. A sum of
    tokens is of the counts that are known, None where none is. `without_tokens` and `without_cost` are the calls that
    have ended and are missing from the sums.
    """

    calls: int
    failed: int
    found_again: int
    input_tokens: int | None
    output_tokens: int | None
    without_tokens: int
    costs: tuple[Money, ...]
    without_cost: int


@dataclass(frozen=True, slots=True)
class StageOfBoth:
    """What the calls of one stage took in each plan."""

    stage: str
    a: Taken
    b: Taken


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans side by side."""

    a: str
    b: str
    files: tuple[FileOfBoth, ...]
    stages: tuple[StageOfBoth, ...]
    a_total: Taken
    b_total: Taken


def compare_plans(
    service: DatabaseService, a: str, b: str, prices: Mapping[str, Price] | None = None
) -> Comparison:
    """Return how two plans differ, as far as the database knows; raises PlanNotFoundError, DatabaseError."""
    for plan_id in (a, b):
        service.get_plan(plan_id)
    calls_a, calls_b = service.list_interactions(a), service.list_interactions(b)
    known = prices or {}
    stages = sorted({row.stage for row in (*calls_a, *calls_b)})
    by_a, by_b = _by_stage(calls_a), _by_stage(calls_b)
    return Comparison(
        a,
        b,
        tuple(_files(service.list_content(a), service.list_content(b))),
        tuple(
            StageOfBoth(redact(stage), _taken(by_a[stage], known), _taken(by_b[stage], known))
            for stage in stages
        ),
        _taken(calls_a, known),
        _taken(calls_b, known),
    )


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Yield lines on what differs, and the sums."""
    counts = {state: sum(file.state == state for file in comparison.files) for state in (SAME, DIFFERENT)}
    yield f"a: {comparison.a}"
    yield f"b: {comparison.b}"
    yield f"files: {counts[SAME]} same, {len(comparison.files) - counts[SAME]} not"
    differing = [file for file in comparison.files if file.state != SAME]
    width = max((len(file.state) for file in differing), default=0)
    for file in differing:
        sizes = " -> ".join("-" if n is None else str(n) for n in (file.a_size_bytes, file.b_size_bytes))
        yield f"  {file.state:<{width}}  {file.filename}  {sizes} bytes"
    yield "calls:"
    width = max((len(stage.stage) for stage in comparison.stages), default=0)
    width = max(width, len("total"))
    for stage in comparison.stages:
        if stage.a != stage.b:
            yield f"  {stage.stage:<{width}}  {_change(stage.a, stage.b)}"
    yield f"  {'total':<{width}}  {_change(comparison.a_total, comparison.b_total)}"


def _by_stage(rows: Sequence[InteractionInfo]) -> dict[str, list[InteractionInfo]]:
    found: dict[str, list[InteractionInfo]] = defaultdict(list)
    for row in rows:
        found[row.stage].append(row)
    return found


def _files(a: Sequence[ContentInfo], b: Sequence[ContentInfo]) -> Iterator[FileOfBoth]:
    of_a, of_b = {row.filename: row for row in a}, {row.filename: row for row in b}
    for name in sorted(of_a.keys() | of_b.keys()):
        one, two = of_a.get(name), of_b.get(name)
        if one is None or two is None:
            state = ONLY_B if one is None else ONLY_A
        else:
            state = SAME if one.sha256 == two.sha256 else DIFFERENT
        yield FileOfBoth(
            redact(name),
            state,
            None if one is None else one.size_bytes,
            None if two is None else two.size_bytes,
        )


def _taken(rows: Sequence[InteractionInfo], prices: Mapping[str, Price]) -> Taken:
    ended = [row for row in rows if row.status != "pending"]
    costs = [cost_of_row(row, prices) for row in ended]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for cost in costs:
        if cost is not None:
            sums[cost.currency] += cost.amount
    inputs = [row.input_tokens for row in ended if row.input_tokens is not None]
    outputs = [row.output_tokens for row in ended if row.output_tokens is not None]
    return Taken(
        calls=len(rows),
        failed=sum(row.status == "failed" for row in rows),
        found_again=sum(row.replayed_from is not None for row in rows),
        input_tokens=sum(inputs) if inputs else None,
        output_tokens=sum(outputs) if outputs else None,
        without_tokens=sum(row.input_tokens is None or row.output_tokens is None for row in ended),
        costs=tuple(Money(currency, amount) for currency, amount in sorted(sums.items())),
        without_cost=sum(cost is None for cost in costs),
    )


def _change(a: Taken, b: Taken) -> str:
    pairs = [
        ("calls", str(a.calls), str(b.calls)),
        ("failed", str(a.failed), str(b.failed)),
        ("found again", str(a.found_again), str(b.found_again)),
        ("input tokens", units.count(a.input_tokens), units.count(b.input_tokens)),
        ("output tokens", units.count(a.output_tokens), units.count(b.output_tokens)),
        ("cost", _money(a), _money(b)),
    ]
    always = {"calls", "input tokens", "output tokens"}
    return ", ".join(
        f"{name} {one}" if one == two else f"{name} {one} -> {two}"
        for name, one, two in pairs
        if name in always or {one, two} - {"0", units.UNKNOWN}
    )


def _money(taken: Taken) -> str:
    if not taken.costs:
        return units.UNKNOWN
    known = " + ".join(f"{money.amount:f} {money.currency}" for money in taken.costs)
    return f"{known} and {units.plural(taken.without_cost, 'unknown')}" if taken.without_cost else known
