import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.modeling.augment.outliers import drop_outliers

INPUTS = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 2)), columns=["x", "y"])
INPUTS.loc[40] = [50.0, -50.0]


def test_the_strangest_row_goes_and_the_others_keep_their_order():
    inputs, labels = drop_outliers(INPUTS, np.arange(100.0), seed=1, share=0.01)
    assert labels.tolist() == [row for row in range(100) if row != 40]
    pd.testing.assert_frame_equal(inputs, INPUTS.drop(40).reset_index(drop=True))


def test_a_share_of_less_than_a_row_is_none():
    assert len(drop_outliers(INPUTS, np.arange(100), seed=1, share=0.009)[0]) == 100


def test_gaps_are_rejected():
    with pytest.raises(UnfitTable, match="the prepared column 'x' has gaps"):
        drop_outliers(INPUTS.mask(INPUTS > 2), np.arange(100), seed=1)
