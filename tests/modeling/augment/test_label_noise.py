import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.modeling.augment.label_noise import assign_folds, drop_noisy_labels, repair_noisy_labels

ROWS = 400
PLACE = np.arange(ROWS) % 4
# Places 0 and 1 are down, 3 is up, and 2 is down or up by turns: nobody can tell there, and no label is in doubt.
INPUTS = pd.DataFrame({'a "name"': PLACE / 3, "kind": pd.Categorical(np.array(["d", "d", "m", "u"])[PLACE])})
TRUTH = np.where((PLACE == 3) | ((PLACE == 2) & (np.arange(ROWS) % 8 < 4)), "up", "down")
WRONG = [11, 112, 223, 333]
LABELS = TRUTH.copy()
LABELS[WRONG] = np.where(TRUTH[WRONG] == "up", "down", "up")


def test_wrong_labels_are_found_and_dropped():
    inputs, labels = drop_noisy_labels(INPUTS, LABELS, seed=1)
    assert labels.tolist() == np.delete(LABELS, WRONG).tolist()
    pd.testing.assert_frame_equal(inputs, INPUTS.drop(WRONG).reset_index(drop=True))


def test_wrong_labels_are_found_and_replaced():
    before = LABELS.copy()
    inputs, labels = repair_noisy_labels(INPUTS, LABELS, seed=1)
    assert labels.tolist() == TRUTH.tolist()
    assert LABELS.tolist() == before.tolist()
    pd.testing.assert_frame_equal(inputs, INPUTS)


def test_no_more_than_the_most_are_dropped():
    assert len(drop_noisy_labels(INPUTS, LABELS, seed=1, most=0.005)[1]) == ROWS - 2


def test_right_labels_stay():
    assert drop_noisy_labels(INPUTS, TRUTH, seed=1)[1].tolist() == TRUTH.tolist()


def test_three_classes():
    truth = PLACE // 2 * 2 + (PLACE == 3)
    noisy = truth.copy()
    noisy[WRONG] = (truth[WRONG] + 2) % 4
    assert repair_noisy_labels(INPUTS, noisy, seed=1)[1].tolist() == truth.tolist()


def test_every_class_of_two_rows_is_in_each_train_part():
    given = np.array([0] * 20 + [1] * 2 + [2] * 3)
    fold = assign_folds(given, 5, 1)
    assert np.bincount(fold).tolist() == [5] * 5
    assert all(set(given[fold != number]) == {0, 1, 2} for number in range(5))


def test_a_class_of_one_row_cannot_be_doubted():
    labels = TRUTH.copy()
    labels[0] = "side"
    with pytest.raises(UnfitTable, match="class side has 1"):
        drop_noisy_labels(INPUTS, labels, seed=1)


def test_a_share_of_none_is_rejected():
    with pytest.raises(WrongValue, match=r"most is 0\.0"):
        drop_noisy_labels(INPUTS, LABELS, seed=1, most=0.0)
