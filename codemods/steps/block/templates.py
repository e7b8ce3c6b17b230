"""The text of the steps as a block: it reads without a guide, so it has no comments but where a revert needs one."""

from __future__ import annotations

from codemods.steps.templates import ANSWER
from codemods.tasks.step_blocks import OPEN_BLOCK


def opened(self_name: str, steps: str, stage: str) -> str:
    """Steps 1, 8 and 9: the header of the block. `stage` is an expression, empty for what the task's class says."""
    given = f"stage={stage}" if stage else ""
    return f"with {self_name}.{OPEN_BLOCK}({given}) as {steps}:\n"


def nothing_asked(call: str) -> str:
    """Before an original `try` whose handlers may see an error from before the call."""
    return f"{call} = None\n"


def begun(call: str, steps: str, *, prompt: str, asked: str, only_if: str) -> str:
    """Step 3. `asked` are further arguments, `only_if` is the condition of a call that may not be made."""
    unless = f" if {only_if} else None" if only_if else ""
    return f"{call} = {steps}.llm_call(prompt={prompt}{asked}){unless}\n"


def answer_named(name: str, response: str) -> str:
    """Before step 5, where a row holds the answer, too."""
    return f"{ANSWER}\n{name} = {response}\n"


def completed(call: str, response: str, *, answer: str) -> str:
    """Step 5. `response` is empty where the answer says itself, `answer` where it tells nothing more."""
    said = [response] if response else []
    return f"{call}.complete({', '.join([*said, f'answer={answer}'] if answer else said)})\n"


def part_of_stream(call: str, part: str) -> str:
    """Step 4 for a stream, first in the loop that reads it."""
    return f"{call}.part({part})\n"


def end_of_stream(call: str, stream: str = "") -> str:
    """Step 5 for a stream, behind that loop, or last in the block of its `with`: `stream` is then its name."""
    return f"{call}.end_of_stream({stream})\n"


def failed(call: str, error: str) -> str:
    """Step 8 at the head of a handler. `error` is the handler's name for it, empty where it has none."""
    return f"{call}.fail({error})\n"


def if_asked(call: str, code: str) -> str:
    """Code for a call that may not have been made."""
    return f"if {call} is not None:\n    {code}"


def persisted(steps: str, filename: str, content: str) -> str:
    """Step 6, before the file is written."""
    return f"{steps}.persist({filename}, {content})\n"


def written(steps: str, handle: str, filename: str) -> str:
    """Step 6 at the end of the block of an open file. `filename` is empty where the file's own path says it."""
    return f"{steps}.written({handle}{_named(filename)})\n"


def read_back(steps: str, path: str, filename: str) -> str:
    """Step 6 from a file that is there. `filename` as in `written`."""
    return f"{steps}.read_back({path}{_named(filename)})\n"


def _named(filename: str) -> str:
    return f", {filename}" if filename else ""
