"""JSON schemas of response models: making one takes longer than anything else that is done for a call."""

import json
from functools import cache
from typing import Any

from pydantic import BaseModel


@cache
def response_schema(response_model: type[BaseModel]) -> dict[str, Any]:
    """Return the model's JSON schema, the same object each time: to be read, not changed."""
    return response_model.model_json_schema()


@cache
def response_schema_text(response_model: type[BaseModel]) -> str:
    """Return the model's JSON schema as text, the same one in every process."""
    return json.dumps(response_schema(response_model), sort_keys=True)
