"""Log output without API keys, whoever logs them: for people, or a JSON document a line."""

import logging
import os
import sys

from pipeline.errors import PipelineError, TaskFailedError
from pipeline.json_logs import JsonFormatter, JsonLines
from pipeline.redaction import redact
from pipeline.terminal import printable


class RedactingFormatter(logging.Formatter):
    """Formats as usual, traceback included, and then takes the keys out, and what a terminal would obey."""

    def __init__(self, layout: str, prefix: str = "") -> None:
        super().__init__(layout)
        self._prefix = prefix

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted, behind the prefix, which is for the terminal."""
        return self._prefix + printable(redact(super().format(record)))


class ExpectedFailureFilter(logging.Filter):
    """Drops Luigi's traceback of a task that failed for a reason which the line on its failure tells in full.

    An error that nobody raised on purpose keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log."""
        error = record.exc_info[1] if record.exc_info else None
        return not (
            isinstance(error, TaskFailedError) and isinstance(error.__cause__, PipelineError | OSError)
        )


def on_a_terminal() -> bool:
    """Whether messages go to a terminal on which a line can be written anew."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def tell(text: str, level: int = logging.INFO) -> None:
    """Say a line on stderr; it has a level where lines are JSON."""
    if isinstance(sys.stderr, JsonLines):
        sys.stderr.log(text, level)
    else:
        # One write: unbuffered, as in containers, `print` makes two, and a signal between them joins two lines.
        sys.stderr.write(f"{text}\n")


def tell_error(text: str) -> None:
    """Say a line on what went wrong."""
    tell(text, logging.ERROR)


def set_up_logging(verbosity: int, *, as_json: bool = False) -> None:
    """Log to stderr: errors from -1, warnings from 0, progress from 1, everything from 2.

    As JSON, whatever else is written to stderr from now on comes out as log lines, too.
    """
    if as_json:
        stream = sys.stderr.stream if isinstance(sys.stderr, JsonLines) else sys.stderr
        handler = logging.StreamHandler(stream)
        handler.setFormatter(JsonFormatter())
        sys.stderr = JsonLines(handler)
    else:
        handler = logging.StreamHandler(sys.stderr)
        # A terminal's last line may show how far a run is.
        erase = "\r\x1b[2K" if on_a_terminal() else ""
        handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", erase))
    if verbosity <= 0:
        handler.addFilter(ExpectedFailureFilter())
    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.basicConfig(level=level, handlers=[handler], force=True)
