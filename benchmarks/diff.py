"""Rows a second and the peak of memory of the comparison of two large tables, in a process of its own."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.cli.parser import Parser
from lifecycle.versioning import data_diff

ROWS = 10_000_000
PIECE = 500_000  # rows that are made at once
KEY = "id"
NEW = 20  # one row in so many of the second table is not in the first
CHANGED = 100  # and one in so many has another price

Given = ParamSpec("Given")
Result = TypeVar("Result")
Numbers = npt.NDArray[np.float64]


def main(arguments: list[str]) -> int:
    """Write two tables, compare them, and print rows a second and the peak of memory of the comparison."""
    parser = Parser(
        prog="python -m benchmarks diff",
        usage="python -m benchmarks diff [--rows N]",
        description="Measure the comparison.",
    )
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N", help="rows of each of the two tables")
    rows = parser.parse_args(arguments).rows
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.parquet"), Path(folder, "after.parquet")
        run_in_process(write_rows, before, 0, rows)
        run_in_process(write_rows, after, rows // NEW, rows)
        found, seconds, peak = run_in_process(measure_comparison, before, after)
    print(f"{found.before:,} rows before, {found.after:,} after, {len(found.columns) + 1} columns: ", end="")
    print(f"{(found.before + found.after) / seconds:,.0f} rows/s, peak {peak:,.0f} MiB")
    print(f"{found.added:,} added, {found.removed:,} removed, {found.changed:,} changed")
    return 0


def run_in_process(work: Callable[Given, Result], *given: Given.args, **more: Given.kwargs) -> Result:
    """What the work gives in a process of its own, which ends with it."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given, **more).result()


def measure_comparison(before: Path, after: Path) -> tuple[data_diff.TableChanges, float, float]:
    """What changed, the seconds that finding it took, and the peak of memory of this process in MiB."""
    start = time.perf_counter()
    found = data_diff.compare_tables(before, after, KEY)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return found, seconds, peak


def write_rows(path: Path, first: int, rows: int) -> None:
    """Write a table whose ids begin with the number `first`, a piece at a time."""
    with pq.ParquetWriter(path, draw_rows(first, 0).schema) as writer:
        for start in range(first, first + rows, PIECE):
            writer.write_table(draw_rows(start, min(PIECE, first + rows - start), changed=first > 0))


def draw_rows(start: int, rows: int, changed: bool = False) -> pa.Table:
    """Rows by their number, the same whatever stands before them; of one in `CHANGED`, the price may be another."""
    numbers = np.arange(start, start + rows)
    prices = np.exp(draw_uniform(numbers, 1) * 5)
    weights = np.where(draw_uniform(numbers, 2) < 0.01, np.nan, draw_uniform(numbers, 3))
    return pa.table(
        {
            KEY: make_texts("order", numbers),
            "price": np.where(changed & (numbers % CHANGED == 0), prices + 1, prices),
            "weight": pa.array(weights, from_pandas=True),
            "pieces": (draw_uniform(numbers, 4) * 10).astype(np.int64),
            "day": (draw_uniform(numbers, 5) * 365).astype(np.int64),
            "shop": make_texts("shop", (draw_uniform(numbers, 6) * 20).astype(np.int64)),
            "article": make_texts("article", (draw_uniform(numbers, 7) * 5_000).astype(np.int64)),
            "customer": make_texts("customer", (draw_uniform(numbers, 8) * 1_000_000).astype(np.int64)),
        }
    )


def draw_uniform(numbers: npt.NDArray[np.int64], column: int) -> Numbers:
    """A number from 0 to 1 for each row of a column, by SplitMix64 (Steele, Lea and Flood, 2014)."""
    mixed = (numbers.astype(np.uint64) * np.uint64(16) + np.uint64(column)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))) / 2.0**64


def make_texts(word: str, numbers: npt.NDArray[np.int64]) -> pa.Array:
    """A text of the word and a number for each number."""
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(word, pa.array(numbers).cast(pa.string()), " ")
