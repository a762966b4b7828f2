"""The decision threshold that the costs of mistakes ask for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.problem import Costs

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

# Above every probability: nothing is flagged.
NONE = 1.000001


@dataclass(frozen=True)
class Choice:
    """A threshold with its mean cost per row, beside the costs of flagging no row and of flagging all."""

    threshold: float
    cost: float
    cost_of_none: float
    cost_of_all: float


def choose(labels: Labels, probability: Floats, costs: Costs) -> Choice:
    """The threshold with the least cost on these rows: a row is flagged when its probability reaches it.

    Candidates are the probabilities themselves, cut down to six decimals; among equals the highest, which flags
    the fewest rows. Where flagging none is cheapest, the threshold lies above 1.
    """
    probability = np.floor(probability * 1e6) / 1e6
    order = np.argsort(-probability, kind="stable")
    ranked, caught = probability[order], np.cumsum(labels[order])
    flagged = np.arange(1, len(labels) + 1)
    cost = costs.false_positive * (flagged - caught) + costs.false_negative * (labels.sum() - caught)
    last_of_equals = np.append(ranked[1:] != ranked[:-1], True)
    best = int(np.flatnonzero(last_of_equals)[np.argmin(cost[last_of_equals])])
    none = float(costs.false_negative * labels.mean())
    return priced(labels, probability, NONE if none < cost[best] / len(labels) else float(ranked[best]), costs)


def priced(labels: Labels, probability: Floats, threshold: float, costs: Costs) -> Choice:
    """The threshold with what it costs on these rows."""
    flag = probability >= threshold
    wrong = costs.false_positive * (flag & (labels == 0)).sum() + costs.false_negative * (~flag & (labels == 1)).sum()
    return Choice(
        threshold=threshold,
        cost=float(wrong / len(labels)),
        cost_of_none=float(costs.false_negative * labels.mean()),
        cost_of_all=float(costs.false_positive * (1 - labels.mean())),
    )


def curve(labels: Labels, probability: Floats, costs: Costs, points: int = 101) -> pd.DataFrame:
    """Mean `cost` per row at evenly spaced values of `threshold` from 0 to 1."""
    rows = []
    for threshold in np.linspace(0, 1, points):
        flag = probability >= threshold
        cost = (
            costs.false_positive * (flag & (labels == 0)).mean() + costs.false_negative * (~flag & (labels == 1)).mean()
        )
        rows.append({"threshold": float(threshold), "cost": float(cost)})
    return pd.DataFrame(rows)
