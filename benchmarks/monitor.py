"""Rows a second of the drift of a large table, beside scipy's own functions on the same columns."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from lifecycle.cli.parser import Parser
from lifecycle.monitoring import drift
from lifecycle.statistics import binning

ROWS = 1_000_000
NUMBERS, CATEGORIES = 24, 6
PERIODS = 12
Found = dict[str, dict[str, float]]


def main(arguments: list[str]) -> int:
    """Measure both on the same rows in one run; print rows a second, their ratio, and how far the numbers differ."""
    parser = Parser(
        prog="python -m benchmarks monitor",
        usage="python -m benchmarks monitor [--rows N]",
        description="Measure the drift.",
    )
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N", help="rows of each of the two tables")
    rows = parser.parse_args(arguments).rows
    random = np.random.default_rng(1)
    before, now = draw_rows(random, rows, 0.0), draw_rows(random, rows, 0.05)
    ours, seconds = measure_seconds(lambda: run_monitor(before, now))
    theirs, others = measure_seconds(lambda: run_reference(before, now))
    shape = f"{rows:,} rows, {before.shape[1]} columns"
    print(f"{shape}: drift {rows / seconds:12,.0f} rows/s | scipy {rows / others:12,.0f} rows/s", end=" | ")
    print(f"ratio {others / seconds:5.2f}")
    print(f"largest difference of the same statistic: {find_largest_gap(ours, theirs):.1e}")
    return 0


def draw_rows(random: np.random.Generator, rows: int, shift: float) -> pd.DataFrame:
    """A table of numbers, one in a hundred of them missing, and of categories."""
    found: dict[str, pd.Series] = {}
    for place in range(NUMBERS):
        values = random.normal(shift, 1.0 + place / NUMBERS, rows)
        found[f"number_{place}"] = pd.Series(np.where(random.random(rows) < 0.01, np.nan, values))
    for place in range(CATEGORIES):
        names = np.array([f"level {level}" for level in range(4 * (place + 1))])
        chosen = (random.random(rows) ** (1.0 + shift) * len(names)).astype(int)
        found[f"category_{place}"] = pd.Series(names[chosen], dtype="str")
    return pd.DataFrame(found)


def measure_seconds(work: Callable[[], Found]) -> tuple[Found, float]:
    """What the work finds, and the seconds it takes."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def run_monitor(before: pd.DataFrame, now: pd.DataFrame) -> Found:
    """The drift of each column, and what is usual among the periods of the reference."""
    bounds = np.linspace(0, len(before), PERIODS + 1).astype(np.int64)
    found = {}
    for name in before:
        reference = drift.describe_reference(before[name], bounds)
        drift.measure_usual_drift(reference, "psi")
        one = drift.compare_column(reference, now[name])
        found[str(name)] = {"statistic": one.statistic, "wasserstein": one.wasserstein}
    return found


def run_reference(before: pd.DataFrame, now: pd.DataFrame) -> Found:
    """The same statistics by scipy: Kolmogorov-Smirnov, Wasserstein and Jensen-Shannon, or chi-square."""
    numeric = before.select_dtypes("number").columns
    of = {True: compare_numbers, False: compare_categories}
    return {str(name): of[name in numeric](before[name].dropna(), now[name].dropna()) for name in before}


def compare_numbers(before: pd.Series, now: pd.Series) -> dict[str, float]:
    """A column of numbers."""
    from scipy import stats
    from scipy.spatial.distance import jensenshannon

    edges = np.quantile(before, np.linspace(0, 1, binning.BINS + 1))
    jensenshannon(*(np.histogram(side, edges)[0] for side in (before, now)), base=2)
    tested = stats.ks_2samp(before, now, method="asymp")
    return {"statistic": float(tested.statistic), "wasserstein": float(stats.wasserstein_distance(before, now))}


def compare_categories(before: pd.Series, now: pd.Series) -> dict[str, float]:
    """A column of categories."""
    from scipy import stats
    from scipy.spatial.distance import jensenshannon

    counts = pd.DataFrame({"before": before.value_counts(), "now": now.value_counts()}).fillna(0).to_numpy().T
    jensenshannon(*counts, base=2)
    statistic, *_ = stats.chi2_contingency(counts, correction=False)
    return {"statistic": float(statistic), "wasserstein": float("nan")}


def find_largest_gap(ours: Found, theirs: Found) -> float:
    """The largest relative difference of two sets of the same statistics."""
    pairs = [(ours[name][what], other) for name, one in theirs.items() for what, other in one.items()]
    return float(np.nanmax([abs(mine - other) / abs(other) for mine, other in pairs]))
