"""A source file as bytes and as text, so that what is not touched keeps its exact bytes."""

from __future__ import annotations

import ast
import codecs
import io
import sys
import tokenize
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from codemods.errors import SourceError


@dataclass(frozen=True)
class SourceFile:
    """A decoded Python file.

    Attributes:
        path: where it was read from, as the user named it.
        text: the decoded text with its line ends untouched, without the byte order mark.
        encoding: the codec of the coding cookie, `utf-8` without one.
        has_bom: whether the bytes start with a UTF-8 byte order mark.
    """

    path: Path
    text: str
    encoding: str = "utf-8"
    has_bom: bool = False

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines with their ends, split where Python splits them: at CR LF, LF and CR."""
        return tuple(split_lines(self.text))

    @cached_property
    def newline(self) -> str:
        """The line end that most lines have; LF for a file without any."""
        crlf = self.text.count("\r\n")
        counts = {"\r\n": crlf, "\n": self.text.count("\n") - crlf, "\r": self.text.count("\r") - crlf}
        best = max(counts, key=lambda end: counts[end])
        return best if counts[best] else "\n"

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module. Raises SourceError with the position where it does not parse."""
        return parse(self.text, self.path)

    def with_text(self, text: str) -> SourceFile:
        """The same file with other text."""
        return SourceFile(self.path, text, self.encoding, self.has_bom)

    def to_bytes(self) -> bytes:
        """The bytes to write. Raises SourceError if the text does not fit the file's encoding."""
        try:
            body = self.text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SourceError(
                self.path,
                f"the rewritten text does not fit the file's encoding {self.encoding}: {error.reason}",
            ) from error
        return codecs.BOM_UTF8 + body if self.has_bom else body


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends, split at CR LF, LF and CR only."""
    return io.StringIO(text, newline="").readlines()


_SAID_OF_PYTHON_2 = (
    "Missing parentheses in call to 'print'",
    "Missing parentheses in call to 'exec'",
    "multiple exception types must be parenthesized",
)


def parse(text: str, path: Path) -> ast.Module:
    """Parses text to a module. Raises SourceError with path and position on a syntax error."""
    try:
        return _parsed(text)
    except SyntaxError as error:
        read_as = f"read as Python {sys.version_info.major}.{sys.version_info.minor}"
        is_two = error.msg.startswith(_SAID_OF_PYTHON_2)
        need = "this is Python 2" if is_two else "the file may need another"
        message = f"syntax error: {error.msg} ({read_as}; {need})"
        raise SourceError(path, message, error.lineno, error.offset) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError(
            path, "cannot be parsed: the code is nested too deep for Python's parser"
        ) from error
    except ValueError as error:
        raise SourceError(path, f"cannot be parsed: {error}") from error


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a stranger's "\\d" is not ours to warn about
        return ast.parse(text)


def decode(data: bytes, path: Path) -> SourceFile:
    """Decodes a file's bytes by its byte order mark or coding cookie (PEP 263), UTF-8 otherwise.

    Raises:
        SourceError: the cookie names an unknown codec or the bytes do not decode.
    """
    has_bom = data.startswith(codecs.BOM_UTF8)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        body = data[len(codecs.BOM_UTF8) :] if has_bom else data
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = body.decode(encoding)
    except (SyntaxError, LookupError) as error:
        raise SourceError(
            path, f"unknown or invalid source encoding ({error}); add a coding cookie", 1
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            path,
            f"byte {data[error.start]:#04x} is not {error.encoding}; add a coding cookie or re-encode",
            line,
        ) from error
    return SourceFile(path, text, encoding, has_bom)
