import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import TruncatedSVD

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.svd import StableTruncatedSVD


def test_the_longest_direction_by_hand():
    found = StableTruncatedSVD(most=1).fit_transform(pd.DataFrame({"a": [3.0, 0.0], "b": [4.0, 0.0]}))
    assert found.columns.tolist() == ["axis_1"]
    np.testing.assert_allclose(found["axis_1"], [5.0, 0.0], atol=1e-12)


def test_it_is_the_truncated_decomposition_up_to_signs():
    values = np.random.default_rng(0).normal(size=(60, 5)) * [1, 2, 3, 4, 5]
    found = StableTruncatedSVD(most=3).fit_transform(pd.DataFrame(values, columns=list("abcde")))
    expected = TruncatedSVD(3, algorithm="arpack", random_state=0).fit_transform(values)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-8)


def test_there_are_no_more_directions_than_columns():
    assert StableTruncatedSVD(most=20).fit_transform(pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 1.0]})).shape == (2, 2)


def test_none_is_too_few():
    with pytest.raises(WrongValue, match="0 directions"):
        StableTruncatedSVD(most=0).fit(pd.DataFrame({"a": [1.0, 2.0]}))
