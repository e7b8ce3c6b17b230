"""The first look at a plan: may it be helped with, is its premise sound, what kind of plan is it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.purpose import Purpose
from pipeline.example.domain.rendering import bullets, render_model, sections
from pipeline.example.domain.results import Exchange, MarkdownResult, ask
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor


class RedlineVerdict(BaseModel):
    """Whether a planner may help."""

    verdict: Literal["allow", "allow_with_caution", "refuse"]
    rationale: str = Field(description="Two or three sentences that justify the verdict.")
    concerns: list[str] = Field(
        description="Harms that the plan could do to people; empty if there are none."
    )
    safe_alternative: str = Field(description="A harmless goal near the stated one, or 'not needed'.")


@dataclass
class RedlineGate:
    """Whether the plan stays clear of serious harm."""

    system_prompt: str
    user_prompt: str
    response: dict[str, Any]
    markdown: str

    SYSTEM_PROMPT = (
        "You screen plans before anyone works on them. Refuse only plans whose stated aim is serious harm "
        "to people or whose steps would be a grave crime. A plan that is merely risky, odd or ambitious "
        "is allowed."
    )

    @classmethod
    def execute(cls, llm: LLM, user_prompt: str) -> "RedlineGate":
        """Judge the plan in `user_prompt`; raises what the model raises."""
        verdict = llm.complete(cls.SYSTEM_PROMPT, user_prompt, RedlineVerdict).parsed
        return cls(
            system_prompt=cls.SYSTEM_PROMPT,
            user_prompt=user_prompt,
            response=verdict.model_dump(),
            markdown=render_model(verdict),
        )

    def to_dict(self, include_prompts: bool = True) -> dict[str, Any]:
        """Return the answer, and the prompts unless they are not wanted."""
        answer: dict[str, Any] = {"response": self.response}
        if include_prompts:
            answer |= {"system_prompt": self.system_prompt, "user_prompt": self.user_prompt}
        return answer

    def save_raw(self, path: str) -> None:
        """Write prompts and answer as JSON."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=2))

    def save_markdown(self, output_file_path: str) -> None:
        """Write the verdict as Markdown."""
        with Path(output_file_path).open("w", encoding="utf-8") as out_f:
            out_f.write(self.markdown)


class Objection(BaseModel):
    """One reason why the premise may be wrong."""

    claim_under_attack: str
    why_it_fails: str
    evidence_that_would_settle_it: str


class PremiseObjections(BaseModel):
    """What one critic says."""

    objections: list[Objection] = Field(min_length=1)
    verdict: str = Field(description="One sentence: does the premise survive?")


@dataclass
class PremiseAttack:
    """What three critics with different eyes hold against the plan's premise."""

    exchanges: dict[str, Exchange[PremiseObjections]]

    LENSES = (
        ("Purpose", "Does the goal deserve the effort, and is there a simpler way to the same end?"),
        (
            "Feasibility",
            "Can it be done with the time, money, skills and permissions that are likely at hand?",
        ),
        ("Consequences", "Who bears the cost if it succeeds, and who if it fails?"),
    )

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, user_prompt: str) -> Self:
        """Let each critic read the plan in `user_prompt`; raises what the executor raises."""
        exchanges = {}
        for name, question in cls.LENSES:
            system_prompt = (
                "You attack the premise of a plan, not its wording. Name the claims that the plan rests "
                f"on without proof and say why they may fail. Your one question: {question}"
            )

            def criticise(llm: LLM, system_prompt: str = system_prompt) -> Exchange[PremiseObjections]:
                return ask(llm, system_prompt, user_prompt, PremiseObjections)

            exchanges[name] = llm_executor.run(criticise)
        return cls(exchanges)

    def to_dict(self) -> dict[str, Any]:
        """Return all exchanges by critic."""
        return {name: exchange.to_dict() for name, exchange in self.exchanges.items()}

    def to_markdown(self) -> str:
        """Return a section a critic."""
        return sections(
            (name, render_model(exchange.response, 3)) for name, exchange in self.exchanges.items()
        )

    def save_raw(self, path: str) -> None:
        """Write all exchanges as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            json.dump(self.to_dict(), f, indent=2)

    def save_markdown(self, path: str) -> None:
        """Write a section a critic."""
        Path(path).write_text(self.to_markdown(), encoding="utf-8")


class PurposeResponse(BaseModel):
    """Who the plan is for."""

    topic: str = Field(description="What the plan is about, in at most ten words.")
    purpose: Purpose
    reasoning: str


@dataclass(frozen=True)
class IdentifyPurpose(MarkdownResult[PurposeResponse]):
    """Whether the plan is a business, a private or another matter."""

    SYSTEM_PROMPT = (
        "Decide whom a plan serves: 'business' for organisations that trade or govern, 'personal' for one "
        "person or household, 'other' for everything else. Name the topic and give your reasoning."
    )
    RESPONSE_MODEL = PurposeResponse


class PlanTypeResponse(BaseModel):
    """Whether places matter."""

    plan_type: Literal["physical", "digital"]
    reasoning: str
    physical_needs: list[str] = Field(
        description="Places, objects and people that must be present in person."
    )


@dataclass(frozen=True)
class IdentifyPlanType(MarkdownResult[PlanTypeResponse]):
    """Whether the plan needs a place in the world or can be carried out entirely with computers."""

    SYSTEM_PROMPT = (
        "Decide whether a plan is 'digital', which means that every step can be done at a computer from "
        "anywhere, or 'physical', which means that at least one step needs a place, an object or people "
        "in person. In doubt: physical."
    )
    RESPONSE_MODEL = PlanTypeResponse

    def to_markdown(self) -> str:
        """Return the type, the reasons, and what must be present."""
        answer = self.response
        needs = bullets(answer.physical_needs)
        return f"This plan is **{answer.plan_type}**.\n\n{answer.reasoning}\n\n## Physical needs\n\n{needs}\n"
