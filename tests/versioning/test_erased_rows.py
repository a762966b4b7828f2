"""Erased rows told by salted hashes, whatever type a column has."""

import pandas as pd
import pytest

from lifecycle.versioning.erased_rows import drop_erased, find_erased, read_keys
from lifecycle.versioning.erasures import Erasure, hash_values


def erasure(column: str, *values: str, ids: tuple[str, ...] = (), salt: str = "a") -> Erasure:
    return Erasure(
        date="2013-04-01",
        reason="asked",
        column=column,
        salt=salt,
        values=hash_values(salt, values),
        id="order",
        ids=hash_values(salt, ids),
    )


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([6, 7, 8]),
        pd.Series([6.0, 7.0, None]),
        pd.Series(["6", "7 ", None]),
        pd.Series([6, 7, None], dtype="Int64"),
        pd.Series(["6", "7", "8"], dtype="category"),
        pd.Series([6, "7", None], dtype="object"),
    ],
    ids=lambda cells: str(cells.dtype),
)
def test_a_value_is_the_same_in_every_type(cells: pd.Series) -> None:
    found = find_erased(pd.DataFrame({"customer": cells}), read_keys([erasure("customer", "7")]))
    assert found.tolist() == [False, True, False]


def test_rows_are_told_by_the_column_and_by_their_ids() -> None:
    keys = read_keys([erasure("customer", "7", ids=("b",))])
    orders = pd.DataFrame({"order": ["a", "b", "c"], "customer": [7, 1, 1]})
    events = pd.DataFrame({"order": ["a", "b"], "event": ["x", "y"]})
    labels = pd.DataFrame({"id": ["a", "b", "c"], "label": "1", "origin": "service", "input.customer": [7, 1, 1]})
    others = pd.DataFrame({"id": ["a", "b"], "weight": [1, 2]})
    assert find_erased(orders, keys).tolist() == [True, True, False]
    assert find_erased(events, keys).tolist() == [False, True]
    assert find_erased(labels, keys).tolist() == [True, True, False]
    assert find_erased(others, keys).tolist() == [False, False]


def test_several_records_are_joined_whatever_their_salt() -> None:
    keys = read_keys([erasure("order", "a"), erasure("order", "b"), erasure("order", "c", salt="other")])
    assert len(keys) == 2
    rows = pd.DataFrame({"order": ["a", "b", "c", "d"]})
    assert drop_erased(rows, keys)["order"].to_list() == ["d"]


def test_a_table_without_such_rows_stays_the_same_object() -> None:
    rows = pd.DataFrame({"order": ["d"]})
    assert drop_erased(rows, read_keys([erasure("order", "a")])) is rows
    assert drop_erased(rows, []) is rows


def test_categories_of_erased_rows_are_forgotten() -> None:
    rows = pd.DataFrame({"order": pd.Categorical(["a", "b"])})
    left = drop_erased(rows, read_keys([erasure("order", "a")]))
    assert left["order"].cat.categories.to_list() == ["b"]
