import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.modeling.augment.synthetic import between, jitter, smote

INPUTS = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 10.0, 14.0], "y": [0.0, 0.0, 0.0, 0.0, 1.0, 3.0]})
LABELS = np.array([0, 0, 0, 0, 1, 1])


def test_made_rows_lie_between_rows_of_the_small_class():
    inputs, labels = smote(INPUTS, LABELS, seed=3)
    pd.testing.assert_frame_equal(inputs.iloc[:6], INPUTS)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    made = inputs.iloc[6:]
    assert made["x"].between(10, 14).all()
    np.testing.assert_allclose(made["y"], (made["x"] - 10) / 2 + 1)


def test_only_the_nearest_neighbours_are_drawn_towards():
    rows = np.array([[0.0], [1.0], [100.0], [101.0]])
    made = between(rows, 200, 1, np.random.default_rng(0))
    assert ((made <= 1) | (made >= 100)).all()


def test_rows_that_are_equal_make_the_same_row():
    assert between(np.ones((5, 2)), 7, 3, np.random.default_rng(0)).tolist() == [[1.0, 1.0]] * 7


@given(rows=st.integers(2, 20), neighbours=st.integers(1, 8), seed=st.integers(0, 99))
def test_a_made_row_is_inside_the_box_of_the_rows(rows, neighbours, seed):
    random = np.random.default_rng(seed)
    values = random.integers(0, 4, (rows, 2)).astype(float)
    made = between(values, 10, neighbours, random)
    assert made.shape == (10, 2)
    assert (made >= values.min(axis=0)).all() and (made <= values.max(axis=0)).all()


def test_a_class_of_one_row_has_no_neighbour():
    with pytest.raises(UnfitTable, match="class 1 has 1"):
        smote(INPUTS.iloc[:5], LABELS[:5], seed=1)


@pytest.mark.parametrize(
    ("column", "what"),
    [([1.0, None, 2.0, 3.0, 4.0, 5.0], "has gaps"), (pd.Categorical(["a"] * 6), "is no number")],
)
def test_columns_without_distances_are_rejected(column, what):
    with pytest.raises(UnfitTable, match=f"the prepared column 'z' {what}") as caught:
        smote(INPUTS.assign(z=column), LABELS, seed=1)
    assert len(str(caught.value).splitlines()) == 3


def test_jitter_moves_numbers_by_a_share_of_their_spread():
    inputs = pd.DataFrame({"wide": np.arange(4000.0) * 1000, "narrow": np.arange(4000.0)})
    made, labels = jitter(inputs, np.arange(4000) % 2, seed=1, spread=0.1)
    moved = (made.iloc[4000:].reset_index(drop=True) - inputs) / inputs.std(ddof=0)
    assert moved.std().tolist() == pytest.approx([0.1, 0.1], rel=0.05)
    pd.testing.assert_frame_equal(made.iloc[:4000], inputs)
    assert labels.tolist() == [0, 1] * 4000


def test_jitter_leaves_flags_categories_and_gaps():
    kind = pd.Categorical(["a", "b", "a"])
    inputs = pd.DataFrame({"boolean": [0.0, 1.0, 0.0], "gaps": [None, 2.0, 3.0], "kind": kind, "x": [1.0, 2.0, 3.0]})
    made, labels = jitter(inputs, np.array([1.5, 2.5, 3.5]), seed=1, copies=2)
    assert made["boolean"].tolist() == [0.0, 1.0, 0.0] * 3
    assert made["gaps"].isna().tolist() == [True, False, False] * 3
    assert made["kind"].dtype == inputs["kind"].dtype and made["kind"].tolist() == ["a", "b", "a"] * 3
    assert made["x"].nunique() == 9
    assert labels.tolist() == [1.5, 2.5, 3.5] * 3


def test_jitter_without_copies_changes_nothing():
    made, labels = jitter(INPUTS, LABELS, seed=1, copies=0)
    pd.testing.assert_frame_equal(made, INPUTS)
    assert labels.tolist() == LABELS.tolist()


def test_jitter_below_nothing_is_rejected():
    with pytest.raises(WrongValue, match="spread is -1"):
        jitter(INPUTS, LABELS, seed=1, spread=-1)
