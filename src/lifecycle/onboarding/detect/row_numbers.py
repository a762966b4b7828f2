"""Columns that only number the rows: an index that a program wrote beside the data."""

import re

import pandas as pd

from lifecycle.onboarding.note import Note

LEFTOVER = re.compile(r"Unnamed: ?\d+(\.\d+)*(_level_\d+)?|__index_level_\d+__")
UNNAMED = "column_1"
NUMBER = re.compile(r"\d{1,15}(\.0)?")
YEARS = (1500, 2200)
DENSE = 10  # numbers in the range of those that are there, for each one


def find_row_numbers(rows: pd.DataFrame, header: bool) -> list[str]:
    """The columns that number rows: named as pandas does, or the first one, if it has no name in the `header`.

    None where no other column would be left.
    """
    names = [str(name) for name in rows.columns]
    unnamed = header and names[:1] == [UNNAMED] and is_row_count(rows.iloc[:, 0])
    found = [name for name in names if LEFTOVER.fullmatch(name) and parse_numbers(rows[name]) is not None]
    found = [UNNAMED, *found] if unnamed else found
    return found if len(found) < len(names) else []


def is_row_count(values: pd.Series) -> bool:
    """Whether these are numbers of rows, or of some of the rows of a longer table; years are none."""
    numbers = parse_numbers(values)
    if numbers is None:
        return False
    low, high = int(numbers.min()), int(numbers.max())
    years = YEARS[0] <= low and high <= YEARS[1]
    return high - low < DENSE * len(numbers) and not years


def parse_numbers(values: pd.Series) -> pd.Series | None:
    """The whole numbers, if every value is one and no two are equal; else None."""
    texts = values.astype("str")
    if not len(texts) or texts.isna().any() or not texts.map(lambda text: bool(NUMBER.fullmatch(text))).all():
        return None
    numbers = texts.map(lambda text: int(text.partition(".")[0]))
    return numbers if numbers.is_unique else None


def describe_row_numbers(name: str) -> Note:
    """The note on a column that is left out."""
    return Note(f"column {name!r} left out", "it numbers the rows, as an index that was written beside the data does")
