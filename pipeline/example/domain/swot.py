"""Strengths, weaknesses, opportunities and threats."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from pipeline.example.domain.purpose import for_purpose
from pipeline.example.domain.rendering import render_model
from pipeline.llm.base import LLM


class SWOTResponse(BaseModel):
    """The four lists, and what follows from them."""

    strengths: list[str] = Field(min_length=1)
    weaknesses: list[str] = Field(min_length=1)
    opportunities: list[str] = Field(min_length=1)
    threats: list[str] = Field(min_length=1)
    recommendations: list[str] = Field(description="Each with who does it by when.")
    strategic_objectives: list[str] = Field(description="Each specific and measurable.")
    killer_application: str = Field(description="The one use that would make everybody want this.")


@dataclass
class SWOTAnalysis:
    """A SWOT analysis in the tone that the plan's purpose asks for."""

    system_prompt: str
    user_prompt: str
    response: dict[str, Any]
    markdown: str

    SYSTEM_PROMPT = (
        "Write a SWOT analysis of the plan, from its own material: what is strong and weak in the plan "
        "itself, which chances and threats come from outside, and what follows. Every point must be "
        "specific to this plan."
    )

    @classmethod
    def execute(cls, llm: LLM, query: str, identify_purpose_dict: dict[str, Any]) -> "SWOTAnalysis":
        """Analyse the plan in `query`; raises what the model raises."""
        system_prompt = for_purpose(cls.SYSTEM_PROMPT, identify_purpose_dict)
        response = llm.complete(system_prompt, query, SWOTResponse).parsed
        return SWOTAnalysis(system_prompt, query, response.model_dump(), render_model(response))

    def to_dict(self, include_system_prompt: bool = True, include_user_prompt: bool = True) -> dict[str, Any]:
        """Return the answer, and the prompts unless they are not wanted."""
        result = dict(self.response)
        if include_system_prompt:
            result["system_prompt"] = self.system_prompt
        if include_user_prompt:
            result["user_prompt"] = self.user_prompt
        return result
