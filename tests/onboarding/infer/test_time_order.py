from __future__ import annotations

import numpy as np
import pandas as pd

from lifecycle.onboarding.infer.column_types import ColumnInference, infer_columns
from lifecycle.onboarding.infer.time_order import find_row_time, makes_parts, part_rows

DAYS = list(pd.date_range("2013-01-01", periods=60).strftime("%Y-%m-%d"))
MIXED = list(np.random.default_rng(0).permutation(DAYS))


def columns(**values: list[str] | list[str | None]) -> dict[str, ColumnInference]:
    """The inferred columns of a table of text."""
    return infer_columns(pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in values.items()}), {})


def test_the_time_that_sorts_the_rows_comes_first() -> None:
    found = find_row_time(columns(mixed=MIXED, up=DAYS))
    assert found is not None
    assert (found.name, found.why, found.sorted) == ("up", "the rows are sorted by it", True)
    down = find_row_time(columns(down=DAYS[::-1]))
    assert down is not None
    assert down.why == "the rows are sorted by it, the last first"


def test_the_only_time_orders_the_rows_but_not_that_of_something_else() -> None:
    found = find_row_time(columns(mixed=MIXED, last_login=MIXED[::-1]))
    assert found is not None
    assert (found.name, found.sorted) == ("mixed", False)
    for name in ("birth_date", "dob", "expiry", "due_date", "hire_date"):
        assert find_row_time(columns(**{name: MIXED})) is None
    assert find_row_time(columns(birth_date=DAYS)) is None


def test_of_times_that_go_together_the_earliest_orders_the_rows() -> None:
    start = pd.to_datetime(pd.Series(MIXED))
    later = list((start + pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d"))
    found = find_row_time(columns(end=later, start=MIXED))
    assert found is not None
    assert (found.name, found.why) == ("start", "the earliest of end, start, which tell one order")
    assert find_row_time(columns(one=MIXED, two=MIXED[::-1])) is None


def test_few_gaps_are_allowed() -> None:
    assert find_row_time(columns(up=[*DAYS[:55], *[None] * 5])) is not None
    assert find_row_time(columns(up=[*DAYS[:50], *[None] * 10])) is None


def test_times_of_few_instants_cannot_part_the_rows() -> None:
    instants = pd.Series(pd.date_range("2013-01-01", periods=60, tz="UTC"))
    assert makes_parts(instants)
    assert not makes_parts(instants.dt.floor("20D"))
    assert not makes_parts(instants[:3])


def test_the_last_rows_are_test_and_rows_without_a_time_are_in_no_part() -> None:
    instants = pd.Series([*pd.date_range("2013-01-01", periods=20, tz="UTC"), pd.NaT])
    parts = part_rows(instants)
    assert parts.value_counts().to_dict() == {"train": 14, "valid": 3, "test": 3}
    assert parts.iloc[:14].eq("train").all()
    assert parts.isna().tolist() == [False] * 20 + [True]
