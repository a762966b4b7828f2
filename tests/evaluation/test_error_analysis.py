"""The rows with the largest loss, where loss concentrates, and permutation importance."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.error_analysis import (
    choose_measured,
    compute_loss_concentration,
    compute_permutation_importance,
    compute_row_loss,
    count_predictions,
    list_largest_losses,
)

LABELS = np.array([1, 0, 1, 0])
PROBABILITY = np.array([0.5, 0.75, 0.9, 0.0])


def case(task, truth, scores, context, **more):
    return Case(
        task=task, truth=np.asarray(truth), scores=np.asarray(scores), context=context, features=context, **more
    )


def test_the_loss_of_a_row_of_two_classes_is_its_surprise():
    assert compute_row_loss(LABELS, PROBABILITY, "binary") == pytest.approx([np.log(2), np.log(4), -np.log(0.9), 0.0])


def test_a_sure_mistake_is_not_without_end():
    assert compute_row_loss(np.array([1]), np.array([0.0]), "binary")[0] == pytest.approx(-np.log(1e-9))
    assert compute_row_loss(np.array([1]), np.array([[1.0, 0.0, 0.0]]), "multiclass")[0] == pytest.approx(-np.log(1e-9))


def test_the_loss_of_a_row_of_several_classes_is_its_surprise():
    probabilities = np.array([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])
    assert compute_row_loss(np.array([1, 2]), probabilities, "multiclass") == pytest.approx([np.log(4), 0.0])


def test_the_loss_of_a_number_is_its_distance():
    truth = np.array([1.0, 5.0])
    assert compute_row_loss(truth, np.array([3.0, 4.0]), "regression").tolist() == [2.0, 1.0]
    assert compute_row_loss(truth, np.array([[0.0, 3.0, 9.0], [0.0, 4.0, 9.0]]), "regression").tolist() == [2.0, 1.0]


def test_the_loss_of_a_clustered_row_is_what_its_silhouette_lacks():
    # Centroids 1 and 10.
    found = compute_row_loss(np.array([[0.0], [2.0], [10.0]]), np.array([5.0, 5.0, 7.0]), "clustering")
    assert found == pytest.approx([1 / 10, 1 / 8, 0.0])


def test_largest_comes_first_with_what_is_known_of_it():
    context = pd.DataFrame({"id": ["a", "b", "c", "d"]}, index=[4, 5, 6, 7])
    found = list_largest_losses(case("binary", LABELS, PROBABILITY, context), count=2)
    assert found.columns.tolist() == ["label", "probability", "surprise", "input.id"]
    assert found["input.id"].tolist() == ["b", "a"]
    assert found["label"].tolist() == [0, 1]
    assert found["probability"].tolist() == [0.75, 0.5]
    assert found["surprise"].tolist() == pytest.approx([np.log(4), np.log(2)])


TWO = pd.DataFrame({"id": ["a", "b"]})


def test_largest_of_several_classes_says_them_by_name():
    probabilities = [[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]
    found = list_largest_losses(case("multiclass", [2, 1], probabilities, TWO, classes=("x", "y", "z")))
    assert found[["label", "predicted", "probability", "input.id"]].values.tolist() == [
        ["y", "z", 0.1, "b"],
        ["z", "x", 0.25, "a"],
    ]
    assert found["surprise"].tolist() == pytest.approx([np.log(10), np.log(4)])


def test_largest_of_numbers():
    found = list_largest_losses(case("regression", [1.0, 5.0], [2.0, 3.0], TWO))
    assert found.to_dict("list") == {
        "actual": [5.0, 1.0],
        "predicted": [3.0, 2.0],
        "error": [2.0, 1.0],
        "input.id": ["b", "a"],
    }
    found = list_largest_losses(case("regression", [1.0, 5.0], [[0.0, 2.0, 3.0], [1.0, 3.0, 4.0]], TWO), count=1)
    assert found[["low", "high", "error"]].values.tolist() == [[1.0, 4.0, 2.0]]


def test_largest_of_clusters():
    context = pd.DataFrame({"id": ["a", "b", "c"]})
    found = list_largest_losses(case("clustering", [[0.0], [2.0], [10.0]], [5.0, 5.0, 7.0], context), count=1)
    assert found[["cluster", "input.id"]].values.tolist() == [[5, "b"]]
    assert found["loss"].tolist() == pytest.approx([1 / 8])


def test_concentration_compares_the_share_of_loss_with_that_of_rows():
    context = pd.DataFrame({"place": ["x", "y", "y", "y"]}, index=[4, 5, 6, 7])
    found = compute_loss_concentration(case("binary", [1, 1, 1, 1], [0.25, 0.5, 0.5, 1.0], context), ["place"])
    assert found["value"].tolist() == ["x", "y"]
    assert found["share_of_rows"].tolist() == [0.25, 0.75]
    assert found["share_of_loss"].tolist() == pytest.approx([0.5, 0.5])
    assert found["ratio"].tolist() == pytest.approx([2.0, 2 / 3])


def test_concentration_leaves_out_rare_values():
    context = pd.DataFrame({"place": ["rare"] + ["often"] * 200})
    found = compute_loss_concentration(case("binary", np.ones(201), np.full(201, 0.5), context), ["place"])
    assert found["value"].tolist() == ["often"]


def test_a_feature_that_is_used_falls_and_one_that_is_not_does_not():
    used = np.arange(50.0)
    features = pd.DataFrame({"unused": used[::-1].copy(), "used": used})
    labels = (used > 24).astype(np.int64)

    def accuracy(labels, probability):
        return float(((probability >= 0.5) == labels).mean())

    def ask(seed):
        return compute_permutation_importance(
            lambda f: (f["used"] > 24).astype(float), accuracy, features, labels, seed, ["unused", "used"]
        ).features

    found = ask(1)
    assert found["feature"].tolist() == ["used", "unused"]
    assert found["importance"].iloc[0] > 0.2
    assert found["importance"].iloc[1] == 0.0
    pd.testing.assert_frame_equal(found, ask(1))
    assert features["used"].tolist() == used.tolist()


def test_features_that_are_not_measured_are_shuffled_together():
    columns = {"self": np.arange(40.0), "twin": np.arange(40.0), "measured": np.zeros(40)}
    asked = []

    def predict(features):
        asked.append(features.copy())
        return features["self"].to_numpy()

    def score(truth, scores):
        return float((truth == scores).mean())

    found = compute_permutation_importance(predict, score, pd.DataFrame(columns), np.arange(40.0), 1, ["measured"])
    assert found.features["feature"].tolist() == ["measured"]
    assert found.features["importance"].tolist() == [0.0]
    assert found.others is not None
    assert found.others.count == 2
    assert found.others.importance > 0.8
    assert [len(rows) for rows in asked] == [40, 4 * 40]
    assert all((rows["self"] == rows["twin"]).all() for rows in asked)
    assert all(list(rows) == list(columns) for rows in asked)


def test_many_rows_are_predicted_one_shuffle_at_a_time():
    features, sizes = pd.DataFrame({"a": np.arange(3000.0), "b": 0.0}), []

    def predict(rows):
        sizes.append(len(rows))
        return rows[["a", "b"]].to_numpy()

    compute_permutation_importance(predict, lambda truth, scores: 0.0, features, np.zeros(3000), 1, ["a", "b"])
    assert sizes == [3000] * 5


def test_no_feature_is_left_over_where_all_are_measured():
    features = pd.DataFrame({"a": [1.0, 2.0]})
    found = compute_permutation_importance(
        lambda f: f["a"].to_numpy(), lambda t, s: 0.0, features, np.array([1.0, 2.0]), 1, ["a"]
    )
    assert found.others is None


def test_the_heaviest_features_are_measured_in_the_order_of_the_table():
    weights = {f"f{place}": float(place % 7) for place in range(150)}
    found = choose_measured(weights)
    assert len(found) == 100
    assert found[:3] == ["f2", "f3", "f4"]
    assert {weights[name] for name in weights if name not in found} == {0.0, 1.0, 2.0}
    assert choose_measured({"b": 0.0, "a": 1.0}) == ["b", "a"]


def test_predictions_are_counted_before_they_are_made():
    assert [count_predictions(count, 4000) for count in (1, 100, 101, 3000)] == [2, 200, 202, 202]
    assert [count_predictions(count, 45) for count in (1, 100, 3000)] == [1, 3, 3]
    assert count_predictions(5, 0) == 1
