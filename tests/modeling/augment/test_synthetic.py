import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.modeling.augment.synthetic import jitter, smote

INPUTS = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 10.0, 14.0], "y": [0.0, 0.0, 0.0, 0.0, 1.0, 3.0]})
LABELS = np.array([0, 0, 0, 0, 1, 1])


def test_made_rows_lie_between_rows_of_the_small_class():
    inputs, labels = smote(INPUTS, LABELS, seed=3)
    pd.testing.assert_frame_equal(inputs.iloc[:6], INPUTS)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    made = inputs.iloc[6:]
    assert made["x"].between(10, 14).all()
    np.testing.assert_allclose(made["y"], (made["x"] - 10) / 2 + 1)


def made_rows(values, **arguments):
    """The rows that are made of a class with these values, as many again as it has and fifty more."""
    count = 2 * len(values) + 50
    inputs = pd.DataFrame(np.vstack([np.full((count, values.shape[1]), -9.0), values]))
    labels = np.repeat(["large", "small"], [count, len(values)])
    inputs, labels = smote(inputs, labels, **arguments)
    assert labels[count:].tolist() == ["small"] * count
    return inputs.to_numpy()[count + len(values) :]


def test_only_the_nearest_neighbours_are_drawn_towards():
    made = made_rows(np.array([[0.0], [1.0], [100.0], [101.0]]), seed=0, neighbours=1)
    assert ((made <= 1) | (made >= 100)).all()


def test_rows_that_are_equal_make_the_same_row():
    assert (made_rows(np.ones((5, 2)), seed=0, neighbours=3) == 1).all()


@settings(deadline=None)
@given(rows=st.integers(2, 20), neighbours=st.integers(1, 8), seed=st.integers(0, 99))
def test_a_made_row_is_inside_the_box_of_the_rows(rows, neighbours, seed):
    values = np.random.default_rng(seed).integers(0, 4, (rows, 2)).astype(float)
    made = made_rows(values, seed=seed, neighbours=neighbours)
    assert made.shape == (rows + 50, 2)
    assert (made >= values.min(axis=0)).all() and (made <= values.max(axis=0)).all()


def test_classes_that_have_enough_rows_stay_as_they_are():
    for labels in (LABELS[:4], np.array(["a", "b", "b", "a"])):
        inputs, same = smote(INPUTS.iloc[:4], labels, seed=1)
        pd.testing.assert_frame_equal(inputs, INPUTS.iloc[:4])
        assert same.tolist() == labels.tolist()


def test_each_small_class_has_as_many_neighbours_as_it_can():
    labels = np.array([0] * 40 + [1] * 10 + [2] * 2)
    inputs = pd.DataFrame({"x": np.r_[np.zeros(40), np.arange(10) * 10.0, 500, 600]})
    made, found = smote(inputs, labels, seed=1, share=0.5, neighbours=9)
    assert np.unique(found, return_counts=True)[1].tolist() == [40, 20, 20]
    assert found[52:].tolist() == [1] * 10 + [2] * 18
    assert (made["x"][found == 1] <= 90).all() and made["x"][found == 2].between(500, 600).all()


def test_the_number_of_threads_changes_no_row():
    values = np.random.default_rng(0).integers(0, 3, (3000, 60)).astype(float)  # many rows are equally near
    labels = np.arange(3000) % 5 // 4
    made = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            made.append(smote(pd.DataFrame(values), labels, seed=1)[0])
    pd.testing.assert_frame_equal(*made, check_exact=True)


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
