"""Names that the block of an open file binds and reads: where it is run once more, they are other names."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
READ_BEFORE = (
    ("c = 'z'", "f.write(c)\n    for c in 'ab':\n        f.write(c)"),
    ("c = 'z'", "for c in '':\n        f.write(c)\n    f.write(c)"),
    ("c = 'z'", "if not self.names:\n        c = 'q'\n    for d in 'ab':\n        f.write(d + c)"),
    ("c = 'z'", "c = c + '1'\n    for d in 'ab':\n        f.write(d + c)"),
    ("c = 'z'", "for d in 'ab':\n        f.write(c)\n        c = d"),
    ("c = 'z'", "w = csv.writer(f)\n    for c in 'ab':\n        w.writerow([c])\n    w.writerow([c])"),
    ("c = 'z'", "for d in 'ab':\n        for c in 'xy':\n            f.write(c)\n        f.write(c)"),
    ("c = 'ab'", "for c in c:\n        f.write(c)"),
)
BOUND_FIRST = (
    ("c = 'z'", "for c in 'ab':\n        f.write(c)"),
    ("c = 'z'", "for i, c in enumerate('ab'):\n        f.write(c)"),
    ("c = 'z'", "for d in 'ab':\n        c = d\n        f.write(c)"),
    ("pass", "for c in 'ab':\n        f.write(c)\n    f.write(c)"),
)
OPENED = ("with self.output().open('w') as f:", "with open(self.output().path, 'w') as f:")


def _form(opened: str, before: str, body: str) -> Form:
    return Form("names", OUT, f"{before}\n{opened}\n    {body}\nfaraway.note(c)")


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(("before", "body"), READ_BEFORE)
def test_read_with_the_value_that_it_has_before(opened: str, before: str, body: str) -> None:
    found, code = broken(_form(opened, before, body).project)
    assert found == []
    # A target's file is read back while it is open.
    assert code == ("DBR405" if opened == OPENED[1] else "")


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(("before", "body"), BOUND_FIRST)
def test_bound_before_it_is_read(opened: str, before: str, body: str) -> None:
    assert broken(_form(opened, before, body).project) == ([], "")


MADE = (
    "os.mkdir('made')",
    "os.makedirs('made/x')",
    "Path('made').mkdir()",
    "Path('made').mkdir(parents=True)",
    "os.makedirs('made', exist_ok=EXISTS)",
)


@pytest.mark.parametrize("made", MADE)
def test_a_directory_is_made_once(made: str) -> None:
    """The second time it is there, which is an error."""
    before = f"EXISTS = False\n\n\ndef value():\n    {made}\n    return 'x'\n"
    write = "Path(self.output().path).write_text"
    content = Form("made", OUT, f"{write}(value())", before=before)
    prompt = Form(
        "made", OUT, f"llm = faraway.Model()\ntext = llm.ask(value())\n{write}(text)", before=before
    )
    for form, code in ((content, "DBR406"), (prompt, "DBR202")):
        assert broken(form.project) == ([], code)


def test_a_directory_that_may_be_there_is_no_matter() -> None:
    before = "def value():\n    os.makedirs('made', exist_ok=True)\n    return 'x'\n"
    form = Form("made", OUT, "Path(self.output().path).write_text(value())", before=before)
    assert broken(form.project) == ([], "")
