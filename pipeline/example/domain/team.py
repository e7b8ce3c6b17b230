"""The people that a project needs, found first and described step by step."""

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, Field

from pipeline.example.domain.results import PromptResult, ask
from pipeline.llm.base import LLM

TeamMember = dict[str, Any]


class TeamRole(BaseModel):
    """A role to fill."""

    role: str = Field(description="A job title.")
    contribution: str = Field(description="What would not get done without it.")
    people: str = Field(description="How many, such as '1' or '2 to 4 depending on the season'.")
    skills: list[str]


class TeamResponse(BaseModel):
    """The roles to fill."""

    roles: list[TeamRole] = Field(min_length=1)


@dataclass(frozen=True)
class FindTeamMembers(PromptResult[TeamResponse]):
    """The roles that the project needs."""

    SYSTEM_PROMPT = (
        "You staff a project. Name the five to eight roles that it needs, each with what would not get "
        "done without it, how many people fill it, and their skills. Roles, not persons; no role twice."
    )
    RESPONSE_MODEL = TeamResponse

    @property
    def team_member_list(self) -> list[TeamMember]:
        """The roles, numbered from 1."""
        return [{"id": i, **role.model_dump()} for i, role in enumerate(self.response.roles, start=1)]


class MemberDetail(BaseModel):
    """Something to add to one member."""

    id: int = Field(ge=1, description="The id of the team member.")


DetailT = TypeVar("DetailT", bound=MemberDetail)


class MemberDetails(BaseModel, Generic[DetailT]):
    """Something to add to each member."""

    team_members: list[DetailT] = Field(min_length=1)


@dataclass
class EnrichTeamMembers:
    """A team with something added to each member; subclasses say what."""

    user_prompt: str
    response: dict[str, Any]
    team_member_list: list[TeamMember]

    SYSTEM_PROMPT: ClassVar[str]
    RESPONSE_MODEL: ClassVar[type[BaseModel]]

    @classmethod
    def execute(cls, llm: LLM, query: str, team_member_list: list[TeamMember]) -> Self:
        """Describe each member; the list given is left as it is. Raises what the model raises."""
        response = ask(llm, cls.SYSTEM_PROMPT, query, cls.RESPONSE_MODEL).response.model_dump()
        return cls(query, response, _with_details(team_member_list, response["team_members"]))

    def to_dict(self) -> dict[str, Any]:
        """Return prompts and answer."""
        return {
            "system_prompt": self.SYSTEM_PROMPT,
            "user_prompt": self.user_prompt,
            "response": self.response,
        }


def _with_details(members: list[TeamMember], details: list[dict[str, Any]]) -> list[TeamMember]:
    """Join by id; a member that the answer leaves out gets what stands at its position."""
    by_id = {detail["id"]: detail for detail in details}
    return [
        {**member, **by_id.get(member["id"], details[position % len(details)]), "id": member["id"]}
        for position, member in enumerate(members)
    ]


class ContractType(MemberDetail):
    """How a member is bound."""

    contract_type: Literal["full-time employee", "part-time employee", "contractor", "volunteer", "agency"]
    contract_justification: str


class EnrichTeamMembersWithContractType(EnrichTeamMembers):
    """The team with contract types."""

    SYSTEM_PROMPT = "Choose the contract that suits each team member, by id, and say why in a sentence."
    RESPONSE_MODEL = MemberDetails[ContractType]


class BackgroundStory(MemberDetail):
    """Who a member could be."""

    typical_background: str = Field(description="Education and experience of a good candidate.")
    typical_day: str


class EnrichTeamMembersWithBackgroundStory(EnrichTeamMembers):
    """The team with the background of a good candidate."""

    SYSTEM_PROMPT = (
        "Describe a good candidate for each team member, by id: education, experience, and an ordinary "
        "day in this project. No names and no personal traits that do not matter for the work."
    )
    RESPONSE_MODEL = MemberDetails[BackgroundStory]


class WorkEnvironment(MemberDetail):
    """What a member works with."""

    equipment_needs: str
    facility_needs: str


class EnrichTeamMembersWithEnvironmentInfo(EnrichTeamMembers):
    """The team with equipment and rooms."""

    SYSTEM_PROMPT = (
        "Name the equipment and the rooms that each team member needs, by id. Leave out what any office has."
    )
    RESPONSE_MODEL = MemberDetails[WorkEnvironment]


class TeamRemark(BaseModel):
    """Something to change about the team."""

    title: str
    explanation: str
    recommendation: str


class TeamReview(BaseModel):
    """What to change about the team."""

    omissions: list[TeamRemark]
    improvements: list[TeamRemark]


@dataclass(frozen=True)
class ReviewTeam(PromptResult[TeamReview]):
    """Who is missing from the team, and what could be better."""

    SYSTEM_PROMPT = (
        "Review the team of a project: which competence is missing, where duties overlap or nobody is "
        "responsible, and what to do about it within the means of the project. Three omissions and three "
        "improvements at most."
    )
    RESPONSE_MODEL = TeamReview
