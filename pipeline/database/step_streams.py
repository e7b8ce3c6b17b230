"""A stream that is recorded while it is read: for whoever reads it, it is the stream itself."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_TEXTS = frozenset({"text_stream"})
"""Members of streams that give their texts, and are read in place of the stream."""

_READ_TO_THE_END = frozenset(
    "get_final_message get_final_text get_final_completion get_final_response until_done".split()
)
"""Methods of streams that read them to their end."""

HELD_ANSWERS = ("current_message_snapshot", "current_completion_snapshot")
"""Members of streams that have what has come so far, as a whole answer."""


def answer_held_by(stream: object) -> object:
    """Return the answer that a stream itself has put together so far, None where it does not."""
    for name in HELD_ANSWERS:
        if hasattr(type(stream), name):
            try:
                return getattr(stream, name)
            except Exception:
                # Nothing has come yet.
                return None
    return None


class StreamedCall(Protocol):
    """What a stream tells the call that it answers."""

    def part(self, part: object) -> None:
        """A part has come."""

    def end_of_stream(self, answer: object = None) -> None:
        """The last part has come, or nobody reads on."""

    def fail(self, error: BaseException | str | None = None) -> None:
        """The stream has broken off."""


class RecordedStream:
    """What every recorded stream has in common: all that it does not do itself, the stream in it does."""

    def __init__(self, stream: Any, call: StreamedCall) -> None:
        object.__setattr__(self, "_recorded_stream", stream)
        object.__setattr__(self, "_recorded_iterator", None)
        object.__setattr__(self, "_recorded_call", call)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._recorded_stream)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._recorded_stream, name)
        if name in _TEXTS:
            is_async = hasattr(type(found), "__aiter__")
            return self._texts_later(found) if is_async else self._texts(found)
        if (name in _READ_TO_THE_END or name in {"close", "aclose"}) and callable(found):
            return self._to_the_end(name, found)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._recorded_stream, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._recorded_stream, name)

    def __dir__(self) -> Any:
        return dir(self._recorded_stream)

    def __repr__(self) -> str:
        return repr(self._recorded_stream)

    def _ended(self, result: object = None) -> None:
        """The end, by a method with a result: an answer that has more than its text, or nothing."""
        said = answer_held_by(self._recorded_stream)
        if said is None and not isinstance(result, str) and result is not self._recorded_stream:
            said = result
        self._recorded_call.end_of_stream(said)

    def _left(self, error: BaseException | None) -> None:
        if error is None:
            self._ended()
        else:
            self._recorded_call.fail(error)

    def _texts(self, texts: Any) -> Iterator[Any]:
        try:
            for text in texts:
                self._recorded_call.part(text)
                yield text
        except GeneratorExit:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._ended()

    async def _texts_later(self, texts: Any) -> AsyncIterator[Any]:
        try:
            async for text in texts:
                self._recorded_call.part(text)
                yield text
        except GeneratorExit:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._ended()

    def _to_the_end(self, name: str, method: Any) -> Any:
        if iscoroutinefunction(method):

            async def later(*given: Any, **named: Any) -> Any:
                try:
                    result = await method(*given, **named)
                except BaseException as error:
                    self._recorded_call.fail(error)
                    raise
                self._ended(result if name in _READ_TO_THE_END else None)
                return self if result is self._recorded_stream else result

            return later

        def now(*given: Any, **named: Any) -> Any:
            try:
                result = method(*given, **named)
            except BaseException as error:
                self._recorded_call.fail(error)
                raise
            self._ended(result if name in _READ_TO_THE_END else None)
            return self if result is self._recorded_stream else result

        return now


class RecordedSyncStream(RecordedStream):
    """A stream that is read by `for`."""

    def __iter__(self) -> Any:
        object.__setattr__(self, "_recorded_iterator", iter(self._recorded_stream))
        return self

    def __next__(self) -> Any:
        iterator = self._recorded_iterator
        try:
            part = next(self._recorded_stream if iterator is None else iterator)
        except StopIteration:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._recorded_call.part(part)
        return part

    def __enter__(self) -> Any:
        entered = type(self._recorded_stream).__enter__(self._recorded_stream)
        return self if entered is self._recorded_stream else recorded_stream(entered, self._recorded_call)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        is_swallowed = type(self._recorded_stream).__exit__(self._recorded_stream, kind, error, trace)
        self._left(error)
        return is_swallowed


class RecordedAsyncStream(RecordedStream):
    """A stream that is read by `async for`."""

    def __aiter__(self) -> Any:
        object.__setattr__(self, "_recorded_iterator", aiter(self._recorded_stream))
        return self

    async def __anext__(self) -> Any:
        iterator = self._recorded_iterator
        try:
            part = await anext(self._recorded_stream if iterator is None else iterator)
        except StopAsyncIteration:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._recorded_call.part(part)
        return part

    async def __aenter__(self) -> Any:
        entered = await type(self._recorded_stream).__aenter__(self._recorded_stream)
        return self if entered is self._recorded_stream else recorded_stream(entered, self._recorded_call)

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        is_swallowed = await type(self._recorded_stream).__aexit__(self._recorded_stream, kind, error, trace)
        self._left(error)
        return is_swallowed


class RecordedStreamOfBoth(RecordedSyncStream, RecordedAsyncStream):
    """A stream that can be read in both ways, as LiteLLM's."""


def recorded_stream(stream: Any, call: StreamedCall) -> Any:
    """Return a stream that is read as the given one is, and tells the call what comes."""
    kind = type(stream)
    is_async = hasattr(kind, "__aiter__") or hasattr(kind, "__aenter__")
    is_sync = hasattr(kind, "__iter__") or hasattr(kind, "__enter__")
    if is_async and is_sync:
        return RecordedStreamOfBoth(stream, call)
    return (RecordedAsyncStream if is_async else RecordedSyncStream)(stream, call)
