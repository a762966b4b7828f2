"""A yes or no: the share of positive rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from lifecycle.eda import associations, plots, profile
from lifecycle.eda.scatter import plot_informative_pairs
from lifecycle.eda.target import Target
from lifecycle.eda.view import Groups, Plot, slugify
from lifecycle.reporting.figures import append_unit, shorten_label
from lifecycle.reporting.markdown import describe_name, escape_words, quote_code
from lifecycle.reporting.text import format_count, format_percent


@dataclass(frozen=True)
class Binary(Target):
    """A boolean, by its rate: the share of positive rows, 0 to 1."""

    measure = "target rate"
    intervals = True
    strength = (
        "Strength is Cramér's V between the target and the feature's levels (numbers cut into tenths, missing as a "
        "level of its own), corrected for their number: 0 is no relation, 1 a full one."
    )

    @cached_property
    def values(self) -> pd.Series:
        """The target as 1, 0 and NaN."""
        return profile.parse_numbers(self.view.table[self.name])

    @cached_property
    def rate(self) -> float:
        """The share of positive rows, 0 to 1."""
        return float(self.values.mean())

    @cached_property
    def associations(self) -> pd.DataFrame:
        """The strength of each feature, and its levels of lowest and highest rate."""
        return associations.associate_with_boolean(self.view.table, self.values, self.view.features)

    @cached_property
    def groups(self) -> Groups:
        """The negative and the positive rows."""
        return Groups(self.values, (f"rows where {self.name} is false", f"rows where {self.name} is true"))

    @property
    def ranks(self) -> dict[str, pd.Series]:
        """The target as 1 and 0."""
        return {self.name: self.values}

    def list_facts(self) -> dict[str, str]:
        """What the positive rows are, and how many."""
        description = self.problem.positive or self.view.schema.columns[self.name].description
        return {
            "target": describe_name(self.name, description),
            "target rate": f"{format_percent(self.rate) or 'unknown'}, {format_count(int(self.values.sum()), 'row')}",
        }

    def describe_rows(self, rows: pd.Index) -> str:
        """The rate."""
        return format_percent(self.values[rows].mean())

    def plot_distribution(self) -> Iterator[Plot]:
        """Nothing: a rate needs no plot."""
        yield from ()

    def plot_over_time(self, starts: pd.Series, period: str) -> Iterator[Plot]:
        """The rate per period."""
        rates = associations.compute_rates(starts, self.values)
        if rates.empty:
            return
        title = f"Share of rows where {self.name} is true, per {period}"
        figure = plots.plot_rate_over_time(rates, title, f"{shorten_label(self.name)}, share", self.rate, period)
        caption = associations.describe_range_over_time(rates, period, self.rate, "{:.1%}".format)
        yield Plot("rate_over_time.png", f"The target over time, per {period}", caption, figure)

    def plot_by_category(self, name: str) -> Plot:
        """The rate per level."""
        view = self.view
        rates = associations.compute_rates(profile.assign_levels(view.table[name], view.kind(name)), self.values)
        plotted = rates if view.kind(name) in profile.NUMERIC else associations.sort_levels(rates)
        title = f"Share of rows where {self.name} is true, by {append_unit(name, view.units[name])}"
        figure = plots.plot_rate_by_category(plotted, title, f"{shorten_label(self.name)}, share", self.rate)
        heading = f"By {describe_name(name, view.schema.columns[name].description)}"
        return Plot(f"rate_by_{slugify(name)}.png", heading, describe_rates(rates, name), figure)

    def describe_groups(self) -> str:
        """The medians of the strongest feature where the target is true and where it is false."""
        strongest = self.strongest[0]
        medians = profile.parse_numbers(self.view.table[strongest]).groupby(self.values).median()
        caption = f"{quote_code(strongest)} is most strongly associated with the target"
        if {0.0, 1.0} <= set(medians.dropna().index):
            unit = f" {escape_words(self.view.units[strongest])}".rstrip()
            caption += f": its median is {medians[1.0]:g}{unit} where {quote_code(self.name)} is true, "
            caption += f"{medians[0.0]:g}{unit} where it is false"
        return f"{caption}. Each group of rows adds up to 100 %; values far outside count in the outermost bar."

    def plot_scatters(self) -> Iterator[Plot]:
        """The pairs of features most strongly associated with the target."""
        yield from plot_informative_pairs(self, self.values, 2)

    def list_extremes(self, associations: pd.DataFrame) -> dict[str, list[str]]:
        """The levels of highest and of lowest rate."""
        return {
            "highest rate": [
                format_rate(*pair) for pair in zip(associations["highest_value"], associations["highest"], strict=True)
            ],
            "lowest rate": [
                format_rate(*pair) for pair in zip(associations["lowest_value"], associations["lowest"], strict=True)
            ],
        }


def describe_rates(rates: pd.DataFrame, name: str) -> str:
    """The caption on the rates of a column's levels."""
    large = associations.select_large_levels(rates).sort_values("value", kind="stable")
    if len(large) < 2:
        return f"{quote_code(name)} has a single level, so it carries no information."
    low, high = large.iloc[0], large.iloc[-1]
    return (
        f"From {low['value']:.1%} at {quote_code(low['level'])} ({format_count(low['rows'], 'row')}) "
        f"to {high['value']:.1%} at {quote_code(high['level'])} ({format_count(high['rows'], 'row')})."
    )


def format_rate(rate: float, level: str) -> str:
    """A rate and the level that has it; empty where there is none."""
    return f"{rate:.1%} at {quote_code(level)}" if pd.notna(rate) else ""
