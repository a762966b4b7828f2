"""One meaning for a cell, whatever it comes as."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.cells.reading import Reading, Type, Unread, read_cell, read_cells

MONEY = Reading(na_values=("-999", "n/a"), units=("kr", "$"), multipliers={"k": 1000.0})
FLAG = Reading(true_values=("Yes", "1"), false_values=("No", "0"))
MARK = Reading(true_values=("X",), false_values=("",))
DAY = Reading(date_format="%d/%m/%Y", zone="Europe/Berlin")
SHOP = Reading(na_values=("unknown",), spellings={"North": ("north", "NORTH")})
UNREAD = "unread"


def read_one(value: Any, kind: Type, reading: Reading) -> Any:
    try:
        return read_cell(value, kind, reading)
    except Unread:
        return UNREAD


def read_column(value: Any, kind: Type, reading: Reading, dtype: Any = object) -> Any:
    found = read_cells(pd.Series([value], dtype=dtype), kind, reading)
    if found.unread[0]:
        return UNREAD
    return None if pd.isna(found.values.iloc[0]) else found.values.iloc[0]


@pytest.mark.parametrize(
    ("value", "kind", "reading", "expected"),
    [
        ("1,787.62", "number", MONEY, 1787.62),
        (" $1,787.62 ", "number", MONEY, 1787.62),
        ("1.5k kr", "number", MONEY, 1500.0),
        ("-999", "number", MONEY, None),
        ("-999.00", "number", MONEY, None),
        (-999, "number", MONEY, None),
        (-999.0, "number", MONEY, None),
        (Decimal("-999.0"), "number", MONEY, None),
        ("N/A", "number", MONEY, None),
        (Decimal("80.00"), "integer", MONEY, 80.0),
        (timedelta(minutes=2), "number", MONEY, 120.0),
        (float("inf"), "number", MONEY, None),
        ("-Infinity", "number", MONEY, None),
        (float("nan"), "number", MONEY, None),
        ("12 bags", "number", MONEY, UNREAD),
        (True, "number", MONEY, UNREAD),
        (10**400, "number", MONEY, UNREAD),
        ([1], "number", MONEY, UNREAD),
        ("1.5", "integer", MONEY, UNREAD),
        ("1.0", "integer", MONEY, 1.0),
        ("yes ", "boolean", FLAG, True),
        (True, "boolean", FLAG, True),
        (0, "boolean", FLAG, False),
        (1.0, "boolean", FLAG, True),
        ("1.0", "boolean", FLAG, True),
        ("maybe", "boolean", FLAG, UNREAD),
        (None, "boolean", FLAG, None),
        ("x", "boolean", MARK, True),
        (None, "boolean", MARK, False),
        ("", "boolean", MARK, False),
        (" NORTH", "category", SHOP, "North"),
        ("Unknown", "category", SHOP, None),
        (7.0, "category", SHOP, "7"),
        (True, "category", SHOP, "True"),
        ({"a": 1}, "category", SHOP, UNREAD),
        ("24/12/2023", "time", DAY, pd.Timestamp("2023-12-23T23:00Z")),
        ("2023-12-24", "time", DAY, UNREAD),
        (datetime(2023, 12, 24, tzinfo=UTC), "time", Reading(), pd.Timestamp("2023-12-24T00:00Z")),
        (date(2023, 12, 24), "time", Reading(), pd.Timestamp("2023-12-24T00:00Z")),
        (1640995200, "time", Reading(date_format="seconds"), pd.Timestamp("2022-01-01T00:00Z")),
        ("1640995200.0", "time", Reading(date_format="seconds"), pd.Timestamp("2022-01-01T00:00Z")),
        ("", "time", DAY, None),
    ],
)
def test_a_cell_means_the_same_alone_and_in_a_column(value: Any, kind: Type, reading: Reading, expected: Any) -> None:
    assert read_one(value, kind, reading) == expected
    assert read_column(value, kind, reading) == expected
    if isinstance(value, str):
        assert read_column(value, kind, reading, "str") == expected


def test_typed_columns_are_read_as_their_cells() -> None:
    numbers = read_cells(pd.Series([1.0, -999.0, np.inf, np.nan]), "integer", MONEY)
    assert numbers.values.tolist() == [1, pd.NA, pd.NA, pd.NA]
    assert numbers.infinite.tolist() == [False, False, True, False]
    assert not numbers.unread.any()
    assert read_cells(pd.Series([True, pd.NA], dtype="boolean"), "boolean", MARK).values.tolist() == [True, False]
    berlin = pd.Series(pd.to_datetime(["2023-12-24"])).dt.tz_localize("Europe/Berlin")
    assert read_cells(berlin, "time", DAY).values.tolist() == [pd.Timestamp("2023-12-23T23:00Z")]
    codes = pd.Series(["7", "8"], dtype="category")
    assert read_cells(codes, "number", MONEY).values.tolist() == [7.0, 8.0]


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)), max_size=5))
def test_any_cells_are_read_alike_one_by_one_and_together(cells: list[Any]) -> None:
    kinds: list[tuple[Type, Reading]] = [
        ("number", MONEY), ("integer", MONEY), ("boolean", FLAG), ("boolean", MARK), ("category", SHOP), ("time", DAY),
    ]  # fmt: skip
    for kind, reading in kinds:
        found = read_cells(pd.Series(cells, dtype=object), kind, reading)
        for cell, value, unread in zip(cells, found.values, found.unread, strict=True):
            one = read_one(cell, kind, reading)
            assert (one is UNREAD) == unread
            assert unread or (one is None and pd.isna(value)) or one == value


@pytest.mark.parametrize("spelled", [("1", "0"), ("1.0", "0.0"), ("1.00", "0")])
def test_numbers_that_are_booleans_are_compared_as_numbers(spelled: tuple[str, str]) -> None:
    reading = Reading(true_values=spelled[:1], false_values=spelled[1:])
    read = read_cells(pd.Series(["1", "0", "1.0", "0.00", 1, 0.0, True, None], dtype=object), "boolean", reading)
    assert read.values.tolist() == [True, False, True, False, True, False, True, pd.NA]
    assert not read.unread.any()


def test_a_decimal_comma_leaves_the_point_for_thousands() -> None:
    read = read_cells(pd.Series(["1.234,5", "1,5"], dtype="str"), "number", Reading(decimal=","))
    assert read.values.tolist() == [1234.5, 1.5]


def test_codes_beside_plain_numbers_are_missing_in_any_spelling() -> None:
    read = read_cells(
        pd.Series(["1.5", "n/a", "-999.00", "-999", "inf"], dtype="str"), "number", Reading(na_values=("N/A", "-999"))
    )
    assert [None if pd.isna(one) else one for one in read.values] == [1.5, None, None, None, None]
    assert (read.unread.any(), read.infinite.tolist()) == (False, [False] * 4 + [True])
