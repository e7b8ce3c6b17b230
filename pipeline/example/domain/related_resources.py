"""Projects from which a plan can learn."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from pipeline.example.domain.results import MarkdownResult


class RelatedProject(BaseModel):
    """A project that was like this one."""

    name: str
    what_it_was: str
    what_it_teaches: str
    challenges_met: list[str]
    where_to_read: str = Field(description="An institution or publication; no invented addresses.")
    whom_to_ask: str


class RelatedResourcesResponse(BaseModel):
    """Projects that were like this one."""

    projects: list[RelatedProject] = Field(min_length=1)
    summary: str


@dataclass(frozen=True)
class RelatedResources(MarkdownResult[RelatedResourcesResponse]):
    """Real projects that were like this one, and what they teach."""

    SYSTEM_PROMPT = (
        "Name three real projects, past or running, that resemble the plan in aim, size or place. For "
        "each: what it was, which challenges it met and how, what the plan can learn, and where to read "
        "or whom to ask. Invent nothing."
    )
    RESPONSE_MODEL = RelatedResourcesResponse
