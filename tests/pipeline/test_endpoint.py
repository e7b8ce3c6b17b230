"""The whole pipeline with models behind an endpoint: the same plan, each failure booked, the key nowhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.openai_server import OpenAIServer, failure, serve
from tests.pipeline.conftest import MakeRun
from tests.pipeline.runs import START, Run, Setting, assert_as_undisturbed, assert_ended
from tests.shared import CHAOS

KEY = "wq-7712-very-secret"
FAST = Setting(fast=True)
MODELS = ("--llm-model", "busy", "--llm-model", "steady")


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[OpenAIServer], dict[str, str]]:
    """A function that gives the environment with two models of a server."""

    def environment(server: OpenAIServer) -> dict[str, str]:
        config = tmp_path / "llm.toml"
        table = f'base_url = "{server.base_url}"\napi_key_env = "HOUSE_KEY"\n'
        config.write_text(f"[models.busy]\n{table}[models.steady]\n{table}")
        return {"PIPELINE_LLM_CONFIG": str(config), "HOUSE_KEY": KEY}

    return environment


def everything(run: Run) -> bytes:
    """All that a run has left behind: files, database, output."""
    return b"".join(path.read_bytes() for path in run.directory.parent.rglob("*") if path.is_file())


@pytest.mark.parametrize("workers", ["1", "4"] if CHAOS else ["1"])
def test_a_plan_by_an_endpoint_is_the_plan_of_the_offline_model(
    workers: str,
    make_run: MakeRun,
    undisturbed: Callable[[Setting], Run],
    settings: Callable[[OpenAIServer], dict[str, str]],
) -> None:
    run, reference = make_run("sqlite", FAST), undisturbed(FAST)
    with serve(KEY) as server:
        server.behaviours["busy"] = lambda *_: failure(400, f"not with {KEY}")
        arguments = ("--prompt", FAST.prompt, "--plan-id", "p1", "--start-time", START, "--fast", *MODELS)
        process = run.start("run", *arguments, "--workers", workers, **settings(server))
        assert_ended(process)
    assert_as_undisturbed(run, reference)
    answered = reference.requests().total()
    assert sum(request["model"] == "steady" for request in server.requests) == answered
    interactions = run.rows("SELECT * FROM llm_interactions WHERE plan_id = :plan")
    assert {(row["llm_model"], row["status"]) for row in interactions} == {
        ("busy", "failed"),
        ("steady", "completed"),
    }
    assert all("[redacted]" in row["error_message"] for row in interactions if row["status"] == "failed")
    assert all(row["total_tokens"] > 0 for row in interactions if row["status"] == "completed")
    (config,) = run.directory.parent.glob("llm.toml")
    config.unlink()
    assert b"[redacted]" in everything(run)
    assert KEY.encode() not in everything(run)


def test_a_refused_key_ends_the_run_and_is_not_repeated_anywhere(
    make_run: MakeRun, settings: Callable[[OpenAIServer], dict[str, str]]
) -> None:
    run = make_run("sqlite", FAST)
    with serve("another key") as server:
        environment = settings(server)
        process = run.start("-vv", "run", "--prompt", "x", "--plan-id", "p1", *MODELS, **environment)
        assert_ended(process, 1)
    assert "Incorrect API key provided: [redacted]" in process.messages()
    assert "go on with: pipeline resume p1" in process.messages()
    assert KEY.encode() not in everything(run)
