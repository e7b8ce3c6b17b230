"""Small stand-ins for the packages of the vendors: they keep what they are sent and answer in the form of each."""

from __future__ import annotations

import json
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable


class Message(BaseModel):
    """What a model says in a chat."""

    role: str = "assistant"
    content: str | None
    tool_calls: list[str] | None = None


class Choice(BaseModel):
    """One of its answers."""

    message: Message


class Completion(BaseModel):
    """The answer of a chat."""

    model: str
    choices: list[Choice]

    @property
    def content(self) -> list[SimpleNamespace]:
        """The answer in Anthropic's form."""
        return [SimpleNamespace(text=self.choices[0].message.content)]

    @property
    def text(self) -> str:
        """The answer in Google's form."""
        return str(self.choices[0].message.content)

    @property
    def output_text(self) -> str:
        """The answer in the form of OpenAI's responses."""
        return self.text


class Sent:
    """What was sent, call by call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[Any] = []

    def answer(self, **sent: Any) -> Completion:
        """Keeps what is sent and says which call it was; the first answer to a call with tools is a tool call."""
        self.calls.append(json.loads(json.dumps(sent, default=lambda value: value.model_dump())))
        tools = ["add"] if sent.get("tools") and len(self.calls) == 1 else None
        message = Message(content=None if tools else f"answer {len(self.calls)}", tool_calls=tools)
        self.answers.append(Completion(model="answering", choices=[Choice(message=message)]))
        return self.answers[-1]

    def mapping(self, **sent: Any) -> dict[str, Any]:
        """The same as a dictionary, in the forms of Ollama, Bedrock and OpenAI's first package."""
        text = self.answer(**sent).text
        self.answers[-1] = {
            "message": {"content": text},
            "response": text,
            "output": {"message": {"content": [{"text": text}]}},
            "choices": [{"message": {"content": text}}],
        }
        return self.answers[-1]


def packages(sent: Sent) -> dict[str, ModuleType]:
    """The stand-ins by module name."""
    completions = SimpleNamespace(create=sent.answer, parse=sent.answer)
    chat = SimpleNamespace(completions=completions, complete=sent.answer)

    def client(**members: Any) -> Callable[..., SimpleNamespace]:
        return lambda *_, **__: SimpleNamespace(**members)

    openai = client(chat=chat, responses=SimpleNamespace(create=sent.answer))

    class Dumped(BaseModel):
        """An answer that gives itself as a dictionary."""

        said: str

        def to_dict(self) -> dict[str, str]:
            return {"said": self.said}

    def generate(contents: Any) -> Dumped:
        text = sent.answer(contents=contents).text
        sent.answers[-1] = answer = Dumped(said=text)
        return answer

    made: dict[str, dict[str, Any]] = {
        "openai": {"OpenAI": openai, "ChatCompletion": SimpleNamespace(create=sent.mapping)},
        "groq": {"Groq": openai},
        "mistralai": {"Mistral": openai},
        "anthropic": {"Anthropic": client(messages=SimpleNamespace(create=sent.answer))},
        "litellm": {"completion": lambda model, messages: sent.answer(model=model, messages=messages)},
        "ollama": {"chat": sent.mapping, "generate": sent.mapping},
        "boto3": {"client": client(converse=sent.mapping)},
        "llama_index.llms.openai": {
            "OpenAI": client(model="m", complete=lambda prompt: sent.answer(prompt=prompt))
        },
        "vertexai.language_models": {
            "TextGenerationModel": SimpleNamespace(
                from_pretrained=client(predict=lambda prompt, **_: sent.answer(prompt=prompt))
            )
        },
        "google.generativeai": {"GenerativeModel": client(generate_content=generate)},
    }
    found = {}
    for name, members in made.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        found[name] = module
        parts = name.split(".")
        for end in range(1, len(parts)):
            found.setdefault(".".join(parts[:end]), ModuleType(".".join(parts[:end])))
        if len(parts) > 1:
            setattr(found[".".join(parts[:-1])], parts[-1], module)
    return found
