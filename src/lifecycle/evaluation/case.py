"""The rows that a model is evaluated on, and the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.problem import Costs, Task
from lifecycle.evaluation.metric import Truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Case:
    """Rows with their truth and a model's scores, both as lifecycle.evaluation.metric has them for the task.

    `context` and `features` hold the same rows: the other columns, and the features as they came.
    `classes` are the classes' names in the order of their codes. `labels_train` are the labels of the
    train part, from which the trivial baseline is made; there are none for clustering. `threshold` and
    `costs` belong to two classes; `units` are those of columns, by name.
    """

    task: Task
    truth: Truth
    scores: Floats
    context: pd.DataFrame
    features: pd.DataFrame
    classes: tuple[str, ...] = ()
    target: str | None = None
    threshold: float | None = None
    costs: Costs | None = None
    labels_train: Truth = field(default_factory=lambda: np.empty(0))
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def decision_threshold(self) -> float:
        """The threshold, or one half where none was chosen."""
        return 0.5 if self.threshold is None else self.threshold

    @property
    def clusters(self) -> npt.NDArray[np.int64]:
        """The scores as numbers of clusters."""
        return self.scores.astype(np.int64)

    @property
    def number(self) -> Floats:
        """The number predicted for each row, with or without an interval around it."""
        return self.scores[:, 1] if self.scores.ndim == 2 else self.scores

    @property
    def axis_label(self) -> str:
        """The target with its unit, as the label of an axis."""
        unit = self.units.get(self.target or "", "")
        return f"{self.target} [{unit}]" if unit else str(self.target)


@dataclass(frozen=True)
class Evaluation:
    """A task's own results on the valid part: tables and plots by file stem, and a section of the report.

    The section is Markdown and shows each plot as `stem.png`. `confusion` holds the true class, `actual`, and the
    predicted one, `predicted`, one row per example; it has no rows where there are no classes.
    """

    tables: dict[str, pd.DataFrame]
    plots: dict[str, Figure]
    section: str
    confusion: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"actual": [], "predicted": []}, dtype="str"))
