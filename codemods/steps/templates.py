r"""The text of the inserted steps. Four-space indentation, `\\n` line ends; the transform adapts both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "create_llm_interaction": frozenset(
            {"plan_id", "llm_model", "stage", "prompt_text", "status", "parameters"}
        ),
        "update_llm_interaction": frozenset(
            "status response_text completed_at duration_seconds error_message llm_model "
            "input_tokens output_tokens total_tokens".split()
        ),
        "create_plan_content": frozenset(
            "plan_id filename stage content_type content content_size_bytes".split()
        ),
    }
)
"""The columns that the steps give to each call of the service; a revert knows a step by them."""


OPENING = "# Step 1: database service"
"""The comment by which a method with steps is known."""

ANSWERED = "# Step 4: the original statements, whose answer is recorded before it is returned"
"""The comment above the function that they become."""

ANSWER = "# Step 5: the answer"
"""The comment of a variable that holds a response which is the content of a file, too."""

AFTER_FILE = ", read back after it is written"
"""Ends the comment of a row that comes after its file, by which such a row is found again."""


def indented(code: str) -> str:
    """The code one level deeper."""
    return "".join(f"    {line}" if line.strip() else line for line in code.splitlines(keepends=True))


@dataclass(frozen=True)
class Vocabulary:
    """The names and expressions that the steps of one method share.

    Attributes:
        self_name: the instance parameter.
        service: the variable of the database service.
        plan_id: the variable of the plan id.
        interaction: the variable of the open interaction's id, None while none is open.
        now: the expression for the current time.
        stage: the row's stage, as a literal.
        length: the expression of the builtin `len`.
        type_of: the expression of the builtin `type`.
        repr_of: the expression of the builtin `repr`.
        any_error: the expression of the builtin `BaseException`.
        is_complete: whether the service itself sees to the size of a content and to the time at which a call ended.
    """

    self_name: str
    service: str
    plan_id: str
    interaction: str
    now: str
    stage: str
    length: str
    type_of: str
    repr_of: str
    any_error: str
    is_complete: bool = False


def prologue(v: Vocabulary, *, has_calls: bool, shared: Mapping[str, str] = MappingProxyType({})) -> str:
    """Step 1, before the `try`. `shared` are further names and their first values."""
    begun = f"{v.service} = {v.interaction}" if has_calls else v.service
    lines = [f"{begun} = None\n", *(f"{name} = {value}\n" for name, value in shared.items())]
    lines.append(f"{v.plan_id} = {v.self_name}.get_plan_id()\n")
    return "".join(lines)


def opening(v: Vocabulary) -> str:
    """Step 1, first inside the `try`."""
    return f"{OPENING}\n{v.service} = {v.self_name}.get_database_service()\n"


def pending(v: Vocabulary, *, before: str, model: str, prompt: str, parameters: str = "") -> str:
    """Step 3. `before` is code that computes the model; `parameters` say how it is to answer."""
    beside = f'    "parameters": {parameters},\n' if parameters else ""
    return (
        "# Step 3: LLM interaction, pending\n"
        f"{before}"
        f"{v.interaction} = {v.service}.create_llm_interaction({{\n"
        f'    "plan_id": {v.plan_id},\n'
        f'    "llm_model": {model},\n'
        f'    "stage": {v.stage},\n'
        '    "status": "pending",\n'
        f'    "prompt_text": {prompt},\n'
        f"{beside}"
        "}).id\n"
    )


def prompt_computed(name: str, prompt: str) -> str:
    """Before step 3, where an original handler is to see what computing the prompt may raise."""
    return f"# Step 3: the prompt\n{name} = {prompt}\n"


def call_started(start: str, clock: str) -> str:
    """Step 4, before the call."""
    return f"# Step 4: the LLM call, timed\n{start} = {clock}()\n"


def stream_begun(parts: str) -> str:
    """Step 4 for a stream, before the call."""
    return f"# Step 4: the parts of the answer\n{parts} = []\n"


def part_kept(parts: str, texts: str) -> str:
    """Step 4 for a stream, first in the loop that reads it: what the loop does to a part comes later."""
    return f"{parts}.extend({texts})\n"


def call_ended(duration: str, start: str, clock: str) -> str:
    """Step 4, after the call."""
    return f"{duration} = {clock}() - {start}\n"


def completed(
    v: Vocabulary,
    *,
    before: str,
    answer: tuple[str, str] | None,
    fields: Sequence[tuple[str, str]],
    duration: str,
) -> str:
    """Step 5. `fields` are further columns, `before` is code that computes them.

    `answer` is the name and the value of the response, where a row has it too.
    """
    rows = "".join(f'    "{name}": {value},\n' for name, value in fields)
    named = f"{ANSWER}\n{answer[0]} = {answer[1]}\n" if answer is not None else ""
    return (
        f"{named}"
        "# Step 5: LLM interaction, completed\n"
        f"{before}"
        f"{v.service}.update_llm_interaction({v.interaction}, {{\n"
        '    "status": "completed",\n'
        f"{_ended(v)}"
        f'    "duration_seconds": {duration},\n'
        f"{rows}"
        "})\n"
        f"{v.interaction} = None\n"
    )


def answered(function: str, shared: Sequence[str]) -> str:
    """The head of the function that the original statements become where they return an answer as it is."""
    return f"{ANSWERED}\ndef {function}():\n    nonlocal {', '.join(shared)}\n"


def answer_recorded(v: Vocabulary, *, answer: str, function: str, completion: str) -> str:
    """Step 5 behind that function: where it left an interaction open, the answer is that of the call."""
    return (
        f"{answer} = {function}()\nif {v.interaction} is not None:\n{indented(completion)}return {answer}\n"
    )


def plan_content(
    v: Vocabulary, *, content: str, filename: str, content_type: str, is_bytes: bool = False
) -> str:
    """The row of one file."""
    stored = content if is_bytes else f'{content}.encode("utf-8")'
    size = "" if v.is_complete else f'    "content_size_bytes": {v.length}({stored}),\n'
    return (
        f"{v.service}.create_plan_content({{\n"
        f'    "plan_id": {v.plan_id},\n'
        f'    "filename": {filename},\n'
        f'    "stage": {v.stage},\n'
        f'    "content_type": "{content_type}",\n'
        f'    "content": {content},\n'
        f"{size}"
        "})\n"
    )


def confirmed(
    v: Vocabulary, *, reading: str, written: str, content: str, filename: str, content_type: str
) -> str:
    """Step 7, after a write that may give other bytes than the row has."""
    row = plan_content(v, content=written, filename=filename, content_type=content_type)
    comment = "# Step 7: confirm that the file holds what was persisted\n"
    return f"{comment}{reading}if {written} != {content}:\n{indented(row)}"


def marked_failed(v: Vocabulary, *, error: str) -> str:
    """The update of step 8. `error` is a name, or an expression for an exception that has none."""
    message = (
        f'f"{{{v.type_of}({error}).__name__}}: {{{error}}}"'
        if error.isidentifier()
        else f"{v.repr_of}({error})"
    )
    return (
        f"{v.service}.update_llm_interaction({v.interaction}, {{\n"
        '    "status": "failed",\n'
        f'    "error_message": {message},\n'
        f"{_ended(v)}"
        "})\n"
    )


def _ended(v: Vocabulary) -> str:
    return "" if v.is_complete else f'    "completed_at": {v.now},\n'


def failed_if_open(v: Vocabulary, *, error: str) -> str:
    """Step 8 at the head of an original handler, or after a statement that may have swallowed the error."""
    body = f"{marked_failed(v, error=error)}{v.interaction} = None\n"
    return f"# Step 8: LLM interaction, failed\nif {v.interaction} is not None:\n{indented(body)}"


def failing(v: Vocabulary, *, error: str, kept: tuple[str, str] | None = None) -> str:
    """Step 8: the handler of the `try` around the method's body.

    `kept` is the flag that marks a step for the callers' handlers, and the name that keeps it meanwhile.
    """
    marked = marked_failed(v, error=error)
    if kept is not None:
        marked = shielded(kept[0], marked, kept=kept[1])
    update = f"if {v.interaction} is not None:\n{indented(marked)}"
    return (
        f"except {v.any_error} as {error}:\n    # Step 8: LLM interaction, failed; also on Ctrl-C\n"
        f"{indented(update)}    raise\n"
    )


def closing(v: Vocabulary, *, kept: tuple[str, str] | None = None) -> str:
    """Step 9: the `finally` of the `try` around the method's body; `kept` as in step 8."""
    closed = f"{v.service}.close()\n"
    if kept is not None:
        closed = shielded(kept[0], closed, kept=kept[1])
    close = f"if {v.service} is not None:\n{indented(closed)}"
    return f"finally:\n    # Step 9: close the database service\n{indented(close)}"


def shielded(flag: str, code: str, *, kept: str | None = None) -> str:
    """A database step inside an original `try`: marked, so that the handlers let its errors through.

    `kept` is the name that keeps the mark of an error which is on its way out while a `finally` runs.
    """
    if kept is not None:
        return f"{kept} = {flag}\n{flag} = True\n{code}{flag} = {kept}\n"
    return f"{flag} = True\n{code}{flag} = False\n"


def flag_shared(flag: str) -> str:
    """At the head of a nested function with shielded steps, which may be run anywhere in the method."""
    return f"# Step 1: raised while a database step runs\nnonlocal {flag}\n"


def let_through(flag: str) -> str:
    """At the head of an original handler: a database error is not what the handler is for."""
    return f"# Step 8: a database error is not this handler's to report\nif {flag}:\n    raise\n"


def raised_if_hidden(flag: str, *, error: str) -> str:
    """Behind an original `with` whose context manager may have swallowed the error of a shielded step."""
    return f"# Step 8: a database error is not to be swallowed\nif {flag}:\n    raise {error}\n"
