"""Models that predict the same of all rows are named."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.predictions import Predictions
from lifecycle.review.paired_predictions import Pair
from lifecycle.review.remarks import find_remarks

IDS = pd.Index(list("abcd"))


def pair(task, base, head, threshold=0.5):
    sides = [Predictions(task, IDS, np.array(scores), np.zeros(4), threshold) for scores in (base, head)]
    return Pair("rows", *sides, pd.DataFrame(index=IDS), pd.Series(IDS))


@pytest.mark.parametrize(
    ("task", "base", "head", "remarks"),
    [
        ("binary", [0.1, 0.2, 0.6, 0.3], [0.1, 0.2, 0.4, 0.3],
         ["Head's model predicts none of the 4 rows positive: its threshold is 0.5000, "
          "its probabilities go up to 0.4000."]),
        ("binary", [0.6, 0.7, 0.8, 0.9], [0.1, 0.2, 0.6, 0.3],
         ["Base's model predicts all 4 rows positive: its threshold is 0.5000, its probabilities start at 0.6000."]),
        ("multiclass", [[0.9, 0.1], [0.1, 0.9]] * 2, [[0.9, 0.1]] * 4,
         ["Head's model predicts the class x for all 4 rows."]),
        ("regression", [1.0, 2.0, 3.0, 4.0], [2.5] * 4, ["Head's model predicts the number 2.5 for all 4 rows."]),
        ("clustering", [1.0] * 4, [0.0, 1.0, 0.0, 1.0], ["Base's model predicts the cluster 1 for all 4 rows."]),
        ("binary", [0.1, 0.2, 0.6, 0.3], [0.1, 0.2, 0.6, 0.3], []),
    ],
)  # fmt: skip
def test_a_model_that_predicts_the_same_of_all_rows_gets_a_remark(task, base, head, remarks):
    assert find_remarks(pair(task, base, head), ("x", "y")) == remarks
