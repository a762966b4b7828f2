"""Rows in time with a model's predictions and, where they are known, the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.evaluation.predictions import Predictions

Places = npt.NDArray[np.intp]

RELEASED, VALIDATION = "released model", "validation model"


@dataclass(frozen=True)
class BrokenColumn:
    """A column that is not as the model needs it, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Basis:
    """What predictions are compared with: those of the same `model` on a `part` of the rows that it was not fitted on.

    Two models predict differently on the same rows, so that a difference between them is no drift.
    """

    model: str
    part: str


@dataclass(frozen=True)
class Observations:
    """Features, the name of each row's period, and what goes with them: all have the same rows.

    Rows of equal `blocks` are correlated, `context` holds the columns of the slices. `times` are None where rows
    have none. `labels` are the target's values (missing where not known yet), `delays` the days until a label came.
    """

    features: pd.DataFrame
    period: pd.Series
    blocks: pd.Series
    context: pd.DataFrame
    times: pd.Series | None = None
    predictions: Predictions | None = None
    labels: pd.Series | None = None
    delays: pd.Series | None = None

    @cached_property
    def periods(self) -> dict[str, Places]:
        """The positions of each period's rows, by its name, in order."""
        places = pd.DataFrame({"period": self.period.to_numpy()}).groupby("period").indices
        return dict(sorted((str(name), np.asarray(ones)) for name, ones in places.items()))

    def take(self, places: Places) -> Observations:
        """The rows at these positions."""

        def some(values: pd.Series | None) -> pd.Series | None:
            return None if values is None else values.iloc[places]

        return Observations(
            features=self.features.iloc[places],
            period=self.period.iloc[places],
            blocks=self.blocks.iloc[places],
            context=self.context.iloc[places],
            times=some(self.times),
            predictions=self.predictions and self.predictions.take(places),
            labels=some(self.labels),
            delays=some(self.delays),
        )

    def without(self, names: Sequence[str]) -> Observations:
        """The rows without these columns, where they have them."""
        features, context = (
            table.drop(columns=list(names), errors="ignore") for table in (self.features, self.context)
        )
        return replace(self, features=features, context=context)

    @property
    def bounds(self) -> npt.NDArray[np.int64]:
        """Where each period begins when rows are ordered by it, and the number of rows."""
        return np.cumsum([0, *(len(places) for places in self.periods.values())], dtype=np.int64)

    @cached_property
    def known(self) -> Places:
        """The positions of the rows whose label is known."""
        if self.labels is None:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self.labels.notna().to_numpy())


@dataclass(frozen=True)
class PredictedReference:
    """Labelled rows with predictions of the basis' model, with which later predictions of it are compared."""

    rows: Observations
    basis: Basis

    def without(self, names: Sequence[str]) -> PredictedReference:
        """The reference without these columns, where it has them."""
        return replace(self, rows=self.rows.without(names))
