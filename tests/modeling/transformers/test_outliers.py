import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.outliers import Clip

NAN = float("nan")
TRAIN = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0, 4.0], "b": [10.0, NAN, 10.0, 10.0, 10.0]})


def test_numbers_beyond_the_quantiles_become_the_quantile():
    found = Clip(low=0.25, high=0.75).fit(TRAIN).transform(pd.DataFrame({"a": [-9.0, 2.5, 9.0], "b": [9.0, 10.0, NAN]}))
    assert_frame_equal(found, pd.DataFrame({"a": [1.0, 2.5, 3.0], "b": [10.0, 10.0, NAN]}))


def test_by_iqr_the_bounds_are_tukeys_fences():
    fitted = Clip(by="iqr", reach=1.5).fit(TRAIN)
    assert (fitted.lower_.tolist(), fitted.upper_.tolist()) == ([-2.0, 10.0], [6.0, 10.0])


def test_a_column_without_values_is_left_as_it_is():
    fitted = Clip().fit(pd.DataFrame({"a": [NAN, NAN]}))
    assert_frame_equal(fitted.transform(pd.DataFrame({"a": [1e9, NAN]})), pd.DataFrame({"a": [1e9, NAN]}))


def test_infinite_numbers_are_drawn_in():
    assert Clip(low=0, high=1).fit(TRAIN).transform(
        pd.DataFrame({"a": [np.inf], "b": [-np.inf]})
    ).to_numpy().tolist() == [[4.0, 10.0]]


@pytest.mark.parametrize("arguments", [{"low": 0.9, "high": 0.1}, {"by": "hand"}, {"by": "iqr", "reach": -1.0}])
def test_bounds_that_are_none_are_rejected(arguments):
    with pytest.raises(WrongValue) as caught:
        Clip(**arguments).fit(TRAIN)
    assert len(str(caught.value).splitlines()) == 3
    assert caught.value.where.startswith("conf/inputs/")
