"""Who watches over a project: audit, bodies, their start, escalation, monitoring, and a last look."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from pipeline.example.domain.rendering import heading, table_of_models
from pipeline.example.domain.results import MarkdownResult


class AuditResponse(BaseModel):
    """How misconduct could happen, and how it would be found."""

    corruption_risks: list[str] = Field(min_length=1)
    misallocation_risks: list[str] = Field(min_length=1)
    audit_procedures: list[str] = Field(min_length=1, description="Each with who does it and how often.")
    transparency_measures: list[str]


@dataclass(frozen=True)
class GovernancePhase1Audit(MarkdownResult[AuditResponse]):
    """Audit and transparency."""

    SYSTEM_PROMPT = (
        "You design the audit of a project. Name how money or favours could be misused in this very "
        "project, the procedures that would find it, and what is made public."
    )
    RESPONSE_MODEL = AuditResponse


class GovernanceBody(BaseModel):
    """A body that decides or supervises."""

    name: str
    rationale: str
    responsibilities: list[str]
    membership: list[str] = Field(description="Roles, at least one independent of the project.")
    decision_rights: str
    decision_mechanism: str
    meeting_cadence: str
    escalation_path: str


class BodiesResponse(BaseModel):
    """The bodies of a project."""

    bodies: list[GovernanceBody] = Field(min_length=1)


@dataclass(frozen=True)
class GovernancePhase2Bodies(MarkdownResult[BodiesResponse]):
    """Which bodies decide and supervise."""

    SYSTEM_PROMPT = (
        "You design the governance bodies of a project: as few as it needs, from a steering committee to "
        "the core team. For each: why, duties, members by role, what it may decide, how, how often it "
        "meets, and to whom it escalates."
    )
    RESPONSE_MODEL = BodiesResponse


class ImplementationStep(BaseModel):
    """A step to set the bodies up."""

    step: str
    responsible: str
    timeframe: str
    deliverable: str
    depends_on: list[str]


class ImplementationPlanResponse(BaseModel):
    """The steps in order."""

    steps: list[ImplementationStep] = Field(min_length=1)


@dataclass(frozen=True)
class GovernancePhase3ImplPlan(MarkdownResult[ImplementationPlanResponse]):
    """How the bodies come into being."""

    SYSTEM_PROMPT = (
        "Plan how the governance bodies are set up: draft terms of reference, appoint the chair, confirm "
        "the members, hold the first meeting. Order the steps, name who does each, when, and what "
        "results."
    )
    RESPONSE_MODEL = ImplementationPlanResponse

    def to_markdown(self) -> str:
        """Return a table of the steps."""
        return table_of_models(self.response.steps) + "\n"


class Escalation(BaseModel):
    """An issue that goes up."""

    issue: str
    threshold: str = Field(description="In figures: from when on the issue goes up.")
    escalates_to: str
    decides_by: str
    consequence_of_delay: str


class EscalationMatrixResponse(BaseModel):
    """Which issues go where."""

    escalations: list[Escalation] = Field(min_length=1)


@dataclass(frozen=True)
class GovernancePhase4DecisionEscalationMatrix(MarkdownResult[EscalationMatrixResponse]):
    """Which issue goes to which body."""

    SYSTEM_PROMPT = (
        "Write the escalation matrix of a project: for each kind of issue the threshold in figures, the "
        "body that it goes to, how that body decides, and what happens if it waits. Use only the bodies "
        "given."
    )
    RESPONSE_MODEL = EscalationMatrixResponse

    def to_markdown(self) -> str:
        """Return a table of the issues."""
        return table_of_models(self.response.escalations) + "\n"


class MonitoringApproach(BaseModel):
    """Something that is watched."""

    what: str
    tools: list[str]
    frequency: str
    responsible: str
    adaptation_process: str
    adaptation_trigger: str


class MonitoringResponse(BaseModel):
    """How progress is watched."""

    approaches: list[MonitoringApproach] = Field(min_length=1)


@dataclass(frozen=True)
class GovernancePhase5MonitoringProgress(MarkdownResult[MonitoringResponse]):
    """How progress is watched, and when the plan is changed."""

    SYSTEM_PROMPT = (
        "Say how the progress of a project is watched: what, with which tools, how often, by whom, what "
        "triggers a change of plan and how the change is made. Cover budget, time, risks, quality and "
        "stakeholders."
    )
    RESPONSE_MODEL = MonitoringResponse


class GovernanceCheckResponse(BaseModel):
    """A last look."""

    consistency_findings: list[str] = Field(description="Where the parts do not fit each other.")
    gaps: list[str] = Field(min_length=1, description="What nobody is responsible for.")
    tough_questions: list[str] = Field(min_length=1, description="What a sponsor should ask at each meeting.")
    summary: str


@dataclass(frozen=True)
class GovernancePhase6Extra(MarkdownResult[GovernanceCheckResponse]):
    """Gaps, contradictions and tough questions."""

    SYSTEM_PROMPT = (
        "Check the governance of a project as a whole: where its parts contradict each other, what nobody "
        "is responsible for, and the tough questions that its sponsor should ask. Do not praise."
    )
    RESPONSE_MODEL = GovernanceCheckResponse

    def to_markdown(self) -> str:
        """Return the findings with the summary on top."""
        findings = super().to_markdown()
        return f"{heading(2, 'In short')}\n\n{self.response.summary}\n\n{findings}"
