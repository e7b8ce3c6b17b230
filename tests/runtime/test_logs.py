"""What is said on stderr, line by line."""

import io
import sys

import pytest

from pipeline.logs import tell, tell_error


class Interrupted(io.StringIO):
    """A stream as unbuffered stderr is, where a signal is heeded after what one write gives to the system."""

    def write(self, text: str) -> int:
        super().write(text)
        raise KeyboardInterrupt


@pytest.mark.parametrize("say", [tell, tell_error])
def test_a_signal_joins_no_lines(say: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(say)
    stream = Interrupted()
    monkeypatch.setattr(sys, "stderr", stream)
    for line in ("one", "two"):
        with pytest.raises(KeyboardInterrupt):
            say(line)
    assert stream.getvalue() == "one\ntwo\n"
