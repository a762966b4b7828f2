"""Predictions kept per row, for comparing versions later."""

import numpy as np
import pandas as pd

from lifecycle.appraisal.case import Case
from lifecycle.metrics import Floats, Truth
from lifecycle.problem import Task


def as_table(case: Case, key: str) -> pd.DataFrame:
    """One row per row of the case: its id and what was so and said.

    For two classes `label`, `chance` and whether it is flagged, `flag`; for several the class's name,
    `label`, and `chance_<class>` for each; for numbers `actual`, `predicted` and, where there is an
    interval, `low` and `high`; for clusters `cluster`.
    """
    return pd.DataFrame({key: case.context[key].to_numpy()} | COLUMNS[case.task](case))


def binary(case: Case) -> dict[str, np.ndarray]:
    """Label, chance and flag."""
    return {"label": case.truth, "chance": case.scores, "flag": case.scores >= case.cut}


def multiclass(case: Case) -> dict[str, np.ndarray]:
    """The class that was, and the chance of each."""
    named = np.array(case.classes, dtype=object)[case.truth]
    return {"label": named} | {f"chance_{name}": case.scores[:, code] for code, name in enumerate(case.classes)}


def regression(case: Case) -> dict[str, np.ndarray]:
    """The number that was and the one predicted, with its interval's ends."""
    ends = {"low": case.scores[:, 0], "high": case.scores[:, 2]} if case.scores.ndim == 2 else {}
    return {"actual": case.truth, "predicted": case.number} | ends


def clustering(case: Case) -> dict[str, np.ndarray]:
    """The cluster's number."""
    return {"cluster": case.clusters}


COLUMNS = {"binary": binary, "multiclass": multiclass, "regression": regression, "clustering": clustering}


def scores(table: pd.DataFrame, task: Task, classes: tuple[str, ...]) -> Floats:
    """The scores, as lifecycle.metrics has them, of a table as `as_table` makes it, with or without the truth."""
    if task == "binary":
        return table["chance"].to_numpy(dtype=np.float64)
    if task == "multiclass":
        return table[[f"chance_{name}" for name in classes]].to_numpy(dtype=np.float64)
    if task == "clustering":
        return table["cluster"].to_numpy(dtype=np.float64)
    names = ["low", "predicted", "high"] if "low" in table else "predicted"
    return table[names].to_numpy(dtype=np.float64)


# The column of such a table that holds what was so.
TRUTH: dict[Task, str | None] = {"binary": "label", "multiclass": "label", "regression": "actual", "clustering": None}


def truth(labels: pd.Series, task: Task, classes: tuple[str, ...]) -> Truth:
    """Labels as lifecycle.metrics has them; a missing one becomes 0, the code -1, or NaN."""
    if task == "multiclass":
        return np.asarray(pd.Categorical(labels.astype("object"), categories=list(classes)).codes, dtype=np.int64)
    numbers = pd.to_numeric(labels, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.nan_to_num(numbers).astype(np.int64) if task == "binary" else numbers
