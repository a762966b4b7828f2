"""One of several classes: the share of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from lifecycle.eda import associations, plots, plots_classes, profile
from lifecycle.eda.scatter import plot_informative_pairs
from lifecycle.eda.target import Target
from lifecycle.eda.view import Groups, Plot, slugify
from lifecycle.reporting.figures import append_unit
from lifecycle.reporting.markdown import describe_name, escape_amount, quote_code
from lifecycle.reporting.text import format_count, join_words

COMPARED = 4
STACKED = 8
BARS = 24


@dataclass(frozen=True)
class Multiclass(Target):
    """A category, by the share of each of its classes."""

    measure = "most frequent class"
    strength = (
        "Strength is Cramér's V between the target and the feature's levels (numbers cut into tenths, missing as a "
        "level of its own), corrected for the number of both: 0 is no relation, 1 a full one. Beside it is the "
        "level where the share of a class is furthest from its share of all rows."
    )

    @cached_property
    def classes(self) -> Groups:
        """All classes that the schema lists."""
        names = self.view.schema.classes
        codes = self.view.table[self.name].map({name: float(code) for code, name in enumerate(names)})
        return Groups(codes.astype("float64"), names)

    @cached_property
    def counts(self) -> list[int]:
        """The rows of each class."""
        return [int((self.classes.codes == code).sum()) for code in range(len(self.classes.names))]

    @cached_property
    def stacked(self) -> Groups:
        """The classes that are plotted one by one, and all others as one."""
        return self.classes.merge_smallest(STACKED)

    @cached_property
    def associations(self) -> pd.DataFrame:
        """The strength of each feature, and the level that tells most."""
        classes = self.classes
        return associations.associate_with_classes(
            self.view.table, classes.codes, self.view.features, len(classes.names)
        )

    @cached_property
    def groups(self) -> Groups:
        """The classes with most rows."""
        return self.classes.take_largest(COMPARED)

    @property
    def ranks(self) -> dict[str, pd.Series]:
        """Nothing: classes have no order."""
        return {}

    def compute_share(self, place: int) -> float:
        """The share of one class, 0 to 1."""
        return self.counts[place] / max(sum(self.counts), 1)

    def list_facts(self) -> dict[str, str]:
        """How many classes, the most frequent and the rarest."""
        first, *_, last = self.classes.order_by_size()
        names = self.classes.names
        return {
            "target": describe_name(self.name, self.view.schema.columns[self.name].description),
            "classes": f"{len(names)}, from {self.compute_share(last):.1%} ({quote_code(names[last])}) "
            f"to {self.compute_share(first):.1%} ({quote_code(names[first])})",
        }

    def describe_rows(self, rows: pd.Index) -> str:
        """The most frequent class and its share."""
        counts = self.classes.codes[rows].value_counts().sort_index().sort_values(ascending=False, kind="stable")
        if counts.empty:
            return ""
        return f"{quote_code(self.classes.names[int(counts.index[0])])}, {counts.iloc[0] / counts.sum():.1%}"

    def plot_distribution(self) -> Iterator[Plot]:
        """The share of each class."""
        names, order = self.classes.names, self.classes.order_by_size()[:BARS]
        plotted = pd.DataFrame(
            {
                "level": [names[place] for place in order],
                "rows": [self.counts[place] for place in order],
                "value": [self.compute_share(place) for place in order],
            }
        )
        figure = plots.plot_shares_by_category(plotted, f"Share of rows of each class of {self.name}", "share of rows")
        yield Plot("target.png", "The target", self.describe_balance(), figure)

    def describe_balance(self) -> str:
        """How unequal the classes are, which have no row, and how many are not plotted."""
        names, order = self.classes.names, self.classes.order_by_size()
        present = [place for place in order if self.counts[place]]
        absent = [quote_code(names[place]) for place in order if not self.counts[place]]
        caption = f"{quote_code(names[order[0]])} has most rows, {self.compute_share(order[0]):.1%}"
        if len(present) > 1:
            last = present[-1]
            rows = format_count(self.counts[last], "row")
            caption += f"; {quote_code(names[last])} has fewest, {self.compute_share(last):.1%} ({rows})"
        caption += "."
        caption += f" {join_words(absent)} {'has' if len(absent) == 1 else 'have'} no row." if absent else ""
        omitted = len(names) - BARS
        return caption + (f" The {BARS} classes with most rows are plotted, {omitted} are not." if omitted > 0 else "")

    def plot_over_time(self, starts: pd.Series, period: str) -> Iterator[Plot]:
        """The shares per period."""
        groups = self.stacked
        shares = associations.compute_class_shares(starts, groups.codes, len(groups.names))
        if shares.empty:
            return
        title = f"Share of each class of {self.name}, per {period}"
        figure = plots_classes.plot_stacks_over_time(shares, title, groups.names, period)
        large = associations.select_large_levels(shares)
        spans = [float(large[place].max() - large[place].min()) for place in range(len(groups.names))]
        widest = int(np.argmax(spans))
        low, high = (large.iloc[place] for place in (int(large[widest].argmin()), int(large[widest].argmax())))
        caption = (
            f"The share of {quote_code(groups.names[widest])} changes most: from {low[widest]:.1%} (the {period} from "
            f"{low['level']:%Y-%m-%d}) to {high[widest]:.1%} (from {high['level']:%Y-%m-%d})."
        )
        yield Plot("classes_over_time.png", f"The target over time, per {period}", caption, figure)

    def plot_by_category(self, name: str) -> Plot:
        """The shares per level, under those of all rows."""
        view, groups = self.view, self.stacked
        levels = profile.assign_levels(view.table[name], view.kind(name))
        shares = associations.compute_class_shares(levels, groups.codes, len(groups.names))
        overall = associations.compute_class_shares(
            pd.Series("all rows", index=levels.index), groups.codes, len(groups.names)
        )
        title = f"Share of each class of {self.name}, by {append_unit(name, view.units[name])}"
        plotted = pd.concat([overall.astype({"level": "str"}), shares.astype({"level": "str"})], ignore_index=True)
        figure = plots_classes.plot_stacks_by_category(plotted, title, groups.names)
        heading = f"By {describe_name(name, view.schema.columns[name].description)}"
        return Plot(f"classes_by_{slugify(name)}.png", heading, self.describe_shares(shares, name), figure)

    def describe_shares(self, shares: pd.DataFrame, name: str) -> str:
        """The caption on the shares of a column's levels."""
        names = self.stacked.names
        if len(associations.select_large_levels(shares)) < 2:
            return f"{quote_code(name)} has a single level, so it carries no information."
        outstanding = associations.find_outstanding_share(shares, len(names))
        return f"{self.describe_outstanding_class(outstanding, names)}."

    def describe_outstanding_class(self, outstanding: "pd.Series | dict[str, object]", names: tuple[str, ...]) -> str:
        """The share of a class at a level, beside its share of all rows."""
        level, class_name = quote_code(outstanding["level"]), quote_code(names[int(str(outstanding["class"]))])
        return (
            f"At {level} {outstanding['share']:.1%} of rows are {class_name}, of all rows {outstanding['overall']:.1%}"
        )

    def describe_groups(self) -> str:
        """The medians of the strongest feature in each class that is plotted."""
        strongest, groups = self.strongest[0], self.groups
        medians = profile.parse_numbers(self.view.table[strongest]).groupby(groups.codes).median()
        pairs = [(name, medians.get(float(place), np.nan)) for place, name in enumerate(groups.names)]
        unit = self.view.units[strongest]
        texts = [f"{escape_amount(median, unit)} at {quote_code(name)}" for name, median in pairs if pd.notna(median)]
        caption = f"{quote_code(strongest)} is most strongly associated with the target"
        caption += f": its median is {join_words(texts)}" if texts else ""
        omitted = len(self.classes.names) - len(groups.names)
        caption += f". The {COMPARED} classes with most rows are plotted, {omitted} are not" if omitted else ""
        return f"{caption}. Each class adds up to 100 %; values far outside count in the outermost bar."

    def plot_scatters(self) -> Iterator[Plot]:
        """The pairs of features most strongly associated with the target."""
        yield from plot_informative_pairs(self, self.classes.codes, len(self.classes.names))

    def list_extremes(self, associations: pd.DataFrame) -> dict[str, list[str]]:
        """The level that tells most."""
        names = self.classes.names
        texts = [
            self.describe_outstanding_class(row, names) if pd.notna(row["share"]) else ""
            for _, row in associations.iterrows()
        ]
        return {"outstanding class": texts}
