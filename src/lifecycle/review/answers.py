"""Predictions that were kept, as truth and scores again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lifecycle.errors import UnfitTable
from lifecycle.metrics import Floats, Truth
from lifecycle.problem import Task
from lifecycle.thresholds import NONE

CHANCE = "chance_"
WANTED: dict[Task, tuple[str, ...]] = {
    "binary": ("label", "chance", "flag"),
    "multiclass": ("label",),
    "regression": ("actual", "predicted"),
    "clustering": ("cluster",),
}


@dataclass(frozen=True)
class Answers:
    """A model's scores of rows and their truth, as lifecycle.metrics has them; `cut` is the threshold."""

    ids: pd.Index
    truth: Truth
    scores: Floats
    cut: float = 0.5

    def of(self, ids: pd.Index) -> "Answers":
        """Those of the named rows, in their order."""
        places = self.ids.get_indexer(ids)
        return replace(self, ids=ids, truth=self.truth[places], scores=self.scores[places])


def classes_of(table: pd.DataFrame) -> list[str]:
    """The classes that the table has chances of, in their order."""
    return [str(name).removeprefix(CHANCE) for name in table.columns if str(name).startswith(CHANCE)]


def restored(table: pd.DataFrame, task: Task, classes: Sequence[str] = ()) -> Answers:
    """The answers in a table of lifecycle.predictions, whose first column names the rows.

    `classes` orders the classes; one that the table has no chance of had none. Of clusters the table holds
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
        chance, flag = table["chance"].to_numpy(dtype=np.float64), table["flag"].to_numpy(dtype=bool)
        cut = float(chance[flag].min()) if flag.any() else NONE
        return Answers(ids, table["label"].to_numpy(dtype=np.int64), chance, cut)
    if task == "multiclass":
        chances = [table[f"{CHANCE}{name}"] if f"{CHANCE}{name}" in table else 0.0 * ids.size for name in classes]
        columns = np.column_stack([np.broadcast_to(one, len(ids)) for one in chances]).astype(np.float64)
        codes = np.asarray(pd.Categorical(table["label"], categories=list(classes)).codes, dtype=np.int64)
        return Answers(ids, codes, columns)
    if task == "regression":
        middle = table["predicted"].to_numpy(dtype=np.float64)
        scores = table[["low", "predicted", "high"]].to_numpy(dtype=np.float64) if "low" in table else middle
        return Answers(ids, table["actual"].to_numpy(dtype=np.float64), scores)
    return Answers(ids, np.zeros(len(ids)), table["cluster"].to_numpy(dtype=np.float64))
