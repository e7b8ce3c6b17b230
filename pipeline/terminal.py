r"""Text of a database or a model as it may go to a terminal: `\x1b` for what would move the cursor.

A terminal obeys control characters, wherever they come from: it clears its screen, sets its title, answers as if
somebody typed. Marks of direction show a text in another order than it has.
"""

import re

# C0 but for the tab, DEL, C1; marks and overrides of direction; separators of lines; lone surrogates.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return a text of several lines with each character that a terminal would obey as `\x1b` or `\u202e`."""
    return _UNPRINTABLE.sub(_escaped, text)


def printable_line(text: str) -> str:
    r"""Return a line, whose own line ends are shown as `\x0a`: nobody can add a line to what is shown."""
    return printable(text).replace("\n", "\\x0a")


def printable_json(text: str) -> str:
    r"""Return a JSON document with the same in it, each such character as `\u009b`: the document says the same."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"
