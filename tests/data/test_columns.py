"""Columns come into a table under any name."""

import pandas as pd
import pytest

from lifecycle.data.columns import name_free_column, name_id_column, with_columns


def test_no_name_is_special() -> None:
    table = pd.DataFrame({"a": [1, 2]})
    found = with_columns(table, {"a": [3, 4], "self": [5, 6], "": pd.Series([7, 8])})
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [3, 4], "self": [5, 6], "": [7, 8]}))
    pd.testing.assert_frame_equal(table, pd.DataFrame({"a": [1, 2]}))


@pytest.mark.parametrize(
    ("id", "column"),
    [
        ("order", "order"),
        ("row", "row"),
        ("part", "id"),
        ("fold_12", "id"),
        ("fold_x", "fold_x"),
        ("label", "id"),
        ("predicted", "id"),
        ("probability_\n", "id"),
        ("cluster", "id"),
        ("id", "id"),
    ],
)
def test_an_id_called_like_a_column_of_ours_is_called_id_beside_it(id: str, column: str) -> None:
    assert name_id_column(id) == column


def test_thousands_of_columns_are_added_at_once() -> None:
    table = pd.DataFrame({"a": [1, 2]}, index=[5, 7])
    found = with_columns(table, {"a": [3, 4], **{f"c{place}": float(place) for place in range(300)}})
    assert found.shape == (2, 301)
    assert found["a"].tolist() == [3, 4]
    assert found.loc[7, "c299"] == 299.0
    assert table["a"].tolist() == [1, 2]


def test_a_free_name_gets_the_first_free_number() -> None:
    assert [name_free_column("row", taken) for taken in ({}, {"row": 1}, {"row": 1, "row_2": 1})] == [
        "row",
        "row_2",
        "row_3",
    ]
