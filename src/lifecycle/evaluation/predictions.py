"""Predictions kept per row, for comparing versions later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.problem import Task
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.thresholds import NONE


def as_table(case: Case, key: str) -> pd.DataFrame:
    """One row per row of the case: its id and what was so and said.

    For two classes `label`, `probability` and whether it is flagged, `flag`; for several the class's name,
    `label`, and `probability_<class>` for each; for numbers `actual`, `predicted` and, where there is an
    interval, `low` and `high`; for clusters `cluster`.
    """
    return pd.DataFrame({key: case.context[key].to_numpy()} | COLUMNS[case.task](case))


def binary(case: Case) -> dict[str, np.ndarray]:
    """Label, probability and flag."""
    return {"label": case.truth, "probability": case.scores, "predicted": case.scores >= case.cut}


def multiclass(case: Case) -> dict[str, np.ndarray]:
    """The class that was, and the probability of each."""
    named = np.array(case.classes, dtype=object)[case.truth]
    return {"label": named} | {f"probability_{name}": case.scores[:, code] for code, name in enumerate(case.classes)}


def regression(case: Case) -> dict[str, np.ndarray]:
    """The number that was and the one predicted, with its interval's ends."""
    ends = {"low": case.scores[:, 0], "high": case.scores[:, 2]} if case.scores.ndim == 2 else {}
    return {"actual": case.truth, "predicted": case.number} | ends


def clustering(case: Case) -> dict[str, np.ndarray]:
    """The cluster's number."""
    return {"cluster": case.clusters}


COLUMNS = {"binary": binary, "multiclass": multiclass, "regression": regression, "clustering": clustering}


def scores(table: pd.DataFrame, task: Task, classes: tuple[str, ...]) -> Floats:
    """The scores, shaped as in `evaluation.metric`, of a table as `as_table` makes it, with or without the truth."""
    if task == "binary":
        return table["probability"].to_numpy(dtype=np.float64)
    if task == "multiclass":
        return table[[f"probability_{name}" for name in classes]].to_numpy(dtype=np.float64)
    if task == "clustering":
        return table["cluster"].to_numpy(dtype=np.float64)
    names = ["low", "predicted", "high"] if "low" in table else "predicted"
    return table[names].to_numpy(dtype=np.float64)


# The column of such a table that holds what was so.
TRUTH: dict[Task, str | None] = {"binary": "label", "multiclass": "label", "regression": "actual", "clustering": None}


def truth(labels: pd.Series, task: Task, classes: tuple[str, ...]) -> Truth:
    """Labels as lifecycle.evaluation.metric has them; a missing one becomes 0, the code -1, or NaN."""
    if task == "multiclass":
        return np.asarray(pd.Categorical(labels.astype("object"), categories=list(classes)).codes, dtype=np.int64)
    numbers = pd.to_numeric(labels, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.nan_to_num(numbers).astype(np.int64) if task == "binary" else numbers


PROBABILITY = "probability_"


WANTED: dict[Task, tuple[str, ...]] = {
    "binary": ("label", "probability", "predicted"),
    "multiclass": ("label",),
    "regression": ("actual", "predicted"),
    "clustering": ("cluster",),
}


@dataclass(frozen=True)
class Answers:
    """A model's scores of rows and their truth, as lifecycle.evaluation.metric has them; `cut` is the threshold."""

    ids: pd.Index
    truth: Truth
    scores: Floats
    cut: float = 0.5

    def of(self, ids: pd.Index) -> "Answers":
        """Those of the named rows, in their order."""
        places = self.ids.get_indexer(ids)
        return replace(self, ids=ids, truth=self.truth[places], scores=self.scores[places])


def classes_of(table: pd.DataFrame) -> list[str]:
    """The classes that the table has probabilities of, in their order."""
    return [str(name).removeprefix(PROBABILITY) for name in table.columns if str(name).startswith(PROBABILITY)]


def restored(table: pd.DataFrame, task: Task, classes: Sequence[str] = ()) -> Answers:
    """The answers in a table of lifecycle.evaluation.predictions, whose first column names the rows.

    `classes` orders the classes; one that the table has no probability of had none. Of clusters the table holds
    no truth. Raises UnfitTable for the table of another task.
    """
    lacking = [name for name in WANTED[task] if name not in table.columns]
    if lacking or table.shape[1] < 2:
        raise UnfitTable(
            f"the predictions have no column {', '.join(lacking)}, which {task} has",
            where="data/predictions/test.parquet",
            todo="compare with a version that asks the same question",
        )
    ids = pd.Index(table.iloc[:, 0])
    if task == "binary":
        probability, flag = table["probability"].to_numpy(dtype=np.float64), table["predicted"].to_numpy(dtype=bool)
        cut = float(probability[flag].min()) if flag.any() else NONE
        return Answers(ids, table["label"].to_numpy(dtype=np.int64), probability, cut)
    if task == "multiclass":
        probabilities = [
            table[f"{PROBABILITY}{name}"] if f"{PROBABILITY}{name}" in table else 0.0 * ids.size for name in classes
        ]
        columns = np.column_stack([np.broadcast_to(one, len(ids)) for one in probabilities]).astype(np.float64)
        codes = np.asarray(pd.Categorical(table["label"], categories=list(classes)).codes, dtype=np.int64)
        return Answers(ids, codes, columns)
    if task == "regression":
        middle = table["predicted"].to_numpy(dtype=np.float64)
        scores = table[["low", "predicted", "high"]].to_numpy(dtype=np.float64) if "low" in table else middle
        return Answers(ids, table["actual"].to_numpy(dtype=np.float64), scores)
    return Answers(ids, np.zeros(len(ids)), table["cluster"].to_numpy(dtype=np.float64))
