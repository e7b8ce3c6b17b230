"""Addresses at which models are asked without any package of their vendor: by an HTTP client."""

from __future__ import annotations

import re

CLIENTS = frozenset("aiohttp http httplib2 httpx niquests requests tornado treq urllib urllib3".split())
"""Packages that send requests."""

SENDING = frozenset("post request urlopen apost".split())
"""Names of methods that send one, whatever they are called on."""

SENDING_BY_CLIENT = SENDING | frozenset("fetch send stream open put".split())
"""Names of methods that send one, called on something of such a package."""

_SERVICES = (
    r"api\.openai\.com",
    r"\.openai\.azure\.com",
    r"api\.anthropic\.com",
    r"generativelanguage\.googleapis\.com",
    r"api\.mistral\.ai",
    r"api\.cohere\.(?:ai|com)",
    r"api\.groq\.com",
    r"api\.together\.(?:ai|xyz)",
    r"openrouter\.ai/api",
    r"api\.deepseek\.com",
    r"api\.perplexity\.ai",
    r"api\.x\.ai",
    r"api-inference\.huggingface\.co",
    r"router\.huggingface\.co",
    r"api\.replicate\.com",
    r"api\.fireworks\.ai",
    r"api\.ai21\.com",
    r"bedrock-runtime\.",
    r":11434",
)
_PATHS = (r"/chat/completions\b", r":(?:stream)?[gG]enerateContent\b")
_MODEL = re.compile("|".join((*_SERVICES, *_PATHS)))
_OTHER = re.compile(r"/(?:embeddings|moderations|files|audio|images|tags|models)/?(?:\?|$)")


def asks_a_model(texts: frozenset[str]) -> str:
    """The part of an address at which a model is asked.

    Args:
        texts: the pieces of the address that are in sight.

    Returns:
        What gives it away; empty where nothing does.
    """
    if any(_OTHER.search(text) for text in texts):
        return ""
    found = (_MODEL.search(text) for text in sorted(texts))
    return next((match.group().strip("./") for match in found if match is not None), "")
