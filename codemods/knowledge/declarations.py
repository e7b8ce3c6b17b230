"""The schema of what is known of a package that asks language models."""

from __future__ import annotations

from dataclasses import dataclass


def fits(name: str, pattern: str) -> bool:
    """Whether a name is one that a pattern stands for: `*` is any text, all else is itself.

    As `fnmatch` has it; that compiles an expression for each of hundreds of patterns, in each process.
    """
    head, *parts = pattern.split("*")
    if not parts:
        return name == pattern
    *middle, tail = parts
    position, end = len(head), len(name) - len(tail)
    if position > end or not (name.startswith(head) and name.endswith(tail)):
        return False
    for part in middle:
        position = name.find(part, position, end)
        if position < 0:
            return False
        position += len(part)
    return True


WHOLE_ONLY = "whole"
"""The `parts` of an answer in parts that the block of the steps alone can put together."""


MANAGED = "managed"
"""The `parts` of a stream that is read in a `with` around the call, and that holds what has come of its answer."""


@dataclass(frozen=True)
class Reading:
    """How an answer is read. Each is an expression with `{}` in place of the answer, empty where there is none.

    Attributes:
        whole: the whole answer as text; `json` stands for the module. Nothing is recorded without one.
        text: what the model said, as text.
        model: the model that answered.
        input_tokens: what the prompt cost.
        output_tokens: what the answer cost.
        finish_reason: why the answer ends.
        parts: the texts that one part of a streamed answer adds, `{}` being the part: what `list.extend()` is given;
            `whole` where the block of the steps alone can put them together, empty where nobody can.
    """

    whole: str = ""
    text: str = ""
    model: str = ""
    input_tokens: str = ""
    output_tokens: str = ""
    finish_reason: str = ""
    parts: str = ""


PARAMETERS = frozenset(
    "temperature max_tokens max_completion_tokens max_output_tokens top_p top_k n seed stop stop_sequences "
    "presence_penalty frequency_penalty repetition_penalty logit_bias logprobs top_logprobs response_format tools "
    "tool_choice functions function_call parallel_tool_calls reasoning reasoning_effort thinking text format options "
    "verbosity service_tier stream stream_options modalities think inferenceConfig toolConfig p k "
    "additionalModelRequestFields keep_alive safety_settings generation_config truncation max_tool_calls".split()
)
"""Arguments that say how a model is to answer, by whatever package; none of them ever holds a key."""

UNREAD = Reading()
"""An answer that has no form in which it is known to say itself whole."""


@dataclass(frozen=True)
class ModelCall:
    """A call that asks a model.

    Attributes:
        member: what is called, from the client on: `chat.completions.create`; empty where the client itself is.
        prompt: the arguments that hold what is asked, the system prompt among them.
        positional: the names of the arguments that can be given by position, in order.
        model: the arguments that can name the model.
        tools: the arguments with which an answer can be other than text.
        deferring: the arguments that make the answer a stream, or one that comes later.
        deferred: whether the answer always is.
        awaited: whether the call gives the answer only when it is awaited.
        reading: how the answer is read.
        tell_tale: whether the member alone tells what is called, whatever it is called on.
        why_not: why it is not recorded, where it never is.
    """

    member: str
    prompt: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    model: tuple[str, ...] = ("model",)
    tools: tuple[str, ...] = ("tools", "functions")
    deferring: tuple[str, ...] = ("stream",)
    deferred: bool = False
    awaited: bool = False
    reading: Reading = UNREAD
    tell_tale: bool = False
    why_not: str = ""


@dataclass(frozen=True, eq=False)
class Client:
    """An object, or a module, that models are asked through.

    Attributes:
        makers: what makes one: full names of classes and functions, `*` for anything.
        calls: the calls that ask.
        unlike: full names that the makers match and that make something else.
        same: members whose value, or what they give when called, is a client of the same kind.
        others: members that ask no completion, `*` for anything.
        model: the arguments of the maker that can name the model.
        prompt: the arguments of the maker that are part of each prompt.
        not_for: first arguments of the maker for which the object is no language model.
        is_module: whether the makers are modules, which are clients as they stand.
        awaited: whether its calls give the answer only when they are awaited.
    """

    makers: tuple[str, ...]
    calls: tuple[ModelCall, ...]
    unlike: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    model: tuple[str, ...] = ("model",)
    prompt: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    is_module: bool = False
    awaited: bool = False

    def is_made_by(self, path: str) -> bool:
        """Whether calling what has this full name makes such a client."""
        # `*` stands for names alone: what a call of a client gives is none.
        calls = path.count("()")
        return any(maker.count("()") == calls and fits(path, maker) for maker in self.makers) and not any(
            fits(path, unlike) for unlike in self.unlike
        )

    def call(self, member: str) -> ModelCall | None:
        """The call that a member is, None for any other member."""
        return next((call for call in self.calls if call.member == member), None)

    def is_other(self, member: str) -> bool:
        """Whether a member is known to ask no completion."""
        return any(fits(member, other) for other in self.others)


@dataclass(frozen=True)
class Sdk:
    """A package that asks language models.

    Attributes:
        name: as its users call it.
        roots: the modules that it is imported from, `*` for anything.
        clients: what its models are asked through.
        asking: last names of members that, in a module which imports the package, ask a model whatever they are
            called on.
    """

    name: str
    roots: tuple[str, ...]
    clients: tuple[Client, ...]
    asking: tuple[str, ...] = ()

    def is_imported_as(self, module: str) -> bool:
        """Whether an import of a module, by its full name, is one of this package."""
        return any(fits(module, root) or fits(module, f"{root}.*") for root in self.roots)
