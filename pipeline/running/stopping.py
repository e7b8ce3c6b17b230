"""Signals that end a run in order: SIGTERM, SIGHUP and SIGQUIT do what Ctrl-C does.

A process without a handler for SIGTERM dies of it without a word, and one that is the first of its container
does not even do that.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_STATUS_OF_SIGNALS = 128


class StopSignal(KeyboardInterrupt):
    """One of the signals has come; like Ctrl-C no `except Exception` holds it up."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a process that a signal has ended: 143 for SIGTERM, 130 for Ctrl-C."""
    number = interrupt.number if isinstance(interrupt, StopSignal) else signal.SIGINT
    return _STATUS_OF_SIGNALS + number


class _Stop:
    """What this process knows of signals; a forked worker goes on with a copy."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.held = False
        self.closing = False

    def handle(self, number: int, _: FrameType | None) -> None:
        """Raise StopSignal, unless the process is where it must not be interrupted."""
        if self.closing:
            # What is being put in order is short. Whoever sits at the keyboard may have their way all the same.
            if number == signal.SIGINT:
                raise StopSignal(number)
            return
        self.received = number
        if not self.held:
            raise StopSignal(number)

    def raise_if_received(self) -> None:
        """Raise StopSignal if a signal has come: also one that was caught by somebody who should not."""
        if self.received is not None and not self.held and not self.closing:
            raise StopSignal(self.received)


_stop = _Stop()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have the signals raise StopSignal in the body. One that is ignored, as below `nohup`, stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _stop.__init__()  # type: ignore[misc]
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop.handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def held() -> Iterator[None]:
    """Raise what comes in the body at its end: between a fork and the note of it nothing may be raised."""
    _stop.held = True
    try:
        yield
    finally:
        _stop.held = False
    raise_if_stopped()


@contextmanager
def closing() -> Iterator[None]:
    """Let the body put things in order after a signal, undisturbed by the same one sent again."""
    _stop.closing = True
    try:
        yield
    finally:
        _stop.closing = False


def raise_if_stopped() -> None:
    """Raise StopSignal if a signal has come, however long ago."""
    _stop.raise_if_received()


def stop_main_thread() -> None:
    """Do to the main thread, from another one, what SIGTERM does below `stopped_by_signals`; elsewhere nothing."""
    if signal.getsignal(signal.SIGTERM) == _stop.handle:
        # A signal, and not an exception, because the thread may be waiting for a model.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def heed_no_more() -> None:
    """Have a worker that ends ignore the signals: the one who started it tells it again what its group was told."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def in_worker() -> None:
    """Begin a worker that was just forked; raises StopSignal if a signal has come since."""
    _stop.held = _stop.closing = False
    raise_if_stopped()
