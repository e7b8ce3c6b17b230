"""Log output without API keys, whoever logs them."""

import logging
import sys

from pipeline.redaction import redact


class RedactingFormatter(logging.Formatter):
    """Formats as usual, traceback included, and then takes the keys out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        return redact(super().format(record))


def set_up_logging(verbosity: int) -> None:
    """Log to stderr: errors from -1, warnings from 0, progress from 1, everything from 2."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    logging.basicConfig(level=level, handlers=[handler], force=True)
