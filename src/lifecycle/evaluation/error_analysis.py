"""Error analysis: the rows with the largest loss, where loss concentrates, and permutation importance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.problem import Task
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.metrics.clustering import compute_simplified_silhouettes
from lifecycle.evaluation.metrics.probabilistic import select_true_probability


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
    """The rows with the largest loss, the largest first, with what is known of them."""
    loss = compute_row_loss(case.truth, case.scores, case.task)
    places = np.argsort(-loss, kind="stable")[:count]
    columns = {name: values[places] for name, values in (describe_rows(case) | {LOSSES[case.task]: loss}).items()}
    return pd.concat([pd.DataFrame(columns), case.context.iloc[places].reset_index(drop=True)], axis=1)


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


def compute_permutation_importance(
    predict: Callable[[pd.DataFrame], Floats],
    score: Callable[[Truth, Floats], float],
    features: pd.DataFrame,
    truth: Truth,
    seed: int,
    repeats: int = 2,
) -> pd.DataFrame:
    """Each `feature` with its `importance`: the drop of the score when its values are shuffled, the largest first.

    Breiman, Machine Learning 45 (2001), the mean over the repeats. Of correlated features each has little.
    """
    generator = np.random.default_rng(seed)
    unshuffled = score(truth, predict(features))
    rows = []
    for name in features.columns:
        drops = []
        for _ in range(repeats):
            order = generator.permutation(len(features))
            shuffled = features.assign(**{name: features[name].to_numpy()[order]})
            drops.append(unshuffled - score(truth, predict(shuffled)))
        rows.append({"feature": name, "importance": float(np.mean(drops))})
    table = pd.DataFrame(rows, columns=["feature", "importance"])
    return table.sort_values(["importance", "feature"], ascending=[False, True], ignore_index=True)
