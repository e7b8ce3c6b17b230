"""The laws of the pattern as assertions. They share no code with the codemod that they judge."""

from __future__ import annotations

import ast
import io
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyflakes import api as pyflakes
from pyflakes import messages, reporter

from tests.shapes.bench import LATENCY_SECONDS, MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.shapes.bench import Outcome

ENTRIES = ("run_with_llm", "run_inner", "run")
CONTENT_TYPES = {".json": "json", ".md": "markdown", ".html": "html", ".csv": "csv", ".txt": "txt"}
# A shorter text may be part of another one by chance.
LONG_ENOUGH = 8
STEPPED = re.compile(r"\.(get_database_service\(\)|database_steps\()")
ADDED_IMPORT = re.compile(r"(import|from) [\w., ]+  # database-first steps(\r\n|\n|\r)?")


# -- of the text


def lines_of(text: str) -> list[str]:
    """The lines with their ends, as Python counts them."""
    return io.StringIO(text, newline="").readlines()


def methods(text: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Class, method and span of lines (first, behind the last) of every method, decorators included."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ClassDef):
            for member in statement.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                    first = min([member.lineno, *(d.lineno for d in member.decorator_list)])
                    assert member.end_lineno is not None
                    yield statement.name, member.name, (first - 1, member.end_lineno)


def method_text(text: str, owner: str, name: str) -> str | None:
    """The lines of one method, None where the class has none of this name."""
    lines = lines_of(text)
    return next(
        ("".join(lines[first:last]) for o, n, (first, last) in methods(text) if (o, n) == (owner, name)), None
    )


def check_outside_is_untouched(before: str, after: str, tasks: tuple[str, ...]) -> None:
    """Outside of the methods with steps all is as it was, added imports aside; so are requires() and output()."""
    stepped = {
        (owner, name)
        for owner, name, _ in methods(after)
        if owner in tasks and STEPPED.search(method_text(after, owner, name) or "")
    }
    assert {owner for owner, name in stepped if name in ENTRIES} == set(tasks)
    assert _outside(before, stepped) == [
        line for line in _outside(after, stepped) if not ADDED_IMPORT.fullmatch(line)
    ]
    for task in tasks:
        for name in ("requires", "output"):
            assert method_text(after, task, name) == method_text(before, task, name)


def _outside(text: str, stepped: set[tuple[str, str]]) -> list[str]:
    lines: list[str | None] = list(lines_of(text))
    for owner, name, (first, last) in methods(text):
        if (owner, name) in stepped:
            lines[first:last] = [f"<{owner}.{name}>"] + [None] * (last - first - 1)
    return [line for line in lines if line is not None]


def check_only_insertions(before: str, after: str, unit: str = "    ") -> None:
    """Every original line is there, in order, its text unchanged but for one level of indentation."""
    new = iter(lines_of(after))
    for number, line in enumerate(lines_of(before), start=1):
        wanted = {line, unit + line}
        if not line.endswith(("\n", "\r")):
            wanted |= {text + end for text in (line, unit + line) for end in ("\n", "\r\n", "\r")}
        assert any(candidate in wanted for candidate in new), f"line {number} is gone: {line!r}"


def check_statements_are_kept(before: str, after: str, tasks: tuple[str, ...]) -> None:
    """The original simple statements are there in the same number and order, multi-line strings included."""
    for task in tasks:
        for name in {name for owner, name, _ in methods(before) if owner == task}:
            old, new = method_text(before, task, name), method_text(after, task, name)
            if old is None or new is None:
                continue
            remaining = iter(_simple_statements(new))
            for statement in _simple_statements(old):
                assert statement in remaining


def _simple_statements(method: str) -> list[str]:
    holder = ast.parse("class _:\n" + method)
    kinds = (
        ast.Assign
        | ast.AugAssign
        | ast.AnnAssign
        | ast.Expr
        | ast.Return
        | ast.Raise
        | ast.Break
        | ast.Continue
    )
    found = [n for n in ast.walk(holder) if isinstance(n, kinds)]
    return [ast.dump(n) for n in sorted(found, key=lambda n: (n.lineno, n.col_offset))]


def check_pyflakes_has_nothing_new(before: str, after: str) -> None:
    """The new text compiles, and pyflakes finds nothing in it that it did not find before."""
    compile(after, "after.py", "exec")
    assert _complaints(after) <= _complaints(before)


def _complaints(text: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()

    class Gathering(reporter.Reporter):
        def flake(self, message: messages.Message) -> None:
            found.add((type(message).__name__, repr(message.message_args)))

    pyflakes.check(text, "shape.py", Gathering(io.StringIO(), io.StringIO()))
    return found


# -- of a run


def check_same_behaviour(before: Outcome, after: Outcome, *, same_bytes: bool = True) -> None:
    """The same prompts in the same number, the same end, the same files byte for byte."""
    assert after.prompts == before.prompts
    assert _end(after) == _end(before)
    if same_bytes:
        assert after.files == before.files
    assert sorted(after.files) == sorted(before.files)


def _end(outcome: Outcome) -> list[tuple[str, str]]:
    chain, error = [], outcome.error
    while error is not None:
        chain.append((type(error).__name__, re.sub(r"plan-\d+", "plan", str(error))))
        error = error.__cause__
    return chain


def check_every_file_has_its_row(outcome: Outcome, stages: set[str]) -> None:
    """The row of each file holds its bytes, their number, its content type and the stage of a task."""
    for filename, data in outcome.files.items():
        assert outcome.content(filename) == data
        row = outcome.rows[filename]
        assert row.content_size_bytes == len(data)
        assert row.content_type == CONTENT_TYPES[filename[filename.rindex(".") :]]
        assert row.stage in stages
    for event in outcome.of("content"):
        size = len(event.data["content"].encode("utf-8"))
        assert event.data.get("content_size_bytes", size) == size


def check_rows_come_before_files(outcome: Outcome) -> None:
    """When the first row of a file is made, the file is not there; a later one only sets it right."""
    seen = set()
    for event in outcome.of("content"):
        assert event.there == (event.data["filename"] in seen)
        seen.add(event.data["filename"])


def check_one_interaction_a_call(outcome: Outcome, calls: int, stages: set[str], *, one_to_one: bool) -> None:
    """Each call is one completed interaction: whole prompt, whole response, model, duration, stage."""
    assert [i.status for i in outcome.interactions] == ["completed"] * calls
    for interaction in outcome.interactions:
        assert interaction.llm_model == MODEL
        assert interaction.stage in stages
        assert LATENCY_SECONDS <= interaction.duration_seconds < 10
        assert interaction.completed_at is not None
        assert interaction.error_message is None
        check_no_python_of_data(interaction.response_text)
    answers = [event.data for event in outcome.of("answer")]
    if one_to_one:
        assert [i.prompt_text for i in outcome.interactions] == outcome.prompts
        for interaction, answer in zip(outcome.interactions, answers, strict=True):
            check_whole_response(interaction.response_text, answer)
            check_no_other_answer(interaction, answer, answers)
    else:
        for prompt in outcome.prompts:
            assert any(i.prompt_text in prompt for i in outcome.interactions)
        for answer in answers:
            check_whole_response("\n".join(i.response_text for i in outcome.interactions), answer)


def check_whole_response(response: str, answer: str) -> None:
    """Every text of the model's answer is in the recorded response."""
    for text in _texts(json.loads(answer)):
        assert text in _without_escapes(response)


def check_no_python_of_data(response: str) -> None:
    """A dictionary or a list is recorded as JSON, which others can read, and not as Python writes it."""
    try:
        json.loads(response)
    except ValueError:
        with suppress(ValueError, SyntaxError):
            assert not isinstance(ast.literal_eval(response), dict | list)


def check_no_other_answer(interaction: Any, answer: str, answers: list[str]) -> None:
    """Nothing that only another call was answered is in the recorded response."""
    own = {*_texts(json.loads(answer))}
    others = {text for other in answers for text in _texts(json.loads(other))} - own
    for text in others:
        if len(text) >= LONG_ENOUGH and text not in answer and text not in interaction.prompt_text:
            assert text not in _without_escapes(interaction.response_text)


def _without_escapes(response: str) -> str:
    try:
        return "\n".join(_texts(json.loads(response)))
    except ValueError:
        return response


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def check_calls_are_bracketed(outcome: Outcome) -> None:
    """A model is only asked while exactly one interaction is pending, and none is pending in the end."""
    pending = 0
    for event in outcome.events:
        if event.kind == "interaction":
            pending += 1
            assert event.data["status"] == "pending"
        elif event.kind == "update":
            pending -= 1
        elif event.kind == "ask":
            assert pending == 1
    check_nothing_is_pending(outcome)


def check_nothing_is_pending(outcome: Outcome) -> None:
    """No interaction stays open."""
    assert "pending" not in [i.status for i in outcome.interactions]


def check_service_is_closed(outcome: Outcome) -> None:
    """Each service is closed, after everything else that was done with it."""
    balance = 0
    for event in outcome.of("open", "interaction", "update", "content", "close"):
        balance += {"open": 1, "close": -1}.get(event.kind, 0)
        # A method of the class that asks a model opens one of its own beside the entry method's.
        assert balance >= (0 if event.kind == "close" else 1)
    assert balance == 0


def check_service_is_closed_if_opened(outcome: Outcome) -> None:
    """As many services are closed as could be opened; the last attempt to open one may have failed."""
    opened, closed = len(outcome.of("open")), len(outcome.of("close"))
    assert outcome.events[-1].kind in {"open", "close"}
    kinds = [event.kind for event in outcome.events]
    behind = kinds[len(kinds) - kinds[::-1].index("open") :]
    assert opened - closed in ({0, 1} if set(behind) <= {"close"} else {0})
    assert opened > closed or kinds[-1] == "close"
