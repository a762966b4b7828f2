"""Where the largest errors sit: the rows with the largest loss, and the features that the model leans on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.problem import Task
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.metrics.clustering import simplified
from lifecycle.evaluation.metrics.probabilistic import of_truth


def row_loss(truth: Truth, scores: Floats, task: Task) -> Floats:
    """What each row adds to the loss, 0 or more.

    The surprise at the truth in nats, with probabilities kept within 1e-9 of 0 and 1; the absolute error; or
    1 less the row's simplified silhouette.
    """
    if task == "clustering":
        return 1 - simplified(truth, scores.astype(np.int64))
    if task == "regression":
        return np.abs(truth - (scores[:, 1] if scores.ndim == 2 else scores))
    return np.asarray(-np.log(np.clip(of_truth(truth, scores), 1e-9, 1.0)), dtype=np.float64)


def largest(case: Case, count: int = 20) -> pd.DataFrame:
    """The rows with the largest loss, the largest first, with what is known of them."""
    loss = row_loss(case.truth, case.scores, case.task)
    places = np.argsort(-loss, kind="stable")[:count]
    found = {name: values[places] for name, values in (told(case) | {LOSSES[case.task]: loss}).items()}
    return pd.concat([pd.DataFrame(found), case.context.iloc[places].reset_index(drop=True)], axis=1)


LOSSES: dict[Task, str] = {
    "binary": "surprise",
    "multiclass": "surprise",
    "regression": "error",
    "clustering": "loss",
}


def told(case: Case) -> dict[str, Truth]:
    """What was so and what the model said, by column."""
    if case.task == "clustering":
        return {"cluster": case.clusters}
    if case.task == "multiclass":
        names, said = np.array(case.classes, dtype=object), case.scores.argmax(axis=1)
        return {"label": names[case.truth], "said": names[said], "probability": of_truth(case.truth, case.scores)}
    if case.task == "regression":
        ends = {"low": case.scores[:, 0], "high": case.scores[:, 2]} if case.scores.ndim == 2 else {}
        return {"actual": case.truth, "predicted": case.number} | ends
    return {"label": case.truth, "probability": case.scores}


def concentration(case: Case, columns: Sequence[str]) -> pd.DataFrame:
    """Which values hold more than their share of all loss: `share_of_rows`, `share_of_loss`, `ratio`.

    The highest ratio first; values with fewer than 1 in 200 rows are left out.
    """
    loss = pd.Series(row_loss(case.truth, case.scores, case.task))
    rows = []
    for column in columns:
        groups = loss.groupby(case.context[column].astype("str").fillna("(missing)").to_numpy())
        share = groups.size() / len(loss)
        held = groups.sum() / loss.sum()
        rows += [
            {"column": column, "value": str(key), "share_of_rows": share[key], "share_of_loss": held[key]}
            for key in share.index[share >= 0.005]
        ]
    found = pd.DataFrame(rows, columns=["column", "value", "share_of_rows", "share_of_loss"])
    found = found.assign(ratio=found["share_of_loss"] / found["share_of_rows"])
    return found.sort_values(["ratio", "column", "value"], ascending=[False, True, True], ignore_index=True)


def permutation_importance(
    predict: Callable[[pd.DataFrame], Floats],
    score: Callable[[Truth, Floats], float],
    features: pd.DataFrame,
    truth: Truth,
    seed: int,
    repeats: int = 2,
) -> pd.DataFrame:
    """How much the score falls when one feature's values are shuffled among the rows, the largest fall first.

    Breiman, Machine Learning 45 (2001), with the mean over the repeats. A feature whose news another one
    carries too falls little.
    """
    generator = np.random.default_rng(seed)
    whole = score(truth, predict(features))
    rows = []
    for name in features.columns:
        falls = []
        for _ in range(repeats):
            order = generator.permutation(len(features))
            shuffled = features.assign(**{name: features[name].to_numpy()[order]})
            falls.append(whole - score(truth, predict(shuffled)))
        rows.append({"feature": name, "fall": float(np.mean(falls))})
    found = pd.DataFrame(rows, columns=["feature", "fall"])
    return found.sort_values(["fall", "feature"], ascending=[False, True], ignore_index=True)
