"""Parts of the rows, worked out by hand."""

import numpy as np
import pandas as pd

from lifecycle.metrics import Metric
from lifecycle.slices import score, worst

AUC = Metric(target="sklearn.metrics.roc_auc_score", needs="chance", better="higher", description="")
BRIER = Metric(target="sklearn.metrics.brier_score_loss", needs="chance", better="lower", description="")
CONTEXT = pd.DataFrame({"carrier": ["AA", "AA", "UA", "UA"], "hour": [7, 8, 7, 7]}, index=[9, 8, 7, 6])
LABELS = np.array([0, 1, 0, 0])
CHANCE = np.array([0.2, 0.6, 0.4, 0.2])


def test_one_row_per_value_of_each_column():
    found = score(CONTEXT, ["carrier", "hour"], LABELS, CHANCE, 0.4, "auc", AUC)
    assert found[["column", "value", "rows"]].values.tolist() == [
        ["carrier", "AA", 2],
        ["carrier", "UA", 2],
        ["hour", "7", 3],
        ["hour", "8", 1],
    ]
    first = found.iloc[0]
    assert (first["rate"], first["predicted"], first["flagged"], first["auc"]) == (0.5, 0.4, 0.5, 1.0)
    assert found["auc"].isna().tolist() == [False, True, True, True]


def slices(**values):
    return pd.DataFrame(
        [{"column": "c", "value": name, "rows": rows, "m": value} for name, (rows, value) in values.items()]
    )


def test_worst_follows_the_metrics_direction():
    found = slices(a=(300, 0.9), b=(400, 0.6), c=(500, 0.7))
    assert worst(found, "m", AUC)["value"].tolist() == ["b", "c", "a"]
    assert worst(found, "m", BRIER)["value"].tolist() == ["a", "c", "b"]


def test_worst_leaves_out_small_slices_and_those_without_a_value():
    found = slices(a=(299, 0.1), b=(300, float("nan")), c=(300, 0.7), d=(300, 0.6))
    assert worst(found, "m", AUC)["value"].tolist() == ["d", "c"]
    assert worst(found, "m", AUC, least_rows=1, count=1)["value"].tolist() == ["a"]
