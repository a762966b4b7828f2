"""Every plot that the columns allow, in the order of the report."""

from collections.abc import Iterator

import pandas as pd

from lifecycle.eda import plots, profile, text_stats
from lifecycle.eda.target import PANELS, Target
from lifecycle.eda.view import Plot
from lifecycle.reporting.markdown import quote_code


def draw_plots(target: Target) -> Iterator[Plot]:
    """The plots, one at a time."""
    view = target.view
    yield from target.plot_distribution()
    if view.periods is not None:
        yield from target.plot_over_time(*view.periods)
    for name in target.categories:
        yield target.plot_by_category(name)
    if target.numeric:
        yield draw_histograms(target)
    if view.texts:
        yield draw_text_lengths(target)
    yield from target.plot_scatters()
    yield from draw_correlations(target)
    yield draw_missing_values(target)


def draw_histograms(target: Target) -> Plot:
    """The distribution of each numeric feature, for each group of rows."""
    view, groups = target.view, target.groups
    panels = {
        name: profile.compute_histograms(view.table[name], groups.codes, len(groups.names)) for name in target.numeric
    }
    scale = "share of each group of rows" if len(groups.names) > 1 else "share of rows"
    title = f"Numeric features: {scale}, per value"
    figure = plots.plot_histograms(panels, title, view.units, groups.names)
    return Plot("histograms.png", "Numeric features", target.describe_groups(), figure)


def draw_text_lengths(target: Target) -> Plot:
    """How long the texts of each free-text feature are, for each group of rows."""
    view, groups = target.view, target.groups
    lengths = {name: text_stats.count_characters(view.table[name]) for name in view.texts}
    panels = {
        name: profile.compute_histograms(values, groups.codes, len(groups.names)) for name, values in lengths.items()
    }
    units = dict.fromkeys(panels, "characters")
    figure = plots.plot_histograms(panels, "Length of the texts", units, groups.names)
    medians = {name: values.median() for name, values in lengths.items()}
    texts = [f"{quote_code(name)} {median:,.0f} characters" for name, median in medians.items() if pd.notna(median)]
    caption = f"Half of all texts are at most this long: {', '.join(texts)}." if texts else "There is no text."
    omitted = len(view.schema.free_texts) - len(view.texts)
    more = f" {omitted} more columns of text are not plotted." if omitted else ""
    return Plot("texts.png", "Free text", caption + more, figure)


def draw_correlations(target: Target) -> Iterator[Plot]:
    """The rank correlations of the numeric features and of a target that has an order, where there is a feature."""
    if len(target.numeric) + len(target.ranks) < 2 or not target.numeric:
        return
    columns = {name: target.view.table[name] for name in target.numeric} | target.ranks
    matrix = profile.compute_correlations(pd.DataFrame(columns))
    title = "Rank correlations of the numeric features" + (" and the target" if target.ranks else "")
    figure = plots.plot_heatmap(matrix, title, "Spearman's rank correlation")
    pair = profile.find_strongest_pair(matrix)
    caption = "No two columns are correlated."
    if pair:
        caption = f"The strongest is {quote_code(pair[0])} with {quote_code(pair[1])}: {pair[2]:.2f}."
    yield Plot("correlations.png", "Correlations", caption, figure)


def draw_missing_values(target: Target) -> Plot:
    """Which columns have missing values, and when."""
    view = target.view
    shares = profile.count_missing(view.table)
    first = shares.head(PANELS)
    strips, period = None, ""
    if view.periods is not None and len(first):
        starts, period = view.periods
        strips = profile.compute_missing_over_time(view.table[list(first["column"])], starts)
    title = "Missing values, overall and over time" if view.periods is not None else "Missing values"
    figure = plots.plot_missing_values(first, strips, title, period)
    return Plot("missing.png", "Missing values", describe_missing_values(shares, view.table.shape[1]), figure)


def describe_missing_values(shares: pd.DataFrame, columns: int) -> str:
    """The caption on the missing shares of the columns."""
    if shares.empty:
        return "No value is missing."
    caption = (
        f"{len(shares)} of {columns} columns have missing values; "
        f"{quote_code(shares['column'].iloc[0])} has most, in {shares['share'].iloc[0]:.1%} of rows."
    )
    return caption + (f" The {PANELS} emptiest are plotted." if len(shares) > PANELS else "")
