"""Type inference of a column of text: number, boolean, time, category, free text, image, or empty."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from lifecycle.arrays import Floats
from lifecycle.data.cells.numbers import NumberFormat, parse_number
from lifecycle.data.cells.reading import LARGEST_INTEGER, Reading, render_scalar
from lifecycle.data.cells.times import DAY_COUNTS, EPOCHS
from lifecycle.data.schema import Type
from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer import booleans, dates, missing_codes
from lifecycle.onboarding.infer import numbers as figures
from lifecycle.onboarding.infer.nearly_numbers import find_nearly_numbers
from lifecycle.onboarding.infer.numbers import STYLES, NumberTexts
from lifecycle.onboarding.infer.spellings import join_spellings
from lifecycle.onboarding.infer.time_hints import describe_unit, describe_unread
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

FORM_OF_DECIMAL = {",": figures.COMMA, ".": figures.POINT}
MOST_NOTES = 10  # of one kind
# A relative path of an image; an address on the web, or a path of another machine, is a text like any other.
IMAGE = re.compile(r"(?!/|\.\.|\w+:)[^\\]+\.(png|jpe?g|webp|gif|bmp|tiff?)", re.IGNORECASE)


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
    """The type of a column, why, its values in that type, and how its cells are written.

    `texts` are the values, each once, in one spelling; `origin` has every spelling, where there are several.
    `codes` are the raw codes for missing values; `values` has one entry for each row. `spellings` are the other
    spellings of a category by its name, `apart` those that were not joined; `infinite` counts the rows with an
    infinite number. `nearly` says what a column of text holds that looks like numbers, `cure` what to do then.
    """

    name: str
    type: Type
    why: str
    values: pd.Series
    texts: TextColumn
    codes: tuple[str, ...] = ()
    form: NumberFormat | None = None
    layout: str = ""
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    zone: str = "UTC"
    origin: TextColumn | None = None
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    infinite: int = 0
    nearly: str = ""
    cure: str = ""

    @property
    def reading(self) -> Reading:
        """How the cells are written, for the column's entry in the schema."""
        form = self.form or figures.POINT
        return Reading(
            na_values=tuple(sorted({simplify_number(code, self.form) for code in self.codes if code})),
            decimal=form.decimal,
            thousands=form.thousands,
            units=form.units,
            multipliers=dict(form.multipliers),
            true_values=self.true,
            false_values=self.false,
            date_format=self.layout or "ISO8601",
            zone=self.zone,
            spellings=dict(self.spellings),
        )

    @property
    def has_gap_for_no(self) -> bool:
        """Whether a blank cell means no."""
        return "" in self.false

    @property
    def spelled(self) -> TextColumn:
        """The values in every spelling that occurs."""
        return self.origin or self.texts

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
        """Whether the values are words: a category, free text, or paths of images."""
        return self.type in ("category", "text", "image")


def simplify_number(text: str, form: NumberFormat | None) -> str:
    """A number in text in its shortest form, -999 for -999.00; any other text as it is."""
    number = parse_number(text, form) if form else None
    return text if number is None else render_scalar(number)


def index_texts(column: pd.Series) -> TextColumn:
    """The column as text, each different value once."""
    places, unique = pd.factorize(column.astype("str"))
    stripped = unique.str.strip()
    loose = not stripped.equals(unique)
    bare = np.asarray(stripped.to_numpy(dtype=object))
    if loose:
        numbers, bare = pd.factorize(bare)
        places = np.append(numbers, -1)[places]
    counts = np.bincount(places[places >= 0], minlength=len(bare)).astype(np.int64)
    return TextColumn(str(column.name), bare, counts, np.asarray(places, dtype=np.int64), loose)


def merge_texts(texts: TextColumn, places: npt.NDArray[np.int64]) -> TextColumn:
    """The column with each value in the spelling at the place that is given for it."""
    kept, numbers = np.unique(places, return_inverse=True)
    counts = np.bincount(numbers, weights=texts.counts, minlength=len(kept)).astype(np.int64)
    return TextColumn(texts.name, texts.values[kept], counts, np.append(numbers, -1)[texts.places], texts.loose)


def infer_columns(
    table: pd.DataFrame, formats: Mapping[str, str], decimal: str = "", zone: str = "UTC"
) -> dict[str, ColumnInference]:
    """What each column holds, by name, as `infer_cells` says it."""
    return infer_cells(dict(table.items()), formats, decimal, zone)


def infer_cells(
    cells: dict[Any, pd.Series], formats: Mapping[str, str], decimal: str = "", zone: str = "UTC"
) -> dict[str, ColumnInference]:
    """What each column holds, by name; `decimal` is the decimal sign where that is settled, `zone` that of the clock.

    The columns are taken out of `cells`, since text of millions of rows is large. Raises UnfitTable if a date is
    ambiguous, or does not fit the requested format.
    """
    every = {str(name): index_texts(cells.pop(name)) for name in list(cells)}
    pa.default_memory_pool().release_unused()  # what the table took is given back, not kept for later columns
    blank = {
        name: missing_codes.match_sure_codes(texts.values) | missing_codes.match_number_codes(texts.values)
        for name, texts in every.items()
    }
    inner = {
        name: texts.only(~blank[name] & ~missing_codes.match_possible_codes(texts.values))
        for name, texts in every.items()
    }
    numbers = {name: NumberTexts(texts.values) for name, texts in inner.items()}
    habit = FORM_OF_DECIMAL.get(decimal) or figures.detect_table_form(numbers.values())
    inferred = {}
    for name in list(every):
        texts, filled, as_numbers = every.pop(name), inner.pop(name), numbers.pop(name)
        if name in formats:
            column: ColumnInference | None = apply_format(filled, formats[name], zone)
        else:
            column = infer_type(filled, as_numbers, habit, zone)
        found = add_missing_codes(column or infer_text(texts.only(~blank[name])), texts)
        inferred[name] = found if name in formats else take_gaps_for_no(found)
    return inferred


def add_missing_codes(column: ColumnInference, texts: TextColumn) -> ColumnInference:
    """The inference with the missing codes that were excluded, and the reason."""
    if len(column.spelled.values) == len(texts.values):
        return column
    known = set(column.spelled.values).union(column.codes)
    masked = np.array([text not in known for text in texts.values], dtype=bool)
    if not masked.any():
        return column
    codes = list_names(text or "(blank)" for text in texts.values[masked])
    why = f"{column.why}; {codes} is a code for missing values ({format_count(int(texts.counts[masked].sum()), 'row')})"
    return replace(column, codes=(*column.codes, *texts.values[masked]), why=why)


def take_gaps_for_no(column: ColumnInference) -> ColumnInference:
    """The column as a boolean where it has one value beside gaps, which then mean no; any other as it is.

    What gaps beside a no mean is not known: they stay missing.
    """
    gaps = column.missing - column.infinite
    if column.distinct != 1 or not gaps or column.infinite or column.type == "time":
        return column
    if booleans.means_no(column.texts.values[0]):
        return column
    is_filled = column.values.notna()
    counts = np.array([is_filled.sum(), gaps], dtype=np.int64)
    places = np.where(is_filled, 0, 1)
    texts = TextColumn(
        column.name, np.array([column.texts.values[0], ""], dtype=object), counts, places, column.texts.loose
    )
    return ColumnInference(
        name=column.name,
        type="boolean",
        why=f"{shorten_text(column.texts.values[0])} or a gap ({format_count(gaps, 'row')}), which means no",
        values=is_filled.astype("boolean"),
        texts=texts,
        true=tuple(column.spelled.values),
        false=("", *(code for code in column.codes if code)),
    )


def apply_format(texts: TextColumn, layout: str, zone: str) -> ColumnInference:
    """The column in the requested format, or as it stands for `text`; raises UnfitTable if a value does not fit it."""
    if layout == "text":
        return infer_text(texts)
    if layout in STYLES:
        return apply_number_format(texts, layout)
    dates.must_be_format(layout, texts.name)
    inner = texts.only(~dates.match_zeros(texts.values, texts.name))
    fits = dates.parse_times(inner.values, layout, zone).notna().to_numpy()
    if layout.endswith("%Z") and not fits.all():
        dates.must_know_zone(texts.name, inner.values, zone)
    must_all_fit(inner, fits, layout)
    return convert_to_times(inner, layout, "as requested", zone)


def apply_number_format(texts: TextColumn, layout: str) -> ColumnInference:
    """The column as numbers in the requested notation; raises UnfitTable if a value does not fit it."""
    numbers = NumberTexts(texts.values)
    fit = numbers.fit(STYLES[layout])
    found = convert_to_numbers(texts, numbers, fit) if fit else None
    if found is None:
        form = replace(STYLES[layout], units=numbers.affixes.units) if numbers.affixes else STYLES[layout]
        must_all_fit(texts, np.array([parse_number(text, form) is not None for text in texts.values], bool), layout)
    return found or infer_text(texts)


def must_all_fit(texts: TextColumn, fits: npt.NDArray[np.bool_], layout: str) -> None:
    """Raise UnfitTable for values that are not in the requested format, or for none at all."""
    if len(fits) and fits.all():
        return
    odd, name = texts.values[~fits], shorten_text(texts.name)
    raise UnfitTable(
        f"{format_count(len(odd), 'value')} of {name!r} not in the format {shorten_text(layout)}",
        where=f"column {name}" + (f", for example {shorten_text(odd[0])}" if len(odd) else ", empty"),
        todo=f"use {quote_option('--format-of', texts.name, '%Y-%m-%d')} or another (milliseconds, 1.234,5)",
    )


def infer_type(texts: TextColumn, numbers: NumberTexts, habit: NumberFormat, zone: str) -> ColumnInference | None:
    """The column as images, booleans, times or numbers, the first type that fits every value; None if none does."""
    if not len(texts.values):
        return None
    return (
        infer_images(texts)
        or infer_boolean(texts)
        or infer_counted_time(texts, zone)
        or infer_number(texts, numbers, habit)
        or infer_time(texts, zone)
    )


def infer_images(texts: TextColumn) -> ColumnInference | None:
    """The column as images, if most values differ and each is the relative path of an image; a few are a category."""
    if not are_mostly_different(texts) or not all(IMAGE.fullmatch(text) for text in texts.values):
        return None
    why = f"paths of images: {format_count(len(texts.values), 'different path')}"
    return ColumnInference(texts.name, "image", why, texts.rows, texts)


def are_mostly_different(texts: TextColumn) -> bool:
    """Whether there are more than twenty different values, and more than one in two rows that have one."""
    return len(texts.values) > max(0.5 * int(texts.counts.sum()), 20)


def infer_boolean(texts: TextColumn) -> ColumnInference | None:
    """The column as booleans, if its values are true and false in common spellings, of one kind or several."""
    is_true = booleans.match_true(texts.values)
    if is_true is None:
        return None
    true, false = tuple(texts.values[is_true]), tuple(texts.values[~is_true])
    why = f"{list_names(dict.fromkeys(map(booleans.simplify, true)))} or "
    why += list_names(dict.fromkeys(map(booleans.simplify, false)))
    values = texts.spread(pd.Series(is_true, dtype="boolean"))
    merged = merge_texts(texts, np.where(is_true, is_true.argmax(), is_true.argmin()))
    return ColumnInference(texts.name, "boolean", why, values, merged, true=true, false=false, origin=texts)


def infer_number(texts: TextColumn, numbers: NumberTexts, habit: NumberFormat) -> ColumnInference | None:
    """The column as numbers."""
    fit = None if numbers.are_codes else numbers.find_fit(habit)
    return convert_to_numbers(texts, numbers, fit) if fit else None


def convert_to_numbers(texts: TextColumn, numbers: NumberTexts, fit: figures.NumberFit) -> ColumnInference | None:
    """The column as numbers, integers where each is whole in whatever spelling; None without a finite one.

    Infinite numbers and sentinels are missing.
    """
    infinite = np.isinf(fit.numbers)
    if infinite.all():
        return None
    found = missing_codes.find_sentinels(fit.numbers[~infinite], texts.counts[~infinite])
    masked = np.isin(fit.numbers, found)
    kept = ~masked & ~infinite
    remaining, values = texts.only(kept), fit.numbers[kept]
    is_integer = bool((values == np.floor(values)).all() and (np.abs(values) < LARGEST_INTEGER).all())
    column = ColumnInference(
        texts.name,
        "integer" if is_integer else "number",
        figures.describe_form(numbers, fit.form, is_integer),
        remaining.spread(pd.Series(values)).astype("float64"),
        merge_equal_numbers(remaining, values),
        form=fit.form,
        origin=texts,
        infinite=int(texts.counts[infinite].sum()),
    )
    return add_infinite(add_sentinels(column, texts, fit.numbers, masked))


def merge_equal_numbers(texts: TextColumn, numbers: Floats) -> TextColumn:
    """The column with each number in the spelling that comes first."""
    which, different = pd.factorize(numbers)
    if len(different) == len(numbers):
        return texts
    _, first = np.unique(which, return_index=True)
    return merge_texts(texts, first[which])


def add_infinite(column: ColumnInference) -> ColumnInference:
    """The inference with the reason for infinite numbers."""
    if not column.infinite:
        return column
    return replace(column, why=f"{column.why}; infinite in {format_count(column.infinite, 'row')}, which is missing")


def add_sentinels(
    column: ColumnInference, texts: TextColumn, numbers: Floats, masked: npt.NDArray[np.bool_]
) -> ColumnInference:
    """The inference with the sentinels for missing values, and the reason."""
    if not masked.any():
        return column
    codes = ", ".join(f"{number:g}" for number in np.unique(numbers[masked]))
    rows = int(texts.counts[masked].sum())
    why = f"{column.why}; {codes} is an outlier and a code for missing values ({format_count(rows, 'row')})"
    return replace(column, why=why, codes=tuple(texts.values[masked]))


def infer_counted_time(texts: TextColumn, zone: str) -> ColumnInference | None:
    """The column as times, where its numbers count from 1970, spell a day or a week, and its name is about time."""
    if not dates.is_about_time(texts.name) and not dates.is_about_weeks(texts.name):
        return None
    inner = texts.only(~dates.match_zeros(texts.values, texts.name))
    layout = dates.find_named_format(inner.values, texts.name, zone) if len(inner.values) else ""
    if not layout:
        return None
    why = describe_unit(layout) if layout in (*EPOCHS, *DAY_COUNTS) else "days written as numbers"
    return convert_to_times(inner, layout, "ISO weeks" if layout == "weeks" else why, zone)


def infer_time(texts: TextColumn, zone: str) -> ColumnInference | None:
    """The column as times; raises UnfitTable if day and month, or the zone, are ambiguous."""
    inner = texts.only(~dates.match_zeros(texts.values, texts.name))
    times = dates.find_formats(inner.values, zone, texts.name) if len(inner.values) else {}
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
    if are_mostly_different(texts) and long:
        why = f"free text: {format_count(different, 'different value')}, {words:.0f} words each"
        return ColumnInference(texts.name, "text", why, texts.rows, texts)
    return explain_not_numeric(infer_category(texts))


def infer_category(texts: TextColumn) -> ColumnInference:
    """The column as a category, spellings that differ in case, blanks or Unicode form alone as one value."""
    joined = join_spellings(texts.values, texts.counts)
    merged = merge_texts(texts, joined.places) if joined.spellings else texts
    why = format_count(len(merged.values), "different text")
    if joined.spellings:
        more = sum(map(len, joined.spellings.values()))
        why += f", {format_count(more, 'other spelling')} joined"
    return ColumnInference(
        texts.name,
        "category",
        why,
        merged.rows,
        merged,
        origin=texts,
        spellings=joined.spellings,
        apart=joined.apart,
    )


def explain_not_numeric(column: ColumnInference) -> ColumnInference:
    """The column with a reason where its texts nearly are numbers: why they are none, or which are not."""
    texts = column.texts
    numbers = NumberTexts(texts.values)
    if numbers.are_codes and numbers.find_fit(figures.POINT):
        codes = "codes rather than numbers: leading zeros or more digits than a number holds"
        return replace(column, why=f"{column.why}, {codes}")
    found = find_nearly_numbers(numbers, texts.counts)
    if found is None or describe_unread(texts.name, texts.values, texts.counts):
        return column
    return replace(column, why=f"{column.why}, {found.what}", nearly=found.what, cure=found.cure)


def describe_columns(columns: Iterable[ColumnInference]) -> Iterator[Note]:
    """What the person should know of how columns are read: text that nearly is numbers, what was joined, infinities."""
    every = list(columns)
    yield from limit_notes(
        [
            Note(f"{shorten_text(one.name)} is text, though {one.nearly}", one.cure)
            for one in every
            if one.nearly and one.type == "category"
        ]
    )
    yield from limit_notes([describe_joined(one) for one in every if one.spellings])
    yield from limit_notes([describe_apart(one) for one in every if one.apart])
    yield from limit_notes(
        [
            Note(f"{shorten_text(one.name)} is infinite in {format_count(one.infinite, 'row')}", "read as missing")
            for one in every
            if one.infinite
        ]
    )


def describe_joined(column: ColumnInference) -> Note:
    """The note on spellings that are one value."""
    name, others = next(iter(column.spellings.items()))
    count = sum(map(len, column.spellings.values()))
    differ = f"{format_count(count, 'spelling')} {'differs' if count == 1 else 'differ'} in case or blanks alone"
    return Note(
        f"{shorten_text(column.name)}: {differ}: {list_names(map(repr, others), 3)} for {name!r}",
        "joined; take them out of spellings: in conf/schema/ if they are different things",
    )


def describe_apart(column: ColumnInference) -> Note:
    """The note on values that differ in case or blanks alone and were not joined."""
    return Note(
        f"{shorten_text(column.name)}: {list_names(map(repr, column.apart))} differ in case or blanks alone",
        "kept apart; list them under spellings: in conf/schema/ if they are one",
    )


def limit_notes(notes: list[Note]) -> list[Note]:
    """The first notes of a kind, and how many more there are."""
    more = len(notes) - MOST_NOTES
    rest = [Note(f"{format_count(more, 'more column')} like it", "see the reasons in conf/schema/")] if more > 0 else []
    return [*notes[:MOST_NOTES], *rest]
