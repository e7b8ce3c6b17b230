"""Where a plan happens, in which money, and what may go wrong."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from pipeline.example.domain.rendering import heading, table_of_models
from pipeline.example.domain.results import MarkdownResult

Level = Literal["low", "medium", "high"]


class PhysicalLocation(BaseModel):
    """A place to consider."""

    name: str
    country: str
    region: str
    address_hint: str = Field(description="A district or kind of site; no invented street addresses.")
    rationale: str


class PhysicalLocationsResponse(BaseModel):
    """Places to consider."""

    requirements: list[str] = Field(description="What any location must offer.")
    locations: list[PhysicalLocation] = Field(min_length=1)
    summary: str


@dataclass(frozen=True)
class PhysicalLocations(MarkdownResult[PhysicalLocationsResponse]):
    """Where the physical parts of the plan can take place."""

    SYSTEM_PROMPT = (
        "You choose locations for a plan. State what any location must offer, then propose three real "
        "places that offer it, the places that the plan names first. Say why each fits."
    )
    RESPONSE_MODEL = PhysicalLocationsResponse


class Currency(BaseModel):
    """A currency that the plan uses."""

    code: str = Field(description="ISO 4217 code, such as EUR.")
    used_for: str


class CurrencyStrategyResponse(BaseModel):
    """In which money the plan is reckoned."""

    primary_currency: str = Field(description="ISO 4217 code of the currency for budget and reports.")
    currencies: list[Currency] = Field(min_length=1)
    exchange_risk: str = Field(
        description="How a change of exchange rates hurts the plan, and what to do about it."
    )


@dataclass(frozen=True)
class CurrencyStrategy(MarkdownResult[CurrencyStrategyResponse]):
    """Which currencies the plan needs, and which one is used for the budget."""

    SYSTEM_PROMPT = (
        "You decide on the currencies of a plan. Name one for budget and reports, every other that local "
        "payments need, and how to deal with exchange rates. A plan in one country needs one currency."
    )
    RESPONSE_MODEL = CurrencyStrategyResponse


class Risk(BaseModel):
    """Something that may go wrong."""

    area: str = Field(
        description="Such as technical, financial, legal, social, environmental, supply, security."
    )
    description: str
    impact: str = Field(description="Cost or delay in figures where possible.")
    likelihood: Level
    severity: Level
    mitigation: str


class RisksResponse(BaseModel):
    """What may go wrong."""

    risks: list[Risk] = Field(min_length=1)
    summary: str = Field(description="The two or three risks that decide the plan's fate.")


@dataclass(frozen=True)
class IdentifyRisks(MarkdownResult[RisksResponse]):
    """The risks of the plan with their mitigation."""

    SYSTEM_PROMPT = (
        "You are a risk manager. List the risks of the plan across all areas, each with its impact in "
        "figures, likelihood, severity and a mitigation that somebody could start tomorrow. Leave out "
        "risks that any plan has."
    )
    RESPONSE_MODEL = RisksResponse

    def to_markdown(self) -> str:
        """Return a table of all risks, and the summary."""
        answer = self.response
        return f"{table_of_models(answer.risks)}\n\n{heading(2, 'Summary')}\n\n{answer.summary}\n"
