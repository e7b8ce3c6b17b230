"""From the name of a model to the model.

`offline` and `offline-<anything>` are built in. Others are described in a TOML file that the
environment variable `PIPELINE_LLM_CONFIG` names:

    [models.small]
    base_url = "https://llm.example.org/v1"
    model = "small-2"                  # name at the endpoint; default: the name in the heading
    api_key_env = "EXAMPLE_API_KEY"    # the variable that holds the key; the key itself never goes here
    timeout_seconds = 300
    response_format = "json_schema"    # or "json_object", for endpoints without structured output
    stream = false                     # true: answers come in parts, and the time of the first is recorded

The same file may hold prices; see pipeline.llm.prices.
"""

from dataclasses import fields
from typing import Any

from pipeline.errors import ConfigurationError
from pipeline.llm.base import LLM
from pipeline.llm.config_file import CONFIG_VARIABLE, read_config
from pipeline.llm.endpoint_settings import EndpointSettings
from pipeline.llm.offline import OfflineLLM
from pipeline.redaction import register_secret_variable

RESPONSE_FORMATS = ("json_schema", "json_object")


def get_llm(name: str) -> LLM:
    """Return the model called `name`; raises ConfigurationError if there is none."""
    if name == "offline" or name.startswith("offline-"):
        return OfflineLLM(name)
    endpoints = load_endpoints()
    if name not in endpoints:
        known = ", ".join(["offline", *sorted(endpoints)])
        raise ConfigurationError(f"unknown LLM {name!r}; known are {known} (see {CONFIG_VARIABLE})")
    from pipeline.llm.openai_compatible import OpenAICompatibleLLM

    return OpenAICompatibleLLM(name, endpoints[name])


def load_endpoints() -> dict[str, EndpointSettings]:
    """Read the configured endpoints; raises ConfigurationError for a file it cannot make sense of."""
    path, document = read_config()
    return {name: _endpoint(path, name, table) for name, table in document.get("models", {}).items()}


def register_endpoint_secrets() -> None:
    """Have the keys of all configured endpoints redacted, by a process that uses none of them.

    Raises ConfigurationError as load_endpoints does.
    """
    for settings in load_endpoints().values():
        register_secret_variable(settings.api_key_env)


def _endpoint(path: str, name: str, table: Any) -> EndpointSettings:
    known = {field.name: field.type for field in fields(EndpointSettings)}
    if not isinstance(table, dict) or set(table) - set(known):
        raise ConfigurationError(
            f"{path}: [models.{name}] takes {', '.join(known)} and nothing else; "
            "an API key belongs into the environment"
        )
    settings = EndpointSettings(**{"model": name, **table})
    if settings.response_format not in RESPONSE_FORMATS:
        raise ConfigurationError(
            f"{path}: [models.{name}] response_format must be one of {', '.join(RESPONSE_FORMATS)}"
        )
    if not isinstance(settings.stream, bool):
        raise ConfigurationError(f"{path}: [models.{name}] stream must be true or false")
    return settings
