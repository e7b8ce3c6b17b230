"""Log lines as JSON documents, one a line, for whoever collects the logs of many containers."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from pipeline.log_context import log_context
from pipeline.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping


class JsonFormatter(logging.Formatter):
    """Makes each record a JSON document: time, level, logger, message, plan, task, interaction, and a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. All strings in it are redacted, and nothing in it moves a terminal's cursor."""
        document: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **log_context(record.thread),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(_redacted(document))


class JsonLines(io.TextIOBase):
    """A standard error of which each line is made a log line: what is no log record comes out as one, too."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, handler: logging.StreamHandler[TextIO]) -> None:
        super().__init__()
        self.stream = handler.stream
        self._handler = handler
        self._begun = ""

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Log each line that is complete now, and keep the rest."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self.log(line)
        return len(text)

    def flush(self) -> None:
        """Log what is there of a line."""
        begun, self._begun = self._begun, ""
        self.log(begun)

    def log(self, line: str, level: int = logging.INFO) -> None:
        """Log a line; an empty one says nothing."""
        if line.strip():
            self._handler.handle(logging.LogRecord("pipeline", level, "", 0, line, None, None))


def _redacted(document: Mapping[str, object]) -> dict[str, object]:
    return {name: redact(value) if isinstance(value, str) else value for name, value in document.items()}
