import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from lifecycle.modeling.transformers.imputation import StableKNNImputer

NAN = float("nan")
TRAIN = pd.DataFrame({"a": [0.0, 1.0, 10.0, 11.0], "b": [5.0, 7.0, 50.0, NAN]})


def test_a_gap_is_the_mean_of_the_nearest_rows():
    found = (
        StableKNNImputer(n_neighbors=2)
        .fit(TRAIN)
        .transform(pd.DataFrame({"a": [0.4, 9.0], "b": [NAN, 3.0]}, index=[8, 9]))
    )
    expected = pd.DataFrame({"a": [0.4, 9.0], "b": [6.0, 3.0], "missingindicator_b": [1.0, 0.0]}, index=[8, 9])
    assert_frame_equal(found, expected)


def test_a_row_of_gaps_gets_the_means():
    found = StableKNNImputer().fit(TRAIN).transform(pd.DataFrame({"a": [NAN], "b": [NAN]}))
    assert found[["a", "b"]].to_numpy().tolist() == [[5.5, 62 / 3]]


def test_no_more_rows_than_asked_are_remembered_and_the_seed_decides_which():
    table = pd.DataFrame({"a": np.arange(100.0), "b": np.arange(100.0)})
    asked = pd.DataFrame({"a": [40.0], "b": [NAN]})
    one, same, other = (StableKNNImputer(most=10, random_state=seed).fit(table).transform(asked) for seed in (1, 1, 2))
    assert_frame_equal(one, same)
    assert one["b"][0] != other["b"][0]
