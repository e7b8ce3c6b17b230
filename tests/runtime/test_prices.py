"""Prices come from the file of the models, exactly as written, or are refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.llm.prices import Price, booking_prices, load_prices
from pipeline.llm.registry import load_endpoints
from pipeline.report.costs import price_of

GOOD = """
[models.small]
base_url = "https://llm.example.org/v1"

[prices.small]
currency = "USD"
input_per_million = 0.15
output_per_million = 1
"""


def configure(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "llm.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))


def test_no_file_no_prices() -> None:
    assert load_prices() == {}


def test_prices_and_models_share_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(GOOD, tmp_path, monkeypatch)
    assert load_prices() == {"small": Price("USD", Decimal("0.15"), Decimal(1))}
    assert list(load_endpoints()) == ["small"]


def test_a_cost_is_exact() -> None:
    price = Price("USD", Decimal("0.15"), Decimal("0.6"))
    assert price.cost(1_000_000, 0) == Decimal("0.15")
    assert price.cost(7, 3) == Decimal("0.00000285")
    assert price.cost(7, 3, 5) == price.cost(7, 3)


def test_tokens_from_a_cache_have_a_price_of_their_own() -> None:
    price = Price("USD", Decimal(1), Decimal(10), Decimal("0.1"))
    assert price.cost(1_000_000, 0, 400_000) == Decimal("0.64")
    # A part that is larger than the whole is the whole.
    assert price.cost(1_000_000, 0, 2_000_000) == Decimal("0.1")
    assert price.cost(1_000_000, 100_000) == 2


def test_prices_that_cannot_be_read_book_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert booking_prices() == {}
    configure(GOOD, tmp_path, monkeypatch)
    assert list(booking_prices()) == ["small"]
    configure("[prices]\nsmall = 3\n", tmp_path, monkeypatch)
    assert booking_prices() == {}
    assert "no cost is booked" in caplog.text
    monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(tmp_path / "gone.toml"))
    assert booking_prices() == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('currency = "USD"', 'currency = "dollars"'), "three capitals"),
        (('currency = "USD"', "currency = 1"), "three capitals"),
        (("input_per_million = 0.15", "input_per_million = -1"), "input_per_million must be a number"),
        (("input_per_million = 0.15", "input_per_million = nan"), "input_per_million must be a number"),
        (("output_per_million = 1", "output_per_million = true"), "output_per_million must be a number"),
        (("output_per_million = 1", 'output_per_million = "1"'), "output_per_million must be a number"),
        (("output_per_million = 1", ""), "all three, and"),
        (("output_per_million = 1", "output_per_million = 1\nper_call = 2"), "nothing else"),
        (
            ("output_per_million = 1", "output_per_million = 1\ncached_input_per_million = -1"),
            "cached_input_per_million must be a number",
        ),
        (("[prices.small]", "[price.small]"), "and nothing else"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(
    change: tuple[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(GOOD.replace(*change), tmp_path, monkeypatch)
    with pytest.raises(ConfigurationError, match=message):
        load_prices()


def test_a_price_that_is_no_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure("[prices]\nsmall = 3\n", tmp_path, monkeypatch)
    with pytest.raises(ConfigurationError, match=r"\[prices.small\] takes"):
        load_prices()


@pytest.mark.parametrize(
    ("answered", "asked", "priced"),
    [
        ("small", "small", "small"),
        ("small-2024-07-18", "small", "small"),
        ("fast-20241022", "fast-latest", "fast-latest"),
        ("small@001", "small", "small"),
        ("small-pro", "small", None),
        ("small2", "small", None),
        ("large", "small", "large"),
        ("other", "small", None),
        ("small-2024-07-18", None, None),
    ],
)
def test_a_version_of_a_model_costs_what_the_model_costs(
    answered: str, asked: str | None, priced: str | None
) -> None:
    prices = {
        name: Price("USD", Decimal(number), Decimal(number))
        for number, name in enumerate(("small", "large", "fast-latest"))
    }
    assert price_of(answered, asked, prices) == (prices[priced] if priced else None)
