"""A number: its mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from lifecycle.eda import associations, plots, plots_numeric, profile
from lifecycle.eda.scatter import EDGE, HOW, POINTS, SCATTERS, clip_points, pair_columns
from lifecycle.eda.target import Target
from lifecycle.eda.view import Groups, Plot, group_all_rows, slugify
from lifecycle.reporting.figures import append_unit, shorten_label
from lifecycle.reporting.markdown import describe_name, escape_amount, quote_code
from lifecycle.reporting.text import format_amount, format_count


@dataclass(frozen=True)
class Regression(Target):
    """A number, by its mean."""

    measure = "target mean"
    intervals = True
    strength = (
        "Strength is the absolute rank correlation (Spearman) between the target and a number, and for categories the "
        "correlation ratio, the part of the target's spread that lies between the levels, as a root and corrected for "
        "their number: 0 is no relation, 1 a full one. Means are of the feature's levels (numbers cut into tenths, "
        "missing as a level of its own)."
    )

    @cached_property
    def values(self) -> pd.Series:
        """The target as numbers and NaN."""
        return profile.parse_numbers(self.view.table[self.name])

    @cached_property
    def mean(self) -> float:
        """The mean of all rows, in the target's unit."""
        return float(self.values.mean())

    @property
    def overall(self) -> tuple[float, str]:
        """The mean of all rows, and how it is written."""
        return self.mean, self.format_value(self.mean)

    @property
    def label(self) -> str:
        """The target with its unit."""
        return append_unit(shorten_label(self.name), self.view.units[self.name])

    @cached_property
    def associations(self) -> pd.DataFrame:
        """The strength of each feature, and its levels of lowest and highest mean."""
        return associations.associate_with_number(self.view.table, self.values, self.view.features)

    @cached_property
    def groups(self) -> Groups:
        """The rows up to the target's median and those above it."""
        median = self.values.median()
        above = (self.values > median).astype("float64").mask(self.values.isna())
        text = self.format_value(median)
        return Groups(above, (f"{self.name} up to its median, {text}", f"{self.name} above {text}"))

    @property
    def ranks(self) -> dict[str, pd.Series]:
        """The target itself."""
        return {self.name: self.values}

    def format_value(self, value: float) -> str:
        """A value of the target with its unit, escaped."""
        return escape_amount(value, self.view.units[self.name])

    def list_facts(self) -> dict[str, str]:
        """Mean, median and ends."""
        low, median, high = (self.format_value(value) for value in self.values.quantile([0, 0.5, 1]))
        return {
            "target": describe_name(self.name, self.view.schema.columns[self.name].description),
            "target mean": f"{self.format_value(self.mean)}; median {median}, from {low} to {high}",
        }

    def describe_rows(self, rows: pd.Index) -> str:
        """The mean."""
        return self.format_value(self.values[rows].mean())

    def plot_distribution(self) -> Iterator[Plot]:
        """A histogram with the mean and the median."""
        bins = profile.compute_histograms(self.values, group_all_rows(self.view.table).codes, 1)
        lower, median, upper = self.values.quantile([0.25, 0.5, 0.75])
        unit = self.view.units[self.name]
        marks = {f"{name} {format_amount(at, unit)}": at for name, at in (("mean", self.mean), ("median", median))}
        figure = plots_numeric.plot_distribution(bins, f"Distribution of {self.name}", self.label, marks)
        caption = (
            f"Half of all rows lie between {self.format_value(lower)} and {self.format_value(upper)}; mean "
            f"{self.format_value(self.mean)}, median {self.format_value(median)}. "
            "Values far outside count in the outermost bar."
        )
        yield Plot("target.png", "The target", caption, figure)

    def plot_over_time(self, starts: pd.Series, period: str) -> Iterator[Plot]:
        """The mean per period."""
        means = associations.compute_means(starts, self.values)
        if means.empty:
            return
        title = f"Mean of {self.name}, per {period}"
        figure = plots_numeric.plot_mean_over_time(means, title, f"mean of {self.label}", self.overall, period)
        caption = associations.describe_range_over_time(means, period, self.mean, self.format_value)
        yield Plot("mean_over_time.png", f"The target over time, per {period}", caption, figure)

    def plot_by_category(self, name: str) -> Plot:
        """The mean per level."""
        view = self.view
        means = associations.compute_means(profile.assign_levels(view.table[name], view.kind(name)), self.values)
        plotted = means if view.kind(name) in profile.NUMERIC else associations.sort_levels(means)
        title = f"Mean of {self.name}, by {append_unit(name, view.units[name])}"
        figure = plots_numeric.plot_mean_by_category(plotted, title, f"mean of {self.label}", self.overall)
        heading = f"By {describe_name(name, view.schema.columns[name].description)}"
        return Plot(f"mean_by_{slugify(name)}.png", heading, self.describe_means(means, name), figure)

    def describe_means(self, means: pd.DataFrame, name: str) -> str:
        """The caption on the means of a column's levels."""
        large = associations.select_large_levels(means).sort_values("value", kind="stable")
        if len(large) < 2:
            return f"{quote_code(name)} has a single level, so it carries no information."
        low, high = large.iloc[0], large.iloc[-1]
        return (
            f"From {self.format_value(low['value'])} at {quote_code(low['level'])} "
            f"({format_count(low['rows'], 'row')}) to {self.format_value(high['value'])} "
            f"at {quote_code(high['level'])} ({format_count(high['rows'], 'row')})."
        )

    def describe_groups(self) -> str:
        """The medians of the strongest feature where the target is high and where it is low."""
        strongest, groups = self.strongest[0], self.groups
        medians = profile.parse_numbers(self.view.table[strongest]).groupby(groups.codes).median()
        caption = f"{quote_code(strongest)} is most strongly associated with the target"
        if {0.0, 1.0} <= set(medians.dropna().index):
            low, high = (escape_amount(medians[group], self.view.units[strongest]) for group in (0.0, 1.0))
            caption += f": its median is {high} where {quote_code(self.name)} is above its own median, {low} elsewhere"
        return f"{caption}. Each group of rows adds up to 100 %; values far outside count in the outermost bar."

    def plot_scatters(self) -> Iterator[Plot]:
        """The strongest features against the target."""
        view, names = self.view, self.strongest[:SCATTERS]
        if not names:
            return
        points = view.sample(self.values.notna(), POINTS)
        rho = {name: associations.compute_rank_correlation(view.table[name], self.values) for name in names}
        panels = [(self.pair_with_target(points, name), f"rank correlation {rho[name]:.2f}") for name in names]
        title = f"The features that go most strongly with {self.name}"
        figure = plots.plot_scatters(panels, title, view.units, ("all rows",))
        direction = "rises" if rho[names[0]] > 0 else "falls" if rho[names[0]] < 0 else "neither rises nor falls"
        caption = (
            f"{quote_code(self.name)} {direction} with {quote_code(names[0])}: rank correlation {rho[names[0]]:.2f}. "
            f"{format_count(len(points), 'row')}, {HOW} {EDGE}"
        )
        yield Plot("scatter.png", "Features against the target", caption, figure)

    def pair_with_target(self, points: pd.DataFrame, name: str) -> pd.DataFrame:
        """One feature and the target of the rows to draw."""
        return clip_points(pair_columns(points, name, self.name, group_all_rows(points)))

    def list_extremes(self, associations: pd.DataFrame) -> dict[str, list[str]]:
        """The levels of highest and of lowest mean."""
        return {
            "highest mean": [
                self.format_mean(*pair)
                for pair in zip(associations["highest_value"], associations["highest"], strict=True)
            ],
            "lowest mean": [
                self.format_mean(*pair)
                for pair in zip(associations["lowest_value"], associations["lowest"], strict=True)
            ],
        }

    def format_mean(self, mean: float, level: str) -> str:
        """A mean and the level that has it; empty where there is none."""
        return f"{self.format_value(mean)} at {quote_code(level)}" if pd.notna(mean) else ""
