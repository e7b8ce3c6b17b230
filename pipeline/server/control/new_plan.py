"""What is said of a plan that is to be created."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, field_validator

from pipeline.speed_vs_detail import SpeedVsDetailEnum

if TYPE_CHECKING:
    from pipeline.database.records import PlanRecord

LONGEST_PROMPT = 500_000
LONGEST_KEY = 255


class NewPlan(BaseModel):
    """A plan to create, as the options of `pipeline run` say it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[StrictStr, Field(max_length=LONGEST_PROMPT, description="what to plan")]
    llm_models: Annotated[
        tuple[StrictStr, ...], Field(min_length=1, max_length=20, description="models, best first")
    ] = ("offline",)
    fast: Annotated[StrictBool, Field(description="skip details")] = False
    plan_id: Annotated[StrictStr | None, Field(description="made up where it is not given")] = None

    @field_validator("prompt")
    @classmethod
    def _says_something(cls, prompt: str) -> str:
        if not prompt.strip():
            raise ValueError("the prompt is empty")
        return prompt

    @property
    def speed(self) -> SpeedVsDetailEnum:
        """How much detail is wanted, as tasks are told it."""
        slow, fast = SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW, SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS
        return fast if self.fast else slow

    def is_that(self, plan: PlanRecord) -> bool:
        """Whether a plan is what was asked for here."""
        return (plan.prompt, plan.llm_models, plan.speed_vs_detail) == (
            self.prompt,
            self.llm_models,
            self.speed.value,
        )


def plan_id_of_key(key: str) -> str:
    """Return the id of the plan that an Idempotency-Key creates: the same one, on every server and after a restart."""
    return f"plan-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
