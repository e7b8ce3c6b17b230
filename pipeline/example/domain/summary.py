"""Looking at the whole plan once more: review, summary, questions, premortem."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.html_page import html_page, markdown_to_html
from pipeline.example.domain.rendering import heading, render_model, sections, table_of_models
from pipeline.example.domain.results import Exchange, MarkdownResult, SavesRaw, ask
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor


class ReviewAnswer(BaseModel):
    """What a reviewer says to one question."""

    findings: list[str] = Field(min_length=1, description="Each quotes what it refers to.")
    recommendation: str


@dataclass
class ReviewPlan(SavesRaw):
    """A review: the same document, one question after another."""

    answers: list[tuple[str, Exchange[ReviewAnswer]]]

    QUESTIONS = (
        ("Critical issues", "Which three issues must be settled before anything else?"),
        ("Costs and returns", "Which figures are missing or do not add up?"),
        ("Responsibilities", "Who decides what, and where is nobody responsible?"),
        ("Simplification", "What can be left out without missing the goal?"),
    )

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, document: str) -> Self:
        """Ask all questions about `document`; raises what the executor raises."""
        answers = []
        for title, question in cls.QUESTIONS:
            system_prompt = (
                "You review a plan before it is approved. Answer one question about it, with findings "
                f"that quote the plan, and one recommendation. The question: {question}"
            )

            def review(llm: LLM, system_prompt: str = system_prompt) -> Exchange[ReviewAnswer]:
                return ask(llm, system_prompt, document, ReviewAnswer)

            answers.append((title, llm_executor.run(review)))
        return cls(answers)

    def to_dict(self) -> dict[str, Any]:
        """Return the document once, and the answers by question."""
        return {
            "document": self.answers[0][1].user_prompt,
            "answers": [
                {
                    "title": title,
                    "system_prompt": answer.system_prompt,
                    "response": answer.response.model_dump(),
                }
                for title, answer in self.answers
            ],
        }

    def save_markdown(self, path: str) -> None:
        """Write a section a question."""
        parts = [(title, render_model(answer.response, 3)) for title, answer in self.answers]
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(heading(1, "Plan review") + "\n\n")
            f.write(sections(parts))


class SummaryResponse(BaseModel):
    """The plan on one page."""

    focus_and_context: str
    purpose_and_goals: str
    key_deliverables: list[str]
    timeline_and_budget: str
    risks_and_mitigations: list[str]
    action_orientation: str = Field(description="The next steps with who and when.")
    overall_takeaway: str


@dataclass(frozen=True)
class ExecutiveSummary(MarkdownResult[SummaryResponse]):
    """The plan on one page."""

    SYSTEM_PROMPT = (
        "Write the executive summary of the plan for those who decide on it: what and why, deliverables, "
        "time and money, risks, next steps. Figures from the plan only. No sentence that would fit any "
        "other plan."
    )
    RESPONSE_MODEL = SummaryResponse


class QuestionAndAnswer(BaseModel):
    """A question of a reader."""

    question: str
    answer: str
    rationale: str = Field(description="Why readers ask this.")


class QuestionsResponse(BaseModel):
    """Questions of readers."""

    pairs: list[QuestionAndAnswer] = Field(min_length=1)
    summary: str


@dataclass(frozen=True)
class QuestionsAnswers(MarkdownResult[QuestionsResponse]):
    """Questions that readers of the plan have, with answers."""

    SYSTEM_PROMPT = (
        "Answer the ten questions that a careful reader has after reading the plan: on terms that it does "
        "not explain, on its risks, on its ethics, on what happens if it fails. Answer from the plan; say "
        "so where it is silent."
    )
    RESPONSE_MODEL = QuestionsResponse

    def save_html(self, path: str) -> None:
        """Write a page to be read on its own."""
        body = markdown_to_html(self.to_markdown())
        Path(path).write_text(html_page("Questions and answers", body), encoding="utf-8")


class BrokenAssumption(BaseModel):
    """An assumption that may be the plan's end."""

    assumption: str
    test_now: str = Field(description="The cheapest test, to be done in the next two weeks.")
    tripwire: str = Field(description="The figure from which on it counts as broken.")


class FailureStory(BaseModel):
    """A way in which the plan has failed."""

    title: str
    story: str = Field(description="Told from a year later.")
    early_signs: list[str]
    owner: str
    way_back: str
    point_of_no_return: str


class PremortemResponse(BaseModel):
    """How the plan has failed."""

    assumptions: list[BrokenAssumption] = Field(min_length=1)
    failures: list[FailureStory] = Field(min_length=1)


@dataclass
class Premortem(SavesRaw):
    """How the plan has failed, seen from a year later, in several angles."""

    exchanges: list[Exchange[PremortemResponse]]

    SYSTEM_PROMPT = (
        "The plan has failed a year from now. Tell how: the assumptions that broke, with the cheapest "
        "test and a tripwire for each, and the stories of failure, with early signs, who should have seen "
        "them, and the point of no return."
    )
    ANGLES = ("Look at money, time and technology.", "Look at people, law and public opinion.")

    @classmethod
    def execute(cls, llm_executor: LLMExecutor, user_prompt: str, angles: tuple[str, ...] = ANGLES) -> Self:
        """Look at the plan in `user_prompt` from each of `angles`; raises what the executor raises."""
        exchanges = []
        for angle in angles:

            def look_back(llm: LLM, angle: str = angle) -> Exchange[PremortemResponse]:
                return ask(llm, f"{cls.SYSTEM_PROMPT} {angle}", user_prompt, PremortemResponse)

            exchanges.append(llm_executor.run(look_back))
        return cls(exchanges)

    def to_dict(self) -> dict[str, Any]:
        """Return all exchanges."""
        return {"exchanges": [exchange.to_dict() for exchange in self.exchanges]}

    def to_markdown(self) -> str:
        """Return a table of the assumptions of all angles, then the stories."""
        assumptions = [item for exchange in self.exchanges for item in exchange.response.assumptions]
        stories = [item for exchange in self.exchanges for item in exchange.response.failures]
        parts = [("Assumptions to test now", table_of_models(assumptions))]
        parts += [(story.title, render_model(story, 3)) for story in stories]
        return f"{heading(1, 'Premortem')}\n\n{sections(parts)}"

    def save_markdown(self, path: str) -> None:
        """Write the page."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(self.to_markdown())
