"""Data to collect before the plan is carried out."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from pipeline.example.domain.results import MarkdownResult


class DataItem(BaseModel):
    """Something to find out."""

    title: str
    data_to_collect: list[str]
    simulation_steps: str = Field(description="How to try it out at a desk, with which tool.")
    expert_validation: str = Field(description="Whom to ask, and what.")
    assumption_at_stake: str
    sensitivity: Literal["low", "medium", "high"]


class DataCollectionResponse(BaseModel):
    """What to find out."""

    items: list[DataItem] = Field(min_length=1)
    summary: str


@dataclass(frozen=True)
class DataCollection(MarkdownResult[DataCollectionResponse]):
    """What to find out before money is spent, and how."""

    SYSTEM_PROMPT = (
        "Name the data that must be collected before the plan is carried out, because an assumption "
        "stands or falls with it. For each: what, how to try it out at a desk, whom to ask, and how "
        "sensitive the plan is to it."
    )
    RESPONSE_MODEL = DataCollectionResponse
