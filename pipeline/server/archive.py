"""An archive that is sent while it is written: never whole in memory, never on a disk."""

from __future__ import annotations

import io
import queue
import threading
from typing import TYPE_CHECKING

from pipeline.plans.export import write_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.database.service import DatabaseService

_PARTS_AHEAD = 16


class _NobodyReadsError(OSError):
    pass


class _Pipe(io.RawIOBase):
    """What is written in one thread and read in another, a few parts ahead at most."""

    def __init__(self) -> None:
        self.parts: queue.Queue[bytes | BaseException | None] = queue.Queue(_PARTS_AHEAD)
        self.given_up = threading.Event()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self.put(part)
        return len(part)

    def put(self, part: bytes | BaseException | None) -> None:
        while not self.given_up.is_set():
            try:
                self.parts.put(part, timeout=0.2)
                return
            except queue.Full:
                continue
        raise _NobodyReadsError("nobody reads the archive any more")


def zip_parts(service: DatabaseService, plan_id: str) -> Iterator[bytes]:
    """Yield the archive of a plan's files; raises what pipeline.plans.export.write_zip raises."""
    pipe = _Pipe()

    def work() -> None:
        try:
            write_zip(service, plan_id, pipe)  # type: ignore[arg-type]
            pipe.put(None)
        except _NobodyReadsError:
            return
        except Exception as error:
            # Raised again where the archive is read, which cuts the answer off: half an archive is none.
            pipe.put(error)

    thread = threading.Thread(target=work, name=f"archive of {plan_id}", daemon=True)
    thread.start()
    try:
        while (part := pipe.parts.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part
    finally:
        pipe.given_up.set()
