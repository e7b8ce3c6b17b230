"""A directory that a property names after the plan's id: rows are relative to it."""

from __future__ import annotations

import pytest

from tests.properties.foreign.projects import BASE
from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import Form

PLAN = BASE.replace("return os.path.basename(self.run_dir)", "return str(self.run_id)").replace(
    "    def place(self, name):", "    run_id = 'plan'\n\n    def place(self, name):"
)
NAMED = {
    "path": "Path('run') / self.run_id",
    "text-of-the-id": "Path('run') / str(self.run_id)",
    "deeper": "Path('run').joinpath('.') / self.run_id",
    "constructed": "Path('run', self.run_id)",
    "joined": "os.path.join('run', self.run_id)",
    "formatted": "f'run/{self.run_id}'",
    "text-of-a-path": "str(Path('run') / self.run_id)",
}
OTHERWISE = {
    "of-something-else": "Path('run') / self.name",
    "part-of-a-name": "f'run/x{self.run_id}'",
    "formatted-otherwise": "f'run/{self.run_id!r}'",
    "out-of-sight": "faraway.place(self.run_id)",
}


def _form(directory: str, output: str, members: str = "") -> Form:
    plan_dir = f"@property\ndef plan_dir(self):\n    return {directory}\n"
    body = (
        "os.makedirs(self.plan_dir, exist_ok=True)\nwith self.output().open('w') as f:\n    f.write('text')"
    )
    return Form("plan", f"return {output}", body, members=f"{plan_dir}\nname = 'other'\n{members}", base=PLAN)


OUT = "luigi.LocalTarget(os.path.join(self.plan_dir, 'a.txt'))"


@pytest.mark.parametrize("name", NAMED)
def test_the_directory_is_the_plan_s(name: str) -> None:
    assert broken(_form(NAMED[name], OUT).project) == ([], "")


@pytest.mark.parametrize(
    "output", ["luigi.LocalTarget(str(self.file('a.txt')))", "luigi.LocalTarget(self.file('b'))"]
)
def test_files_are_placed_in_it_by_a_method(output: str) -> None:
    place = "def file(self, name):\n    return Path(self.plan_dir) / name\n"
    assert broken(_form(NAMED["path"], output, place).project) == ([], "")


@pytest.mark.parametrize("name", OTHERWISE)
def test_any_other_directory_is_none(name: str) -> None:
    found, code = broken(_form(OTHERWISE[name], OUT).project)
    assert found == []
    assert code == "DBR423"


def test_a_directory_below_it_is_not_called_after_the_plan() -> None:
    """So the row has the whole path, from the working directory on."""
    assert broken(_form("Path('elsewhere') / self.run_id / 'files'", OUT).project) == ([], "")


def test_one_of_two_is_not_chosen() -> None:
    other = "@property\ndef other_dir(self):\n    return Path('elsewhere') / self.run_id\n"
    found, code = broken(_form(NAMED["path"], OUT, other).project)
    assert found == []
    assert code == "DBR423"


def test_what_depends_on_a_condition_is_none() -> None:
    choice = "Path('run') / self.run_id\n    return Path('elsewhere')"
    found, code = broken(_form(choice, OUT).project)
    assert found == []
    assert code == "DBR423"
