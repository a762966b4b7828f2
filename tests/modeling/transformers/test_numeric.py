import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from lifecycle.errors import UnknownName, WrongValue
from lifecycle.modeling.transformers.numeric import Interactions, Ratios, SmoothClip, StableQuantileTransformer

NAN = float("nan")
TABLE = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [2.0, 0.0, NAN, 5.0], "c": [7.0, 7.0, 7.0, 7.0]})


@pytest.mark.parametrize("rows", [250, 1000])
@pytest.mark.parametrize("shape", ["normal", "uniform"])
def test_where_rows_are_plenty_it_is_scikit_learns(rows, shape):
    values = np.random.default_rng(0).lognormal(size=(rows, 2))
    values[::7, 1] = np.nan
    table = pd.DataFrame(values, columns=["a", "b"])
    arguments = {"n_quantiles": 200, "output_distribution": shape, "subsample": 300, "random_state": 4}
    found = StableQuantileTransformer(**arguments).fit_transform(table)
    assert_array_equal(found.to_numpy(), QuantileTransformer(**arguments).fit_transform(table))
    assert found.columns.tolist() == ["a", "b"]


def test_what_follows_it_rounds_as_after_scikit_learns():
    table = pd.DataFrame(np.random.default_rng(0).lognormal(size=(3000, 3)), columns=list("abc"))
    arguments = {"n_quantiles": 200, "output_distribution": "normal", "subsample": 2000, "random_state": 4}
    chains = [
        make_pipeline(kind(**arguments), StandardScaler()) for kind in (StableQuantileTransformer, QuantileTransformer)
    ]
    one, other = (chain.set_output(transform="pandas").fit_transform(table) for chain in chains)
    assert_frame_equal(one, other, check_exact=True)


def test_few_rows_have_as_many_quantiles_and_no_warning():
    found = (
        StableQuantileTransformer(output_distribution="uniform")
        .fit(TABLE[["a"]])
        .transform(pd.DataFrame({"a": [1.0, 2.0, 9.0, NAN]}))
    )
    np.testing.assert_allclose(found["a"], [0.0, 1 / 3, 1.0, NAN])


def test_products_follow_the_columns():
    expected = TABLE.assign(a_times_b=[2.0, 0.0, NAN, 20.0])
    assert_frame_equal(Interactions(most=3).fit_transform(TABLE), expected)


def test_the_columns_with_the_most_values_count_and_the_earlier_of_equals():
    table = pd.DataFrame(
        {"boolean": [0, 1, 0, 1], "x": [1, 2, 3, 4], "y": [4, 3, 2, 1], "z": [1, 3, 2, 4]}, dtype=float
    )
    assert Interactions(most=2).fit(table).get_feature_names_out().tolist()[4:] == ["x_times_y"]
    assert Interactions(most=2).fit(table * 1e-9).pairs_ == Interactions(most=2).fit(table).pairs_


def test_nothing_to_pair_leaves_the_columns():
    assert_frame_equal(Interactions().fit_transform(TABLE[["a", "c"]]), TABLE[["a", "c"]])
    assert_frame_equal(Ratios().fit_transform(TABLE[["c"]]), TABLE[["c"]])


def test_a_ratio_by_zero_is_missing():
    found = Ratios(columns=[["a", "b"], ["c", "a"]]).fit_transform(TABLE)
    assert_array_equal(found["a_per_b"], [0.5, NAN, NAN, 0.8])
    assert_array_equal(found["c_per_a"], [7.0, 3.5, 7 / 3, 1.75])


def test_without_names_the_columns_that_vary_most_are_divided():
    assert Ratios().fit(TABLE).get_feature_names_out().tolist() == ["a", "b", "c", "a_per_b"]


def test_a_column_that_is_not_there_has_the_nearest_named():
    table = TABLE.rename(columns={"a": "distance"})
    with pytest.raises(UnknownName, match="there is no numeric column 'distanse'") as caught:
        Ratios(columns=[["distanse", "b"]]).fit(table)
    assert caught.value.todo == "use 'distance'"


@pytest.mark.parametrize(
    "made", [Ratios(columns=[["a"]]), Interactions(most=1), Ratios(most=0)], ids=["no pair", "one column", "none"]
)
def test_what_makes_no_pairs_is_rejected(made):
    with pytest.raises(WrongValue) as caught:
        made.fit(TABLE)
    assert len(str(caught.value).splitlines()) == 3


def test_smooth_clip_counts_interquartile_ranges_from_the_median_and_draws_outliers_in():
    table = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0, 4.0]})
    found = SmoothClip().fit(table).transform(pd.DataFrame({"a": [2.0, 4.0, 0.0, 8.0, 1e12, -1e12, 1e300, NAN]}))
    expected = [0.0, 1 / np.sqrt(1 + 1 / 9), -1 / np.sqrt(1 + 1 / 9), 3 / np.sqrt(2), 3.0, -3.0, 3.0, NAN]
    np.testing.assert_allclose(found["a"], expected, rtol=1e-12)


def test_smooth_clip_takes_half_of_the_range_where_the_quartiles_are_equal():
    found = SmoothClip().fit_transform(pd.DataFrame({"rare": [0.0] * 9 + [4.0], "one": [7.0] * 10, "none": [NAN] * 10}))
    assert found["rare"].iloc[-1] == pytest.approx(2 / np.sqrt(1 + 4 / 9))
    assert_array_equal(found["one"], np.zeros(10))
    assert found["none"].isna().all()


@given(st.lists(st.floats(-1e300, 1e300) | st.just(NAN), min_size=1, max_size=30))
def test_smooth_clip_keeps_the_order_within_3_and_gaps_as_gaps(values):
    table = pd.DataFrame({"a": values})
    found = SmoothClip().fit_transform(table)["a"]
    assert_array_equal(found.isna(), table["a"].isna())
    ordered = found.iloc[np.argsort(table["a"].to_numpy(), kind="stable")].dropna().to_numpy()
    assert (np.diff(ordered) >= 0).all()
    assert (np.abs(ordered) <= 3.0).all()
