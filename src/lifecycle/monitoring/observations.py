"""Rows in time, with what a model said of them and, where it is known, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.monitoring.performance_estimation import Answers

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """Features, the name of each row's period, and what goes with them: all have the same rows.

    `blocks` say which rows share their luck, `context` holds the columns of the slices. `times` are missing
    where rows have none. `answers` are a model's, `labels` the target's values (missing where not known yet),
    `delays` the days until a label came.
    """

    features: pd.DataFrame
    period: pd.Series
    blocks: pd.Series
    context: pd.DataFrame
    times: pd.Series | None = None
    answers: Answers | None = None
    labels: pd.Series | None = None
    delays: pd.Series | None = None

    @cached_property
    def periods(self) -> dict[str, Places]:
        """The positions of each period's rows, by its name, in order."""
        found = pd.DataFrame({"period": self.period.to_numpy()}).groupby("period").indices
        named = {str(name): np.asarray(places) for name, places in found.items()}
        return dict(sorted(named.items()))

    def take(self, places: Places) -> Rows:
        """The rows at these positions."""

        def some(values: pd.Series | None) -> pd.Series | None:
            return None if values is None else values.iloc[places]

        return Rows(
            features=self.features.iloc[places],
            period=self.period.iloc[places],
            blocks=self.blocks.iloc[places],
            context=self.context.iloc[places],
            times=some(self.times),
            answers=self.answers and self.answers.take(places),
            labels=some(self.labels),
            delays=some(self.delays),
        )

    def without(self, names: Sequence[str]) -> Rows:
        """The rows without these columns, where they have them."""
        features, context = (
            table.drop(columns=list(names), errors="ignore") for table in (self.features, self.context)
        )
        return replace(
            self, features=features, context=context, answers=self.answers and replace(self.answers, features=features)
        )

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
