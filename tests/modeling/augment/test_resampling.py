import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import WrongValue
from lifecycle.modeling.augment.resampling import oversample, undersample

LABELS = np.array([0, 1, 0, 0, 2, 0, 0, 1])
INPUTS = pd.DataFrame({"row": np.arange(8.0), "kind": pd.Categorical(["a", "b"] * 4)})


def counts(labels):
    return np.unique(labels, return_counts=True)[1].tolist()


def test_over_repeats_rows_of_small_classes_behind_those_given():
    inputs, labels = oversample(INPUTS, LABELS, seed=1, share=0.6)
    assert counts(labels) == [5, 3, 3]
    pd.testing.assert_frame_equal(inputs.iloc[:8], INPUTS)
    rows = inputs["row"].astype(int)
    assert (labels == LABELS[rows]).all()
    assert (inputs["kind"].to_numpy() == INPUTS["kind"].to_numpy()[rows]).all()


def test_under_leaves_out_rows_of_large_classes_and_keeps_the_order():
    inputs, labels = undersample(INPUTS, LABELS, seed=1, share=0.5)
    assert counts(labels) == [2, 2, 1]
    assert inputs["row"].is_monotonic_increasing
    assert (labels == LABELS[inputs["row"].astype(int)]).all()


@pytest.mark.parametrize("change", [oversample, undersample])
def test_the_seed_decides_which_rows(change):
    one, same, other = (change(INPUTS, LABELS, seed=seed)[0]["row"].tolist() for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize("change", [oversample, undersample])
def test_balanced_classes_stay_as_they_are(change):
    inputs, labels = change(INPUTS.iloc[:2], LABELS[:2], seed=1)
    pd.testing.assert_frame_equal(inputs, INPUTS.iloc[:2])
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize("change", [oversample, undersample])
@pytest.mark.parametrize("share", [0.0, 1.1])
def test_a_share_that_is_none_is_rejected(change, share):
    with pytest.raises(WrongValue, match=f"share is {share}"):
        change(INPUTS, LABELS, seed=1, share=share)
