"""Every package that is known to ask language models, and the questions that the analysis asks of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from codemods.knowledge import frameworks, openai_api, vendors
from codemods.knowledge.declarations import Client, ModelCall, Sdk

SDKS: tuple[Sdk, ...] = (
    openai_api.OPENAI,
    openai_api.GROQ,
    openai_api.TOGETHER,
    openai_api.LITELLM,
    vendors.ANTHROPIC,
    vendors.OLLAMA,
    vendors.GOOGLE_GENAI,
    vendors.GOOGLE_GENERATIVEAI,
    vendors.VERTEXAI,
    vendors.MISTRAL,
    vendors.COHERE,
    vendors.BEDROCK,
    vendors.HUGGING_FACE_HUB,
    frameworks.LANGCHAIN,
    frameworks.LLAMA_INDEX,
    frameworks.INSTRUCTOR,
    frameworks.DSPY,
    frameworks.PYDANTIC_AI,
    frameworks.TRANSFORMERS,
    frameworks.LOCAL,
)

CHAIN = frameworks.LANGCHAIN.clients[0]
"""What `prompt | model | parser` is."""

ASKING = frozenset(
    "create complete completion generate chat invoke converse run stream parse predict send_message "
    "generate_content query create_and_poll create_and_run create_and_run_poll acreate ainvoke".split()
)
"""Last names of members that, on a client, ask a model unless they are known to ask something else."""


@lru_cache(maxsize=4096)
def client_made_by(path: str) -> Client | None:
    """The client that calling what has this full name makes, None for anything else."""
    return next((c for sdk in SDKS for c in sdk.clients if not c.is_module and c.is_made_by(path)), None)


@lru_cache(maxsize=4096)
def client_module(path: str) -> Client | None:
    """The client that a module of this full name is, None for anything else."""
    return next((c for sdk in SDKS for c in sdk.clients if c.is_module and path in c.makers), None)


@lru_cache(maxsize=4096)
def is_sdk(path: str) -> bool:
    """Whether a full name is that of a known package, or of something in one."""
    return any(sdk.is_imported_as(path) for sdk in SDKS)


@lru_cache(maxsize=1024)
def tell_tale(member: str) -> ModelCall | None:
    """The call that a member is whatever it is called on: `a.b.chat.completions.create`; None for any other."""
    return next(
        (c for c in _tell_tales() if member == c.member or member.endswith(f".{c.member}")),
        None,
    )


def _tell_tales() -> Iterator[ModelCall]:
    return (call for sdk in SDKS for client in sdk.clients for call in client.calls if call.tell_tale)


@lru_cache(maxsize=1 << 12)
def asks_where_imported(member: str, imported: frozenset[str]) -> Sdk | None:
    """The package of which a module's imports suggest that a member of an unknown object asks a model.

    Args:
        member: what is called, from the unknown object on.
        imported: the full names of the modules that the module imports.
    """
    for sdk in SDKS:
        if any(member == name or member.endswith(f".{name}") for name in sdk.asking) and any(
            sdk.is_imported_as(module) for module in imported
        ):
            return sdk
    return None
