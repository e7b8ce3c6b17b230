"""The page of `[tool.refactor]`, from the settings' own docstrings, types and defaults."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from dataclasses import fields

from codemods.settings import STYLES, Settings
from refactor.project.config import KEYS, Configuration
from refactor.reference.markdown import code, table

_INTRODUCTION = """\
# Configuration

`[tool.refactor]` of the nearest `pyproject.toml`, looked for upwards from the paths given, or of the file that
`--config` names. Paths are relative to that file. A key that is not in this table is an error, and so is a value of
another kind.

"""
_EXAMPLE = """
`stages` names groups of tasks, for `status` and `--stage`; `row-stage` names the `stage` column of one task's rows:

```toml
[tool.refactor]
paths = ["plan"]
base-classes = ["PlanTask"]
exempt = ["StartTimeTask"]

[tool.refactor.stages]
planning = ["OutlineTask", "BudgetTask"]

[tool.refactor.row-stage]
OutlineTask = "outline_of_the_plan"
```

`writers` names methods of the tasks, or of their targets as `self.output().dump`, that write what `output()` names, for
[frameworks on Luigi](../how-to/content.md#declare-what-a-framework-writes): `target` is always `"output"`, `path` the
attribute or the method by which a target tells its path, `content` the position or keyword of what is written; `form`
says for readers what the file holds (text, json, csv, bytes, pickle, parquet), and changes nothing: the bytes are read
back.

```toml
[tool.refactor.writers]
"self.dump" = { target = "output", path = "path()", content = 0, form = "pickle" }
```

`llm-calls` names [functions that ask a model](../how-to/sdks.md#any-other-package) in a way that the sources do not
tell, by their full name, methods of a class among them (`app.llm.Client.ask`), or methods of the tasks (`self.ask`).
`prompt` is the argument that is asked, by name or by position, from 0, or a list of several; `model` the one that names
the model; `response` is `"text"` or `"json"`, where the sources do not tell what is answered.

```toml
[tool.refactor.llm-calls]
"app.utils.ask" = { prompt = "question", model = "model", response = "text" }
```
"""
_MODELS = """
## Models

`PIPELINE_LLM_CONFIG` names a TOML file that describes models by OpenAI-compatible endpoint, and what they cost:

```toml
"""
_ATTRIBUTE = re.compile(r"^(\w+): (.+)$")
_NO_DEFAULT = {
    "exempt": "none",
    "not-outputs": "none",
    "stages": "the modules, or dependency levels",
    "row-stage": "the class name",
    "writers": "none",
    "llm-calls": "none",
}


def configuration_page() -> str:
    """The keys as Markdown: name, kind, default, meaning."""
    meanings = {**_attributes(Settings), **_attributes(Configuration)}
    defaults = {field.name: getattr(Settings(), field.name) for field in fields(Settings)}
    rows = []
    for key in KEYS:
        name = key.replace("-", "_")
        kind = "list of strings"
        default = _NO_DEFAULT.get(key, "")
        if key == "paths":
            default = code('["."]')
        elif isinstance(defaults[name], tuple):
            default = code(json.dumps(defaults[name]))
        elif isinstance(defaults[name], str):
            kind, default = (
                " or ".join(code(json.dumps(one)) for one in STYLES),
                code(json.dumps(defaults[name])),
            )
        elif isinstance(defaults[name], bool):
            kind, default = "true or false", code(json.dumps(defaults[name]))
        elif not isinstance(defaults[name], frozenset):
            kind = "table"
        rows.append((code(key), kind, default, meanings[name]))
    return _INTRODUCTION + table(("key", "kind", "default", "meaning"), rows) + _EXAMPLE + _models()


def _attributes(cls: type) -> dict[str, str]:
    """The lines below `Attributes:` in a docstring, by name."""
    lines = (inspect.getdoc(cls) or "").partition("Attributes:")[2].splitlines()
    found = [match for line in lines if (match := _ATTRIBUTE.match(line.strip()))]
    return {match[1]: match[2] for match in found}


def _models() -> str:
    """The description of models and prices, which the docstrings of their modules show."""
    from pipeline.llm import prices, registry

    blocks = [
        block
        for module in (registry, prices)
        for block in inspect.cleandoc(module.__doc__ or "").split("\n\n")
        if block.startswith(" ")
    ]
    return _MODELS + "\n\n".join(textwrap.dedent(block) for block in blocks) + "\n```\n"
