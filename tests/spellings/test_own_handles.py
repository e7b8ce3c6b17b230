"""Content that asks the open file itself: before it is opened there is none to ask, and a buffer answers otherwise."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
ASKED = {
    "name": "f.name",
    "encoding": "f.encoding",
    "shown-name": "f'{f.name}'",
    "base-name": "os.path.basename(f.name)",
    "by-name": "getattr(f, 'name')",
    "truth": "str(bool(f))",
    "identity": "str(f is None)",
    "class": "str(type(f))",
    "terminal": "str(f.isatty())",
    "place": "str(f.tell())",
    "address": "str(id(f))",
    "namespace": "str(sorted(vars(f)))",
}
OPENED = {"target": "with self.output().open('w') as f:", "path": "with open(self.output().path, 'w') as f:"}
WRITTEN = {
    "alone": "f.write('a' + {e})",
    "second": "f.write('x')\n    f.write('a' + {e})",
    "printed": "print({e}, file=f)",
    "dumped": "json.dump({e}, f)",
    "looped": "for word in 'ab':\n        f.write(word + {e})",
    "kept": "text = {e}\n    f.write(text)",
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("opened", OPENED.values(), ids=OPENED)
@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_in_the_method(opened: str, written: str, asked: str) -> None:
    found, code = broken(Form("asked", OUT, f"{opened}\n    {written.format(e=asked)}").project)
    assert found == []
    # What is not known before is read back while the file is open, where that is a target's.
    assert code in {"DBR405", "DBR421"} or (code == "" and opened == OPENED["target"])


CALLED = (
    "def w(p):\n    with open(p, 'w') as f:\n        f.write('a' + {e})\n",
    "def w(p):\n    with Path(p).open('w') as f:\n        f.write('b')\n        print({e}, file=f)\n",
    "def w(p):\n    f = open(p, 'w')\n    f.write({e})\n    f.close()\n",
    "class W:\n    def save(self, p):\n        with open(p, 'w') as f:\n            f.write({e})\n\n\nw = W().save\n",
)


@pytest.mark.parametrize("before", CALLED)
@pytest.mark.parametrize("asked", ["f.name", "os.path.basename(f.name)", "getattr(f, 'name')", "f'{f.name}'"])
def test_in_a_function_that_is_given_the_path(before: str, asked: str) -> None:
    """Run once more into a scratch file it would write that one's name."""
    form = Form("asked", OUT, "w(self.output().path)", before=before.format(e=asked))
    found, code = broken(form.project)
    assert found == []
    assert code in {"DBR407", "DBR421", "DBR411"}


@pytest.mark.parametrize(
    "asked", ["f.name", "getattr(f, 'name')", "str(len(vars(f)) > 0)", "f.encoding or ''"]
)
def test_in_a_function_that_is_given_the_file(asked: str) -> None:
    before = f"def w(f):\n    f.write('a' + {asked})\n"
    found, code = broken(
        Form("asked", OUT, "with self.output().open('w') as f:\n    w(f)", before=before).project
    )
    assert found == []
    assert code in {"", "DBR405"}


@pytest.mark.parametrize("other", ["g.name", "str(g.closed)", "getattr(g, 'mode')"])
def test_another_file_that_is_read_may_be_asked(other: str) -> None:
    body = f"Path('in.txt').write_text('x')\nwith open('in.txt') as g:\n    text = {other}\n"
    assert broken(
        Form("other", OUT, f"{body}with self.output().open('w') as f:\n    f.write(text)").project
    ) == ([], "")
