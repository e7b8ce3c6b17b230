"""The offline model answers any response model, the same way each time."""

import subprocess
import sys
import time
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from pipeline.errors import ConfigurationError, LLMError
from pipeline.llm.offline import OfflineLLM, OfflineSettings
from pipeline.llm.registry import get_llm


class Colour(StrEnum):
    GREEN = "green"
    BLACK = "black"


class Leaf(BaseModel):
    name: str = Field(min_length=3, max_length=20)
    grade: Annotated[int, Field(ge=1, le=5)]
    weight: Annotated[float, Field(gt=0, lt=1)]
    colour: Colour
    kind: Literal["assam", "darjeeling"]


class Tree(BaseModel):
    leaves: list[Leaf] = Field(min_length=2, max_length=3)
    pair: tuple[int, str]
    tags: set[Literal["a", "b"]]
    notes: dict[str, int]
    planted: date
    parent: "Tree | None"
    even: Annotated[int, Field(multiple_of=2, gt=10, lt=20)]
    below: Annotated[int, Field(lt=-5)]
    either: int | str
    open_ended: bool | None = None


class Plain(BaseModel):
    text: str


class Impossible(BaseModel):
    code: str = Field(pattern=r"^[A-Z]{3}$")


def test_any_answer_fits_the_response_model() -> None:
    llm = OfflineLLM(settings=OfflineSettings())
    for number in range(200):
        response = llm.complete("You grow tea.", f"Number {number}", Tree)
        assert Tree.model_validate_json(response.text) == response.parsed


def test_the_prompt_decides_and_nothing_else() -> None:
    def text(model: str, system: str, user: str) -> str:
        return OfflineLLM(model, OfflineSettings()).complete(system, user, Tree).text

    assert text("offline", "s", "u") == text("offline-b", "s", "u")
    assert len({text("offline", "s", "u"), text("offline", "s", "v"), text("offline", "t", "u")}) == 3


def test_another_process_gives_the_same_answer() -> None:
    script = (
        "from tests.runtime.test_offline import *; "
        "print(OfflineLLM(settings=OfflineSettings()).complete('s', 'u', Tree).text, end='')"
    )
    root = Path(__file__).parents[2]
    output = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, check=True, timeout=60
    ).stdout.decode()
    assert output == OfflineLLM(settings=OfflineSettings()).complete("s", "u", Tree).text


def test_what_it_cannot_answer_it_says() -> None:
    with pytest.raises(LLMError, match="'code': it must match a pattern"):
        OfflineLLM().complete("s", "u", Impossible)


def test_the_environment_reaches_models_that_others_make(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPELINE_OFFLINE_LATENCY", "0.05")
    monkeypatch.setenv("PIPELINE_OFFLINE_FAILING_MODELS", "offline-a, offline-b")
    monkeypatch.setenv("PIPELINE_OFFLINE_FAIL_MATCHING", "coffee")
    monkeypatch.setenv("PIPELINE_OFFLINE_TOKENS", "unknown")
    monkeypatch.setenv("PIPELINE_OFFLINE_CALL_LOG", str(tmp_path / "calls"))
    start = time.perf_counter()
    response = get_llm("offline").complete("s", "tea", Leaf)
    assert time.perf_counter() - start >= 0.05
    assert (response.input_tokens, response.output_tokens) == (None, None)
    for model, prompt in [("offline-a", "tea"), ("offline-b", "tea"), ("offline", "coffee")]:
        with pytest.raises(LLMError, match="told to fail"):
            get_llm(model).complete("s", prompt, Leaf)
    assert [line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()] == [
        "offline",
        "offline-a",
        "offline-b",
        "offline",
    ]


def test_texts_are_as_long_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_OFFLINE_WORDS", "40")
    response = get_llm("offline").complete("s", "u", Tree)
    assert Tree.model_validate_json(response.text) == response.parsed
    assert response.text.count(" ") > OfflineLLM(settings=OfflineSettings()).complete(
        "s", "u", Tree
    ).text.count(" ")
    plain = get_llm("offline").complete("s", "u", Plain).parsed
    assert plain.text.startswith("Text: ")
    assert len(plain.text.split()) == 41


def test_tokens_are_words_of_prompt_and_answer() -> None:
    response = OfflineLLM(settings=OfflineSettings()).complete("You grow", "much green tea", Leaf)
    assert (response.input_tokens, response.output_tokens) == (5, len(response.text.split()))


@pytest.mark.parametrize(
    ("name", "value"),
    [("LATENCY", "soon"), ("TOKENS", "many"), ("FAIL_MATCHING", "("), ("WORDS", "0"), ("WORDS", "few")],
)
def test_settings_that_make_no_sense_are_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PIPELINE_OFFLINE_{name}", value)
    with pytest.raises(ConfigurationError, match=f"PIPELINE_OFFLINE_{name}"):
        OfflineLLM()
