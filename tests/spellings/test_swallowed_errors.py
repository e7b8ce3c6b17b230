"""Writes that fail where the method goes on: a row would be there without its file, so the task is refused."""

from __future__ import annotations

from textwrap import indent

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
PATH = "self.output().path"
WRITES = {
    "text": (f"os.makedirs({PATH})", f"Path({PATH}).write_text('x')"),
    "opened": (f"os.makedirs({PATH})", f"with open({PATH}, 'w') as f:\n    f.write('x')"),
    "writer": (f"os.makedirs({PATH})", f"Result('x').save({PATH})"),
    "function": (f"os.makedirs({PATH})", f"put({PATH}, 'x')"),
    "no-json": ("x = [1, {1}]", f"with open({PATH}, 'w') as f:\n    json.dump(x, f)"),
    "no-text": ("x = 1 if self.names else 'a'", f"Path({PATH}).write_text(x)"),
    "moved": ("Path('t').write_text('x')\n" + f"os.makedirs({PATH})", f"os.replace('t', {PATH})"),
}
SWALLOWING = {
    "os-error": "try:\n    WRITE\nexcept OSError:\n    pass",
    "io-error": "try:\n    WRITE\nexcept IOError as error:\n    print(error)",
    "several": "try:\n    WRITE\nexcept (KeyError, PermissionError, IsADirectoryError, TypeError):\n    pass",
    "any": "try:\n    WRITE\nexcept Exception:\n    print('x')",
    "bare": "try:\n    WRITE\nexcept:\n    pass",
    "left": "try:\n    WRITE\nexcept Exception:\n    if self.names:\n        return\n    raise",
    "suppressed": "with contextlib.suppress(KeyError, OSError, TypeError):\n    WRITE",
    "outside": "try:\n    if self.names:\n        WRITE\nexcept Exception:\n    pass",
}
PASSING = {
    "raised-again": "try:\n    WRITE\nexcept OSError:\n    print('x')\n    raise",
    "raised-as-another": "try:\n    WRITE\nexcept Exception as error:\n    raise RuntimeError('x') from error",
    "another": "try:\n    WRITE\nexcept (KeyError, StopIteration):\n    pass",
    "finally": "try:\n    WRITE\nfinally:\n    print('x')",
    "in-the-handler": "try:\n    int('a')\nexcept Exception:\n    WRITE",
    "in-the-else": "try:\n    int('1')\nexcept Exception:\n    pass\nelse:\n    WRITE",
    "another-suppressed": "with contextlib.suppress(KeyError):\n    WRITE",
}
HEAD = "import contextlib\nfrom helpers import Result, put"


def placed(around: str, write: str) -> str:
    """The write in the place of the word in its suite."""
    line = next(line for line in around.splitlines() if "WRITE" in line)
    depth = " " * (len(line) - len(line.lstrip()))
    return around.replace(line, indent(write, depth))


@pytest.mark.parametrize(
    ("write", "around"),
    [(w, a) for w in WRITES for a in SWALLOWING if w == "text" or a in {"any", "suppressed"}],
)
def test_it_is_refused(write: str, around: str) -> None:
    before, statement = WRITES[write]
    body = f"{before}\n{placed(SWALLOWING[around], statement)}"
    found, code = broken(Form("caught", OUT, body, before=HEAD).project)
    assert found == []
    assert code in {"DBR427", "DBR405", "DBR408"}


@pytest.mark.parametrize("around", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("write", ["text", "opened", "function"])
def test_an_error_that_passes_is_no_matter(write: str, around: str) -> None:
    form = Form("passed", OUT, placed(around, WRITES[write][1]), before=HEAD)
    assert broken(form.project) == ([], "")


@pytest.mark.parametrize("around", PASSING.values(), ids=PASSING)
def test_a_file_that_is_read_while_it_is_open_has_a_row_where_it_is_written(around: str) -> None:
    write = "with self.output().open('w') as f:\n    f.write(str(random.random()))"
    assert broken(Form("open", OUT, placed(around, write), before=HEAD).project) == ([], "")
