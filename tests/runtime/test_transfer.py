"""`export --format plan` and `import`: a plan in another database is what it was, or is not there at all."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.database.transfer import Transfer
from pipeline.errors import ConfigurationError
from pipeline.plans.transfer import import_plan, plan_lines
from tests.runtime.command import Command, assert_ended
from tests.runtime.crashes import CALLS

IDS = {"id", "interaction_key", "attempt_of", "replayed_from", "interaction_id"}


def transfer(engine: Engine) -> Transfer:
    return Transfer(engine, RetryPolicy(patience_seconds=0.5), None)


def lines_of(engine: Engine, plan_id: str) -> list[str]:
    return list(plan_lines(transfer(engine), plan_id))


@pytest.fixture(scope="module")
def exported(undisturbed: Command) -> list[str]:
    return lines_of(get_engine(undisturbed.database_url), "p1")


def take(engine: Engine, lines: list[str], plan_id: str | None = None) -> tuple[str, int]:
    file = io.BytesIO("".join(lines).encode())
    return import_plan(DatabaseService(engine), transfer(engine), file, plan_id)


def without_ids(lines: list[str]) -> list[Any]:
    """Rows as they mean the same in each database: calls are told by their place."""
    documents = [json.loads(line) for line in lines[1:]]
    for document in documents:
        for name in IDS & document.get("row", {}).keys():
            value = document["row"].pop(name)
            document["row"][f"has {name}"] = value is not None
    return documents


def test_a_plan_is_the_same_in_the_other_database(
    exported: list[str], engine: Engine, undisturbed: Command
) -> None:
    made, rows = take(engine, exported)
    assert (made, rows) == ("p1", len(exported) - 2)
    again = lines_of(engine, "p1")
    assert again[0] == exported[0]
    assert without_ids(again) == without_ids(exported)
    # Under another id, beside it; its kept answers point to its own calls.
    assert take(engine, exported, "p2")[0] == "p2"
    assert without_ids(lines_of(engine, "p2")) == without_ids(exported)
    with engine.connect() as connection:
        owners = connection.execute(
            text(
                "SELECT a.plan_id, i.plan_id FROM llm_answers a JOIN llm_interactions i ON i.id = interaction_id"
            )
        ).all()
    assert len(owners) > 0
    assert all(answer == call for answer, call in owners)
    service = DatabaseService(engine)
    files = {info.filename: service.get_content("p2", info.filename) for info in service.list_content("p2")}
    assert files.items() <= undisturbed.files().items()
    with pytest.raises(ConfigurationError, match="there is already a plan p1"):
        take(engine, exported)


def test_calls_that_others_paid_and_attempts_find_each_other_again(engine: Engine) -> None:
    service = DatabaseService(engine)

    def call(plan_id: str, **values: object) -> int:
        row = {"plan_id": plan_id, "llm_model": "m", "stage": "s", "prompt_text": "t", **values}
        return service.create_llm_interaction(row).id

    other = call("other")
    first = call("p")
    call("p", replayed_from=first)
    call("p", replayed_from=other)
    take(engine, lines_of(engine, "p"), "q")
    with engine.connect() as connection:
        statement = text("SELECT id, replayed_from FROM llm_interactions WHERE plan_id = 'q' ORDER BY id")
        (one, paid), (_, inside), (last, outside) = connection.execute(statement).all()
    assert (paid, inside, outside) == (None, one, last)


def changed(number: int, **values: object) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        document = json.loads(lines[number])
        document["row"].update(values)
        return [*lines[:number], json.dumps(document) + "\n", *lines[number + 1 :]]

    return change


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda lines: lines[:-1], "not whole"),
        (lambda lines: [*lines[:-1], '{"rows": 3}\n'], "not whole"),
        (lambda lines: [*lines, *lines], "not whole"),
        (lambda lines: [*lines[:4], *lines[5:]], "not whole"),
        (lambda lines: [lines[0], '{"rows": 0}\n'], "holds no plan"),
        (lambda lines: [lines[0], *lines[2:-1], '{"rows": 1}\n'], "line 2: a plan has one row of its own"),
        (lambda lines: ["{}\n"], "no plan that"),
        (lambda lines: ["PK\x03\x04"], "line 1 is no line of a plan"),
        (lambda lines: [lines[0].replace('"version": 1', '"version": 2'), *lines[1:]], "has version 2"),
        (lambda lines: [lines[0], "[]\n", *lines[1:]], "line 2 is no line of a plan"),
        (lambda lines: [lines[0], '{"table": "x", "row": {}}\n', *lines[1:]], "line 2 is no row of a plan"),
        (changed(1, status="odd"), "line 2: unknown plan status"),
        (changed(1, later="x"), "line 2: plans has no column later: it comes from a newer version"),
        (changed(1, created_at="soon"), "line 2: created_at is no moment"),
        (changed(1, prompt="a\x00b"), "line 2: prompt is no text that fits"),
        (changed(1, llm_models="m"), "line 2: llm_models is no list of texts"),
        (changed(2, stage="s" * 200), "line 3: stage is no text that fits"),
        (changed(2, input_tokens=2**40), "line 3: input_tokens is no number that fits"),
        (changed(2, cost="1"), "line 3: cost is no number"),
        (changed(2, prompt_text=None), "line 3: prompt_text is missing"),
        (changed(CALLS + 2, content="other"), "does not have the checksum"),
        (changed(CALLS + 2, filename="../x"), "x"),
    ],
)
def test_nothing_is_made_of_what_is_no_plan(
    spoil: Callable[[list[str]], list[str]], message: str, exported: list[str], tmp_path: Path
) -> None:
    engine = get_engine(f"sqlite:///{tmp_path / 'pipeline.db'}")
    migrate.upgrade(engine)
    with pytest.raises(ConfigurationError, match=message):
        take(engine, spoil(exported))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM plans")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM llm_interactions")).scalar_one() == 0


def test_the_commands_carry_a_plan_over_and_it_goes_on(
    undisturbed: Command, sqlite_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def invoke(url: str, *arguments: str, given: bytes | None = None) -> Result:
        monkeypatch.setenv("PIPELINE_DATABASE_URL", url)
        return CliRunner().invoke(main, arguments, input=given)

    file = tmp_path / "p1.plan"
    written = invoke(undisturbed.database_url, "export", "p1", "--format", "plan", "-o", str(file))
    assert (written.exit_code, "rows" in written.stderr) == (0, True), written.output
    imported = invoke(sqlite_command.database_url, "import", "-", given=file.read_bytes())
    assert (imported.exit_code, imported.stdout) == (0, "p1\n"), imported.output
    assert invoke(sqlite_command.database_url, "import", str(file)).exit_code == 2
    assert_ended(sqlite_command("resume", "p1"), 0)
    assert sqlite_command.calls() == []
    assert sqlite_command.files() == undisturbed.files()


def test_a_long_content_is_carried_over_in_pieces(service: DatabaseService, engine: Engine) -> None:
    """Also where JSON escapes what is at the end of a piece; and no piece is a line."""
    content = 'a"\\\n\u2713\U0001f375' * 400_000
    for name, held in (("long.txt", content), ("long.bin", b"\xff\x00" * 900_000)):
        service.create_plan_content({"plan_id": "p", "filename": name, "stage": "s", "content": held})
    lines = lines_of(engine, "p")
    assert len("".join(lines).splitlines()) == 5 < len(lines)
    file = io.BytesIO("".join(lines).encode())
    assert import_plan(service, transfer(engine), file, "q") == ("q", 3)
    assert service.get_content("q", "long.txt") == content.encode()
    assert service.get_content("q", "long.bin") == b"\xff\x00" * 900_000
    first_piece = next(number for number, line in enumerate(lines) if not line.endswith("\n"))
    lines[first_piece + 1] = "b" + lines[first_piece + 1][1:]
    with pytest.raises(ConfigurationError, match="does not have the checksum"):
        import_plan(service, transfer(engine), io.BytesIO("".join(lines).encode()), "r")
