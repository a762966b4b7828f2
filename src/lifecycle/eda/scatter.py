"""Points: pairs of numeric features, and features against a number."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.eda import associations, plots, profile
from lifecycle.eda.target import PANELS, Target
from lifecycle.eda.view import Groups, Plot
from lifecycle.reporting.markdown import quote_code
from lifecycle.reporting.text import format_count

SCATTERS = 4
POINTS = 2_000
HOW = "chosen by their id; equal values are spread a little."
EDGE = "Values far outside are drawn at the edge."

Pairs = Sequence[tuple[str, str, float]]


def plot_informative_pairs(target: Target, classes: pd.Series, count: int) -> Iterator[Plot]:
    """The pairs of numeric features most strongly associated with the classes, where there are two features."""
    view, groups = target.view, target.groups
    pairs = associations.find_informative_pairs(view.table, classes, target.strongest[: PANELS // 3], SCATTERS, count)
    if not pairs:
        return
    points = view.sample(groups.codes.notna(), POINTS)
    panels = [(pair_columns(points, a, b, groups), f"joint strength {strength:.2f}") for a, b, strength in pairs]
    title = "Pairs of features most strongly associated with the target"
    figure = plots.plot_scatters(panels, title, view.units, groups.names)
    a, b, strength = pairs[0]
    alone = target.associations.set_index("column")["strength"]
    caption = (
        f"{quote_code(a)} and {quote_code(b)} have joint strength {strength:.2f} "
        f"(alone {alone[a]:.2f} and {alone[b]:.2f}). "
        f"{format_count(len(points), 'row')}, {HOW}"
    )
    yield Plot("scatter.png", "Pairs of features", caption, figure)


def pair_columns(points: pd.DataFrame, a: str, b: str, groups: Groups) -> pd.DataFrame:
    """Two columns and the group of the rows to draw; equal values of the first are spread, then of the second."""
    x, y = profile.parse_numbers(points[a]).to_numpy("float64"), profile.parse_numbers(points[b]).to_numpy("float64")
    moved = profile.jitter_values(y[::-1])[::-1]
    cells = {"x": profile.jitter_values(x), "y": moved, "group": groups.codes[points.index].to_numpy()}
    return pd.DataFrame(cells).set_axis([a, b, "group"], axis=1)


def clip_points(points: pd.DataFrame) -> pd.DataFrame:
    """The points, those far outside moved to the edge."""
    x, y = (clip_values(points.iloc[:, place].to_numpy("float64")) for place in (0, 1))
    return pd.DataFrame({"x": x, "y": y, "group": points.iloc[:, 2].to_numpy()}).set_axis(points.columns, axis=1)


def clip_values(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The values within their bounds."""
    finite = values[np.isfinite(values)]
    return np.clip(values, *profile.find_bounds(finite)) if len(finite) else values
