"""The pages of the rules, made from their declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.checking.rules import BY_CODE, RULES
from codemods.errors import UnknownNameError
from codemods.refusals import REFUSALS
from refactor.project.display import did_you_mean

if TYPE_CHECKING:
    from codemods.checking.declaration import Example, Rule
    from codemods.refusals import RefusalRule

_GROUPS = {
    "0": "Whether a task is refactored, and comments about it",
    "1": "Step 1: the database service",
    "3": "Step 3: tracking the LLM call",
    "4": "Step 4: timing",
    "5": "Step 5: completion",
    "6": "Step 6: persisting the outputs",
    "7": "Step 7: the order of rows and files",
    "8": "Step 8: failure",
    "9": "Step 9: closing; code that cannot run",
}
_INTRODUCTION = """\
# Rules

What `refactor check` reports. The hundreds of a code name the step of the pattern. Each rule reports only what is
certain from the sources; what is a judgement is reported with `--strict` and marked so.

Suppress a finding on its line with a reason: `# refactor: ignore[DBF700] reason`. Exempt a class on its `class` line:
`# refactor: exempt reason`.
"""


def find(code: str) -> Rule:
    """The rule with a code or a name. Raises UnknownNameError, with the nearest, for neither."""
    wanted = code.strip()
    for rule in RULES:
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return rule
    known = [*BY_CODE, *(rule.name for rule in RULES), *REFUSALS]
    raise UnknownNameError(f"no rule is called {wanted}{did_you_mean(wanted, known)}")


def explained(code: str) -> str:
    """The page of a rule or of a refusal. Raises UnknownNameError, with the nearest, for neither."""
    refusal = REFUSALS.get(code.strip().upper())
    return page(find(code)) if refusal is None else refusal_page(refusal)


def refusal_page(refusal: RefusalRule) -> str:
    """The page of a refusal, in Markdown."""
    return "\n".join(
        (
            f"# {refusal.code}: {refusal.title}\n",
            f"**When a task is refused.** {refusal.when}\n",
            f"**What to do.** {refusal.remedy}\n",
        )
    )


def listing() -> str:
    """One line a rule."""
    return "".join(f"{rule.code}  {rule.name:<28}{rule.summary}\n" for rule in RULES)


def page(rule: Rule, level: int = 1) -> str:
    """The page of a rule, in Markdown."""
    parts = [
        f"{'#' * level} {rule.code}: {rule.name}\n",
        f"{rule.summary[0].upper()}{rule.summary[1:]}.\n",
        f"**What is wrong.** {rule.wrong}\n",
        f"**Why it matters.** {rule.why}\n",
        f"**What to do.** {rule.remedy}\n",
    ]
    for example in rule.invalid[:2]:
        parts.append(f"Before{' (with `--strict`)' if example.strict else ''}:\n\n{_code(_wrong(example))}")
        if example.after:
            parts.append(f"After:\n\n{_code(example.after)}")
    return "\n".join(parts)


def document() -> str:
    """The pages of all rules in one document, for reading in a terminal."""
    parts = [_INTRODUCTION, *(page(rule, level=2) for rule in RULES)]
    return "\n".join(parts)


def index() -> str:
    """The rules by step, each with a link to its page."""
    parts = [_INTRODUCTION]
    group = ""
    for rule in RULES:
        if rule.code[3] != group:
            group = rule.code[3]
            parts.append(f"\n## {_GROUPS[group]}\n\n| code | name | finds |\n| --- | --- | --- |\n")
        parts.append(f"| [{rule.code}](rules/{rule.code}.md) | {rule.name} | {rule.summary} |\n")
    return "".join(parts)


def site_page(rule: Rule) -> str:
    """The page of a rule in the documentation, with the way back."""
    at = RULES.index(rule)
    neighbours = [RULES[at - 1]] if at else []
    neighbours += RULES[at + 1 : at + 2]
    links = ["[all rules](../rules.md)", *(f"[{other.code}]({other.code}.md)" for other in neighbours)]
    suppressing = f"Suppress it on its line, with a reason: `# refactor: ignore[{rule.code}] reason`.\n"
    return f"{page(rule)}\n{suppressing}\nSee also {', '.join(links)}.\n"


def _wrong(example: Example) -> str:
    return example.before or example.code


def _code(text: str) -> str:
    import textwrap

    lines = text.strip("\n")
    return f"```python\n{textwrap.dedent(lines)}\n```\n"
