"""The last boundary for errors: one line without keys, and an exit status."""

from __future__ import annotations

import configparser
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pipeline.cli.exits import EXIT_ERROR, EXIT_UNFINISHED
from pipeline.errors import PipelineError, PlanBusyError, PlanLostError, RunInterruptedError
from pipeline.logs import tell, tell_error
from pipeline.redaction import redact
from pipeline.running.stopping import exit_status, stopped_by_signals
from pipeline.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reported_errors() -> Iterator[None]:
    """Turn every error into one line without keys, or a redacted traceback, and the exit status."""
    try:
        # Whatever a command waits for: as the first process of a container it would not even die of a signal.
        with stopped_by_signals():
            yield
    except (PlanBusyError, PlanLostError) as error:
        tell_error(f"pipeline: {printable(str(error))}")
        sys.exit(EXIT_UNFINISHED)
    except RunInterruptedError as error:
        tell(f"pipeline: {printable(str(error))}")
        sys.exit(error.status)
    except KeyboardInterrupt as interrupt:
        tell("pipeline: interrupted")
        sys.exit(exit_status(interrupt))
    except (PipelineError, OSError) as error:
        logging.getLogger(__name__).debug("where it happened", exc_info=True)
        tell_error(f"pipeline: {printable(redact(str(error)))}")
        sys.exit(EXIT_ERROR)
    except configparser.Error as error:
        # At its import, Luigi reads what it finds in the working directory.
        reason = printable(redact(" ".join(str(error).split())))
        tell_error(f"pipeline: Luigi's configuration file cannot be read: {reason}")
        sys.exit(EXIT_ERROR)
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception:
        logging.getLogger(__name__).exception("internal error")
        sys.exit(EXIT_ERROR)
