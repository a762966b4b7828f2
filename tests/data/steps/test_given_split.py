"""Parts that come as tables: stacked in order, and rows that stand in two of them told with the reason."""

import pandas as pd
import pytest

from lifecycle.data.cleaning import Tables
from lifecycle.data.steps.given_split import mark_seen_rows, stack_parts
from lifecycle.errors import UnfitTable

ROWS = {
    "part": ["train", "train", "valid", "test", "test", "test", "test"],
    "key": ["a", "b", "c", "d", "b", None, "e"],
    "size": [1.0, None, 3.0, None, 8.0, 9.0, 3.0],
    "kind": ["x", "y", "z", "y", "y", None, "z"],
}


def told(columns: list[str], id: str = "") -> list[str | None]:
    """Why each row is no test, by its part."""
    tables: Tables = {"shop": pd.DataFrame(ROWS)}
    found = mark_seen_rows(tables, table="shop", part="part", name="why", columns=columns, id=id)["shop"]
    assert found.drop(columns="why").equals(tables["shop"])
    return [None if pd.isna(one) else one for one in found["why"]]


VALUES = "also in train or valid: the same features and target"


def test_a_test_row_equal_to_a_row_of_another_part_is_marked_missing_values_included() -> None:
    assert told(["size", "kind"]) == [None, None, None, VALUES, None, None, VALUES]


def test_a_test_row_with_an_id_of_another_part_is_marked_and_a_missing_id_is_not() -> None:
    assert told([], id="key") == [None, None, None, None, "also in train or valid: the same key", None, None]


def test_both_together_and_nothing_to_tell_by() -> None:
    assert [bool(one) for one in told(["size", "kind"], id="key")] == [False, False, False, True, True, False, True]
    assert told([]) == [None] * 7


def test_tables_are_stacked_in_the_order_of_the_parts_with_the_columns_that_all_have() -> None:
    tables = {
        "shop": pd.DataFrame({"key": ["a"], "size": ["1"], "mine": ["?"]}),
        "late": pd.DataFrame({"size": ["2", None], "key": ["b", "c"], "other": ["!", "!"]}),
    }
    found = stack_parts(tables, table="shop", parts={"train": "shop", "test": "late"}, name="part")
    assert found["late"] is tables["late"]
    assert found["shop"].astype("object").where(found["shop"].notna(), None).to_dict("list") == {
        "key": ["a", "b", "c"],
        "size": ["1", "2", None],
        "part": ["train", "test", "test"],
    }


def test_a_missing_table_is_an_error() -> None:
    with pytest.raises(UnfitTable, match="there is no table 'late'"):
        stack_parts({"shop": pd.DataFrame(ROWS)}, table="shop", parts={"train": "shop", "test": "late"}, name="part")
