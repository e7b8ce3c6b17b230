"""The rules, one module each: a module in this package that has a `RULE` is one."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from codemods.checking.declaration import Rule


def _rules() -> tuple[Rule, ...]:
    found: list[Rule] = [import_module(f"{__name__}.{module.name}").RULE for module in iter_modules(__path__)]
    return tuple(sorted(found, key=lambda rule: rule.code))


RULES = _rules()
"""Every rule, by code."""

BY_CODE = {rule.code: rule for rule in RULES}
