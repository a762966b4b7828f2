"""Columns that were renamed: told by names, values and place."""

from typing import Any

import pandas as pd
import pytest

from lifecycle.sources.column_changes import Renamed, guess_renames

TOWNS = ["Rome", "Oslo", "Bern", "Riga", "Kyiv"]


def guess(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[Renamed]:
    """What was likely renamed from one table to the other."""
    return guess_renames(pd.DataFrame(before), pd.DataFrame(after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"area": ["1"], "x": ["a"]}, {"x": ["a"], "area_m2": ["2"]}, [("area", "area_m2", "the names are alike")]),
        ({"zip": ["1"]}, {"ZIP": ["2"]}, [("zip", "ZIP", "the names are alike, it has the same place")]),
        (
            {"id": list("12345"), "town": TOWNS},
            {"Ort": [*TOWNS[:4], "Bonn"], "id": list("67890")},
            [("town", "Ort", "67% of the values are the same")],
        ),
        ({"late": [True, False], "x": ["a", "b"]}, {"x": ["a", "b"], "vip": [True, False]}, []),
        ({"price": [1.0]}, {"shop": ["a"]}, []),
        ({"a": ["1"], "b": ["2"]}, {"a": ["1"]}, []),
    ],
)
def test_a_renamed_column_is_told_by_names_or_values(
    before: dict[str, list[Any]], after: dict[str, list[Any]], expected: list[tuple[str, str, str]]
) -> None:
    assert [(one.before, one.after, one.why) for one in guess(before, after)] == expected


def test_each_new_name_is_given_once_to_the_likeliest() -> None:
    found = guess({"price_net": ["1"], "price_gross": ["2"]}, {"gross_price": ["2"], "net_price": ["1"], "x": ["3"]})
    assert {one.before: one.after for one in found} == {"price_net": "net_price", "price_gross": "gross_price"}


def test_numbers_are_alike_whatever_their_type() -> None:
    (found,) = guess({"k": ["10", "20", "30", "40"], "z": [0] * 4}, {"z": [0] * 4, "v": [10.0, 20.0, 30.0, 40.0]})
    assert found == Renamed("k", "v", "100% of the values are the same")
