"""The decision threshold with the least expected cost of errors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.problem import Costs

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

# Above every probability: no row is predicted positive.
ABOVE_ALL = 1.000001


@dataclass(frozen=True)
class ThresholdCost:
    """A threshold with its mean cost per row, beside the costs of predicting no row and every row positive."""

    threshold: float
    cost: float
    cost_of_none: float
    cost_of_all: float


def choose_threshold(labels: Labels, probability: Floats, costs: Costs) -> ThresholdCost:
    """The threshold with the least cost on these rows: a row is predicted positive when its probability reaches it.

    Candidates are the probabilities themselves, cut down to six decimals; among equals the highest, which
    predicts the fewest rows positive. Where predicting none is cheapest, the threshold lies above 1.
    """
    probability = np.floor(probability * 1e6) / 1e6
    order = np.argsort(-probability, kind="stable")
    ranked, true_positives = probability[order], np.cumsum(labels[order])
    positives = np.arange(1, len(labels) + 1)
    cost = costs.false_positive * (positives - true_positives)
    cost = cost + costs.false_negative * (labels.sum() - true_positives)
    last_of_equals = np.append(ranked[1:] != ranked[:-1], True)
    best = int(np.flatnonzero(last_of_equals)[np.argmin(cost[last_of_equals])])
    none = float(costs.false_negative * labels.mean())
    return price_threshold(
        labels, probability, ABOVE_ALL if none < cost[best] / len(labels) else float(ranked[best]), costs
    )


def price_threshold(labels: Labels, probability: Floats, threshold: float, costs: Costs) -> ThresholdCost:
    """The threshold with what it costs on these rows."""
    positive = probability >= threshold
    false_positives, false_negatives = (positive & (labels == 0)).sum(), (~positive & (labels == 1)).sum()
    total = costs.false_positive * false_positives + costs.false_negative * false_negatives
    return ThresholdCost(
        threshold=threshold,
        cost=float(total / len(labels)),
        cost_of_none=float(costs.false_negative * labels.mean()),
        cost_of_all=float(costs.false_positive * (1 - labels.mean())),
    )


def compute_cost_curve(labels: Labels, probability: Floats, costs: Costs, points: int = 101) -> pd.DataFrame:
    """Mean `cost` per row at evenly spaced values of `threshold` from 0 to 1."""
    rows = []
    for threshold in np.linspace(0, 1, points):
        positive = probability >= threshold
        false_positives, false_negatives = (positive & (labels == 0)).mean(), (~positive & (labels == 1)).mean()
        cost = costs.false_positive * false_positives + costs.false_negative * false_negatives
        rows.append({"threshold": float(threshold), "cost": float(cost)})
    return pd.DataFrame(rows)
