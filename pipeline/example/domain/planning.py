"""Whether to start, and the project plan."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from pipeline.example.domain.results import MarkdownResult, PromptResult


class Feedback(BaseModel):
    """What one assessor demands before the start."""

    assessor: str = Field(description="A profession, not a person.")
    must_be_done_first: str = Field(description="One concrete action.")
    within_days: int = Field(ge=1, le=365)
    reason: str


class AssessmentResponse(BaseModel):
    """Whether the project may start."""

    feedback: list[Feedback] = Field(min_length=1)
    combined_summary: str
    go_or_no_go: Literal["go", "go with changes", "no-go"]


@dataclass(frozen=True)
class PreProjectAssessment(PromptResult[AssessmentResponse]):
    """What must be done before the start, and whether to start."""

    SYSTEM_PROMPT = (
        "You lead two assessors of different professions who look at a plan right before its start. Each "
        "names the actions without which it must not start, and by when. Sum up, and decide: go, go with "
        "changes, or no-go."
    )
    RESPONSE_MODEL = AssessmentResponse

    @property
    def preproject_assessment(self) -> dict[str, Any]:
        """The demands, the most urgent first, and the decision."""
        answer = self.response.model_dump()
        answer["feedback"].sort(key=lambda item: item["within_days"])
        return answer

    def save_preproject_assessment(self, path: str) -> None:
        """Write demands and decision as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(self.preproject_assessment, indent=2))


class SmartCriteria(BaseModel):
    """The goal, tested."""

    specific: str
    measurable: str
    achievable: str
    relevant: str
    time_bound: str


class Stakeholder(BaseModel):
    """Somebody with a stake."""

    name: str
    interest: str
    engagement: str = Field(description="How and how often they are involved.")


class ProjectPlanResponse(BaseModel):
    """The plan in its parts."""

    goal_statement: str
    smart_criteria: SmartCriteria
    dependencies: list[str]
    resources_required: list[str]
    related_goals: list[str]
    risk_mitigation_strategies: list[str]
    stakeholders: list[Stakeholder]
    regulatory_requirements: list[str] = Field(description="Permits, licences and standards that apply.")
    milestones: list[str] = Field(description="In order, each with a time.")


@dataclass(frozen=True)
class ProjectPlan(MarkdownResult[ProjectPlanResponse]):
    """Goal, means, people, law and milestones."""

    SYSTEM_PROMPT = (
        "You are a project manager. Turn the material into a project plan: a goal that is specific, "
        "measurable, achievable, relevant and time-bound; what it depends on; means; stakeholders; law; "
        "milestones in order. Use the figures given."
    )
    RESPONSE_MODEL = ProjectPlanResponse
