"""Associations of columns with a target: rates, means and shares per level, and strengths from 0 (none) to 1.

A target is a series of numbers, or of the codes of classes from 0 up; NaN where it is not known.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.schema import Type
from lifecycle.eda import profile

Floats = npt.NDArray[np.float64]

FEW_ROWS = 30


def compute_rates(levels: pd.Series, target: pd.Series) -> pd.DataFrame:
    """Per level, in the levels' order: rows with a known target, positives, their share and its 95 % interval.

    The target is 1 or 0; the columns are `level`, `rows`, `positives`, and `value`, `low`, `high`, 0 to 1.
    """
    names, cells = cross_tabulate(levels, target, 2)
    rows, positives = cells.sum(axis=1).astype("int64"), cells[:, 1].astype("int64")
    low, high = profile.compute_wilson_interval(positives, rows)
    counts = {"level": names, "rows": rows, "positives": positives}
    return pd.DataFrame(counts | {"value": positives / np.maximum(rows, 1), "low": low, "high": high})


def compute_means(levels: pd.Series, target: pd.Series) -> pd.DataFrame:
    """Per level, in the levels' order: rows with a known target, their mean and its 95 % interval.

    The columns are `level`, `rows`, and `value`, `low`, `high` in the target's unit. The interval is Student's
    (Biometrika 6, 1908), as if rows were independent; its ends are NaN where a level has one row only.
    """
    from scipy.stats import t

    known = target.notna().to_numpy()
    grouped = target[known].groupby(levels[known], observed=True).agg(["size", "mean", "std"])
    rows, means = grouped["size"].to_numpy(), grouped["mean"].to_numpy("float64")
    margin = t.ppf(0.975, np.maximum(rows - 1, 1)) * grouped["std"].to_numpy("float64") / np.sqrt(rows)
    values = {"level": grouped.index, "rows": rows, "value": means, "low": means - margin, "high": means + margin}
    return pd.DataFrame(values)


def compute_class_shares(levels: pd.Series, target: pd.Series, count: int) -> pd.DataFrame:
    """Per level, in the levels' order: `level`, `rows` with a known class, and the share of each class, 0 to 1.

    The share of a class is in the column of its code, 0 to `count` - 1.
    """
    names, cells = cross_tabulate(levels, target, count)
    rows = cells.sum(axis=1)
    shares = {code: cells[:, code] / np.maximum(rows, 1) for code in range(count)}
    return pd.DataFrame({"level": names, "rows": rows.astype("int64")} | shares)


def cross_tabulate(levels: pd.Series, target: pd.Series, count: int) -> tuple[pd.Index, Floats]:
    """The levels that rows with a known class have, in order, and the rows of each level and class."""
    known = (target.notna() & levels.notna()).to_numpy()
    places, names = pd.factorize(levels[known], sort=True)
    cells = np.zeros((len(names), count))
    np.add.at(cells, (places, target[known].to_numpy("int64")), 1)
    return pd.Index(names), cells


def select_large_levels(values: pd.DataFrame) -> pd.DataFrame:
    """The levels with at least 30 rows; all of them where none has so many."""
    enough = values[values["rows"] >= FEW_ROWS]
    return enough if len(enough) else values


def describe_range_over_time(values: pd.DataFrame, period: str, overall: float, show: Callable[[float], str]) -> str:
    """The lowest and the highest period with their values as `show` writes them, beside the value of all rows."""
    large = select_large_levels(values).sort_values("value", kind="stable")
    low, high = large.iloc[0], large.iloc[-1]
    return (
        f"Between {show(low['value'])} (the {period} from {low['level']:%Y-%m-%d}) and {show(high['value'])} "
        f"(from {high['level']:%Y-%m-%d}); over all rows {show(overall)}."
    )


def sort_levels(values: pd.DataFrame) -> pd.DataFrame:
    """The levels by falling value; others and missing come last."""
    last = values["level"].astype("str").isin([profile.OTHERS, profile.MISSING])
    return (
        values.assign(last=last)
        .sort_values(["last", "value"], ascending=[True, False], kind="stable")
        .drop(columns="last")
    )


def find_extreme_levels(values: pd.DataFrame) -> dict[str, object]:
    """Of the levels with enough rows those of lowest and of highest value; empty and NaN where there is no level."""
    large = select_large_levels(values).sort_values("value", kind="stable")
    extremes: dict[str, object] = {}
    for end, place in (("lowest", 0), ("highest", -1)):
        extremes[end] = str(large["level"].iloc[place]) if len(large) else ""
        extremes[f"{end}_value"] = float(large["value"].iloc[place]) if len(large) else np.nan
    return extremes


def compute_cramers_v(levels: pd.Series, target: pd.Series, count: int) -> float:
    """The association of levels with classes: Cramér's V, corrected for the number of both (Bergsma 2013).

    Journal of the Korean Statistical Society 42, equations 8 to 10.
    """
    _, cells = cross_tabulate(levels, target, count)
    cells = cells[:, cells.sum(axis=0) > 0]
    rows, columns = cells.shape
    n = cells.sum()
    if n < 2 or rows < 2 or columns < 2:
        return 0.0
    expected = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / n
    phi = ((cells - expected) ** 2 / expected).sum() / n
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    widest = min(side - (side - 1) ** 2 / (n - 1) for side in (rows, columns)) - 1
    return float(min(1.0, np.sqrt(phi / widest))) if widest > 0 else 0.0


def compute_correlation_ratio(levels: pd.Series, target: pd.Series) -> float:
    """The correlation ratio eta of levels and a number, corrected for their number (Kelley, PNAS 21, 1935)."""
    known = (target.notna() & levels.notna()).to_numpy()
    numbers, places = target[known].to_numpy("float64"), pd.factorize(levels[known])[0]
    n, count = len(numbers), len(np.unique(places))
    spread = ((numbers - numbers.mean()) ** 2).sum() if n else 0.0
    if count < 2 or n <= count or spread == 0:
        return 0.0
    means = np.bincount(places, numbers) / np.bincount(places)
    within = ((numbers - means[places]) ** 2).sum() / spread
    return float(np.sqrt(max(0.0, 1 - within * (n - 1) / (n - count))))


def compute_rank_correlation(values: pd.Series, target: pd.Series) -> float:
    """Spearman's rho of two numeric columns, -1 to 1; 0 where it is undefined."""
    rho = profile.compute_correlations(pd.DataFrame({"x": values, "y": target})).to_numpy("float64")[0, 1]
    return 0.0 if np.isnan(rho) else float(rho)


def associate_with_classes(
    table: pd.DataFrame, target: pd.Series, kinds: Mapping[str, Type], count: int
) -> pd.DataFrame:
    """Each column's `strength` with the classes, strongest first, and where a class's share is furthest from overall.

    That is `level`, the class's code `class`, its `share` there and its `overall` share, 0 to 1.
    """
    rows = []
    for name, kind in kinds.items():
        levels = profile.assign_levels(table[name], kind)
        strength = compute_cramers_v(levels, target, count)
        rows.append(
            {"column": name, "strength": strength}
            | find_outstanding_share(compute_class_shares(levels, target, count), count)
        )
    return sort_by_strength(rows, ["level", "class", "share", "overall"])


def find_outstanding_share(shares: pd.DataFrame, count: int) -> dict[str, object]:
    """Of the levels with enough rows the one, and the class, whose share is furthest from its share of all rows."""
    if shares.empty:
        return {"level": "", "class": 0, "share": np.nan, "overall": np.nan}
    classes = list(range(count))
    overall = np.average(shares[classes].to_numpy(), axis=0, weights=shares["rows"])
    large = select_large_levels(shares)
    distance = np.abs(large[classes].to_numpy() - overall).round(9)
    place, code = (int(index) for index in np.unravel_index(distance.argmax(), distance.shape))
    level, share = str(large["level"].iloc[place]), float(large[code].iloc[place])
    return {"level": level, "class": code, "share": share, "overall": float(overall[code])}


def associate_with_boolean(table: pd.DataFrame, target: pd.Series, kinds: Mapping[str, Type]) -> pd.DataFrame:
    """Each column's `strength` with a target of 1 and 0, strongest first, and its levels of lowest and highest rate."""
    rows = []
    for name, kind in kinds.items():
        levels = profile.assign_levels(table[name], kind)
        rows.append(
            {"column": name, "strength": compute_cramers_v(levels, target, 2)}
            | find_extreme_levels(compute_rates(levels, target))
        )
    return sort_by_strength(rows, ["lowest", "lowest_value", "highest", "highest_value"])


def associate_with_number(table: pd.DataFrame, target: pd.Series, kinds: Mapping[str, Type]) -> pd.DataFrame:
    """Each column's `strength` with a number, strongest first, and its levels of lowest and highest mean.

    The strength is |Spearman's rho| for a number, and the correlation ratio for others.
    """
    rows = []
    for name, kind in kinds.items():
        levels = profile.assign_levels(table[name], kind)
        ratio, numeric = compute_correlation_ratio(levels, target), kind in profile.NUMERIC
        strength = abs(compute_rank_correlation(table[name], target)) if numeric else ratio
        rows.append({"column": name, "strength": strength} | find_extreme_levels(compute_means(levels, target)))
    return sort_by_strength(rows, ["lowest", "lowest_value", "highest", "highest_value"])


def associate_features(table: pd.DataFrame) -> pd.DataFrame:
    """Each numeric column's `strength`, strongest first: its highest |rank correlation| with another, else 0."""
    cells = profile.compute_correlations(table).abs().to_numpy("float64", copy=True)
    np.fill_diagonal(cells, 0.0)
    highest = np.nan_to_num(cells).max(axis=1, initial=0.0).round(9)
    rows = [{"column": name, "strength": value} for name, value in zip(table.columns, highest, strict=True)]
    return sort_by_strength(rows, [])


def sort_by_strength(rows: Sequence[Mapping[str, object]], more: Sequence[str]) -> pd.DataFrame:
    """The rows with columns `column`, `strength` and `more`, the strongest first, equal ones by name."""
    table = pd.DataFrame(list(rows), columns=["column", "strength", *more])
    return table.sort_values(["strength", "column"], ascending=[False, True], ignore_index=True)


def find_informative_pairs(
    table: pd.DataFrame, target: pd.Series, names: Sequence[str], most: int, count: int
) -> list[tuple[str, str, float]]:
    """Pairs of numeric columns most strongly associated with the classes, with their joint strength, 0 to 1.

    The strongest comes first; no column is in more than two of the at most `most` pairs.
    """
    coarse = {name: profile.bin_numbers(table[name], single=6, bins=6).cat.codes for name in names}
    pairs = []
    for a, b in combinations(names, 2):
        both = pd.Series(coarse[a].astype("int64") * 8 + coarse[b], index=table.index)
        pairs.append((a, b, compute_cramers_v(both, target, count)))
    return select_pairs(pairs, most)


def find_correlated_pairs(table: pd.DataFrame, most: int) -> list[tuple[str, str, float]]:
    """Pairs of numeric columns that are furthest from uncorrelated, with their rank correlation, -1 to 1.

    The furthest comes first; no column is in more than two of the at most `most` pairs.
    """
    return select_pairs(profile.list_pairs(profile.compute_correlations(table)), most)


def select_pairs(pairs: Sequence[tuple[str, str, float]], most: int) -> list[tuple[str, str, float]]:
    """The strongest pairs, at most `most` of them and at most two with the same column."""
    selected: list[tuple[str, str, float]] = []
    for a, b, strength in sorted(pairs, key=lambda pair: -round(abs(pair[2]), 6)):
        used = [name for pair in selected for name in pair[:2]]
        if len(selected) < most and max(used.count(a), used.count(b)) < 2:
            selected.append((a, b, strength))
    return selected
