"""No target: how the rows are spread, and which features move together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from lifecycle.eda import associations, plots, profile
from lifecycle.eda.scatter import EDGE, HOW, POINTS, SCATTERS, clip_points, pair_columns
from lifecycle.eda.target import PANELS, Target
from lifecycle.eda.view import Groups, Plot, group_all_rows, slugify
from lifecycle.reporting.figures import append_unit
from lifecycle.reporting.markdown import describe_name, escape_amount, quote_code
from lifecycle.reporting.text import format_count

RANKED = 5_000


@dataclass(frozen=True)
class Clustering(Target):
    """Without a target rows are counted and features related to each other."""

    other = "other features"
    choice = "most strongly associated with another, or stand first in the schema"
    strength = (
        "Strength is the highest absolute rank correlation (Spearman) of a numeric feature with another, in at most "
        f"{RANKED:,} rows: 0 is no relation, 1 a full one. Features with a strength near 1 count twice in "
        "any distance between rows."
    )

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The rows in which features are related to each other."""
        return self.view.sample(pd.Series(True, index=self.view.table.index), RANKED)

    @cached_property
    def associations(self) -> pd.DataFrame:
        """The strength of each numeric feature."""
        numeric = [name for name, kind in self.view.features.items() if kind in profile.NUMERIC]
        return associations.associate_features(self.ranked[numeric])

    @property
    def categorical(self) -> list[str]:
        """The features that are categories or booleans, in the schema's order."""
        return [name for name, kind in self.view.features.items() if kind in profile.NAMED]

    @cached_property
    def groups(self) -> Groups:
        """All rows as one group."""
        return group_all_rows(self.view.table)

    @property
    def ranks(self) -> dict[str, pd.Series]:
        """Nothing."""
        return {}

    def list_facts(self) -> dict[str, str]:
        """That there is no target."""
        return {"target": "none: rows are put into groups that no column names"}

    def describe_rows(self, rows: pd.Index) -> str:
        """Nothing."""
        return ""

    def plot_distribution(self) -> Iterator[Plot]:
        """Nothing."""
        yield from ()

    def plot_over_time(self, starts: pd.Series, period: str) -> Iterator[Plot]:
        """The rows per period."""
        counts = starts.value_counts().sort_index()
        rows = pd.DataFrame({"level": counts.index, "rows": counts.to_numpy()})
        figure = plots.plot_rows_over_time(rows, f"Rows per {period}", period)
        least, most = rows.iloc[rows["rows"].argmin()], rows.iloc[rows["rows"].argmax()]
        caption = (
            f"Between {format_count(least['rows'], 'row')} (the {period} from {least['level']:%Y-%m-%d}) "
            f"and {most['rows']:,} (from {most['level']:%Y-%m-%d})."
        )
        yield Plot("rows_over_time.png", f"Rows over time, per {period}", caption, figure)

    def plot_by_category(self, name: str) -> Plot:
        """The share of rows that each level has."""
        view = self.view
        counts = profile.assign_levels(view.table[name], view.kind(name)).value_counts(sort=False)
        shares = counts.to_numpy() / counts.sum()
        rows = pd.DataFrame({"level": counts.index.astype("str"), "rows": counts.to_numpy(), "value": shares})
        title = f"Share of rows, by {append_unit(name, view.units[name])}"
        figure = plots.plot_shares_by_category(rows, title, "share of rows")
        heading = f"By {describe_name(name, view.schema.columns[name].description)}"
        return Plot(f"rows_by_{slugify(name)}.png", heading, describe_counts(rows, name), figure)

    def describe_groups(self) -> str:
        """The feature whose mean lies furthest from its median."""
        table = self.view.table[self.numeric].apply(profile.parse_numbers)
        lopsided = ((table.mean() - table.median()) / table.std()).abs().dropna().round(9)
        note = "Each feature adds up to 100 %; values far outside count in the outermost bar."
        if lopsided.empty or not lopsided.max():
            return f"No feature leans to one side. {note}"
        name = str(lopsided.idxmax())
        middle, mean = (
            escape_amount(value, self.view.units[name]) for value in (table[name].median(), table[name].mean())
        )
        return f"{quote_code(name)} leans most to one side: its median is {middle}, its mean {mean}. {note}"

    def plot_scatters(self) -> Iterator[Plot]:
        """The pairs of features that are furthest from uncorrelated."""
        view = self.view
        pairs = associations.find_correlated_pairs(self.ranked[self.strongest[:PANELS]], SCATTERS)
        if not pairs:
            return
        points = view.sample(self.groups.codes.notna(), POINTS)
        plotted = [(clip_points(pair_columns(points, a, b, self.groups)), rho) for a, b, rho in pairs]
        panels = [(cells, f"rank correlation {rho:.2f}") for cells, rho in plotted]
        figure = plots.plot_scatters(panels, "Pairs of features that move together", view.units, self.groups.names)
        a, b, rho = pairs[0]
        caption = (
            f"{quote_code(a)} and {quote_code(b)} move together most: rank correlation {rho:.2f}. "
            f"{format_count(len(points), 'row')}, {HOW} {EDGE}"
        )
        yield Plot("scatter.png", "Pairs of features", caption, figure)

    def list_extremes(self, associations: pd.DataFrame) -> dict[str, list[str]]:
        """Nothing."""
        return {}


def describe_counts(levels: pd.DataFrame, name: str) -> str:
    """The caption on the rows of a column's levels."""
    if len(levels) < 2:
        return f"{quote_code(name)} has a single level, so it carries no information."
    most = levels.iloc[levels["rows"].argmax()]
    return f"{quote_code(most['level'])} has most rows, {most['value']:.1%}; there are {len(levels)} levels."
