"""What a table looks like: tables in, tables out."""

from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.schema import Column, Schema, Type

Floats = npt.NDArray[np.float64]

NUMERIC: tuple[Type, ...] = ("number", "integer")
NAMED: tuple[Type, ...] = ("category", "boolean")
MISSING = "(missing)"
OTHERS = "(others)"
SUMMARY = [
    *("column", "role", "type", "unit", "rows", "missing", "missing_share", "distinct"),
    *("mean", "deviation", "minimum", "lower_quartile", "median", "upper_quartile", "maximum"),
    *("most_frequent", "most_frequent_share", "first", "last"),
]


def parse_numbers(values: pd.Series) -> pd.Series:
    """The values as float64; what is missing, infinite or not a number is NaN."""
    parsed = pd.to_numeric(values, errors="coerce").astype("float64")
    return parsed.where(np.isfinite(parsed.to_numpy()))


def summarize_table(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """One row per column of the table: what it is, how full, and its middle, spread and ends.

    Shares are between 0 and 1; moments and quartiles are in the column's unit and empty where it holds
    no numbers; a boolean's mean is the share of true; `first` and `last` are for times and days.
    """
    return pd.DataFrame(
        [summarize_column(table[name], schema.columns[name]) for name in table.columns], columns=SUMMARY
    )


def summarize_column(values: pd.Series, column: Column) -> dict[str, object]:
    """The row of `summarize_table` for one column."""
    identity = {"column": str(values.name), "role": column.role, "type": column.type, "unit": column.unit}
    missing = int(values.isna().sum())
    filled = {
        "rows": len(values),
        "missing": missing,
        "missing_share": missing / max(len(values), 1),
        "distinct": int(values.nunique()),
    }
    return (
        identity
        | filled
        | compute_moments(values, column.type)
        | find_most_frequent(values, column.type)
        | find_time_range(values, column.type)
    )


def compute_moments(values: pd.Series, kind: Type) -> dict[str, object]:
    """Mean, standard deviation, quartiles and extremes; NaN where the type has none."""
    parsed = parse_numbers(values) if kind in (*NUMERIC, "boolean") else parse_numbers(values.iloc[:0].astype("object"))
    wide = parsed if kind in NUMERIC else parsed.iloc[:0]
    return {
        "mean": parsed.mean(),
        "deviation": wide.std(),
        "minimum": wide.min(),
        "lower_quartile": wide.quantile(0.25),
        "median": wide.median(),
        "upper_quartile": wide.quantile(0.75),
        "maximum": wide.max(),
    }


def find_most_frequent(values: pd.Series, kind: Type) -> dict[str, object]:
    """The most frequent value as text and its share of all rows, 0 to 1; empty for numbers and times."""
    counts = count_values(values) if kind not in ("number", "time") else pd.Series([], dtype="int64")
    if counts.empty:
        return {"most_frequent": "", "most_frequent_share": np.nan}
    return {"most_frequent": str(counts.index[0]), "most_frequent_share": int(counts.iloc[0]) / len(values)}


def count_values(values: pd.Series) -> pd.Series:
    """Rows per value that is there, the most frequent first, equally frequent ones in the values' order."""
    return values.value_counts().sort_index().sort_values(ascending=False, kind="stable")


def find_time_range(values: pd.Series, kind: Type) -> dict[str, object]:
    """The first and last time or day as text; empty for other types."""
    present = values.dropna() if kind in ("time", "day") else values.iloc[:0]
    return {"first": str(present.min()) if len(present) else "", "last": str(present.max()) if len(present) else ""}


def count_missing(table: pd.DataFrame) -> pd.DataFrame:
    """Columns with missing values, the emptiest first: `column`, `missing` (rows) and `share`, 0 to 1."""
    missing = table.isna().sum()
    rows = [(str(name), int(count), int(count) / len(table)) for name, count in missing.items() if count]
    counts = pd.DataFrame(rows, columns=["column", "missing", "share"])
    return counts.sort_values(["missing", "column"], ascending=[False, True], ignore_index=True)


def parse_times(values: pd.Series, kind: Type) -> pd.Series | None:
    """The values as times in UTC, without a zone; None where the type is neither a time nor a day."""
    if kind not in ("time", "day"):
        return None
    return pd.Series(pd.to_datetime(values, utc=True).dt.tz_localize(None), index=values.index)


def assign_periods(times: pd.Series) -> tuple[pd.Series, str]:
    """The start of each time's period, and its name: day up to 62 days, week up to three years, else month."""
    days = times.dt.normalize()
    span = (days.max() - days.min()).days if days.notna().any() else 0
    if span <= 62:
        return days, "day"
    if span <= 3 * 366:
        return days - pd.to_timedelta(days.dt.day_of_week, unit="D"), "week"
    return days - pd.to_timedelta(days.dt.day - 1, unit="D"), "month"


def compute_missing_over_time(table: pd.DataFrame, starts: pd.Series) -> pd.DataFrame:
    """The missing share, 0 to 1, of each column (rows) in each period (columns)."""
    return table.isna().groupby(starts.to_numpy()).mean().T


def compute_wilson_interval(positives: npt.ArrayLike, rows: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Low and high ends of the 95 % interval of a rate, as if rows were independent; 0 to 1 where there are none."""
    n = np.asarray(rows, dtype="float64")
    share = np.asarray(positives, dtype="float64") / np.maximum(n, 1)
    z = 1.959963984540054
    middle = (share + z**2 / (2 * np.maximum(n, 1))) / (1 + z**2 / np.maximum(n, 1))
    half = z * np.sqrt(share * (1 - share) / np.maximum(n, 1) + (z / (2 * np.maximum(n, 1))) ** 2)
    half = half / (1 + z**2 / np.maximum(n, 1))
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def assign_levels(values: pd.Series, kind: Type) -> pd.Series:
    """The values as an ordered categorical of few levels, with a level of its own for the missing.

    Numbers: each value where there are at most 24, else tenths with equally many rows. Others: the 20 most
    frequent values, and one level for all the rest.
    """
    return bin_numbers(values) if kind in NUMERIC else group_categories(values)


def group_categories(values: pd.Series, most: int = 20) -> pd.Series:
    """The most frequent values, the rest as one level, the missing as another."""
    texts = values.astype("str")
    frequent = [str(name) for name in count_values(texts).index[:most]]
    grouped = texts.where(texts.isin(frequent) | texts.isna(), OTHERS).fillna(MISSING)
    extra = [name for name in (OTHERS, MISSING) if name not in frequent and (grouped == name).any()]
    return grouped.astype(pd.CategoricalDtype([*frequent, *extra], ordered=True))


def bin_numbers(values: pd.Series, single: int = 24, bins: int = 10) -> pd.Series:
    """Each value where there are few, else bins with about equally many rows; the missing as a level of its own."""
    parsed = parse_numbers(values)
    missing = parsed.isna().to_numpy()
    present = parsed.to_numpy("float64")[~missing]
    distinct = np.unique(present)
    uppers = distinct if len(distinct) <= single else compute_bin_ends(present, bins)
    names = label_numbers(distinct) if len(distinct) <= single else name_bins(distinct[0], uppers)
    names = [*names, MISSING] if missing.any() else names
    codes = np.full(len(parsed), len(names) - 1)
    codes[~missing] = np.searchsorted(uppers, present)
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(names, dtype="str"), ordered=True), index=values.index)


def compute_bin_ends(values: Floats, bins: int) -> Floats:
    """The highest value of each bin; a lowest value that many rows have is a bin of its own."""
    quantiles = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)))
    crowded = (values == quantiles[0]).mean() >= 0.5 / bins
    return np.asarray(quantiles if crowded else quantiles[1:])


def name_bins(lowest: float, uppers: Floats) -> list[str]:
    """What each bin holds, in words."""
    alone = bool(uppers[0] == lowest)
    texts = label_numbers(uppers if alone else np.array([lowest, *uppers]))
    pairs = list(pairwise(texts))
    first = [texts[0]] if alone else [f"{pairs[0][0]} to {pairs[0][1]}"]
    return [*first, *(f"over {low} to {high}" for low, high in (pairs if alone else pairs[1:]))]


def label_numbers(values: Floats) -> list[str]:
    """Distinct numbers as distinct texts: three significant digits, or as many as it takes."""
    texts: list[str] = []
    for digits in range(3, 18):
        texts = [np.format_float_positional(v, precision=digits, fractional=False, trim="-") for v in values]
        if len(set(texts)) == len(values):
            break
    return texts


def find_step(values: Floats) -> float:
    """The smallest distance between two different values; 1 where there are not two."""
    distinct = np.unique(values)
    return float(np.diff(distinct).min()) if len(distinct) > 1 else 1.0


def find_bounds(values: Floats) -> tuple[float, float]:
    """The values' range, cut where it reaches far beyond the middle 98 %."""
    low, inner_low, inner_high, high = np.quantile(values, [0, 0.01, 0.99, 1]).tolist()
    span = inner_high - inner_low
    if span == 0:
        return low, high
    return max(low, inner_low - span), min(high, inner_high + span)


def compute_bin_edges(values: Floats, bins: int = 40) -> Floats:
    """Edges of at most about 40 bins, each as wide as a multiple of the values' step."""
    low, high = find_bounds(values)
    apart = find_step(np.clip(values, low, high))
    width = apart * max(1, np.ceil((high - low) / apart / bins))
    count = int(np.floor((high - low + apart / 2) / width)) + 1
    return np.asarray(low - apart / 2 + width * np.arange(count + 1))


def compute_histograms(values: pd.Series, groups: pd.Series, count: int) -> pd.DataFrame:
    """Per bin, from `left` to `right` in the column's unit, the share of each group's rows with a value, 0 to 1.

    `groups` says of each row which of the `count` groups it belongs to, 0 to `count` - 1, or NaN; the shares
    of a group stand in the column of its number. Values far outside count in the outermost bins. The table
    is empty where no row has a value.
    """
    parsed, codes = parse_numbers(values).to_numpy("float64"), groups.to_numpy("float64")
    present = np.isfinite(parsed)
    edges = compute_bin_edges(parsed[present]) if present.any() else np.zeros(1)
    inside = np.clip(parsed, edges[0], edges[-1])
    cells: dict[object, Floats] = {"left": edges[:-1], "right": edges[1:]}
    for code in range(count):
        rows, _ = np.histogram(inside[present & (codes == code)], edges) if present.any() else (np.zeros(0), None)
        cells[code] = rows / max(rows.sum(), 1)
    return pd.DataFrame(cells)


def compute_correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations of all pairs of columns, -1 to 1; NaN for a column with fewer than two values."""
    return pd.DataFrame({name: parse_numbers(table[name]) for name in table.columns}).corr(method="spearman")


def list_pairs(matrix: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Every two columns of a matrix of correlations whose correlation is known."""
    cells, names = matrix.to_numpy("float64"), [str(name) for name in matrix.columns]
    pairs = [(names[a], names[b], float(cells[a, b])) for a, b in combinations(range(len(names)), 2)]
    return [pair for pair in pairs if np.isfinite(pair[2])]


def find_strongest_pair(matrix: pd.DataFrame) -> tuple[str, str, float] | None:
    """The two columns furthest from uncorrelated, and their correlation; None where nothing is correlated."""
    return max(list_pairs(matrix), key=lambda pair: round(abs(pair[2]), 6), default=None)


def sample_rows(table: pd.DataFrame, names: pd.Series, count: int) -> pd.DataFrame:
    """At most `count` rows in an order without meaning: both are fixed by the rows' names alone."""
    order = np.argsort(pd.util.hash_array(names.to_numpy(dtype=object)), kind="stable")
    return table.iloc[order[:count]]


def jitter_values(values: Floats, few: int = 60) -> Floats:
    """The values moved by less than half their step, so that equal ones do not hide each other.

    Values of more than 60 kinds stay where they are.
    """
    finite = values[np.isfinite(values)]
    if len(np.unique(finite)) > few:
        return values
    offsets = (np.arange(len(values)) * 0.6180339887498949) % 1 - 0.5
    return np.asarray(values + 0.8 * find_step(finite) * offsets)
