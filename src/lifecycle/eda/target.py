"""What the report says of a target: one class per task."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import pandas as pd

from lifecycle.data.problem import Problem
from lifecycle.eda import profile
from lifecycle.eda.view import Groups, Plot, View

PANELS = 24
CATEGORIES = 8


@dataclass(frozen=True)
class Target(ABC):
    """The target of the rows in view, as one task sees it.

    `measure` is the statistic of some rows, such as their rate, in words; empty where there is none.
    `intervals` is whether plots show confidence intervals. `other` is what features are related to, `strength`
    says how that is measured, and `choice` which features are plotted where there are too many.
    """

    view: View

    measure: ClassVar[str] = ""
    intervals: ClassVar[bool] = False
    other: ClassVar[str] = "the target"
    choice: ClassVar[str] = "most strongly associated with the target"
    strength: ClassVar[str]

    @property
    @abstractmethod
    def associations(self) -> pd.DataFrame:
        """The association of each feature with the target: `column`, `strength` (0 to 1) and more, strongest first."""

    @property
    @abstractmethod
    def groups(self) -> Groups:
        """The groups of rows whose distributions are compared."""

    @property
    @abstractmethod
    def ranks(self) -> dict[str, pd.Series]:
        """The target by its name, where its order means something, to correlate features with."""

    @abstractmethod
    def list_facts(self) -> dict[str, str]:
        """The main facts on the target, by their name."""

    @abstractmethod
    def describe_rows(self, rows: pd.Index) -> str:
        """The measure of some rows, given by their labels, as text; empty where it is not known."""

    @abstractmethod
    def plot_distribution(self) -> Iterator[Plot]:
        """The distribution of the target."""

    @abstractmethod
    def plot_over_time(self, starts: pd.Series, period: str) -> Iterator[Plot]:
        """The target per period; `starts` has the start of each row's period."""

    @abstractmethod
    def plot_by_category(self, name: str) -> Plot:
        """The target per level of one column."""

    @abstractmethod
    def describe_groups(self) -> str:
        """A sentence on how the strongest numeric feature differs between groups."""

    @abstractmethod
    def plot_scatters(self) -> Iterator[Plot]:
        """Scatter plots of the numeric features that are most strongly associated."""

    @abstractmethod
    def list_extremes(self, associations: pd.DataFrame) -> dict[str, list[str]]:
        """Texts for rows of `associations`, one list per heading: where the target differs most."""

    @property
    def problem(self) -> Problem:
        """The question."""
        return self.view.problem

    @property
    def name(self) -> str:
        """The name of the target's column."""
        return str(self.view.schema.target)

    @property
    def strongest(self) -> list[str]:
        """The numeric features, the strongest first."""
        return [name for name in self.associations["column"] if self.view.kind(name) in profile.NUMERIC]

    @cached_property
    def numeric(self) -> list[str]:
        """The numeric features, at most as many as fit into one figure: the strongest, in the schema's order."""
        plotted = set(self.strongest[:PANELS])
        return [name for name in self.view.schema.columns if name in plotted]

    @property
    def categorical(self) -> list[str]:
        """The features that are categories or booleans, the strongest first."""
        return [name for name in self.associations["column"] if self.view.kind(name) in profile.NAMED]

    @cached_property
    def categories(self) -> list[str]:
        """The strongest category features, then the problem's slices, in the schema's order."""
        types = (*profile.NUMERIC, *profile.NAMED)
        sliced = [name for name in self.problem.slices if name in self.view.table and self.view.kind(name) in types]
        plotted = {*self.categorical[:CATEGORIES], *sliced} - {self.view.schema.target}
        return [name for name in self.view.schema.columns if name in plotted]
