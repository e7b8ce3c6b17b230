"""Arguments of a call that opens a file, by which it holds other bytes than the text, or is another file."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
PATH = "self.output().path"
HELD = (
    f"with open({PATH}, 'w', encoding='ascii', errors='xmlcharrefreplace') as f:\n    f.write('\\u00fc')",
    f"with open({PATH}, 'w', errors='ignore') as f:\n    f.write('ab\\ud800c')",
    f"with Path({PATH}).open('w', errors='replace') as f:\n    f.write('ab\\ud800c')",
    f"with open({PATH}, 'w', -1, 'utf-8', 'surrogatepass') as f:\n    f.write('ab\\ud800c')",
    f"Path({PATH}).write_text('ab\\ud800c', 'utf-8', 'ignore')",
    f"Path({PATH}).write_text('ab\\ud800c', errors='backslashreplace')",
    f"put({PATH}, 'ab\\ud800c')",
    f"put(path={PATH}, text='\\u00fc', how='namereplace')",
    f"with open({PATH}, 'w', opener=lambda p, flags: os.open(p + '.real', flags)) as f:\n    f.write('x')",
    f"with open({PATH}, 'w', opener=elsewhere) as f:\n    f.write('x')",
)
BEFORE = (
    "def put(path, text, how='ignore'):\n    with open(path, 'w', encoding='utf-8', errors=how) as f:\n"
    "        f.write(text)\n\n\n"
    "def elsewhere(path, flags):\n    return os.open(path + '.real', flags)\n"
)


@pytest.mark.parametrize("body", HELD)
def test_it_is_refused(body: str) -> None:
    found, code = broken(Form("held", OUT, body, before=BEFORE).project)
    assert found == []
    assert code == "DBR403"


@pytest.mark.parametrize(
    "said", ["errors='strict'", "errors=None", "opener=None", "buffering=1", "closefd=True"]
)
def test_what_holds_anyway_may_be_said(said: str) -> None:
    body = f"with open({PATH}, 'w', {said}) as f:\n    f.write('x')"
    assert broken(Form("said", OUT, body).project) == ([], "")
