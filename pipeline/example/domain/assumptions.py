"""What a plan takes for granted: assumptions made, distilled and reviewed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from pipeline.example.domain.rendering import bullets, heading, render_model
from pipeline.example.domain.results import MarkdownResult


class AssumedAnswer(BaseModel):
    """An open question with the answer that the plan goes on with."""

    question: str
    assumption: str = Field(description="A definite answer, with figures where the question asks for them.")
    assessment: str = Field(description="What depends on it, and how it can be verified.")


class AssumptionsResponse(BaseModel):
    """The open questions that matter."""

    questions: list[AssumedAnswer] = Field(min_length=1)


@dataclass(frozen=True)
class MakeAssumptions(MarkdownResult[AssumptionsResponse]):
    """Answers to the questions that the plan leaves open."""

    SYSTEM_PROMPT = (
        "A plan leaves questions open: budget, time, people, law, safety, environment, stakeholders, "
        "operations. Ask the eight most important ones, answer each with a definite and realistic "
        "assumption, and say how to verify it."
    )
    RESPONSE_MODEL = AssumptionsResponse

    @property
    def assumptions(self) -> list[dict[str, Any]]:
        """Questions and assumptions without the assessment."""
        return [item.model_dump(exclude={"assessment"}) for item in self.response.questions]

    def save_assumptions(self, path: str) -> None:
        """Write questions and assumptions as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(self.assumptions, indent=2))


class DistilledAssumptions(BaseModel):
    """The assumptions in short."""

    assumptions: list[str] = Field(min_length=1, description="One short sentence each, figures kept.")


@dataclass(frozen=True)
class DistillAssumptions(MarkdownResult[DistilledAssumptions]):
    """The assumptions in one short sentence each."""

    SYSTEM_PROMPT = (
        "Shorten each assumption to one sentence that keeps its figures, names and dates. Merge what says "
        "the same. Add nothing."
    )
    RESPONSE_MODEL = DistilledAssumptions

    def to_markdown(self) -> str:
        """Return a bullet an assumption."""
        return bullets(self.response.assumptions) + "\n"


class AssumptionIssue(BaseModel):
    """A weak point of the assumptions."""

    issue: str
    kind: Literal["missing", "unrealistic", "contradictory"]
    recommendation: str
    sensitivity: str = Field(description="How far the result moves if the assumption is off by a quarter.")


class AssumptionsReview(BaseModel):
    """What a domain expert says about the assumptions."""

    expert_domain: str
    issues: list[AssumptionIssue] = Field(min_length=1)
    conclusion: str


@dataclass(frozen=True)
class ReviewAssumptions(MarkdownResult[AssumptionsReview]):
    """What is missing from the assumptions or unrealistic in them."""

    SYSTEM_PROMPT = (
        "You are an expert in the plan's own domain: say which one. Review its assumptions: what is "
        "missing, unrealistic or in contradiction, what to do about it, and how strongly the outcome "
        "reacts. Three issues, the weightiest first."
    )
    RESPONSE_MODEL = AssumptionsReview

    def to_markdown(self) -> str:
        """Return the review with the domain in its heading."""
        title = heading(2, f"Review from the view of: {self.response.expert_domain}")
        return f"{title}\n\n{render_model(self.response, 3)}"
