"""What the pipeline needs from a language model."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from pipeline.llm.exchanges import NOTHING_TOLD, AnswerFacts

ResponseT = TypeVar("ResponseT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LLMResponse(Generic[ResponseT]):
    """One answer: parsed, as text, and what it cost as far as the endpoint told.

    A token count that the endpoint did not give is None. It is never estimated. `facts` is what else it told.
    """

    parsed: ResponseT
    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    facts: AnswerFacts = NOTHING_TOLD


class LLM(ABC):
    """A model that answers a prompt with an instance of a pydantic model."""

    model: str
    """Name of the model: what the registry knows it by and what the database books its calls on."""

    @abstractmethod
    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        """Answer `user_prompt` under `system_prompt` with an instance of `response_model`.

        Raises LLMError if there is no answer or it does not fit `response_model`.
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"
