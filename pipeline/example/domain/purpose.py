"""Who a plan is for, and what that asks of a prompt."""

from typing import Any, Literal

Purpose = Literal["business", "personal", "other"]

_ADDRESSEE: dict[str, str] = {
    "business": "The plan is a business matter: weigh cost, revenue, compliance and accountability.",
    "personal": "The plan is a private matter: use plain words and the means of one household.",
    "other": "The plan is neither commercial nor private: weigh public benefit and the means at hand.",
}


def for_purpose(system_prompt: str, identify_purpose: dict[str, Any]) -> str:
    """Return `system_prompt` with a sentence on who is addressed.

    `identify_purpose` is the raw file of the purpose task; a purpose that is not known counts as other.
    """
    purpose = identify_purpose.get("response", {}).get("purpose", "other")
    return f"{system_prompt} {_ADDRESSEE.get(purpose, _ADDRESSEE['other'])}"
