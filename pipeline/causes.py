"""What an exception comes from: its chain of causes, as text."""

from __future__ import annotations

from collections.abc import Iterator


def chain_of(error: BaseException | None) -> Iterator[tuple[BaseException, str]]:
    """Yield an exception and what it comes from, as Python would show them, latest first.

    Each is given with how the one before it hangs on it: `from` where it was raised from it, `while handling`
    where it was raised in its handler, empty for the first. A chain that comes back to itself ends there.
    """
    seen = set[int]()
    bond = ""
    while error is not None and id(error) not in seen:
        yield error, bond
        seen.add(id(error))
        if error.__cause__ is not None:
            error, bond = error.__cause__, "from"
        elif not error.__suppress_context__:
            error, bond = error.__context__, "while handling"
        else:
            return


def described(error: BaseException) -> str:
    """Return type and text of an exception, the type alone if it cannot say its text."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def named_in(message: object, handled: BaseException | None) -> BaseException | None:
    """Return the exception that a message describes, None if it is none of a handled exception's chain.

    Args:
        message: `type: text` or the repr of an exception; anything else describes none.
        handled: the exception being handled.
    """
    if not isinstance(message, str):
        return None
    return next((error for error, _ in chain_of(handled) if message in _descriptions(error)), None)


def with_causes(error: BaseException) -> str:
    """Return the description of an exception and of each that it comes from, down to the first cause.

    A cause that says what the one above it says already is left out: `raise RuntimeError(str(error)) from error`
    is said once for each type.
    """
    parts: list[str] = []
    for link, bond in chain_of(error):
        text = described(link)
        if parts and text in parts[-1]:
            continue
        parts.append(f"({bond} {text})" if bond else text)
    return " ".join(parts)


def _descriptions(error: BaseException) -> tuple[str, ...]:
    try:
        return described(error), repr(error)
    except Exception:
        return (described(error),)
