"""Names, numbers and lists as text on one line."""

import shlex
from collections.abc import Iterable

BLANK = "(blank)"
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def flatten_text(text: object) -> str:
    """The text on one line; what cannot be printed, which terminals and YAML comments reject, becomes a space.

    >>> flatten_text("a\\n\\x07 b")
    'a b'
    """
    return " ".join("".join(character if character.isprintable() else " " for character in str(text)).split())


def shorten_text(text: object, most: int = 60) -> str:
    """The text on one line as `flatten_text` gives it, cut at `most` characters; a blank text is `(blank)`.

    >>> shorten_text("a\\n\\x07 b"), shorten_text(" "), shorten_text("a long name", 6)
    ('a b', '(blank)', 'a lon…')
    """
    line = flatten_text(text) or BLANK
    return line if len(line) <= most else line[: most - 1] + "…"


def list_names(names: Iterable[object], most: int = 5) -> str:
    """The first `most` names, and how many more there are.

    >>> list_names(["a", "b"]), list_names("abcdefg", 5)
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    every = [shorten_text(name, 40) for name in names]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def format_count(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun.

    >>> format_count(1, "row"), format_count(2000, "row"), format_count(0, "batch", "batches")
    ('1 row', '2,000 rows', '0 batches')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def format_size(count: int) -> str:
    """A number of bytes in the largest unit of which there is one (IEC 80000-13).

    >>> format_size(512), format_size(1536), format_size(5 * 2**30)
    ('512 B', '1.5 KiB', '5.0 GiB')
    """
    power = min((max(count, 1).bit_length() - 1) // 10, len(UNITS) - 1)
    return f"{count / 1024**power:,.1f} {UNITS[power]}" if power else f"{count} B"


def quote_option(option: str, column: str, value: str = "") -> str:
    """A command-line option, quoted for a shell.

    >>> print(quote_option("--format-of", "my day", "%d/%m/%Y"))
    --format-of 'my day=%d/%m/%Y'
    """
    return f"{option} {shlex.quote(shorten_text(column) + ('=' + value if value else ''))}"


def format_through(day: str | None) -> str:
    """The last day of a data version, with a space before it; empty where no day limits its rows.

    >>> format_through("2013-09-30"), format_through(None)
    (' through 2013-09-30', '')
    """
    return f" through {day}" if day else ""


def format_percent(share: float) -> str:
    """A share as a percentage with one decimal; empty for a missing value.

    >>> format_percent(0.1234), format_percent(float("nan"))
    ('12.3%', '')
    """
    return "" if _is_missing(share) else f"{share:.1%}"


def format_number(value: float) -> str:
    """A number in four significant digits, or in full from 10,000 up; empty for a missing value.

    >>> format_number(0.000123456), format_number(12345.678), format_number(float("nan"))
    ('0.0001235', '12,346', '')
    """
    return "" if _is_missing(value) else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def format_amount(value: float, unit: str) -> str:
    """A number as `format_number` writes it, and its unit where it has one; empty for a missing value.

    >>> format_amount(-2.0, "°C"), format_amount(float("nan"), "m")
    ('-2 °C', '')
    """
    return f"{format_number(value)} {unit}".strip() if not _is_missing(value) else ""


def join_words(words: list[str]) -> str:
    """Words with commas, and an `and` before the last.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _is_missing(value: float) -> bool:
    import pandas as pd

    return bool(pd.isna(value))
