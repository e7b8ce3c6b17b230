"""The pitch: what is said to people who have five minutes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.results import PromptResult
from pipeline.llm.base import LLM


class PitchResponse(BaseModel):
    """The parts of a pitch."""

    opening: str = Field(description="Two sentences that make people want to hear the rest.")
    why_it_matters: str
    target_audience: str
    call_to_action: str = Field(description="What the audience should do next week.")
    risks_and_answers: list[str]
    measures_of_success: list[str]
    long_term_vision: str


@dataclass
class CreatePitch:
    """A pitch in its parts."""

    prompt: str
    response: dict[str, Any]

    SYSTEM_PROMPT = (
        "Write the pitch of the project in its parts, for the people who can say yes to it: vivid, honest "
        "about risks, concrete about the next step. Promise nothing that the plan does not hold."
    )

    @classmethod
    def execute(cls, llm: LLM, query: str) -> Self:
        """Write the pitch of the plan in `query`; raises what the model raises."""
        return cls(query, llm.complete(cls.SYSTEM_PROMPT, query, PitchResponse).parsed.model_dump())


class PitchMarkdown(BaseModel):
    """A pitch to read out."""

    markdown: str = Field(description="The pitch as Markdown, with a heading of the first level.")


@dataclass(frozen=True)
class ConvertPitchToMarkdown(PromptResult[PitchMarkdown]):
    """The pitch as a page."""

    SYSTEM_PROMPT = (
        "Make one page of Markdown of the parts of a pitch: a heading of the first level, then short "
        "sections. Keep every fact, and the tone."
    )
    RESPONSE_MODEL = PitchMarkdown

    @property
    def markdown(self) -> str:
        """The page."""
        return self.response.markdown.strip() + "\n"

    def save_markdown(self, output_file_path: str) -> None:
        """Write the page."""
        with Path(output_file_path).open("w", encoding="utf-8") as out_f:
            out_f.write(self.markdown)
