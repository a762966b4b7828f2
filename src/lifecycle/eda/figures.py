"""Every picture that the columns allow, in the order in which one looks at them."""

from collections.abc import Iterator

import pandas as pd

from lifecycle.eda import plots as drawings
from lifecycle.eda import profile, text_stats
from lifecycle.eda.target import PANELS, Target
from lifecycle.eda.view import Plot
from lifecycle.reporting.markdown import quote_code


def draw_plots(target: Target) -> Iterator[Plot]:
    """The pictures, one at a time."""
    view = target.view
    yield from target.itself()
    if view.periods is not None:
        yield from target.over_time(*view.periods)
    for name in target.categories:
        yield target.by_category(name)
    if target.numeric:
        yield draw_histograms(target)
    if view.texts:
        yield draw_text_lengths(target)
    yield from target.scatter()
    yield from draw_correlations(target)
    yield draw_missing_values(target)


def draw_histograms(target: Target) -> Plot:
    """The distribution of each numeric feature, for each group of rows."""
    view, groups = target.view, target.groups
    panels = {name: profile.histogram(view.table[name], groups.codes, len(groups.names)) for name in target.numeric}
    kinds = "share of each kind of row" if len(groups.names) > 1 else "share of rows"
    title = f"Numeric features: {kinds}, per value"
    figure = drawings.histogram_grid(panels, title, view.units, groups.names)
    return Plot("histograms.png", "Numeric features", target.contrast(), figure)


def draw_text_lengths(target: Target) -> Plot:
    """How long the texts of each free-text feature are, for each group of rows."""
    view, groups = target.view, target.groups
    lengths = {name: text_stats.lengths(view.table[name]) for name in view.texts}
    panels = {name: profile.histogram(made, groups.codes, len(groups.names)) for name, made in lengths.items()}
    units = dict.fromkeys(panels, "characters")
    figure = drawings.histogram_grid(panels, "Length of the texts", units, groups.names)
    medians = {name: made.median() for name, made in lengths.items()}
    told = [f"{quote_code(name)} {median:,.0f} characters" for name, median in medians.items() if pd.notna(median)]
    lesson = f"Half of all texts are at most this long: {', '.join(told)}." if told else "There is no text."
    left = len(view.schema.free_texts) - len(view.texts)
    more = f" {left} more columns of text are not drawn." if left else ""
    return Plot("texts.png", "Free text", lesson + more, figure)


def draw_correlations(target: Target) -> Iterator[Plot]:
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
        lesson = f"The strongest is {quote_code(pair[0])} with {quote_code(pair[1])}: {pair[2]:.2f}."
    yield Plot("correlations.png", "Correlations", lesson, figure)


def draw_missing_values(target: Target) -> Plot:
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
    return Plot("missing.png", "Missing values", describe_missing_values(shares, view.table.shape[1]), figure)


def describe_missing_values(shares: pd.DataFrame, columns: int) -> str:
    """What one learns from the missing shares of the columns."""
    if shares.empty:
        return "No value is missing."
    lesson = (
        f"{len(shares)} of {columns} columns have missing values; "
        f"{quote_code(shares['column'].iloc[0])} has most, in {shares['share'].iloc[0]:.1%} of rows."
    )
    return lesson + (f" The {PANELS} emptiest are drawn." if len(shares) > PANELS else "")
