"""Texts that are looked for in bytes of any kind: those that are found nowhere by chance."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from lifecycle.io.csv_cells import protect_cell
from lifecycle.io.plain_text import escape_hidden
from lifecycle.reporting.markdown import escape_markdown, escape_words

LEAST = 6  # characters
LEAST_DIGITS = 8  # of a plain number
LEAST_LETTERS = 12  # of one word
FEW = 64  # texts that are looked for one by one
DATE = re.compile(r"\d{4}-\d\d(-\d\d)?([T ][\d:.]*(Z|[+-]\d\d:?\d\d)?)?")
TELLING = re.compile(r"[\d@\s]")
WORD = re.compile(rb"[0-9A-Za-z_]")
TOKEN = re.compile(rb"[^\x00-\x20\"'<>(){}\[\]|,;=&\\]{6,200}")
AROUND = ".:/-!?*_`#"  # what may stand around a word
STARTS = re.compile(rb"(?<![0-9A-Za-z_])(?=[^\x00-\x20])")


def is_specific(text: str) -> bool:
    """Whether a text stands nowhere by chance: no date, no short number, no single short word.

    >>> [is_specific(text) for text in ("C-1029384", "jane@example.org", "Jane Doe", "12345678")]
    [True, True, True, True]
    >>> [is_specific(text) for text in ("1029384", "2013-08-01", "London", "A-1")]
    [False, False, False, False]
    """
    if len(text) < LEAST or DATE.fullmatch(text):
        return False
    if text.isdigit():
        return len(text) >= LEAST_DIGITS
    return bool(TELLING.search(text)) or len(text) >= LEAST_LETTERS


def list_spellings(text: str) -> set[bytes]:
    """The text as it stands in UTF-8, JSON and HTML, and as reports spell it in Markdown and CSV.

    >>> sorted(list_spellings("É & 1"))
    [b'\\\\u00c9 & 1', b'\\xc3\\x89 & 1', b'\\xc3\\x89 &amp; 1']
    """
    plain = {text, html.escape(text), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    written = {escape_markdown(text), escape_words(text), protect_cell(text), *map(escape_hidden, plain)}
    return {one.encode(errors="surrogatepass") for one in plain | {one for one in written if len(one) >= len(text)}}


@dataclass(frozen=True)
class Needles:
    """Texts to be found in bytes, where neither a letter nor a digit stands beside them.

    `recorded` says of a word whether it is one of those of which only a hash is known.
    """

    texts: frozenset[bytes] = frozenset()
    recorded: Callable[[str], bool] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.texts) or self.recorded is not None

    @cached_property
    def lengths(self) -> list[int]:
        """The lengths of the texts."""
        return sorted({len(text) for text in self.texts})

    @cached_property
    def has_numbers(self) -> bool:
        """Whether one of the texts is a plain number, or may be."""
        return self.recorded is not None or any(text.isdigit() for text in self.texts)

    def are_in(self, data: bytes) -> bool:
        """Whether one of the texts stands in the bytes, or a word whose hash is recorded."""
        return self.has_text(data) or (self.recorded is not None and any(map(self.recorded, list_words(data))))

    def has_text(self, data: bytes) -> bool:
        """Whether one of the texts stands in the bytes."""
        if len(self.texts) <= FEW:
            return any(stands_alone(data, text) for text in self.texts)
        return any(
            data[start : start + length] in self.texts and is_end(data, start + length)
            for start in (match.start() for match in STARTS.finditer(data))
            for length in self.lengths
        )


def list_words(data: bytes) -> set[str]:
    """The words in bytes that stand nowhere by chance; of a text with blanks nothing is known by its hash.

    >>> sorted(list_words(b'<td>2013-01-0003</td>, "C-1029384": 17 orders.'))
    ['2013-01-0003', 'C-1029384']
    """
    words = {word.decode("utf-8", errors="replace") for word in set(TOKEN.findall(data))}
    return set(filter(is_specific, words | {word.strip(AROUND) for word in words}))


def stands_alone(data: bytes, text: bytes) -> bool:
    """Whether a text stands in the bytes with neither a letter nor a digit beside it."""
    start = data.find(text)
    while start >= 0:
        if not WORD.match(data, start - 1, start) and is_end(data, start + len(text)):
            return True
        start = data.find(text, start + 1)
    return False


def is_end(data: bytes, place: int) -> bool:
    """Whether neither a letter nor a digit stands at a place."""
    return not WORD.match(data, place)


def make_needles(texts: Iterable[str], recorded: Callable[[str], bool] | None = None) -> Needles:
    """The needles of those texts that are specific enough, and of what is recorded."""
    spelled = frozenset(spelled for text in texts if is_specific(text) for spelled in list_spellings(text))
    return Needles(spelled, recorded)
