"""Ctrl-C and its kin, held back while something must not be cut short."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HELD = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What asks a process to end."""


@contextmanager
def signals_noted() -> Iterator[None]:
    """Holds Ctrl-C and its kin back until the block is left; a system call that one cuts short goes on.

    For starting a process: unlike the mask of `signals_held`, what is done here is not inherited by it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken: list[int] = []
    handlers = {number: signal.getsignal(number) for number in HELD}
    for number in _heeded(handlers):
        signal.signal(number, lambda caught, frame: taken.append(caught))
    try:
        yield
    finally:
        for number in _heeded(handlers):
            signal.signal(number, handlers[number])
        for received in dict.fromkeys(taken):
            signal.raise_signal(received)


@contextmanager
def signals_held() -> Iterator[None]:
    """Holds Ctrl-C and its kin back until the block is left, so that what was done is also noted as done.

    The mask covers this thread and the processes started in the block; a signal that another thread takes is
    noted and raised again afterwards.
    """
    if not _can_hold():
        yield
        return
    with signals_noted():
        previous = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous)


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Inside `signals_held`: lets Ctrl-C and its kin through for a while, each as a KeyboardInterrupt."""
    if not _can_hold():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in HELD}
    try:
        for number in _heeded(handlers):
            signal.signal(number, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
        yield
    finally:
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
        finally:
            for number in _heeded(handlers):
                signal.signal(number, handlers[number])


def _can_hold() -> bool:
    return hasattr(signal, "pthread_sigmask") and threading.current_thread() is threading.main_thread()


def _heeded(handlers: Mapping[signal.Signals, object]) -> list[signal.Signals]:
    """The signals that are not ignored, as `nohup` has SIGHUP ignored."""
    return [number for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)]
