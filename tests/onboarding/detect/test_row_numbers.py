"""An index that was written beside the data is left out; what means something stays."""

import pandas as pd
import pytest

from lifecycle.onboarding.detect.row_numbers import find_row_numbers


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"column_1": ["0", "1", "2"], "a": ["x", "y", "z"]}, ["column_1"]),
        ({"column_1": ["3", "1", "2"], "a": ["x", "y", "z"]}, ["column_1"]),
        ({"column_1": ["800", "801", "805"], "a": ["x", "y", "z"]}, ["column_1"]),
        ({"column_1": [0.0, 1.0], "a": ["x", "y"]}, ["column_1"]),
        ({"column_1": ["2001", "2002", "2003"], "a": ["x", "y", "z"]}, []),
        ({"column_1": ["1", "1", "2"], "a": ["x", "y", "z"]}, []),
        ({"column_1": ["1", None, "2"], "a": ["x", "y", "z"]}, []),
        ({"column_1": ["10", "93517", "6"], "a": ["x", "y", "z"]}, []),
        ({"column_1": ["k1", "k2"], "a": ["x", "y"]}, []),
        ({"column_1": ["0", "1"]}, []),
        ({"a": ["x", "y"], "Unnamed: 0": ["7", "90000"], "Unnamed: 0.1": ["0", "1"]}, ["Unnamed: 0", "Unnamed: 0.1"]),
        ({"Unnamed: 3": ["a", "b"], "a": ["x", "y"]}, []),
        ({"__index_level_0__": ["5", "6"], "a": ["x", "y"]}, ["__index_level_0__"]),
        ({"number": ["0", "1"], "a": ["x", "y"]}, []),
    ],
)
def test_only_columns_that_number_rows_are_found(columns: dict[str, list[object]], found: list[str]) -> None:
    assert find_row_numbers(pd.DataFrame(columns), header=True) == found


def test_without_a_header_the_first_column_has_no_name_to_lack() -> None:
    assert find_row_numbers(pd.DataFrame({"column_1": ["0", "1"], "column_2": ["x", "y"]}), header=False) == []
