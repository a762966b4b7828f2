"""Every picture that the columns allow, in the order in which one looks at them."""

from collections.abc import Iterator

import pandas as pd

from lifecycle.eda import plots as drawings
from lifecycle.eda import profile, text_stats
from lifecycle.eda.target import PANELS, Target
from lifecycle.eda.view import Picture
from lifecycle.reporting.markdown_tables import code


def pictures(target: Target) -> Iterator[Picture]:
    """The pictures, one at a time."""
    view = target.view
    yield from target.itself()
    if view.periods is not None:
        yield from target.over_time(*view.periods)
    for name in target.categories:
        yield target.by_category(name)
    if target.numeric:
        yield histograms(target)
    if view.texts:
        yield text_lengths(target)
    yield from target.scatter()
    yield from correlations(target)
    yield missing(target)


def histograms(target: Target) -> Picture:
    """The distribution of each numeric feature, for each group of rows."""
    view, groups = target.view, target.groups
    panels = {name: profile.histogram(view.table[name], groups.codes, len(groups.names)) for name in target.numeric}
    kinds = "share of each kind of row" if len(groups.names) > 1 else "share of rows"
    title = f"Numeric features: {kinds}, per value"
    figure = drawings.histogram_grid(panels, title, view.units, groups.names)
    return Picture("histograms.png", "Numeric features", target.contrast(), figure)


def text_lengths(target: Target) -> Picture:
    """How long the texts of each free-text feature are, for each group of rows."""
    view, groups = target.view, target.groups
    lengths = {name: text_stats.lengths(view.table[name]) for name in view.texts}
    panels = {name: profile.histogram(made, groups.codes, len(groups.names)) for name, made in lengths.items()}
    units = dict.fromkeys(panels, "characters")
    figure = drawings.histogram_grid(panels, "Length of the texts", units, groups.names)
    medians = {name: made.median() for name, made in lengths.items()}
    told = [f"{code(name)} {median:,.0f} characters" for name, median in medians.items() if pd.notna(median)]
    lesson = f"Half of all texts are at most this long: {', '.join(told)}." if told else "There is no text."
    left = len(view.schema.free_texts) - len(view.texts)
    more = f" {left} more columns of text are not drawn." if left else ""
    return Picture("texts.png", "Free text", lesson + more, figure)


def correlations(target: Target) -> Iterator[Picture]:
    """The rank correlations of the numeric features and of a target that has an order, where there is a feature."""
    if len(target.numeric) + len(target.ranks) < 2 or not target.numeric:
        return
    columns = {name: target.view.table[name] for name in target.numeric} | target.ranks
    matrix = profile.correlations(pd.DataFrame(columns))
    title = "Rank correlations of the numeric features" + (" and the target" if target.ranks else "")
    figure = drawings.heatmap(matrix, title, "Spearman's rank correlation")
    pair = profile.strongest_pair(matrix)
    lesson = "No two columns are correlated."
    if pair:
        lesson = f"The strongest is {code(pair[0])} with {code(pair[1])}: {pair[2]:.2f}."
    yield Picture("correlations.png", "Correlations", lesson, figure)


def missing(target: Target) -> Picture:
    """Which columns have missing values, and when."""
    view = target.view
    shares = profile.missingness(view.table)
    drawn = shares.head(PANELS)
    strips, period = None, ""
    if view.periods is not None and len(drawn):
        starts, period = view.periods
        strips = profile.missing_over_time(view.table[list(drawn["column"])], starts)
    title = "Missing values, overall and over time" if view.periods is not None else "Missing values"
    figure = drawings.missing_values(drawn, strips, title, period)
    return Picture("missing.png", "Missing values", missing_lesson(shares, view.table.shape[1]), figure)


def missing_lesson(shares: pd.DataFrame, columns: int) -> str:
    """What one learns from the missing shares of the columns."""
    if shares.empty:
        return "No value is missing."
    lesson = (
        f"{len(shares)} of {columns} columns have missing values; "
        f"{code(shares['column'].iloc[0])} has most, in {shares['share'].iloc[0]:.1%} of rows."
    )
    return lesson + (f" The {PANELS} emptiest are drawn." if len(shares) > PANELS else "")
