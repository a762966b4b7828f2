"""Error analysis: the rows with the largest loss, where loss concentrates, and permutation importance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats, Integers
from lifecycle.data.problem import Task
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.metrics.clustering import compute_simplified_silhouettes
from lifecycle.evaluation.metrics.probabilistic import select_true_probability

IMPORTANCE_ROWS = 4000  # rows that permutation importance predicts
MEASURED = 100  # features that it shuffles one by one
REPEATS = 2


def compute_row_loss(truth: Truth, scores: Floats, task: Task) -> Floats:
    """What each row adds to the loss, 0 or more.

    The surprise at the truth in nats, with probabilities kept within 1e-9 of 0 and 1; the absolute error; or
    1 less the row's simplified silhouette.
    """
    if task == "clustering":
        return 1 - compute_simplified_silhouettes(truth, scores.astype(np.int64))
    if task == "regression":
        return np.abs(truth - (scores[:, 1] if scores.ndim == 2 else scores))
    return np.asarray(-np.log(np.clip(select_true_probability(truth, scores), 1e-9, 1.0)), dtype=np.float64)


def list_largest_losses(case: Case, count: int = 20) -> pd.DataFrame:
    """The rows with the largest loss, the largest first, with what is known of them: its names begin with `input.`."""
    loss = compute_row_loss(case.truth, case.scores, case.task)
    places = np.argsort(-loss, kind="stable")[:count]
    columns = {name: values[places] for name, values in (describe_rows(case) | {LOSSES[case.task]: loss}).items()}
    known = case.context.iloc[places].reset_index(drop=True).add_prefix("input.")
    return pd.concat([pd.DataFrame(columns), known], axis=1)


LOSSES: dict[Task, str] = {
    "binary": "surprise",
    "multiclass": "surprise",
    "regression": "error",
    "clustering": "loss",
}


def describe_rows(case: Case) -> dict[str, Truth]:
    """Truth and prediction of each row, by column."""
    if case.task == "clustering":
        return {"cluster": case.clusters}
    if case.task == "multiclass":
        names, predicted = np.array(case.classes, dtype=object), case.scores.argmax(axis=1)
        probability = select_true_probability(case.truth, case.scores)
        return {"label": names[case.truth], "predicted": names[predicted], "probability": probability}
    if case.task == "regression":
        ends = {"low": case.scores[:, 0], "high": case.scores[:, 2]} if case.scores.ndim == 2 else {}
        return {"actual": case.truth, "predicted": case.number} | ends
    return {"label": case.truth, "probability": case.scores}


def compute_loss_concentration(case: Case, columns: Sequence[str]) -> pd.DataFrame:
    """Which values have more than their share of the total loss: `share_of_rows`, `share_of_loss`, `ratio`.

    The highest ratio first; values with fewer than 1 in 200 rows are left out.
    """
    loss = pd.Series(compute_row_loss(case.truth, case.scores, case.task))
    rows = []
    for column in columns:
        groups = loss.groupby(case.context[column].astype("str").fillna("(missing)").to_numpy())
        share = groups.size() / len(loss)
        loss_share = groups.sum() / loss.sum()
        rows += [
            {"column": column, "value": str(key), "share_of_rows": share[key], "share_of_loss": loss_share[key]}
            for key in share.index[share >= 0.005]
        ]
    table = pd.DataFrame(rows, columns=["column", "value", "share_of_rows", "share_of_loss"])
    table = table.assign(ratio=table["share_of_loss"] / table["share_of_rows"])
    return table.sort_values(["ratio", "column", "value"], ascending=[False, True, True], ignore_index=True)


@dataclass(frozen=True)
class OtherFeatures:
    """Features that are not measured one by one: how many, and the drop of the score when all are shuffled together."""

    count: int
    importance: float


@dataclass(frozen=True)
class PermutationImportance:
    """`features` lists each measured `feature` with its `importance`, the largest first; `others` are all the rest."""

    features: pd.DataFrame
    others: OtherFeatures | None


def count_copies(rows: int) -> int:
    """How many shuffled copies of so many rows are predicted at once."""
    return max(1, IMPORTANCE_ROWS // max(rows, 1))


def count_predictions(features: int, rows: int) -> int:
    """How often permutation importance of so many features predicts all copies of its rows."""
    measured = min(features, MEASURED)
    return math.ceil(REPEATS * (measured + int(features > measured)) / count_copies(rows))


def choose_measured(weights: Mapping[str, float]) -> list[str]:
    """The features to shuffle one by one: the heaviest `MEASURED` of them, in the order of the mapping."""
    ranked = sorted(weights, key=lambda name: -weights[name])
    kept = set(ranked[:MEASURED])
    return [name for name in weights if name in kept]


def compute_permutation_importance(
    predict: Callable[[pd.DataFrame], Floats],
    score: Callable[[Truth, Floats], float],
    features: pd.DataFrame,
    truth: Truth,
    seed: int,
    measured: Sequence[str],
) -> PermutationImportance:
    """The drop of the score when the values of a measured feature are shuffled, the mean over `REPEATS`.

    Breiman, Machine Learning 45 (2001). Of correlated features each has little. The features that are not
    measured are shuffled together, row by row.
    """
    rest = [str(name) for name in features.columns.difference(list(measured), sort=False)]
    subjects = [[name] for name in measured] + [rest] * bool(rest)
    generator, unshuffled = np.random.default_rng(seed), score(truth, predict(features))
    shuffles = [(names, generator.permutation(len(features))) for names in subjects for _ in range(REPEATS)]
    drops = [unshuffled - score(truth, predicted) for predicted in predict_shuffled(predict, features, shuffles)]
    means = np.reshape(drops, (-1, REPEATS)).mean(axis=1)
    table = pd.DataFrame({"feature": list(measured), "importance": means[: len(measured)]})
    return PermutationImportance(
        features=table.sort_values(["importance", "feature"], ascending=[False, True], ignore_index=True),
        others=OtherFeatures(len(rest), float(means[-1])) if rest else None,
    )


def predict_shuffled(
    predict: Callable[[pd.DataFrame], Floats], features: pd.DataFrame, shuffles: Sequence[tuple[list[str], Integers]]
) -> Iterator[Floats]:
    """The predictions after each shuffle; of few rows several copies are predicted at once."""
    copied = count_copies(len(features))
    for start in range(0, len(shuffles), copied):
        batch = shuffles[start : start + copied]
        copies = pd.concat([shuffle(features, names, order) for names, order in batch], ignore_index=True)
        yield from np.split(predict(copies), len(batch))


def shuffle(features: pd.DataFrame, names: list[str], order: Integers) -> pd.DataFrame:
    """The features with the rows of these columns in another order."""
    shuffled = features.copy(deep=False)
    for name in names:
        shuffled[name] = features[name].array[order]
    return shuffled
