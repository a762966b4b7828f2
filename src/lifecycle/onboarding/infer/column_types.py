"""Type inference of a column of text: number, boolean, time, category, free text, or empty."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Strings
from lifecycle.data.cells.reading import Reading
from lifecycle.data.cells.times import EPOCHS
from lifecycle.data.schema import Type
from lifecycle.data.steps.values import SPACES
from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer import dates, missing_codes
from lifecycle.onboarding.infer import numbers as figures
from lifecycle.onboarding.infer.numbers import STYLES, NumberStyle
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

BOOLEANS = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("on", "off"), ("1", "0"))
STYLE_OF_DECIMAL = {",": figures.COMMA, ".": figures.POINT}
SIGN_NAMES = {
    " ": "a space",
    "'": "an apostrophe",
    "’": "an apostrophe",
    ",": "a comma",
    ".": "a point",
    "(": "parentheses",
}
MOST_SPELLINGS = 12  # of yes and no in one column
ZERO_ONE = re.compile(r"^([01])\.0+$")
BEYOND = 0.9  # minimum share of numbers in a text column for a note on the other values


@dataclass(frozen=True)
class TextColumn:
    """One column as text without blanks around it: its different values in order of appearance, how often, where.

    `loose` says whether some value had blanks around it.
    """

    name: str
    values: npt.NDArray[np.object_]
    counts: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    loose: bool = False

    def only(self, mask: npt.NDArray[np.bool_]) -> "TextColumn":
        """The column with some of its values; the others count as missing."""
        if mask.all():
            return self
        numbers = np.where(mask, np.cumsum(mask) - 1, -1)
        places = np.append(numbers, -1)[self.places]
        return TextColumn(self.name, self.values[mask], self.counts[mask], places, self.loose)

    def spread(self, values: pd.Series) -> pd.Series:
        """One entry for each row, from one for each different value; missing where the row is."""
        return values.reset_index(drop=True).reindex(self.places).reset_index(drop=True)

    @property
    def rows(self) -> pd.Series:
        """The text of each row."""
        return self.spread(pd.Series(self.values, dtype="str")).astype("str")


@dataclass(frozen=True)
class ColumnInference:
    """The type of a column, why, its values in that type, and what the steps need to make them.

    `codes` are the raw codes for missing values; `values` has one entry for each row.
    """

    name: str
    type: Type
    why: str
    values: pd.Series
    texts: TextColumn
    codes: tuple[str, ...] = ()
    style: NumberStyle | None = None
    layout: str = ""
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    zone: str = "UTC"

    @property
    def reading(self) -> Reading:
        """How the cells are written, for the column's entry in the schema."""
        style = self.style or figures.POINT
        return Reading(
            na_values=tuple(sorted(code for code in self.codes if code)),
            decimal=style.decimal,
            thousands=style.thousands,
            true_values=self.true,
            false_values=self.false,
            date_format=self.layout or "ISO8601",
            zone=self.zone,
        )

    @property
    def missing(self) -> int:
        """How many rows have no value, codes for missing ones included."""
        return int(self.values.isna().sum())

    @property
    def distinct(self) -> int:
        """The number of distinct values."""
        return len(self.texts.values)

    @property
    def is_text(self) -> bool:
        """Whether the values are words: a category or free text."""
        return self.type in ("category", "text")


def index_texts(column: pd.Series) -> TextColumn:
    """The column as text, each different value once."""
    places, unique = pd.factorize(column.astype("str"))
    values = np.asarray(unique.to_numpy(dtype=object))
    bare = np.array([text.strip() for text in values], dtype=object)
    loose = bool((bare != values).any())
    if loose:
        numbers, bare = pd.factorize(bare)
        places = np.append(numbers, -1)[places]
    counts = np.bincount(places[places >= 0], minlength=len(bare)).astype(np.int64)
    return TextColumn(str(column.name), bare, counts, np.asarray(places, dtype=np.int64), loose)


def infer_columns(
    table: pd.DataFrame, formats: Mapping[str, str], decimal: str = "", zone: str = "UTC"
) -> dict[str, ColumnInference]:
    """What each column holds, by name; `decimal` is the decimal sign where that is settled, `zone` that of the clock.

    Raises UnfitTable if a date is ambiguous, or does not fit the requested format.
    """
    every = {str(name): index_texts(table[name]) for name in table.columns}
    blank = {name: missing_codes.match_sure_codes(texts.values) for name, texts in every.items()}
    inner = {
        name: texts.only(~blank[name] & ~missing_codes.match_possible_codes(texts.values))
        for name, texts in every.items()
    }
    habit = STYLE_OF_DECIMAL.get(decimal) or figures.detect_table_style(texts.values for texts in inner.values())
    inferred = {}
    for name, texts in every.items():
        column = (
            apply_format(inner[name], formats[name], zone) if name in formats else infer_type(inner[name], habit, zone)
        )
        inferred[name] = add_missing_codes(column or infer_text(texts.only(~blank[name])), texts)
    return inferred


def add_missing_codes(column: ColumnInference, texts: TextColumn) -> ColumnInference:
    """The inference with the missing codes that were excluded, and the reason."""
    known = set(column.texts.values).union(column.codes)
    masked = np.array([text not in known for text in texts.values], dtype=bool)
    if not masked.any():
        return column
    codes = list_names(text or "(blank)" for text in texts.values[masked])
    why = f"{column.why}; {codes} is a code for missing values ({format_count(int(texts.counts[masked].sum()), 'row')})"
    return replace(column, codes=(*column.codes, *texts.values[masked]), why=why)


def apply_format(texts: TextColumn, layout: str, zone: str) -> ColumnInference:
    """The column in the requested format, or as it stands for `text`; raises UnfitTable if a value does not fit it."""
    if layout == "text":
        return infer_text(texts)
    if layout in STYLES:
        fits = np.array([figures.matches_style([text], STYLES[layout]) for text in texts.values], dtype=bool)
    else:
        dates.must_be_format(layout, texts.name)
        texts = texts.only(~dates.match_zeros(texts.values, texts.name))
        fits = dates.parse_times(texts.values, layout, zone).notna().to_numpy()
    numbers = convert_to_numbers(texts, STYLES[layout]) if layout in STYLES and fits.all() else None
    if not len(fits) or not fits.all() or (layout in STYLES and numbers is None):
        odd, name = texts.values[~fits], shorten_text(texts.name)
        raise UnfitTable(
            f"{format_count(len(odd), 'value')} of {name!r} not in the format {shorten_text(layout)}",
            where=f"column {name}" + (f", for example {shorten_text(odd[0])}" if len(odd) else ", empty or too large"),
            todo=f"use {quote_option('--format-of', texts.name, '%Y-%m-%d')} or another (milliseconds, 1.234,5)",
        )
    return numbers or convert_to_times(texts, layout, "as requested", zone)


def infer_type(texts: TextColumn, habit: NumberStyle, zone: str) -> ColumnInference | None:
    """The column as booleans, times or numbers, the first type that fits every value; None if none does."""
    if not len(texts.values):
        return None
    return (
        infer_boolean(texts) or infer_counted_time(texts, zone) or infer_number(texts, habit) or infer_time(texts, zone)
    )


def infer_boolean(texts: TextColumn) -> ColumnInference | None:
    """The column as booleans, if its two values are true and false in a common spelling."""
    if len(texts.values) > MOST_SPELLINGS:
        return None
    low = np.array([ZERO_ONE.sub(r"\1", text.lower()) for text in texts.values], dtype=object)
    for yes, no in BOOLEANS:
        if set(low) == {yes, no}:
            values = texts.spread(pd.Series(low == yes, dtype="boolean"))
            true, false = tuple(texts.values[low == yes]), tuple(texts.values[low == no])
            return ColumnInference(texts.name, "boolean", f"{yes} or {no}", values, texts, true=true, false=false)
    return None


def infer_number(texts: TextColumn, habit: NumberStyle) -> ColumnInference | None:
    """The column as numbers."""
    values = texts.values
    style = figures.detect_style(values, habit)
    if style is None or figures.has_mixed_units(values) or figures.is_code(values):
        return None
    return convert_to_numbers(texts, style)


def convert_to_numbers(texts: TextColumn, style: NumberStyle) -> ColumnInference | None:
    """The column as numbers, sentinels blanked; None where one is too large for a number."""
    numbers = figures.parse_numbers(texts.values, style)
    if not np.isfinite(numbers).all():
        return None
    masked = np.isin(numbers, missing_codes.find_sentinels(numbers, texts.counts))
    remaining = texts.only(~masked)
    is_integer = figures.are_integers(remaining.values, style)
    values = remaining.spread(pd.Series(numbers[~masked])).astype("float64")
    why = describe_style(texts.values, style, is_integer)
    column = ColumnInference(texts.name, "integer" if is_integer else "number", why, values, remaining, style=style)
    return add_sentinels(column, texts, numbers, masked)


def add_sentinels(
    column: ColumnInference, texts: TextColumn, numbers: npt.NDArray[np.float64], masked: npt.NDArray[np.bool_]
) -> ColumnInference:
    """The inference with the sentinels for missing values, and the reason."""
    if not masked.any():
        return column
    codes = ", ".join(f"{number:g}" for number in np.unique(numbers[masked]))
    rows = int(texts.counts[masked].sum())
    why = f"{column.why}; {codes} is an outlier and a code for missing values ({format_count(rows, 'row')})"
    return replace(column, why=why, codes=tuple(texts.values[masked]))


def describe_style(texts: Strings, style: NumberStyle, is_integer: bool) -> str:
    """The number format: signs, thousands separator and decimal comma, where there are any."""
    used = figures.collect_characters(texts)
    signs = [SIGN_NAMES.get(sign, sign) for sign in sorted(used.intersection(f"%({figures.MONEY}"))]
    separated = used.intersection(SPACES if style.thousands == " " else style.thousands)
    separator = f"{SIGN_NAMES.get(style.thousands, style.thousands)} between thousands"
    comma = style.decimal == "," and "," in used
    parts = [" and ".join(signs)] * bool(signs) + [separator] * bool(separated) + ["a decimal comma"] * comma
    return ("integers" if is_integer else "numbers") + (f" with {', '.join(parts)}" if parts else "")


def infer_counted_time(texts: TextColumn, zone: str) -> ColumnInference | None:
    """The column as times, where its numbers count from 1970 or spell a day and its name is about time."""
    inner = texts.only(~dates.match_zeros(texts.values, texts.name))
    layout = dates.find_number_format(inner.values, texts.name, zone) if len(inner.values) else ""
    if not layout:
        return None
    written = {"excel_days": "days as Excel counts them"} | {unit: f"{unit} since 1970" for unit in EPOCHS}
    return convert_to_times(inner, layout, written.get(layout, "days written as numbers"), zone)


def infer_time(texts: TextColumn, zone: str) -> ColumnInference | None:
    """The column as times; raises UnfitTable if day and month, or the zone, are ambiguous."""
    inner = texts.only(~dates.match_zeros(texts.values, texts.name))
    times = dates.find_formats(inner.values, zone) if len(inner.values) else {}
    if not times:
        dates.must_know_zone(texts.name, inner.values, zone)
        return None
    layout = dates.choose_format(times, texts.name, inner.values)
    return convert_to_times(inner, layout, f"times as {layout}", zone)


def convert_to_times(texts: TextColumn, layout: str, why: str, zone: str) -> ColumnInference:
    """The column as times in UTC, codes for missing ones such as 9999-12-31 blanked."""
    times = dates.parse_times(texts.values, layout, zone)
    masked = dates.find_code_times(times, texts.counts, zone)
    remaining = texts.only(~masked)
    values = remaining.spread(times[~masked])
    return ColumnInference(texts.name, "time", why, values, remaining, layout=layout, zone=zone)


def infer_text(texts: TextColumn) -> ColumnInference:
    """The column as a category, or as free text where most values differ and are several words long."""
    filled, different = int(texts.counts.sum()), len(texts.values)
    if not filled:
        return ColumnInference(texts.name, "text", "no value in any row", texts.rows, texts)
    words = float(np.mean([len(text.split()) for text in texts.values]))
    long = words >= 4 or (words > 1.5 and float(np.mean([len(text) for text in texts.values])) >= 40)
    if different > max(0.5 * filled, 20) and long:
        why = f"free text: {format_count(different, 'different value')}, {words:.0f} words each"
        return ColumnInference(texts.name, "text", why, texts.rows, texts)
    return ColumnInference(
        texts.name,
        "category",
        f"{format_count(different, 'different text')}{explain_not_numeric(texts)}",
        texts.rows,
        texts,
    )


def explain_not_numeric(texts: TextColumn) -> str:
    """The note on a text column of numeric values: why they are no numbers, or which values are not numeric."""
    numeric = np.array([figures.matches_style([text], figures.POINT) for text in texts.values], dtype=bool)
    if numeric.all():
        if figures.is_code(texts.values):
            return ", codes rather than numbers: leading zeros or more digits than a number holds"
        mixed = figures.has_mixed_units(texts.values)
        return ", numbers in different units" if mixed else ", numbers too large to reckon with"
    share = texts.counts[numeric].sum() / texts.counts.sum()
    if share < BEYOND:
        return ""
    odd = list_names(texts.values[~numeric], 3)
    return f", {share:.1%} of them numbers but not {odd}: blank those in conf/clean/ to read the rest as numbers"
