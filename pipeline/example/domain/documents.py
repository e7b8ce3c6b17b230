"""Documents that a plan needs: identified, filtered, and drafted one by one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.purpose import for_purpose
from pipeline.example.domain.results import MarkdownResult, SavesRaw, ask
from pipeline.llm.base import LLM

Document = dict[str, Any]

KEPT_IF_NONE_IS_RELEVANT = 3


class DocumentToFind(BaseModel):
    """A document that exists."""

    name: str
    description: str
    purpose: str = Field(description="What the plan needs it for.")
    where_to_look: str
    recency: str = Field(description="How old it may be.")


class DocumentToCreate(BaseModel):
    """A document to be written."""

    name: str
    description: str
    responsible_role: str
    first_steps: list[str]
    approver: str


class IdentifiedDocuments(BaseModel):
    """The documents that a plan needs."""

    documents_to_find: list[DocumentToFind] = Field(min_length=1)
    documents_to_create: list[DocumentToCreate] = Field(min_length=1)


@dataclass(frozen=True)
class IdentifyDocuments(MarkdownResult[IdentifiedDocuments]):
    """The documents to find and to create."""

    SYSTEM_PROMPT = (
        "Name the documents that the plan needs before work starts: those that exist and must be found "
        "(statistics, laws, maps, prior studies) and those that must be written (charters, frameworks, "
        "agreements). No document twice."
    )
    RESPONSE_MODEL = IdentifiedDocuments

    @classmethod
    def execute(cls, llm: LLM, query: str, identify_purpose_dict: dict[str, Any] | None = None) -> Self:
        """Name the documents for the plan in `query`; raises what the model raises."""
        return cls._ask(llm, for_purpose(cls.SYSTEM_PROMPT, identify_purpose_dict or {}), query)

    def save_json_documents_to_find(self, path: str) -> None:
        """Write the documents to find, numbered from 1, as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(_numbered(self.response.documents_to_find), indent=2))

    def save_json_documents_to_create(self, path: str) -> None:
        """Write the documents to create, numbered from 1, as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(json.dumps(_numbered(self.response.documents_to_create), indent=2))


def _numbered(documents: list[Any]) -> list[Document]:
    return [{"id": i, **document.model_dump()} for i, document in enumerate(documents, start=1)]


class DocumentRelevance(BaseModel):
    """How much one document matters."""

    id: int = Field(ge=1)
    relevance: Literal["essential", "useful", "negligible"]
    rationale: str


class DocumentRelevances(BaseModel):
    """How much each document matters."""

    documents: list[DocumentRelevance]
    summary: str


class FilterDocuments(SavesRaw):
    """The documents that matter in the first weeks; subclasses say of which kind."""

    KIND: ClassVar[str]

    def __init__(
        self, system_prompt: str, user_prompt: str, response: DocumentRelevances, kept: list[Document]
    ):
        self.system_prompt = system_prompt
        self.user_prompt = user_prompt
        self.response = response
        self.filtered_documents = kept

    @classmethod
    def execute(
        cls, llm: LLM, user_prompt: str, documents: list[Document], identify_purpose_dict: dict[str, Any]
    ) -> Self:
        """Keep what is essential or useful, or the first few if nothing is. Raises what the model raises."""
        system_prompt = for_purpose(
            f"You are given {cls.KIND}. Say for each, by id, whether it is essential, useful or negligible "
            "in the first "
            "weeks of the project. A document that repeats another is negligible.",
            identify_purpose_dict,
        )
        response = ask(llm, system_prompt, user_prompt, DocumentRelevances).response
        wanted = {item.id for item in response.documents if item.relevance != "negligible"}
        kept = [document for document in documents if document["id"] in wanted]
        return cls(system_prompt, user_prompt, response, kept or documents[:KEPT_IF_NONE_IS_RELEVANT])

    def to_dict(self) -> dict[str, Any]:
        """Return prompts and answer."""
        return {
            "system_prompt": self.system_prompt,
            "user_prompt": self.user_prompt,
            "response": self.response.model_dump(),
        }

    def save_filtered_documents(self, path: str) -> None:
        """Write the documents that are left as JSON."""
        with Path(path).open("w", encoding="utf-8") as f:
            json.dump(self.filtered_documents, f, indent=2)


class FilterDocumentsToFind(FilterDocuments):
    """The documents to find that matter."""

    KIND = "documents that exist and have to be found"


class FilterDocumentsToCreate(FilterDocuments):
    """The documents to create that matter."""

    KIND = "documents that have to be written"


class FoundDocumentDraft(BaseModel):
    """What to look for in a document."""

    essential_information: list[str] = Field(
        min_length=1, description="Questions that the document must answer."
    )
    risks_of_poor_quality: list[str]
    worst_case: str
    best_case: str
    fallback: str = Field(description="What to do if it cannot be found.")


class CreatedDocumentDraft(BaseModel):
    """What to write into a document."""

    outline: list[str] = Field(min_length=1, description="Its sections in order.")
    essential_decisions: list[str]
    risks_of_poor_quality: list[str]
    best_case: str
    fallback: str = Field(description="A smaller document that would do for the start.")


@dataclass
class DraftDocument:
    """The draft of one document; subclasses say of which kind."""

    system_prompt: str
    user_prompt: str
    response: dict[str, Any]

    SYSTEM_PROMPT: ClassVar[str]
    RESPONSE_MODEL: ClassVar[type[BaseModel]]

    @classmethod
    def execute(cls, llm: LLM, user_prompt: str, identify_purpose_dict: dict[str, Any]) -> Self:
        """Draft the document in `user_prompt`; raises what the model raises."""
        system_prompt = for_purpose(cls.SYSTEM_PROMPT, identify_purpose_dict)
        exchange = ask(llm, system_prompt, user_prompt, cls.RESPONSE_MODEL)
        return cls(system_prompt, user_prompt, exchange.response.model_dump())

    def to_dict(self) -> dict[str, Any]:
        """Return prompts and answer."""
        return {
            "system_prompt": self.system_prompt,
            "user_prompt": self.user_prompt,
            "response": self.response,
        }


class DraftDocumentToFind(DraftDocument):
    """What to look for in one document."""

    SYSTEM_PROMPT = (
        "Say what one document must tell the project: the questions that it must answer, the risk if it "
        "is poor, worst and best case, and what to do if it cannot be found."
    )
    RESPONSE_MODEL = FoundDocumentDraft


class DraftDocumentToCreate(DraftDocument):
    """What to write into one document."""

    SYSTEM_PROMPT = (
        "Draft one document of the project: its sections in order, the decisions that it must record, the "
        "risk if it is poor, what it makes possible, and a smaller version for the start."
    )
    RESPONSE_MODEL = CreatedDocumentDraft
