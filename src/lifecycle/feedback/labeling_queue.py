"""Active learning: the predicted rows whose labels are worth most, for uncertainty, novelty or a worst slice."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.dataset import is_number
from lifecycle.feedback.labels import INPUT

Floats = npt.NDArray[np.float64]
EDGE = 0.005


def rank_rows(
    log: pd.DataFrame, train: pd.DataFrame, worst: Sequence[tuple[str, str]], threshold: float | None
) -> pd.DataFrame:
    """Every predicted row, that most worth a label first: `id`, `worth` from 0 to 1, and `why`.

    The worth is the mean of three ranks from 0 to 1: how uncertain the prediction is, how many inputs are beyond
    what the train rows hold, in how many of the `worst` slices (column, value) the row is.
    """
    inputs = log[[name for name in log.columns if str(name).startswith(INPUT)]].rename(
        columns=lambda name: name[len(INPUT) :]
    )
    found = pd.DataFrame(
        {
            "uncertain": measure_uncertainty([json.loads(text) for text in log["prediction"]], threshold),
            "unlike the train rows": measure_novelty(inputs, train),
            "in a worst slice": count_worst_slices(inputs, worst),
        },
        index=log.index,
    )
    ranks = found.rank(method="average", pct=True).where(found > found.min(), 0.0)
    made = pd.DataFrame(
        {
            "id": log["id"],
            "worth": ranks.mean(axis=1),
            "why": [describe_reasons(row) for _, row in ranks.iterrows()],
        }
    )
    return made.sort_values(["worth", "id"], ascending=[False, True], ignore_index=True)


def describe_reasons(ranks: pd.Series) -> str:
    """The reasons that put a row into the upper half, the strongest first."""
    strong = ranks[ranks > 0.5].sort_values(ascending=False, kind="stable")
    return ", ".join(map(str, strong.index)) or "none in particular"


def measure_uncertainty(predictions: Sequence[dict[str, float]], threshold: float | None) -> Floats:
    """The uncertainty of each prediction, higher near the threshold, without a clear class, with a wide interval."""
    return np.array(
        [measure_row_uncertainty(prediction, 0.5 if threshold is None else threshold) for prediction in predictions],
        dtype=np.float64,
    )


def measure_row_uncertainty(prediction: dict[str, float], threshold: float) -> float:
    """The uncertainty of one prediction; 0 where it has none."""
    if "probability" in prediction:
        return -abs(prediction["probability"] - threshold)
    probabilities = [value for name, value in prediction.items() if name.startswith("probability_")]
    if probabilities:
        return -max(probabilities)
    return prediction["high"] - prediction["low"] if "low" in prediction else 0.0


def measure_novelty(inputs: pd.DataFrame, train: pd.DataFrame) -> Floats:
    """Of each row the share of inputs outside the middle 99 % of the train rows, or that no train row has."""
    shared = [name for name in inputs.columns if name in train.columns]
    odd = [find_novel(inputs[name], train[name]) for name in shared]
    return np.mean(odd, axis=0) if odd else np.zeros(len(inputs))


def find_novel(values: pd.Series, before: pd.Series) -> npt.NDArray[np.bool_]:
    """Which values are outside the middle 99 % of those before, or of a category that was not there."""
    if is_number(before):
        numbers, low, high = pd.to_numeric(values, errors="coerce"), before.quantile(EDGE), before.quantile(1 - EDGE)
        return ((numbers < low) | (numbers > high)).to_numpy()
    return (values.notna() & ~values.isin(before.unique())).to_numpy()


def count_worst_slices(inputs: pd.DataFrame, worst: Sequence[tuple[str, str]]) -> Floats:
    """In how many of the worst slices each row is."""
    found = np.zeros(len(inputs))
    for column, value in worst:
        if column in inputs:
            found += (inputs[column].map(format_value) == value).to_numpy()
    return found


def format_value(value: object) -> str:
    """A value as the slices' table writes it."""
    return f"{value:g}" if isinstance(value, float | int) and not isinstance(value, bool) else str(value)
