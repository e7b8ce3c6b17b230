"""Signals that end a run in order: SIGHUP and SIGQUIT do what Ctrl-C does, SIGTERM does it after a grace.

A process without a handler for SIGTERM dies of it without a word, and one that is the first of its container
does not even do that.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.running.grace import Grace

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
        self.grace: Grace | None = None
        self.at_once = False

    def handle(self, number: int, _: FrameType | None) -> None:
        """Raise StopSignal, unless the process is where it must not be interrupted."""
        if self.closing:
            # What is being put in order is short. Whoever sits at the keyboard may have their way all the same.
            if number == signal.SIGINT:
                raise StopSignal(number)
            return
        self.received = number
        may_wait = self._may_wait(number)
        if not self.held and not may_wait:
            raise StopSignal(number)

    def _may_wait(self, number: int) -> bool:
        if number != signal.SIGTERM or self.grace is None or self.at_once or self.grace.left_for_work() <= 0:
            return False
        self.grace.watch(self.interrupt, _STATUS_OF_SIGNALS + number)
        return True

    def interrupt(self) -> None:
        """Have the main thread raise StopSignal, from another one, unless it has gone on from what may wait."""
        if self.grace is not None:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

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


@contextmanager
def graceful(seconds: float) -> Iterator[None]:
    """Have SIGTERM leave the body that long, until something in it asks `raise_if_stopped`.

    The process ends within the time, whatever happens. The other signals, and 0 seconds, leave it none.
    """
    _stop.grace = Grace(seconds) if seconds else None
    try:
        yield
    finally:
        _stop.grace = None


def grace_of_run() -> Grace | None:
    """Return the time that a signal leaves this process, None where it leaves none."""
    return _stop.grace


def was_told_to_wait() -> bool:
    """Whether the signal that has come leaves what is running its time."""
    return _stop.received == signal.SIGTERM and not _stop.at_once


def stop_main_thread() -> None:
    """Do to the main thread, from another one, what SIGTERM does without a grace below `stopped_by_signals`."""
    if signal.getsignal(signal.SIGTERM) == _stop.handle:
        _stop.at_once = True
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
