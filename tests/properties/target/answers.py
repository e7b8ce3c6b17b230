# ruff: noqa: PTH123 - the shapes of legacy code
"""Result classes, writers and exporters in the shapes that legacy code has."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from tests.properties.target.base import STATE, LLMExecutor


def _ask(llm, name, prompt) -> str:
    if isinstance(llm, LLMExecutor):
        return llm.run(lambda model: STATE["world"].ask(name, prompt))
    return STATE["world"].ask(name, prompt)


@dataclass
class Answer:
    """A result with a dictionary, a writer for it, and markdown."""

    prompt: str
    text: str

    @classmethod
    def execute(cls, llm, user_prompt: str) -> Answer:
        """One LLM call."""
        return cls(user_prompt, _ask(llm, "Answer", user_prompt))

    @classmethod
    async def execute_async(cls, llm, user_prompt: str) -> Answer:
        """One LLM call, awaited."""
        return cls(user_prompt, _ask(llm, "Answer.async", user_prompt))

    @classmethod
    def blank(cls) -> Answer:
        """A result without a call."""
        return cls("", "none")

    @property
    def markdown(self) -> str:
        """The text as markdown."""
        return f"# Answer\n\n{self.text}\n"

    def to_dict(self) -> dict:
        """All of it."""
        return {"prompt": self.prompt, "text": self.text}

    def save_raw(self, file_path: str) -> None:
        """The dictionary as JSON."""
        with open(file_path, "w") as f:
            f.write(json.dumps(self.to_dict(), indent=2))

    def save_markdown(self, path: str) -> None:
        """The markdown."""
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(self.markdown)


class Review:
    """A result whose writer is too long to carry over, with a dictionary under another name."""

    def __init__(self, text: str):
        self.text = text
        self.points = text.split()

    @classmethod
    def execute(cls, llm, query: str) -> Review:
        """One LLM call."""
        return cls(_ask(llm, "Review", query))

    @classmethod
    async def execute_async(cls, llm, query: str) -> Review:
        """One LLM call, awaited."""
        return cls(_ask(llm, "Review.async", query))

    @classmethod
    def blank(cls) -> Review:
        """A result without a call."""
        return cls("none at all")

    @property
    def markdown(self) -> str:
        """The points as a list."""
        return "\n".join(f"- {point}" for point in self.points)

    def raw_response_dict(self) -> dict:
        """All of it."""
        return {"text": self.text, "points": self.points}

    def to_dict(self) -> dict:
        """The points."""
        return {"points": self.points, "text": self.text}

    def save_raw(self, file_path) -> None:
        """Numbered points."""
        rows = {}
        for number, point in enumerate(self.points):
            rows[str(number)] = point
        with open(file_path, "w", encoding="utf-8") as f:
            json.dump({"rows": rows, "text": self.text}, f, ensure_ascii=False)

    def save_markdown(self, file_path) -> None:
        """The list."""
        Path(file_path).write_text(self.markdown, encoding="utf-8")


class Expert:
    """Holds its response instead of returning it."""

    def __init__(self):
        self.text = ""

    def execute(self, llm, query: str) -> None:
        """One LLM call."""
        self.text = _ask(llm, "Expert", query)

    def to_dict(self) -> dict:
        """All of it."""
        return {"text": self.text}

    @property
    def markdown(self) -> str:
        """The text."""
        return self.text

    def save_raw(self, file_path) -> None:
        """The dictionary as JSON."""
        with open(file_path, "w") as f:
            json.dump(self.to_dict(), f, indent=4)

    def save_markdown(self, file_path) -> None:
        """The text."""
        Path(file_path).write_text(self.text, encoding="utf-8")


class Exporter:
    """Static writers."""

    @staticmethod
    def save(result, path) -> None:
        """Several writes under one handle, in a loop."""
        with open(path, "w", encoding="utf-8") as f:
            f.write("begin\n")
            for line in result.markdown.splitlines():
                if line.strip():
                    f.write(line + "\n")

    @staticmethod
    def labelled(text, path) -> None:
        """Text in a frame."""
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"<{text}>")

    @staticmethod
    def stamped(text, path) -> None:
        """Never the same bytes twice."""
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"{text} <{random.random()}>")
