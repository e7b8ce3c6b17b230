"""Which machine and which process this is, as another process can tell it from others."""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path


def host_name() -> str:
    """Return the name that people know this machine by."""
    return socket.gethostname()[:255] or "unknown"


@cache
def machine_id() -> str:
    """Return what is the same for two processes only if they can see each other by their process ids.

    On Linux that is one boot of one kernel and one process namespace, so that two containers of one host
    differ; elsewhere the name and the network address.
    """
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return _digest(host_name(), boot, str(Path("/proc/self/ns/pid").readlink()))
    return _digest(host_name(), str(uuid.getnode()))


def process_started(process_id: int) -> int | None:
    """Return when a process of this machine began, in a unit of the kernel's; None where that is not known.

    The same id with another beginning is another process.
    """
    fields = _status(process_id)
    return int(fields[19]) if len(fields) > 19 else None


def is_alive(process_id: int, started: int | None) -> bool:
    """Whether a process of this machine still is; true where that cannot be told."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    now = process_started(process_id)
    if started is not None and now is not None and now != started:
        return False
    # Dead ones of which the parent has not asked yet are still listed.
    return _status(process_id)[:1] not in (["Z"], ["X"])


def _status(process_id: int) -> list[str]:
    try:
        text = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The name before it may hold anything, parentheses as well.
    return text.rpartition(")")[2].split()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
