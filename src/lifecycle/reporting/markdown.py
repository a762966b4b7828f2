"""Tables and pictures as Markdown."""

from collections.abc import Mapping

import pandas as pd


def table(rows: pd.DataFrame, formats: Mapping[str, str]) -> str:
    """The columns that have a format, as a table; what is missing stays empty, and text stands at the left."""
    ruler = ["---" if not form else "---:" for form in formats.values()]
    lines = [" | ".join(formats), "|".join(ruler)]
    for row in rows[list(formats)].itertuples(index=False):
        lines.append(" | ".join(cell(value, form) for value, form in zip(row, formats.values(), strict=True)))
    return "\n".join([f"| {lines[0]} |", f"|{lines[1]}|", *(f"| {line} |" for line in lines[2:])])


def cell(value: object, form: str) -> str:
    """One value as a cell: on one line, without a sign that would end the cell."""
    return "" if pd.isna(value) else plain(format(value, form))  # type: ignore[call-overload]


def plain(words: str) -> str:
    """Words on one line in which nothing is read as Markdown's or HTML's own sign."""
    line = " ".join(words.split())
    for sign in "\\`*_[]<>|":
        line = line.replace(sign, "\\" + sign)
    return line


def picture(words: str, stem: str) -> str:
    """A picture beside the page, with what it shows in words."""
    return f"![{words}]({stem}.png)"
