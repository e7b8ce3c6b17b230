"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from codemods.checking.rules import RULES
from refactor.project.display import display
from refactor.rule_address import rule_address
from refactor.version import tool_version

if TYPE_CHECKING:
    from codemods.checking.declaration import Rule
    from codemods.checking.finding import Edit, Finding
    from refactor.checks.checking import CheckRun

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(run: CheckRun) -> str:
    """One SARIF log with one run."""
    seen: Counter[str] = Counter()
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "refactor",
                        **({"informationUri": address} if (address := rule_address()) else {}),
                        "semanticVersion": tool_version(),
                        "rules": [_rule(rule) for rule in RULES],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "where the check was run"}}},
                "results": [_result(finding, seen) for finding in run.findings],
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.wrong} {rule.why}"},
        "help": {"text": rule.remedy},
        **({"helpUri": address} if (address := rule_address(rule.code)) else {}),
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    index = next(i for i, rule in enumerate(RULES) if rule.code == finding.code)
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(finding), "region": _region(finding)}
    }
    if finding.task:
        location["logicalLocations"] = [{"name": finding.task, "kind": "type"}]
    # What stays the same when lines move: the file, the task, the rule, and which of its findings.
    identity = f"{display(finding.path)}:{finding.task}:{finding.code}"
    seen[identity] += 1
    mark = hashlib.sha256(f"{identity}:{seen[identity]}".encode()).hexdigest()[:32]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": "warning" if finding.strict else "error",
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"refactorTaskRule/v1": mark},
    }
    if finding.fix:
        result["fixes"] = [_fix(finding, finding.fix)]
    return result


def _artifact(finding: Finding) -> dict[str, str]:
    name = display(finding.path)
    uri = quote(name)
    return {"uri": f"file://{uri}"} if name.startswith("/") else {"uri": uri, "uriBaseId": "SRCROOT"}


def _region(finding: Finding) -> dict[str, int]:
    return {
        "startLine": finding.row,
        "startColumn": finding.column,
        "endLine": finding.end_row,
        "endColumn": finding.end_column,
    }


def _fix(finding: Finding, edits: tuple[Edit, ...]) -> dict[str, Any]:
    return {
        "description": {"text": edits[0].message},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(finding),
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": edit.row,
                            "startColumn": 1,
                            "endLine": edit.end_row,
                            "endColumn": 1,
                        },
                        "insertedContent": {"text": edit.content},
                    }
                    for edit in edits
                ],
            }
        ],
    }
