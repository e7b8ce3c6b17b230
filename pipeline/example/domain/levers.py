"""The levers of a plan: what can be decided differently, and which few of these decisions matter most."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.results import Exchange, SavesRaw, ask
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor

Lever = dict[str, Any]

LEVERS_PER_ENRICHMENT = 5
VITAL_LEVER_COUNT = 5


class LeverProposal(BaseModel):
    """A decision that is open."""

    name: str = Field(description="Two to five words.")
    consequences: str = Field(description="What follows from pulling the lever, at once and later.")
    options: list[str] = Field(min_length=2, description="Three options, from cautious to radical.")
    weakness: str = Field(description="What all the options overlook.")


class LeverProposals(BaseModel):
    """What one round of brainstorming gives."""

    levers: list[LeverProposal] = Field(min_length=1)
    summary: str


@dataclass
class IdentifyPotentialLevers:
    """The levers of two rounds of brainstorming; ids are given in the order of their appearance."""

    exchanges: list[Exchange[LeverProposals]]
    levers: list[Lever]

    SYSTEM_PROMPT = (
        "You find the strategic levers of a plan: decisions that are still open and that change its "
        "outcome. Give five levers that pull in different directions, each with three options from "
        "cautious to radical."
    )
    ROUNDS = 2

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, user_prompt: str) -> Self:
        """Brainstorm about the plan in `user_prompt`; raises what the executor raises."""
        exchanges: list[Exchange[LeverProposals]] = []
        proposals: list[LeverProposal] = []
        for _ in range(cls.ROUNDS):
            known = ", ".join(lever.name for lever in proposals)
            round_prompt = (
                f"{user_prompt}\n\nLevers found already, give others: {known}" if known else user_prompt
            )

            def brainstorm(llm: LLM, round_prompt: str = round_prompt) -> Exchange[LeverProposals]:
                return ask(llm, cls.SYSTEM_PROMPT, round_prompt, LeverProposals)

            exchange = llm_executor.run(brainstorm)
            exchanges.append(exchange)
            proposals.extend(exchange.response.levers)
        levers = [
            {"lever_id": f"lever-{i}", **lever.model_dump()} for i, lever in enumerate(proposals, start=1)
        ]
        return cls(exchanges=exchanges, levers=levers)

    def to_dict(self) -> dict[str, Any]:
        """Return the exchanges and the levers."""
        return {"exchanges": [exchange.to_dict() for exchange in self.exchanges], "levers": self.levers}

    def save_raw(self, path: str) -> None:
        """Write exchanges and levers as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(self.to_dict(), indent=2))

    def lever_list(self) -> list[Lever]:
        """Return the levers with their ids."""
        return self.levers

    def save_clean(self, path: str) -> None:
        """Write the levers alone as JSON."""
        clean = self.lever_list()
        with Path(path).open("w", encoding="utf-8") as f:
            json.dump(clean, f, indent=2)


def levers_as_text(levers: list[Lever]) -> str:
    """Return levers as a prompt shows them."""
    return json.dumps(levers, indent=2, ensure_ascii=False)


class LeverJudgement(BaseModel):
    """What becomes of one lever."""

    lever_id: str
    decision: Literal["keep", "duplicate", "drop"]
    justification: str


class LeverJudgements(BaseModel):
    """What becomes of all levers."""

    judgements: list[LeverJudgement]
    summary: str


@dataclass
class DeduplicateLevers(SavesRaw):
    """The levers without those that say the same or say nothing."""

    exchange: Exchange[LeverJudgements]
    deduplicated_levers: list[Lever]

    SYSTEM_PROMPT = (
        "You are given the levers of a plan. Judge each by its lever_id: 'keep' it, call it a 'duplicate' "
        "of one you keep, or 'drop' it because it decides nothing. Keep at least half of them."
    )

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, project_context: str, levers: list[Lever]) -> Self:
        """Judge `levers`; one that the model says nothing about is kept. Raises what the executor raises."""
        prompt = f"{project_context}\n\n<levers>\n{levers_as_text(levers)}\n</levers>"
        exchange = llm_executor.run(lambda llm: ask(llm, cls.SYSTEM_PROMPT, prompt, LeverJudgements))
        judgements = {item.lever_id: item for item in exchange.response.judgements}
        kept = []
        for lever in levers:
            judgement = judgements.get(lever["lever_id"])
            if judgement is None or judgement.decision == "keep":
                reason = judgement.justification if judgement else "Not judged, therefore kept."
                kept.append({**lever, "deduplication_justification": reason})
        # A plan without any lever has nothing to choose from.
        return cls(exchange, kept or levers)

    def to_dict(self) -> dict[str, Any]:
        """Return the exchange and the levers that are left."""
        return {"exchange": self.exchange.to_dict(), "deduplicated_levers": self.deduplicated_levers}


class LeverDetails(BaseModel):
    """What one lever is good for."""

    lever_id: str
    description: str = Field(description="Purpose, scope and success criterion of the lever.")
    synergy: str = Field(description="Which other levers it strengthens, and how.")
    conflict: str = Field(description="Which other levers it constrains, and how.")


class LeverDetailsBatch(BaseModel):
    """What several levers are good for."""

    levers: list[LeverDetails] = Field(min_length=1)


@dataclass
class EnrichPotentialLevers(SavesRaw):
    """The levers with description, synergy and conflict."""

    exchanges: list[Exchange[LeverDetailsBatch]]
    enriched_levers: list[Lever]

    SYSTEM_PROMPT = (
        "You describe the strategic levers of a plan. For each lever of the batch, by its lever_id: what "
        "it controls and how success shows, which of the other levers it strengthens, and which it "
        "constrains."
    )

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, project_context: str, levers: list[Lever]) -> Self:
        """Describe `levers` in batches; raises what the executor raises."""
        exchanges = []
        enriched: list[Lever] = []
        names = ", ".join(lever["name"] for lever in levers)
        for start in range(0, len(levers), LEVERS_PER_ENRICHMENT):
            batch = levers[start : start + LEVERS_PER_ENRICHMENT]
            prompt = f"{project_context}\n\nAll levers: {names}\n\n<batch>\n{levers_as_text(batch)}\n</batch>"

            def describe(llm: LLM, prompt: str = prompt) -> Exchange[LeverDetailsBatch]:
                return ask(llm, cls.SYSTEM_PROMPT, prompt, LeverDetailsBatch)

            exchange = llm_executor.run(describe)
            exchanges.append(exchange)
            enriched.extend(_with_details(batch, exchange.response.levers))
        return cls(exchanges, enriched)

    def to_dict(self) -> dict[str, Any]:
        """Return the exchanges and the levers."""
        return {
            "exchanges": [exchange.to_dict() for exchange in self.exchanges],
            "enriched_levers": self.enriched_levers,
        }


def _with_details(batch: list[Lever], details: list[LeverDetails]) -> list[Lever]:
    """Join by id; a model that garbles the ids has usually kept the order."""
    by_id = {item.lever_id: item for item in details}
    joined = []
    for position, lever in enumerate(batch):
        detail = by_id.get(lever["lever_id"]) or details[position % len(details)]
        joined.append({**lever, **detail.model_dump(exclude={"lever_id"})})
    return joined


class LeverRank(BaseModel):
    """How much one lever matters."""

    lever_id: str
    importance: Literal["critical", "high", "medium", "low"]
    justification: str


class LeverRanks(BaseModel):
    """How much each lever matters."""

    ranks: list[LeverRank]
    summary: str = Field(description="What the vital levers decide together, and what they leave open.")


_IMPORTANCE = {"critical": 0, "high": 1, "medium": 2, "low": 3}


@dataclass
class FocusOnVitalFewLevers(SavesRaw):
    """The few levers that decide most of the outcome."""

    exchange: Exchange[LeverRanks]
    vital_levers: list[Lever]

    SYSTEM_PROMPT = (
        "You apply the 80/20 rule to the levers of a plan. Rank every lever by its lever_id: 'critical' "
        "if the plan stands or falls with it, then 'high', 'medium', 'low'. At most five may be critical "
        "or high."
    )

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, project_context: str, levers: list[Lever]) -> Self:
        """Rank `levers` and keep the first five; raises what the executor raises."""
        prompt = f"{project_context}\n\n<levers>\n{levers_as_text(levers)}\n</levers>"
        exchange = llm_executor.run(lambda llm: ask(llm, cls.SYSTEM_PROMPT, prompt, LeverRanks))
        ranks = {item.lever_id: item for item in exchange.response.ranks}

        def importance(lever: Lever) -> int:
            rank = ranks.get(lever["lever_id"])
            return _IMPORTANCE[rank.importance if rank else "medium"]

        return cls(exchange, sorted(levers, key=importance)[:VITAL_LEVER_COUNT])

    def to_dict(self) -> dict[str, Any]:
        """Return the exchange, the levers and the summary."""
        return {
            "exchange": self.exchange.to_dict(),
            "vital_levers": self.vital_levers,
            "summary": self.exchange.response.summary,
        }
