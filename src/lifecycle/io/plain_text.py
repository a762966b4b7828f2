r"""Text from outside, made plain: nothing in it acts on a terminal, an editor or a log.

>>> print(escape_hidden("red\x1b[31m"))
red\u001b[31m
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import IO, Any, cast

# Controls other than tab and line feed, marks of the writing direction, separators of lines, halves of characters.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def escape_hidden(text: str) -> str:
    r"""The text with every hidden character as `\u` and four hexadecimal digits, as JSON and YAML spell it."""
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def escape_value(value: Any) -> Any:
    """A text as `escape_hidden` gives it, of its own type; any other value as it is."""
    if not isinstance(value, str) or not HIDDEN.search(value):
        return value
    return type(value)(escape_hidden(value))


class PlainStream:
    """A text stream on which no hidden character is written; in all else the stream beneath."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write the text; the number of characters written."""
        return self.stream.write(escape_hidden(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def print_plainly(stream: IO[str]) -> Iterator[None]:
    """While this lasts, what is printed on standard output goes to the stream without hidden characters."""
    with redirect_stdout(cast("IO[str]", PlainStream(stream))):
        yield
