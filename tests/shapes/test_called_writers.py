"""Tasks that call writers are refused with the reason, or run as before with every file in the database first."""

from __future__ import annotations

import pytest

from codemods.model import TaskState
from codemods.source import SourceFile
from tests.shapes import laws
from tests.shapes.bench import Bench
from tests.shapes.called_writer_cases import WRITER_CASES, WriterCase
from tests.shapes.cases import PATH
from tests.shapes.rewriting import rewrite

REFUSED = [case for case in WRITER_CASES if case.code]
REWRITTEN = [case for case in WRITER_CASES if not case.code]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.code}-{case.name}")
def test_a_writer_that_a_row_cannot_follow_is_refused(case: WriterCase):
    """The code is the one of the table, the reason names the call, and the file stays as it was."""
    before = SourceFile(PATH, case.source)
    result = rewrite(before)
    (report,) = (r for r in result.reports if r.task.name == "CaseTask")
    assert report.refusal is not None, f"{report.state}: {report.reason}"
    assert report.refusal.code == case.code, report.refusal.reason
    assert result.after.text == before.text


@pytest.mark.parametrize("case", REWRITTEN, ids=lambda case: case.name)
def test_a_writer_of_one_file_does_the_same_as_before(bench: Bench, case: WriterCase):
    """The file has the same bytes, and its row has them first."""
    before = SourceFile(PATH, case.source)
    result = rewrite(before)
    (report,) = (r for r in result.reports if r.task.name == "CaseTask")
    assert report.state is TaskState.DONE, report.reason
    legacy = bench.run(bench.load(before.to_bytes()), ["CaseTask"])
    run = bench.run(bench.load(result.after.to_bytes()), ["CaseTask"])
    assert legacy.error is None
    assert run.error is None
    assert run.files == legacy.files
    laws.check_every_file_has_its_row(run, {"case"})
    laws.check_rows_come_before_files(run)
