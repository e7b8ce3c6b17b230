"""Findings of unchanged files, kept between runs.

An entry is used only if nothing that led to it has changed: the file's bytes, its path, the configuration, this tool's
own code, where each import leads that was followed, and the bytes of the module that is there. One file holds one
entry; it is written under another name and renamed, so that runs at the same time never see half of one. What cannot
be read is no entry.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codemods.checking.finding import Finding

if TYPE_CHECKING:
    from codemods.python.modules import ModuleFinder
    from codemods.settings import Settings

_FORMAT = 2
_KEPT_SECONDS = 30 * 24 * 3600
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
# What _entry and put name their files, and did before.
_OWN_NAME = re.compile(r"[0-9a-f]{40}\.(?:json|tmp)|(?:check-|tmp)\w{8}\.tmp")


class Cache:
    """The cache of one configuration."""

    def __init__(self, folder: Path, settings: Settings, *, strict: bool) -> None:
        """`folder` is made when the first entry is written."""
        self._folder = folder
        self._base = _digest(f"{_FORMAT}|{own_code()}|{_described(settings)}|{strict}".encode())
        self._digests: dict[str, str | None] = {}
        self._is_prepared = False
        self._led: dict[tuple[str, str, bool], str | None] = {}

    def get(self, path: Path, data: bytes) -> tuple[Finding, ...] | None:
        """The findings of a file as it is, None where they are not known."""
        try:
            stored = json.loads(self._entry(path, data).read_bytes())
            if not self._holds(stored):
                return None
            return tuple(Finding.from_dict(path, one) for one in stored["findings"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def put(self, path: Path, data: bytes, findings: tuple[Finding, ...], finder: ModuleFinder) -> None:
        """Keeps the findings of a file; that it cannot be done is no error."""
        led = finder.lookups(path)
        document = {
            "modules": {
                str(found): self._digest_of(str(found)) for found in led.values() if found is not None
            },
            "imports": [
                [str(lookup.folder), lookup.dotted, lookup.relative, _text(found)]
                for lookup, found in led.items()
            ],
            "findings": [finding.to_dict() for finding in findings],
        }
        if self._folder.is_symlink():
            # Whoever sends a change can send a link with it.
            return
        with suppress(OSError):
            self._prepare()
            entry = self._entry(path, data)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix="check-", suffix=".tmp")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(json.dumps(document).encode())
                Path(name).replace(entry)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def _entry(self, path: Path, data: bytes) -> Path:
        mark = hashlib.sha256(os.fsencode(f"{self._base}|{os.path.realpath(path)}|{path}|"))
        mark.update(data)
        return self._folder / f"{mark.hexdigest()[:40]}.json"

    def _holds(self, stored: dict[str, Any]) -> bool:
        """Whether every module still has the bytes it had, and every import still leads where it led."""
        if any(self._digest_of(name) != digest for name, digest in stored["modules"].items()):
            return False
        return all(
            self._leads_to(folder, dotted, relative) == found
            for folder, dotted, relative, found in stored["imports"]
        )

    def _leads_to(self, folder: str, dotted: str, relative: bool) -> str | None:
        key = folder, dotted, relative
        if key not in self._led:
            from codemods.python.modules import Lookup

            self._led[key] = _text(self._search.follow(Lookup(Path(folder), dotted, relative)))
        return self._led[key]

    @cached_property
    def _search(self) -> ModuleFinder:
        from codemods.python.modules import ModuleFinder

        return ModuleFinder()

    def _digest_of(self, name: str) -> str | None:
        if name not in self._digests:
            try:
                self._digests[name] = _digest(Path(name).read_bytes())
            except OSError:
                self._digests[name] = None
        return self._digests[name]

    def _prepare(self) -> None:
        if self._is_prepared:
            return
        self._is_prepared = True
        if self._folder.is_dir():
            self._remove_old()
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / ".gitignore").write_text("*\n", encoding="utf-8")
            (self._folder / "CACHEDIR.TAG").write_text(_TAG, encoding="utf-8")

    def _remove_old(self) -> None:
        """Takes out what nobody can want any more: entries of old versions of files, and what killed runs left."""
        oldest = time.time() - _KEPT_SECONDS
        if not self._is_own():
            return
        for entry in os.scandir(self._folder):
            # A link is none of ours, and neither is a file of another name.
            if not _OWN_NAME.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                Path(entry.path).unlink(missing_ok=True)

    def _is_own(self) -> bool:
        """Whether this tool has made the folder: itself, not behind a link, and with the tag it leaves there."""
        if self._folder.is_symlink():
            return False
        tag = self._folder / "CACHEDIR.TAG"
        try:
            return not tag.is_symlink() and tag.read_text(encoding="utf-8") == _TAG
        except (OSError, UnicodeDecodeError):
            return False


@cache
def own_code() -> str:
    """What tells this tool's code from any other version of it: sizes and times of its modules."""
    import codemods

    root = Path(codemods.__file__).parent
    marks = []
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith(".py"):
                status = Path(folder, name).stat()
                marks.append(f"{folder}/{name}:{status.st_size}:{status.st_mtime_ns}")
    return _digest("|".join(marks).encode())


def _described(settings: Settings) -> str:
    return "|".join(
        (
            repr(settings.base_classes),
            repr(sorted(settings.exempt)),
            repr(settings.entry_methods),
            repr(settings.llm_arguments),
            repr(sorted(settings.llm_calls.items())),
            repr(sorted(settings.row_stage.items())),
            repr(settings.row_after_file),
            repr(settings.llm_only),
            repr(settings.not_outputs),
            repr(sorted(settings.writers.items())),
            settings.style,
        )
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
