"""Functions that write when somebody runs over them, or awaits them: not where they are called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.properties.foreign.projects import STORING_BYTES
from tests.properties.foreign.running import SETTINGS, broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
METHOD = "with self.output().open('w') as f:\n        for c in 'abc':\n            f.write(c)\n"
FUNCTION = "with open(p, 'w') as f:\n        f.write('x')\n"
RUN_OVER = (
    "g = CALL\nfor _ in g:\n    pass",
    "list(CALL)",
    "for _ in CALL:\n    pass",
    "g = CALL\nnext(g)\ng.close()",
    "deque(CALL, maxlen=0)",
    "yield from CALL",
    "g = [CALL]\nlist(g[0])",
)
AWAITED = (
    "c = CALL\nasyncio.run(c)",
    "asyncio.run(CALL)",
    "async def m():\n    await CALL\nasyncio.run(m())",
    "async def m():\n    t = asyncio.create_task(CALL)\n    await t\nasyncio.run(m())",
    "async def m():\n    await asyncio.gather(CALL)\nasyncio.run(m())",
)
BEFORE = "import asyncio\nfrom collections import deque\n"
BODIES = [*((b, "def", "yield 1") for b in RUN_OVER), *((b, "async def", "return 1") for b in AWAITED)]


@pytest.mark.parametrize("consent", [False, True])
@pytest.mark.parametrize(("body", "define", "end"), BODIES)
def test_a_method(body: str, define: str, end: str, *, consent: bool) -> None:
    members = f"{define} go(self):\n    {METHOD}        {end}\n"
    form = Form(
        "later", OUT, body.replace("CALL", "self.go()"), before=BEFORE, members=members, base=STORING_BYTES
    )
    assert broken(form.project, replace(SETTINGS, row_after_file=consent))[0] == []


@pytest.mark.parametrize("consent", [False, True])
@pytest.mark.parametrize(("body", "define", "end"), BODIES)
def test_a_function(body: str, define: str, end: str, *, consent: bool) -> None:
    before = f"{BEFORE}\n\n{define} go(p):\n    {FUNCTION}        {end}\n"
    body = body.replace("CALL", "go(self.output().path)")
    form = Form("later", OUT, body, before=before, base=STORING_BYTES)
    assert broken(form.project, replace(SETTINGS, row_after_file=consent))[0] == []


OF_TARGETS = (
    "t.copy(d + '/c')",
    "t.copy(new_path=d + '/c', raise_if_exists=True)",
    "t.fs.copy(t.path, d + '/c')",
    "t.fs.move(t.path, d + '/c')",
    "t.fs.rename_dont_move(t.path, d + '/c')",
    "t.fs.remove(t.path)",
    "t.move(d + '/c')",
    "t.remove()",
)


@pytest.mark.parametrize("consent", [False, True])
@pytest.mark.parametrize("used", OF_TARGETS)
def test_what_a_target_and_its_file_system_do(used: str, *, consent: bool) -> None:
    """Each makes a file that has no row, or takes one away that has; in the method, by a name, in a function."""
    write = "with self.output().open('w') as f:\n    f.write('x')\n"
    here = used.replace("t.", "self.output().").replace("d +", "self.run_dir +")
    bodies = {
        "here": (write + here, ""),
        "named": (f"{write}t, d = self.output(), self.run_dir\n{used}", ""),
        "given": (f"{write}after(self.output(), self.run_dir)", f"def after(t, d):\n    {used}\n"),
    }
    for body, before in bodies.values():
        form = Form("used", OUT, body, before=before, base=STORING_BYTES)
        found, code = broken(form.project, replace(SETTINGS, row_after_file=consent))
        assert found == []
        assert code.startswith("DBR4")
