"""Files are made what the database says they are; nothing else is touched."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.database.records import PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.errors import InvalidNameError, PlanBusyError
from pipeline.files import has_content, write_whole
from pipeline.plans.doctor import Finding, examine
from pipeline.running.inputs import input_files
from pipeline.running.plan_lock import hold_plan
from pipeline.running.restore import restore_files

MOMENT = datetime(2025, 10, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def plan(service: DatabaseService) -> PlanRecord:
    plan = service.create_plan(
        "p", prompt="Tea\r\nand  cake \U0001f375", started_at=MOMENT, speed_vs_detail="f", llm_models=["m"]
    )
    for name, content in {"a.md": "A\r\n", "b.bin": b"\x00\xff", "empty.txt": ""}.items():
        service.create_plan_content({"plan_id": "p", "filename": name, "stage": "s", "content": content})
    return plan


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run" / "p"


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_everything_comes_back_byte_for_byte(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    assert {file.state for file in restore_files(service, plan, run_dir)} == {"missing"}
    assert contents(run_dir) == {
        "001-1-start_time.json": b'{\n  "start_time": "2025-10-01T08:00:00Z"\n}\n',
        "001-2-plan.txt": "Plan:\nTea\r\nand  cake \U0001f375\n\nStart date:\n2025-10-01\n".encode(),
        "a.md": b"A\r\n",
        "b.bin": b"\x00\xff",
        "empty.txt": b"",
    }
    assert restore_files(service, plan, run_dir) == ()


def test_restored_files_have_the_mode_that_open_gives(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    restore_files(service, plan, run_dir)
    (run_dir / "by_open").write_text("")
    assert (run_dir / "a.md").stat().st_mode == (run_dir / "by_open").stat().st_mode


def test_a_file_of_the_same_size_is_compared_by_content(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"abc")
    assert has_content(path, 3, hashlib.sha256(b"abc").hexdigest())
    assert not has_content(path, 3, hashlib.sha256(b"abd").hexdigest())
    assert not has_content(path, 2, hashlib.sha256(b"abc").hexdigest())
    assert not has_content(tmp_path / "missing", 3, "")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_whole(path, b"new")
    assert contents(tmp_path) == {"f": b"old"}


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "a//b", "a/../../b", ".."])
def test_a_row_cannot_name_a_file_outside(
    name: str, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    with service._engine.begin() as connection:
        connection.execute(
            text("UPDATE plan_content SET filename = :name WHERE filename = 'a.md'"), {"name": name}
        )
    with pytest.raises(InvalidNameError):
        restore_files(service, plan, run_dir)
    assert contents(run_dir) == {}


def test_the_doctor_reports_then_repairs(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> None:
    restore_files(service, plan, run_dir)
    (run_dir / "a.md").write_bytes(b"")
    (run_dir / "b.bin").unlink()
    (run_dir / ("x.md-luigi-tmp-000000001")).write_bytes(b"half")
    service.create_llm_interaction({"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"})
    before = contents(run_dir)

    report = examine(service, plan, run_dir, repair=False)
    assert report.findings == (
        Finding("a.md", "different", repaired=False),
        Finding("b.bin", "missing", repaired=False),
        Finding("1 LLM interaction", "pending, with nobody at work", repaired=False),
    )
    assert not report.healthy
    assert (contents(run_dir), report.interactions) == (before, {"pending": 1})

    repaired = examine(service, plan, run_dir, repair=True)
    assert repaired.healthy
    assert len(repaired.findings) == 4
    assert repaired.interactions == {"failed": 1}
    assert examine(service, plan, run_dir, repair=True).findings == ()


def test_the_doctor_repairs_the_rest_when_one_row_is_corrupt(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    with service._engine.begin() as connection:
        connection.execute(text("UPDATE plan_content SET content = 'x' WHERE filename = 'a.md'"))
    diagnosis = examine(service, plan, run_dir, repair=True)
    assert not diagnosis.healthy
    assert [finding.subject for finding in diagnosis.findings if not finding.repaired] == ["a.md"]
    assert sorted(contents(run_dir)) == ["001-1-start_time.json", "001-2-plan.txt", "b.bin", "empty.txt"]


def test_a_plan_of_unknown_origin_has_no_inputs(service: DatabaseService) -> None:
    service.create_llm_interaction({"plan_id": "q", "llm_model": "m", "stage": "s", "prompt_text": "t"})
    assert input_files(service.get_plan("q")) == {}


def test_a_plan_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    with hold_plan(tmp_path, "p"):
        with pytest.raises(PlanBusyError), hold_plan(tmp_path, "p"):
            pass
        with hold_plan(tmp_path, "q"):
            pass
    with hold_plan(tmp_path, "p"):
        pass
