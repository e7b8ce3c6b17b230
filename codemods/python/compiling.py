"""Whether a file compiles as Python would compile it: from its bytes."""

from __future__ import annotations

import warnings

from codemods.errors import SourceError
from codemods.source import SourceFile, decode


def compile_error(source: SourceFile) -> str | None:
    """Why the file's bytes do not compile, with the line; None where they do.

    Text that parses can fail as bytes: a coding cookie that has moved down is no longer one, and the file is then
    read in another encoding.
    """
    try:
        data = source.to_bytes()
        if decode(data, source.path).text != source.text:
            return "its bytes are read as another text"
    except SourceError as error:
        return error.message
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, str(source.path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None
