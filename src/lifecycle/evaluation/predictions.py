"""Predictions in memory and as tables: the one converter between scores and columns, for each task.

| task | output columns | truth column |
|---|---|---|
| binary | `probability`, `predicted` (boolean) | `label` |
| multiclass | `predicted` (class), `probability_<class>` | `label` |
| regression | `predicted`, and with an interval `low`, `high` | `actual` |
| clustering | `cluster` | none |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.columns import name_id_column
from lifecycle.data.problem import Task
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.thresholds import ABOVE_ALL

Columns = dict[str, npt.NDArray[np.generic]]

HALF = 0.5  # the decision threshold where none was chosen
PROBABILITY = "probability_"
TRUTH: Mapping[Task, str | None] = {
    "binary": "label",
    "multiclass": "label",
    "regression": "actual",
    "clustering": None,
}


@dataclass(frozen=True)
class Predictions:
    """A model's scores and the truth of the rows named by `ids`, both as lifecycle.evaluation.metric has them."""

    task: Task
    ids: pd.Index
    scores: Floats
    truth: Truth
    threshold: float = HALF

    def take(self, places: npt.NDArray[np.intp]) -> Predictions:
        """The predictions at these positions."""
        return replace(self, ids=self.ids[places], scores=self.scores[places], truth=self.truth[places])

    def select(self, ids: pd.Index) -> Predictions:
        """The predictions of the named rows, in their order."""
        return self.take(self.ids.get_indexer(ids))

    @property
    def number(self) -> Floats:
        """The predicted number of each row, with or without an interval around it."""
        return self.scores[:, 1] if self.scores.ndim == 2 else self.scores

    @property
    def probabilities(self) -> Floats:
        """The predicted probability of each class, a column each."""
        return np.column_stack([1 - self.scores, self.scores]) if self.scores.ndim == 1 else self.scores


def tabulate_scores(task: str, classes: Sequence[str], threshold: float | None, scores: Floats) -> Columns:
    """The output columns of rows whose scores are as lifecycle.evaluation.metric has them for the task."""
    return TABULATE[task](scores, classes, HALF if threshold is None else threshold)


def tabulate_binary(scores: Floats, classes: Sequence[str], threshold: float) -> Columns:
    """The probability, and whether it reaches the threshold."""
    return {"probability": scores, "predicted": scores >= threshold}


def tabulate_multiclass(scores: Floats, classes: Sequence[str], threshold: float) -> Columns:
    """The most probable class, the first of equal ones, and the probability of each."""
    predicted = np.array(classes, dtype=object)[scores.argmax(axis=1)]
    return {"predicted": predicted} | {f"{PROBABILITY}{name}": scores[:, code] for code, name in enumerate(classes)}


def tabulate_regression(scores: Floats, classes: Sequence[str], threshold: float) -> Columns:
    """The number, with the ends of its interval where the model has one."""
    if scores.ndim == 1:
        return {"predicted": scores}
    return {"predicted": scores[:, 1], "low": scores[:, 0], "high": scores[:, 2]}


def tabulate_clustering(scores: Floats, classes: Sequence[str], threshold: float) -> Columns:
    """The cluster's number."""
    return {"cluster": scores.astype(np.int64)}


TABULATE: Mapping[str, Callable[[Floats, Sequence[str], float], Columns]] = {
    "binary": tabulate_binary,
    "multiclass": tabulate_multiclass,
    "regression": tabulate_regression,
    "clustering": tabulate_clustering,
}


def tabulate_case(case: Case, key: str) -> pd.DataFrame:
    """One row per row of the case: its id, the truth where the task has one, and the output columns."""
    truth = {} if (name := TRUTH[case.task]) is None else {name: name_classes(case.truth, case.task, case.classes)}
    columns = tabulate_scores(case.task, case.classes, case.threshold, case.scores)
    return pd.DataFrame({name_id_column(key): case.context[key].to_numpy()} | truth | columns)


def name_classes(truth: Truth, task: Task, classes: Sequence[str]) -> Truth:
    """Codes of several classes as their names; what other tasks have as it is."""
    return np.array(classes, dtype=object)[truth] if task == "multiclass" else truth


def list_output_columns(task: Task, classes: Sequence[str] = ()) -> list[str]:
    """The columns that a table of predictions of the task cannot lack."""
    if task == "multiclass":
        return [f"{PROBABILITY}{name}" for name in classes]
    return {"binary": ["probability"], "regression": ["predicted"], "clustering": ["cluster"]}[task]


def parse_scores(table: pd.DataFrame, task: Task, classes: Sequence[str]) -> Floats:
    """The scores, shaped as in lifecycle.evaluation.metric, in a table of predictions with or without the truth."""
    columns = list_output_columns(task, classes)
    if task == "regression" and "low" in table:
        columns = ["low", "predicted", "high"]
    scores = table[columns].to_numpy(dtype=np.float64)
    return scores if task == "multiclass" or len(columns) > 1 else scores[:, 0]


def encode_truth(labels: pd.Series, task: Task, classes: Sequence[str]) -> Truth:
    """Labels as lifecycle.evaluation.metric has them; a missing one becomes 0, the code -1, or NaN."""
    if task == "multiclass":
        return np.asarray(pd.Categorical(labels.astype("object"), categories=list(classes)).codes, dtype=np.int64)
    numbers = pd.to_numeric(labels, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.nan_to_num(numbers).astype(np.int64) if task == "binary" else numbers


def list_classes(table: pd.DataFrame) -> list[str]:
    """The classes that the table has probabilities of, in their order."""
    return [str(name).removeprefix(PROBABILITY) for name in table.columns if str(name).startswith(PROBABILITY)]


def parse_predictions(table: pd.DataFrame, task: Task, classes: Sequence[str] = ()) -> Predictions:
    """The predictions in a table of `tabulate_case`, whose first column names the rows.

    `classes` orders the classes; one that the table has no probability of gets the probability 0. Of clusters the
    table holds no truth, which is 0. The threshold of two classes is the lowest probability predicted positive.
    Raises UnfitTable for the table of another task.
    """
    check_task(table, task)
    ids, name = pd.Index(table.iloc[:, 0]), TRUTH[task]
    truth = np.zeros(len(ids)) if name is None else encode_truth(table[name], task, classes)
    absent = {column: 0.0 for column in list_output_columns(task, classes) if column not in table}
    scores = parse_scores(table.assign(**absent), task, classes)
    return Predictions(task, ids, scores, truth, find_threshold(table, task))


def check_task(table: pd.DataFrame, task: Task) -> None:
    """Raise UnfitTable unless a table holds predictions of the task beside an id."""
    names = [name for name in (TRUTH[task], *list_output_columns(task)) if name]
    names += ["predicted"] if task == "binary" else []
    lacking = [name for name in names if name not in table.columns]
    if lacking or table.shape[1] < 2:
        raise UnfitTable(
            f"the predictions have no column {', '.join(lacking)}, which {task} has",
            where="data/predictions/test.parquet",
            todo="compare with a version that asks the same question",
        )


def find_threshold(table: pd.DataFrame, task: Task) -> float:
    """A threshold that predicts the same rows of two classes positive; one half for other tasks."""
    if task != "binary":
        return HALF
    positive = table["predicted"].to_numpy(dtype=bool)
    return float(table["probability"].to_numpy(dtype=np.float64)[positive].min()) if positive.any() else ABOVE_ALL
