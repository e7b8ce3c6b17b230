"""Which files can hold a task is known by their bytes, and no file that holds one is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.settings import Settings
from codemods.tasks.task_files import files_with_tasks

BASE = "class MarkdownTask(PlanTask):\n    def path(self):\n        return 'a.md'\n"

SPELLINGS = {
    "a class of another module": {
        "intro.py": "from base import MarkdownTask\nclass Intro(MarkdownTask):\n    pass\n"
    },
    "a chain of classes": {
        "middle.py": "from base import MarkdownTask\nclass Middle(MarkdownTask):\n    pass\n",
        "intro.py": "import middle\nclass Intro(middle.Middle):\n    pass\n",
    },
    "another name in the import": {
        "intro.py": "from base import MarkdownTask as Page\nclass Intro(Page):\n    pass\n",
    },
    "another name in an import of several lines": {
        "intro.py": "from base import (\n    other,\n    MarkdownTask\n    as Page,\n)\nclass Intro(Page):\n    pass\n",
    },
    "another name by an assignment": {
        "names.py": "from base import MarkdownTask\nPage = MarkdownTask\n",
        "intro.py": "from names import Page\nclass Intro(Page):\n    pass\n",
    },
    "another name by an assignment of several lines": {
        "names.py": "from base import MarkdownTask\nif True:\n    Page: type = (\n        MarkdownTask\n    )\n",
        "intro.py": "from names import *\nclass Intro(Page):\n    pass\n",
    },
    "a class that a function makes of it": {
        "intro.py": "import base\nPage = marked(base.MarkdownTask)\nclass Intro(Page):\n    pass\n",
    },
    "a header of several lines": {
        "intro.py": "from base import MarkdownTask\nclass Intro(\n    A,  # (1\n    MarkdownTask,\n):\n    pass\n",
    },
    "a line of prose that begins with class": {
        "intro.py": '"""What a\nclass of tasks has (see\nelsewhere).\n"""\nfrom base import MarkdownTask\n'
        "class Intro(MarkdownTask):\n    pass\n",
    },
    "carriage returns, and a generic class": {
        "intro.py": "from base import MarkdownTask\rclass Intro[T: (int, str)](MarkdownTask):\r    pass\r",
    },
}


def _bytes(files: dict[str, str]) -> dict[Path, bytes]:
    return {Path(name): text.encode() for name, text in files.items()}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_task_whose_base_is_in_another_module_is_seen(name: str) -> None:
    contents = _bytes({"base.py": BASE, "plain.py": "class Plain(dict):\n    pass\n", **SPELLINGS[name]})
    found = files_with_tasks(contents, Settings())
    assert Path("intro.py") in found
    assert Path("plain.py") not in found


def test_modules_that_were_not_given_are_followed(tmp_path: Path) -> None:
    (tmp_path / "app" / "parts").mkdir(parents=True)
    for folder in ("app", "app/parts"):
        (tmp_path / folder / "__init__.py").write_text("")
    (tmp_path / "app" / "base.py").write_text(BASE)
    (tmp_path / "app" / "names.py").write_text("from .base import MarkdownTask as Page\n")
    (tmp_path / "app" / "parts" / "intro.py").write_text(
        "from app.names import Page\n\n\nclass Intro(Page):\n    pass\n"
    )
    (tmp_path / "app" / "parts" / "next.py").write_text(
        "from .. import base\n\n\nclass Next(base.MarkdownTask):\n    pass\n"
    )
    (tmp_path / "app" / "parts" / "plain.py").write_text(
        "from .. import base\n\n\nclass Plain(base.Other):\n    pass\n"
    )
    given = {path: path.read_bytes() for path in (tmp_path / "app" / "parts").glob("*.py")}
    assert {path.name for path in files_with_tasks(given, Settings())} == {"intro.py", "next.py"}
    assert not files_with_tasks(given, Settings(), follow=False)


def test_values_that_are_no_bases_make_no_file_a_candidate() -> None:
    contents = _bytes(
        {"base.py": BASE, "use.py": "import base\nx = base.MarkdownTask()\nclass Use(dict):\n    y = x\n"}
    )
    assert files_with_tasks(contents, Settings()) == {Path("base.py")}
