"""Columns come into a table under any name."""

import pandas as pd

from lifecycle.data.columns import with_columns


def test_no_name_is_special() -> None:
    table = pd.DataFrame({"a": [1, 2]})
    found = with_columns(table, {"a": [3, 4], "self": [5, 6], "": pd.Series([7, 8])})
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [3, 4], "self": [5, 6], "": [7, 8]}))
    pd.testing.assert_frame_equal(table, pd.DataFrame({"a": [1, 2]}))
