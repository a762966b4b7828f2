"""An example of a metric of one's own, which conf/metric/lift.yaml names; both may go."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def compute_lift(
    truth: Floats, probability: Floats, share: float = 0.1, *, sample_weight: Floats | None = None
) -> float:
    """How many times more positives are among the rows with the highest probabilities than among all; NaN without any.

    `share` of the weight of all rows is taken, ties in the order of the rows.
    """
    weights = np.ones(len(truth)) if sample_weight is None else sample_weight
    order = np.argsort(-probability, kind="stable")
    taken = np.clip(share * weights.sum() - (np.cumsum(weights[order]) - weights[order]), 0, weights[order])
    rate = np.average(truth, weights=weights)
    return float(np.average(truth[order], weights=taken) / rate) if rate > 0 else float("nan")
