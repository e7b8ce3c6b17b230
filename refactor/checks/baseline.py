"""A baseline: the findings that a code base starts with, which may become fewer and never more.

Findings are counted by file, task and rule, so that moving lines changes nothing.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codemods.checking.finding import Finding

_VERSION = 1
_ALWAYS_SHOWN = "DBF999"

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Baseline:
    """Known findings.

    Attributes:
        file: where they are kept; paths in it are relative to its directory.
        known: how many there are of each.
    """

    file: Path
    known: Counter[Key]

    @classmethod
    def read(cls, file: Path) -> Baseline:
        """The baseline in a file. Raises ConfigurationError where it cannot be read or is none."""
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            hint = "; --update-baseline writes it" if isinstance(error, FileNotFoundError) else ""
            raise ConfigurationError(f"{file}: cannot be read: {error.strerror}{hint}") from error
        except ValueError as error:
            raise ConfigurationError(f"{file}: is not JSON: {error}") from error
        try:
            if document["version"] != _VERSION:
                raise ConfigurationError(f"{file}: is a baseline of another version, {document['version']!r}")
            known = Counter(
                {(e["path"], e["task"], e["code"]): int(e["count"]) for e in document["findings"]}
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{file}: is not a baseline") from error
        return cls(file, known)

    @classmethod
    def of(cls, file: Path, findings: Sequence[Finding]) -> Baseline:
        """The baseline that hides all the given findings."""
        empty = cls(file, Counter())
        return cls(file, Counter(empty.key(f) for f in findings if f.code != _ALWAYS_SHOWN))

    def key(self, finding: Finding) -> Key:
        """What a finding is counted under."""
        path = os.path.relpath(finding.path, self.file.parent).replace(os.sep, "/")
        return path, finding.task, finding.code

    def split(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """The findings that are new, and those that are known."""
        left = Counter(self.known)
        new, old = [], []
        for finding in findings:
            key = self.key(finding)
            if finding.code != _ALWAYS_SHOWN and left[key] > 0:
                left[key] -= 1
                old.append(finding)
            else:
                new.append(finding)
        return tuple(new), tuple(old)

    def gone(self, findings: Sequence[Finding], looked_for: Callable[[Path, str], bool]) -> int:
        """How many known findings are no longer there, of those that were looked for by path and code."""
        return sum((self.known - self.shrunk(findings, looked_for).known).values())

    def shrunk(self, findings: Sequence[Finding], looked_for: Callable[[Path, str], bool]) -> Baseline:
        """The baseline without what was looked for and is no longer there; nothing is added."""
        there = Counter(self.key(f) for f in findings)
        broken = {self.key(f)[0] for f in findings if f.code == _ALWAYS_SHOWN}
        kept = Counter(
            {
                key: count
                if key[0] in broken or not looked_for(self.file.parent / key[0], key[2])
                else min(count, there[key])
                for key, count in self.known.items()
            }
        )
        return Baseline(self.file, kept)

    def write(self) -> None:
        """Writes the file. Raises ConfigurationError where it cannot be written."""
        entries = [
            {"path": path, "task": task, "code": code, "count": count}
            for (path, task, code), count in sorted(self.known.items())
            if count > 0
        ]
        text = json.dumps({"version": _VERSION, "findings": entries}, indent=2) + "\n"
        try:
            target = Path(os.path.realpath(self.file))
            temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            try:
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{self.file}: cannot be written: {error.strerror}") from error
