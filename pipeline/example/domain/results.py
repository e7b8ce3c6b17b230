"""What every answered prompt has in common: the question, the answer, and the files made from them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel

from pipeline.example.domain.rendering import render_model
from pipeline.llm.base import LLM

ResponseT = TypeVar("ResponseT", bound=BaseModel)


@dataclass(frozen=True)
class Exchange(Generic[ResponseT]):
    """One question put to a model, and its answer.

    The answering model's name and its token counts are left out: they belong to the call, not to the
    content, and a fallback model's plan must not differ by them.
    """

    system_prompt: str
    user_prompt: str
    response: ResponseT

    def to_dict(self) -> dict[str, Any]:
        """Return prompts and answer as JSON values."""
        return {
            "system_prompt": self.system_prompt,
            "user_prompt": self.user_prompt,
            "response": self.response.model_dump(mode="json"),
        }


def ask(
    llm: LLM, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
) -> Exchange[ResponseT]:
    """Put one question to `llm`; raises what the model raises."""
    answer = llm.complete(system_prompt, user_prompt, response_model)
    return Exchange(system_prompt, user_prompt, answer.parsed)


class SavesRaw:
    """Writes `to_dict()` as the raw file."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything worth keeping as JSON values."""
        raise NotImplementedError

    def save_raw(self, path: str) -> None:
        """Write everything worth keeping as JSON."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=2), encoding="utf-8")


@dataclass(frozen=True)
class PromptResult(Exchange[ResponseT]):
    """The result of a task that is one question: subclasses name the system prompt and the response model."""

    SYSTEM_PROMPT: ClassVar[str]
    RESPONSE_MODEL: ClassVar[type[BaseModel]]

    @classmethod
    def execute(cls, llm: LLM, query: str) -> Self:
        """Ask `llm` about `query`; raises what the model raises."""
        return cls._ask(llm, cls.SYSTEM_PROMPT, query)

    @classmethod
    def _ask(cls, llm: LLM, system_prompt: str, query: str) -> Self:
        response: Any = llm.complete(system_prompt, query, cls.RESPONSE_MODEL).parsed
        return cls(system_prompt=system_prompt, user_prompt=query, response=response)

    def save_raw(self, path: str) -> None:
        """Write prompts and answer as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(self.to_dict(), indent=2))


@dataclass(frozen=True)
class MarkdownResult(PromptResult[ResponseT]):
    """A result that people read as well; the answer's fields in order, unless a subclass knows better."""

    def to_markdown(self) -> str:
        """Return the answer as Markdown."""
        return render_model(self.response)

    def save_markdown(self, path: str) -> None:
        """Write the answer as Markdown."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(self.to_markdown())
