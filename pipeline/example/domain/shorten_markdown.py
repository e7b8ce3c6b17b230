"""Makes a document shorter without losing what others need from it."""

from typing import Any

from pydantic import BaseModel, Field

from pipeline.llm.base import LLM


class ShortenedDocument(BaseModel):
    """A shorter document."""

    markdown: str = Field(description="The shortened document, as Markdown without a top heading.")


class ShortenMarkdown:
    """The shortened document in `markdown`."""

    SYSTEM_PROMPT = (
        "Shorten the document to a third. Keep figures, names, dates and decisions; cut reasons that can "
        "be guessed, and repetition. Answer with Markdown, without a heading of the first level."
    )

    def __init__(self, user_prompt: str, response: dict[str, Any], markdown: str) -> None:
        self.user_prompt = user_prompt
        self.response = response
        self.markdown = markdown

    @classmethod
    def execute(cls, llm: LLM, user_prompt: str) -> "ShortenMarkdown":
        """Shorten the document in `user_prompt`.

        Raises ValueError for an empty document, and what the model raises.
        """
        if not user_prompt.strip():
            raise ValueError("there is nothing to shorten")
        response = llm.complete(cls.SYSTEM_PROMPT, user_prompt, ShortenedDocument).parsed
        return cls(user_prompt, response.model_dump(), response.markdown.strip())
