"""The irreducible error of rows that repeat, on labels whose noise is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.modeling.irreducible_error import (
    average_groups,
    bound_accuracy,
    bound_auc,
    estimate_irreducible_error,
    number_equal_rows,
)


def limits(features: pd.DataFrame, labels: np.ndarray, task: str = "binary") -> dict[str, tuple[float, float, float]]:
    found = estimate_irreducible_error(features, labels, task)  # type: ignore[arg-type]
    assert found is not None
    return {one.metric: (one.value, one.low, one.high) for one in found.limits}


def test_rows_are_equal_where_every_column_is_and_where_both_are_missing() -> None:
    table = pd.DataFrame(
        {"a": [1.0, 1.0, np.nan, np.nan, 1.0], "b": pd.Series(["x", "x", None, None, "y"], dtype="str")}
    )
    assert number_equal_rows(table).tolist() == [0, 0, 1, 1, 2]
    assert number_equal_rows(table[:0]).tolist() == []
    assert number_equal_rows(table[[]]).tolist() == [0] * 5


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.5, None]), st.sampled_from(["", "a", None])), max_size=12))
def test_groups_are_those_of_equal_rows(rows: list[tuple[float | None, str | None]]) -> None:
    numbers, texts = [row[0] for row in rows], [row[1] for row in rows]
    table = pd.DataFrame({"n": pd.Series(numbers, dtype="float64"), "t": pd.Series(texts, dtype="str")})
    groups = number_equal_rows(table).tolist()
    for one in range(len(rows)):
        assert [group == groups[one] for group in groups] == [row == rows[one] for row in rows]


def build_noise(chance: float, rows: int = 40_000, kinds: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of few kinds, half of which are positive with that probability and half with the opposite one."""
    random = np.random.default_rng(0)
    kind = random.integers(0, kinds, rows)
    positive = np.where(kind % 2 == 0, chance, 1 - chance)
    return pd.DataFrame({"kind": kind * 1.0}), (random.random(rows) < positive).astype(np.int64)


def test_the_limits_of_two_classes_with_known_noise() -> None:
    found = limits(*build_noise(0.2))
    assert found["accuracy"][0] == pytest.approx(0.8, abs=0.01)
    assert found["brier"][0] == pytest.approx(0.16, abs=0.004)
    assert found["roc_auc"][0] >= 0.8 - 0.01
    for value, low, high in found.values():
        assert low <= value <= high and high - low < 0.05
    assert found["accuracy"][1] < 0.8 < found["accuracy"][2]


def test_labels_that_agree_bound_nothing() -> None:
    features, _ = build_noise(0.2)
    assert limits(features, (features["kind"] % 2).to_numpy().astype(np.int64)) == {
        "accuracy": (1.0, 1.0, 1.0),
        "roc_auc": (1.0, 1.0, 1.0),
        "brier": (0.0, 0.0, 0.0),
    }


def test_one_class_alone_has_no_roc_auc() -> None:
    features, labels = build_noise(0.2)
    assert list(limits(features, labels * 0)) == ["accuracy", "brier"]


def test_pairs_alone_give_the_same_as_large_groups() -> None:
    assert limits(*build_noise(0.2, rows=40_000, kinds=20_000))["brier"][0] == pytest.approx(0.16, abs=0.01)


def test_labels_by_chance_alone_leave_nothing_to_learn() -> None:
    features, _ = build_noise(0.2)
    labels = np.random.default_rng(1).integers(0, 2, len(features))
    assert limits(features, labels)["roc_auc"][0] < 0.56
    assert limits(features, labels)["accuracy"][0] < 0.55


def test_three_classes() -> None:
    features, _ = build_noise(0.2)
    random = np.random.default_rng(1)
    labels = np.where(random.random(len(features)) < 0.7, features["kind"] % 3, random.integers(0, 3, len(features)))
    found = limits(features, labels.astype(np.int64), "multiclass")
    assert list(found) == ["accuracy"]
    assert found["accuracy"][0] == pytest.approx(0.8, abs=0.01)


def test_the_least_error_of_numbers_is_that_of_their_noise() -> None:
    features, _ = build_noise(0.2)
    labels = features["kind"].to_numpy() * 5 + np.random.default_rng(2).normal(scale=3.0, size=len(features))
    value, low, high = limits(features, labels, "regression")["rmse"]
    assert low < 3.0 < high
    assert value == pytest.approx(3.0, abs=0.05)


def test_too_few_rows_that_repeat_give_no_limits() -> None:
    features = pd.DataFrame({"x": [*np.arange(900.0), *np.arange(20.0)]})
    found = estimate_irreducible_error(features, np.zeros(920, dtype=np.int64), "binary")
    assert found is not None
    assert (found.rows, found.groups, found.share, found.limits) == (40, 20, 40 / 920, [])


def test_rows_that_all_differ_and_rows_without_labels() -> None:
    features = pd.DataFrame({"x": np.arange(500.0)})
    found = estimate_irreducible_error(features, np.zeros(500), "regression")
    assert found is not None
    assert (found.rows, found.groups, found.share, found.limits) == (0, 0, 0.0, [])
    assert estimate_irreducible_error(features, np.zeros(500), "clustering") is None


@pytest.mark.parametrize(
    ("differ", "classes", "best"), [(0.0, 2, 1.0), (0.5, 2, 0.5), (0.32, 2, 0.8), (2 / 3, 3, 1 / 3), (0.0, 1, 1.0)]
)
def test_cover_and_harts_bound(differ: float, classes: int, best: float) -> None:
    assert bound_accuracy(differ, classes) == pytest.approx(best)


def test_the_bound_of_roc_auc() -> None:
    assert bound_auc(2 * 0.3 * 0.7, 0.3) == pytest.approx(0.5)
    assert bound_auc(0.0, 0.3) == 1.0
    assert bound_auc(1 / 3, 0.5) == pytest.approx(0.5 + np.sqrt(1 / 6))  # probabilities spread evenly: 5/6 itself


def test_groups_count_by_their_weight() -> None:
    mean, error = average_groups(np.array([0.0, 1.0]), np.array([3, 1]))
    assert mean == 0.25
    assert error == pytest.approx(np.sqrt(2 * (0.75**2 + 0.75**2)) / 4)
