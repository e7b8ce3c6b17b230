"""What is configured of a model behind an endpoint."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """An OpenAI-compatible endpoint, without its key."""

    model: str
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout_seconds: float = 600.0
    response_format: str = "json_schema"
    stream: bool = False
