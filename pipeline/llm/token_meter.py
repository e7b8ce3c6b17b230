"""Counts a task's tokens, so that its interactions can be booked with what they cost.

Refactored tasks bracket a call of a class that may ask a model many times, through an executor or
not, and know nothing of tokens. Whatever the way, each response passes here.
"""

from pipeline.errors import UnusableAnswerError
from pipeline.llm.base import LLMResponse, ResponseT
from pipeline.llm.token_counts import usable_count
from pipeline.redaction import redact


class TokenMeter:
    """The token counts of all responses that one task got, in order."""

    def __init__(self) -> None:
        self._counts: list[tuple[int | None, int | None]] = []
        self._unusable: dict[int, str] = {}

    @property
    def responses(self) -> int:
        """How many responses there have been: what `since` takes."""
        return len(self._counts)

    def record(self, response: LLMResponse[ResponseT]) -> None:
        """Count a response."""
        self._counts.append((usable_count(response.input_tokens), usable_count(response.output_tokens)))

    def record_unusable(self, answer: UnusableAnswerError) -> None:
        """Count a response that is no good, and keep what it said."""
        self._unusable[self.responses] = redact(answer.text)
        self._counts.append((usable_count(answer.input_tokens), usable_count(answer.output_tokens)))

    def unusable_text_since(self, responses: int) -> str | None:
        """Return what the last unusable answer after so many responses said, None if there was none."""
        texts = [text for number, text in self._unusable.items() if number >= responses and text]
        return texts[-1] if texts else None

    def since(self, responses: int) -> dict[str, int | None]:
        """Return the columns of an interaction that began after so many responses.

        A sum of which one part is unknown is unknown, and so is one of no parts.
        """
        counts = self._counts[responses:]
        inputs = _sum_if_known([count for count, _ in counts])
        outputs = _sum_if_known([count for _, count in counts])
        total = None if inputs is None or outputs is None else inputs + outputs
        counts_by_column = {"input_tokens": inputs, "output_tokens": outputs, "total_tokens": total}
        return {column: usable_count(count) for column, count in counts_by_column.items()}


def _sum_if_known(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
