"""Texts that nearly are numbers: what they hold, and what to do to have them read as numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lifecycle.arrays import Booleans, Integers
from lifecycle.data.cells.numbers import NumberFormat
from lifecycle.onboarding.infer.numbers import POINT, NumberFit, NumberTexts, describe_form, list_units
from lifecycle.reporting.text import list_names, shorten_text

NEARLY = 0.2  # minimum share of rows that begin with a number at which that is noted

MOSTLY = 0.5  # minimum share of rows that are numbers of one unit at which the others are named


@dataclass(frozen=True)
class NearlyNumbers:
    """What a column of text holds that looks like numbers, and the cure."""

    what: str
    cure: str


def find_nearly_numbers(numbers: NumberTexts, counts: Integers) -> NearlyNumbers | None:
    """What texts hold that nearly are numbers, `counts` saying how often each occurs; None where they do not."""
    begin = numbers.match_nearly()
    share = float(counts[begin].sum() / counts.sum())
    if units := list_units(numbers):
        cure = "convert them to one unit in the source to read them as numbers"
        return NearlyNumbers(f"numbers in different units: {list_names(units)}", cure)
    if share < NEARLY:
        return None
    partial = numbers.find_partial_fit(counts, POINT)
    if partial and counts[partial[0]].sum() >= MOSTLY * counts.sum():
        return describe_rest(numbers, counts, *partial)
    example = shorten_text(numbers.texts[int(begin.argmax())])
    return NearlyNumbers(
        f"{share:.0%} of them begin with a number, such as {example!r}",
        "write plain numbers in one unit in the source to read them as numbers",
    )


def describe_rest(numbers: NumberTexts, counts: Integers, mask: Booleans, fit: NumberFit) -> NearlyNumbers:
    """How many texts are numbers and which are not, and how to read the former."""
    share = counts[mask].sum() / counts.sum()
    texts = np.asarray(numbers.texts, dtype=object)
    form = describe_form(NumberTexts(texts[mask]), fit.form, is_integer=False)
    keys = ", ".join(["those in na_values:", *list_keys(fit.form)])
    return NearlyNumbers(
        f"{share:.1%} of them {form} but not {list_names(texts[~mask], 3)}",
        f"put {keys} under read: in conf/schema/, with type: number, to read the rest",
    )


def list_keys(form: NumberFormat) -> Iterator[str]:
    """The keys of a reading that differ from the usual ones, as YAML."""
    if form.decimal != POINT.decimal:
        yield f"decimal: {form.decimal!r}"
    if form.thousands != POINT.thousands:
        yield f"thousands: {form.thousands!r}"
    if form.units:
        yield f"units: [{', '.join(form.units)}]"
    if form.multipliers:
        factors = ", ".join(f"{name}: {int(factor)}" for name, factor in form.multipliers)
        yield f"multipliers: {{{factors}}}"
