"""The task and the labels that the target's texts give."""

from __future__ import annotations

import pandas as pd
import pytest

from lifecycle.data.cells.reading import Reading, read_cells
from lifecycle.data.problem import Task
from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.column_types import infer_columns
from lifecycle.onboarding.infer.target import TargetInference, describe_target, infer_target


def made(*values: str | None, task: Task | None = None) -> TargetInference:
    table = pd.DataFrame({"y": pd.Series(list(values), dtype="str")})
    return infer_target(infer_columns(table, {})["y"], task)


def said(target: TargetInference) -> list[str]:
    return [note.what for note in describe_target(target)]


def test_yes_and_no_in_many_spellings_is_one_target() -> None:
    found = made("Yes", "yes ", "Y", "No", "N", "None", None, *["No"] * 9, *["Yes"] * 9)
    assert (found.task, found.type, found.positive, found.negative) == (
        "binary",
        "boolean",
        ("Yes", "yes", "Y"),
        ("No", "N"),
    )
    assert found.reading == Reading(na_values=("None",), true_values=("Yes", "yes", "Y"), false_values=("No", "N"))
    assert said(found)[:2] == [
        "2 rows without y",
        "y is positive where it is Yes, yes, Y, negative where it is No, N",
    ]


def test_two_texts_in_many_spellings_are_one_yes_or_no() -> None:
    found = made("Left", "left ", "LEFT", "Stayed", "stayed", *["Stayed"] * 9)
    assert (found.task, found.positive, found.negative) == (
        "binary",
        ("LEFT", "Left", "left"),
        ("Stayed", "stayed"),
    )
    assert found.labels.tolist() == [True] * 3 + [False] * 11


def test_classes_that_differ_in_case_are_joined_and_said() -> None:
    found = made(*["Oslo", "oslo ", "Rome", "Lima", "LIMA"] * 6)
    assert (found.classes, found.spellings) == (
        ("LIMA", "Oslo", "Rome"),
        {"Oslo": ("oslo",), "LIMA": ("Lima",)},
    )
    assert said(found) == ["y: 2 spellings differ in case or blanks alone: 'oslo' for 'Oslo'"]


@pytest.mark.parametrize("spelled", [("1", "2", "3"), ("1.0", "2.0", "3.0"), ("1", "2.00", "3e0")])
def test_numbers_as_classes_have_one_name_in_every_spelling(spelled: tuple[str, ...]) -> None:
    found = made(*spelled * 6, task="multiclass")
    assert (found.type, found.classes) == ("category", ("1", "2", "3"))
    assert found.labels.tolist() == ["1", "2", "3"] * 6
    assert found.reading.spellings == {name: (text,) for name, text in zip("123", spelled, strict=True) if name != text}


def test_two_numbers_are_a_yes_or_no_with_every_spelling() -> None:
    found = made("1", "1.0", "2", "2", "2")
    assert (found.task, found.positive, found.negative) == ("binary", ("1", "1.0"), ("2",))


@pytest.mark.parametrize(
    "values",
    [
        ["Yes", "yes ", "N", "None", None, "No"],
        ["Left", "LEFT", "Stayed", "n/a"],
        ["1.0", "2.00", "3", "1", "2", "?"],
        ["1 234 kr", "75 kr", "inf"],
        ["1", "1.0", "2"],
    ],
)
@pytest.mark.parametrize("as_classes", [True, False])
def test_the_cells_are_read_to_the_labels(values: list[str | None], as_classes: bool) -> None:
    found = made(*values, task="multiclass" if as_classes and "?" in values else None)
    read = read_cells(pd.Series(values, dtype="str"), found.type, found.reading)
    assert not read.unread.any()
    assert [None if pd.isna(one) else one for one in read.values] == [
        None if pd.isna(one) else one for one in found.labels
    ]


def test_numbers_with_a_unit_are_a_regression() -> None:
    found = made("1 234 kr", "75 kr", "2 000 kr")
    assert (found.task, found.reading.units, found.labels.tolist()) == ("regression", ("kr",), [1234.0, 75.0, 2000.0])


def test_a_number_in_a_notation_that_is_not_read_is_an_error_that_says_so() -> None:
    values = [f"{place} kr ({'ca' if place % 2 else 'net'})" for place in range(100, 160)]
    with pytest.raises(UnfitTable) as caught:
        made(*values)
    assert str(caught.value).splitlines() == [
        "error: the target 'y' is no number in a notation that is read: 100% of them begin with a number, such as "
        "'100 kr (net)'",
        "where: column y, 60 different values",
        "next:  write plain numbers in one unit in the source to read them as numbers; where all are written alike: "
        "--format-of y=1.234,5",
    ]


def test_a_mark_beside_gaps_is_a_target_and_a_word_is_not() -> None:
    found = made("X", None, "x", None, None)
    assert (found.task, found.positive, found.negative, found.labels.sum()) == ("binary", ("X", "x"), ("",), 2)
    assert "y is positive where it is X, x, negative where it is a gap" in said(found)
    with pytest.raises(UnfitTable, match="is 'yes' in every row that has one: there is nothing to learn"):
        made("yes", None, "yes")


def test_few_positives_are_said_to_be_too_few_for_the_folds() -> None:
    assert "4 positives do not make 3 folds" in said(made(*["1"] * 4, *["0"] * 96))
    assert "5 positives do not make 3 folds" not in said(made(*["1"] * 5, *["0"] * 96))
    assert "2 negatives do not make 3 folds" in said(made(*["1"] * 40, *["0"] * 2))
