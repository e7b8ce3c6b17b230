"""Scenarios: what the plan looks like when the vital levers are set one way or another."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.levers import Lever, levers_as_text
from pipeline.example.domain.rendering import heading, sections, table
from pipeline.example.domain.results import Exchange, SavesRaw, ask
from pipeline.llm.executor import LLMExecutor


class LeverSetting(BaseModel):
    """The option chosen for one lever."""

    lever_name: str
    option: str


class Scenario(BaseModel):
    """One consistent way to set all levers."""

    name: str = Field(description="A name that people will remember.")
    strategic_logic: str = Field(description="Why these settings belong together.")
    lever_settings: list[LeverSetting]


class Scenarios(BaseModel):
    """Three ways to carry out the plan."""

    core_tension: str = Field(description="The trade-off that sets the scenarios apart.")
    scenarios: list[Scenario] = Field(min_length=1)


@dataclass
class CandidateScenarios(SavesRaw):
    """Scenarios to choose from."""

    exchange: Exchange[Scenarios]

    SYSTEM_PROMPT = (
        "You combine the levers of a plan into three scenarios: an ambitious one, a balanced one and a "
        "cautious one. Each sets every lever to one of its options, and the settings must not contradict "
        "each other."
    )

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, project_context: str, vital_levers: list[Lever]) -> Self:
        """Combine `vital_levers` into scenarios; raises what the executor raises."""
        prompt = f"{project_context}\n\n<levers>\n{levers_as_text(vital_levers)}\n</levers>"
        return cls(llm_executor.run(lambda llm: ask(llm, cls.SYSTEM_PROMPT, prompt, Scenarios)))

    @property
    def scenarios(self) -> list[dict[str, Any]]:
        """The scenarios as JSON values."""
        return [scenario.model_dump() for scenario in self.exchange.response.scenarios]

    def to_dict(self) -> dict[str, Any]:
        """Return the exchange."""
        return self.exchange.to_dict()

    def save_clean(self, path: str) -> None:
        """Write the scenarios and what sets them apart as JSON."""
        clean = {"core_tension": self.exchange.response.core_tension, "scenarios": self.scenarios}
        Path(path).write_text(json.dumps(clean, indent=2), encoding="utf-8")


class ScenarioAssessment(BaseModel):
    """How well one scenario fits."""

    scenario_name: str
    fit_score: int = Field(ge=1, le=10)
    assessment: str


class ScenarioChoice(BaseModel):
    """Which scenario fits best."""

    plan_characteristics: list[str] = Field(
        description="Ambition, risk, complexity and constraints of the plan."
    )
    assessments: list[ScenarioAssessment]
    chosen_scenario: str = Field(description="The exact name of one of the scenarios.")
    rationale: str


@dataclass
class SelectScenario(SavesRaw):
    """The scenario that the rest of the plan follows."""

    exchange: Exchange[ScenarioChoice]
    scenario: dict[str, Any]

    SYSTEM_PROMPT = (
        "You choose the scenario that fits a plan best. Describe the plan's character, score each "
        "scenario from 1 to 10 against it, choose one by its exact name, and justify the choice against "
        "the runner-up."
    )

    @classmethod
    def execute(
        cls, llm_executor: LLMExecutor, project_context: str, scenarios: list[dict[str, Any]]
    ) -> Self:
        """Choose one of `scenarios`, which must not be empty; raises what the executor raises."""
        prompt = f"{project_context}\n\n<scenarios>\n{json.dumps(scenarios, indent=2)}\n</scenarios>"
        exchange = llm_executor.run(lambda llm: ask(llm, cls.SYSTEM_PROMPT, prompt, ScenarioChoice))
        return cls(exchange, _chosen(exchange.response, scenarios))

    def to_dict(self) -> dict[str, Any]:
        """Return the exchange."""
        return self.exchange.to_dict()

    def save_clean(self, path: str) -> None:
        """Write the chosen scenario and the reasons as JSON."""
        choice = self.exchange.response.model_dump()
        choice["scenario"] = self.scenario
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(choice, indent=2))


def _chosen(choice: ScenarioChoice, scenarios: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the scenario named; where none has that name, the one with the best score by position."""
    for scenario in scenarios:
        if scenario["name"] == choice.chosen_scenario:
            return scenario
    scores = [item.fit_score for item in choice.assessments[: len(scenarios)]] or [0]
    return scenarios[scores.index(max(scores))]


class ScenariosMarkdown:
    """The page on the scenarios and the choice between them."""

    def __init__(self, candidates: dict[str, Any], selected: dict[str, Any]) -> None:
        self.candidates = candidates
        self.selected = selected

    def to_markdown(self) -> str:
        """Return the page: the choice first, then every candidate."""
        chosen = self.selected["scenario"]
        parts = [
            ("What sets the scenarios apart", self.candidates["core_tension"]),
            (f"The chosen path: {chosen['name']}", f"{self.selected['rationale']}\n\n{_describe(chosen)}"),
        ]
        parts += [
            (f"Alternative: {scenario['name']}", _describe(scenario))
            for scenario in self.candidates["scenarios"]
            if scenario != chosen
        ]
        return f"{heading(1, 'Scenarios')}\n\n{sections(parts)}"

    def save_markdown(self, path: str) -> None:
        """Write the page."""
        Path(path).write_text(self.to_markdown(), encoding="utf-8")


def _describe(scenario: dict[str, Any]) -> str:
    settings = [(item["lever_name"], item["option"]) for item in scenario["lever_settings"]]
    return f"{scenario['strategic_logic']}\n\n{table(['Lever', 'Setting'], settings)}"
