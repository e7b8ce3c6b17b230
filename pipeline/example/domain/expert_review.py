"""Experts who criticise the plan: first who they are, then what each says."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from pipeline.example.domain.rendering import heading, render_model, sections
from pipeline.example.domain.results import PromptResult
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor

Expert = dict[str, Any]


class ExpertProfile(BaseModel):
    """An expert to ask."""

    title: str = Field(description="A profession.")
    knowledge: str
    why: str = Field(description="Why this plan needs the expert.")
    first_question: str


class ExpertsResponse(BaseModel):
    """Experts to ask."""

    experts: list[ExpertProfile] = Field(min_length=1)


@dataclass(frozen=True)
class ExpertFinder(PromptResult[ExpertsResponse]):
    """The experts that the plan should be shown to."""

    SYSTEM_PROMPT = (
        "Name four experts of different professions who would find the costliest mistakes of this plan. "
        "For each: what they know, why the plan needs them, and the first question that they would ask."
    )
    RESPONSE_MODEL = ExpertsResponse

    @property
    def expert_list(self) -> list[Expert]:
        """The experts, numbered from 1."""
        return [{"id": i, **item.model_dump()} for i, item in enumerate(self.response.experts, start=1)]

    def save_cleanedup(self, path: str) -> None:
        """Write the numbered experts as JSON."""
        Path(path).write_text(json.dumps(self.expert_list, indent=2), encoding="utf-8")


class CriticismItem(BaseModel):
    """A flaw."""

    issue: str
    consequence: str
    root_cause: str
    mitigation: str


class CriticismResponse(BaseModel):
    """What one expert says."""

    negative_feedback: list[CriticismItem] = Field(min_length=1)
    do_first: list[str]
    advice_for_the_next_meeting: str


@dataclass(frozen=True)
class ExpertCriticism(PromptResult[CriticismResponse]):
    """What one expert holds against the plan."""

    SYSTEM_PROMPT = (
        "You are {title}. You know {knowledge}. Criticise the plan from your profession alone: flaws, "
        "their consequences and root causes, and how to mend them. Say what must be done first. Do not "
        "praise."
    )
    RESPONSE_MODEL = CriticismResponse

    @classmethod
    def execute_as(cls, llm: LLM, query: str, expert: Expert) -> "ExpertCriticism":
        """Let `expert` read the plan in `query`; raises what the model raises."""
        system_prompt = cls.SYSTEM_PROMPT.format(title=expert["title"], knowledge=expert["knowledge"])
        return cls._ask(llm, system_prompt, query)


AfterExpertsFound = Callable[[ExpertFinder], None]
AfterCriticism = Callable[[ExpertCriticism, int], None]


class ExpertOrchestrator:
    """Finds experts and asks them one by one, telling its callbacks about each answer as it comes."""

    def __init__(self, max_expert_count: int = 4) -> None:
        self.max_expert_count = max_expert_count
        self.phase1_post_callback: AfterExpertsFound | None = None
        self.phase2_post_callback: AfterCriticism | None = None
        self.finder: ExpertFinder | None = None
        self.experts: list[Expert] = []
        self.criticisms: list[ExpertCriticism] = []

    def execute(self, llm_executor: LLMExecutor, query: str) -> None:
        """Fill `experts` and `criticisms`; raises what the executor and the callbacks raise."""
        finder = self.finder = llm_executor.run(lambda llm: ExpertFinder.execute(llm, query))
        self.experts = finder.expert_list[: self.max_expert_count]
        if self.phase1_post_callback:
            self.phase1_post_callback(finder)
        for index, expert in enumerate(self.experts):

            def criticise(llm: LLM, expert: Expert = expert) -> ExpertCriticism:
                return ExpertCriticism.execute_as(llm, query, expert)

            criticism = llm_executor.run(criticise)
            self.criticisms.append(criticism)
            if self.phase2_post_callback:
                self.phase2_post_callback(criticism, index)

    def to_dict(self) -> dict[str, Any]:
        """Return all answers, those of experts who were not asked any further included."""
        return {
            "experts": self.finder.to_dict() if self.finder is not None else None,
            "criticisms": [criticism.to_dict() for criticism in self.criticisms],
        }

    def to_markdown(self) -> str:
        """Return a section an expert."""
        parts = []
        for expert, criticism in zip(self.experts, self.criticisms, strict=True):
            profile = f"**Knowledge:** {expert['knowledge']}\n\n**Why:** {expert['why']}"
            text = f"{profile}\n\n{render_model(criticism.response, 3)}"
            parts.append((f"{expert['id']}. {expert['title']}", text))
        return f"{heading(1, 'Expert criticism')}\n\n{sections(parts)}"
