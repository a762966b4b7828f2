"""Quantile bins of numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.bins import Bins


def test_bins_hold_equally_many_train_rows() -> None:
    table = pd.DataFrame({"size": np.arange(100.0), "age": np.arange(100.0)[::-1]})
    found = Bins(count=4, keep=False).fit(table).transform(table)
    assert list(found)[:5] == ["size_bin_1", "size_bin_2", "size_bin_3", "size_bin_4", "age_bin_1"]
    assert found.sum().tolist() == [25.0] * 8


def test_later_numbers_fall_into_the_nearest_bin_and_missing_ones_into_none() -> None:
    fitted = Bins(count=2).fit(pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0]}))
    asked = pd.DataFrame({"size": [-9.0, 2.0, 2.5, 99.0, np.inf, np.nan]}, index=[4, 5, 6, 7, 8, 9])
    found = fitted.transform(asked)
    assert found["size_bin_1"].tolist() == [1, 1, 0, 0, 0, 0]
    assert found["size_bin_2"].tolist() == [0, 0, 1, 1, 1, 0]
    pd.testing.assert_series_equal(found["size"], asked["size"])


def test_equal_numbers_share_a_bin() -> None:
    table = pd.DataFrame({"count": [0.0] * 8 + [1.0, 2.0]})
    fitted = Bins(count=5).fit(table)
    assert fitted.edges_ == [[0.0]]
    assert fitted.transform(table)["count_bin_1"].tolist() == [1] * 8 + [0, 0]


@pytest.mark.parametrize("values", [[np.nan, np.nan], [3.0, 3.0], [3.0]])
def test_a_column_of_one_or_no_number_has_one_bin(values: list[float]) -> None:
    table = pd.DataFrame({"size": values})
    found = Bins().fit(table).transform(table)
    assert list(found) == ["size", "size_bin_1"]
    assert found["size_bin_1"].tolist() == [float(not np.isnan(value)) for value in values]


def test_a_name_that_is_there_already_gets_a_number() -> None:
    fitted = Bins().fit(pd.DataFrame({"size": [1.0], "size_bin_1": [1.0]}))
    assert fitted.get_feature_names_out().tolist() == ["size", "size_bin_1", "size_bin_1+2", "size_bin_1_bin_1"]


def test_one_bin_is_rejected() -> None:
    with pytest.raises(WrongValue, match="Bins has count 1"):
        Bins(count=1).fit(pd.DataFrame({"size": [1.0]}))


NUMBER = st.floats(allow_nan=False, width=64) | st.just(np.nan)


@settings(max_examples=80, deadline=None)
@given(st.lists(NUMBER, min_size=1, max_size=40), st.lists(NUMBER, max_size=10), st.integers(2, 9))
def test_a_number_is_in_one_bin_and_larger_ones_in_no_lower(
    learned: list[float], asked: list[float], count: int
) -> None:
    fitted = Bins(count=count, keep=False).fit(pd.DataFrame({"x": learned}))
    found = fitted.transform(pd.DataFrame({"x": np.array(asked, dtype="float64")}))
    assert found.shape[1] <= count
    assert found.sum(axis=1).tolist() == [float(not np.isnan(value)) for value in asked]
    places = sorted((value, place) for value, place in zip(asked, found.to_numpy().argmax(axis=1), strict=True)
                    if not np.isnan(value))  # fmt: skip
    assert [place for _, place in places] == sorted(place for _, place in places)
