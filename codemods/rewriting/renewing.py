"""Renews modules that `init --service vendored` has written, where nobody has changed them since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codemods.errors import InitialisationError
from codemods.knowledge.vendored import VendoredModule, vendored_module
from codemods.model import FileRewrite
from codemods.python.modules import ModuleFinder
from codemods.rewriting.providers import Providers
from codemods.source import SourceFile, decode


def renewed(sources: Sequence[SourceFile], text: str, file: Path | None = None) -> tuple[FileRewrite, ...]:
    """The modules with the text that they have now, each as it would be written.

    Args:
        sources: the files of the tree, below whose import roots the modules are looked for.
        text: of the module.
        file: the one module to renew; None for all that there are.

    Raises:
        InitialisationError: there is none, or one was changed by hand, or comes from a newer version.
        SourceError: one cannot be read.
    """
    finder = ModuleFinder(tuple(sources))
    files = (
        [file] if file is not None else Providers(sources, finder).vendored_files([s.path for s in sources])
    )
    if not files:
        raise InitialisationError(
            "there is no module that init has written: refactor init --service vendored writes one"
        )
    new = vendored_module(text)
    return tuple(_renewed(path, text, new) for path in files)


def _renewed(path: Path, text: str, new: VendoredModule | None) -> FileRewrite:
    if not path.is_file():
        raise InitialisationError(f"there is no file {path}")
    source = decode(path.read_bytes(), path)
    old = vendored_module(source.text)
    if old is None:
        raise InitialisationError(
            f"{path} was not written by refactor init --service vendored: it is left as it is"
        )
    if not old.is_intact:
        raise InitialisationError(
            f"{path} was changed since version {old.version} wrote it, and is left as it is. Changed: "
            f"{', '.join(old.changed)}. Move the changes to a module of your own, remove the file, and write it anew "
            f"with refactor init --service vendored --into {path}"
        )
    if new is not None and _number(old.version) > _number(new.version):
        raise InitialisationError(
            f"{path} is of version {old.version}, which is newer than this tool ({new.version})"
        )
    return FileRewrite(source, source.with_text(text.replace("\n", source.newline)), ())


def _number(version: str) -> tuple[int, ...]:
    """A version as something to compare: its numbers, as far as it begins with numbers."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
