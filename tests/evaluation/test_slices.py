"""Parts of the rows, worked out by hand."""

import numpy as np
import pandas as pd

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Metric
from lifecycle.evaluation.slices import find_worst_slices, score_slices

AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
BRIER = Metric(
    target="sklearn.metrics.brier_score_loss", tasks=("binary",), needs="probability", better="lower", description=""
)
CONTEXT = pd.DataFrame({"carrier": ["AA", "AA", "UA", "UA"], "hour": [7, 8, 7, 7]}, index=[9, 8, 7, 6])
LABELS = np.array([0, 1, 0, 0])
PROBABILITY = np.array([0.2, 0.6, 0.4, 0.2])
ACCURACY = Metric(
    target="sklearn.metrics.accuracy_score", tasks=("multiclass",), needs="decision", better="higher", description=""
)
ERROR = Metric(
    target="sklearn.metrics.mean_absolute_error", tasks=("regression",), needs="number", better="lower", description=""
)
SILHOUETTE = Metric(
    target="lifecycle.evaluation.metrics.clustering.silhouette",
    tasks=("clustering",),
    needs="cluster",
    better="higher",
    description="",
)


def case(task, truth, scores, **more):
    return Case(task=task, truth=np.array(truth), scores=np.array(scores), context=CONTEXT, features=CONTEXT, **more)


def test_one_row_per_value_of_each_column():
    found = score_slices(case("binary", LABELS, PROBABILITY, threshold=0.4), ["carrier", "hour"], "auc", AUC)
    assert found[["column", "value", "rows"]].values.tolist() == [
        ["carrier", "AA", 2],
        ["carrier", "UA", 2],
        ["hour", "7", 3],
        ["hour", "8", 1],
    ]
    first = found.iloc[0]
    assert (first["rate"], first["predicted"], first["predicted_positive"], first["auc"]) == (0.5, 0.4, 0.5, 1.0)
    assert found["auc"].isna().tolist() == [False, True, True, True]


def test_of_several_classes_the_metric_alone():
    probabilities = [[0.8, 0.1, 0.1], [0.2, 0.3, 0.5], [0.9, 0.1, 0.0], [0.9, 0.0, 0.1]]
    found = score_slices(case("multiclass", [0, 1, 0, 2], probabilities), ["carrier"], "accuracy", ACCURACY)
    assert found.columns.tolist() == ["column", "value", "rows", "accuracy"]
    assert found["accuracy"].tolist() == [0.5, 0.5]


def test_of_numbers_what_was_and_what_was_predicted():
    found = score_slices(case("regression", [1.0, 3.0, 5.0, 5.0], [1.0, 4.0, 5.0, 7.0]), ["carrier"], "mae", ERROR)
    assert found.iloc[:, 3:].to_dict("list") == {"actual": [2.0, 5.0], "predicted": [2.5, 6.0], "mae": [0.5, 1.0]}
    ends = [[0.0, 1.0, 2.0], [0.0, 4.0, 5.0], [0.0, 5.0, 9.0], [0.0, 7.0, 9.0]]
    again = score_slices(case("regression", [1.0, 3.0, 5.0, 5.0], ends), ["carrier"], "mae", ERROR)
    pd.testing.assert_frame_equal(again, found)


def test_of_clusters_the_share_of_the_largest():
    truth, clusters = [[0.0], [4.0], [1.0], [1.0]], [0.0, 1.0, 1.0, 1.0]
    found = score_slices(case("clustering", truth, clusters), ["hour"], "silhouette", SILHOUETTE)
    assert found["largest_cluster"].tolist() == [2 / 3, 1.0]
    assert found["silhouette"].tolist()[0] == 2 / 3
    assert np.isnan(found["silhouette"].tolist()[1])


def test_without_columns_there_are_no_slices():
    found = score_slices(case("binary", LABELS, PROBABILITY), [], "auc", AUC)
    assert found.columns.tolist() == ["column", "value", "rows", "auc"]
    assert len(find_worst_slices(found, "auc", AUC)) == 0


def slices(**values):
    return pd.DataFrame(
        [{"column": "c", "value": name, "rows": rows, "m": value} for name, (rows, value) in values.items()]
    )


def test_worst_follows_the_metrics_direction():
    found = slices(a=(300, 0.9), b=(400, 0.6), c=(500, 0.7))
    assert find_worst_slices(found, "m", AUC)["value"].tolist() == ["b", "c", "a"]
    assert find_worst_slices(found, "m", BRIER)["value"].tolist() == ["a", "c", "b"]


def test_worst_leaves_out_small_slices_and_those_without_a_value():
    found = slices(a=(299, 0.1), b=(300, float("nan")), c=(300, 0.7), d=(300, 0.6))
    assert find_worst_slices(found, "m", AUC)["value"].tolist() == ["d", "c"]
    assert find_worst_slices(found, "m", AUC, least_rows=1, count=1)["value"].tolist() == ["a"]
