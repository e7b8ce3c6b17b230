"""Names of a method seen by way of its frame, its code or another name of `locals`: ours would be there too."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
LISTED = (
    "str(len(sys._getframe().f_locals))",
    "str(sorted(inspect.currentframe().f_locals))",
    "str(self.run.__code__.co_nlocals)",
    "str(self.run.__func__.__code__.co_varnames)",
    "str(sorted(builtins.locals()))",
    "builtins.eval('str(len(locals()))')",
)


@pytest.mark.parametrize("text", LISTED)
def test_it_is_refused(text: str) -> None:
    form = Form(
        "listed",
        OUT,
        f"x = 1\nPath(self.output().path).write_text({text})",
        before="import builtins, inspect, sys\n",
    )
    found, code = broken(form.project)
    assert found == []
    assert code == "DBR004"


@pytest.mark.parametrize("named", ["names = locals", "names = eval", "show(by=locals)"])
def test_by_another_name(named: str) -> None:
    body = f"{named}\nPath(self.output().path).write_text('x')"
    found, code = broken(Form("named", OUT, body, before="def show(by):\n    return by\n").project)
    assert found == []
    assert code == "DBR004"
