"""What to look at first: one table with several doubts, and one with none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.concerns import Concern, list_concerns, note_others, render_concerns
from lifecycle.onboarding.infer.decide import infer_problem
from lifecycle.onboarding.infer.request import NewRequest

ROW = np.arange(100)
NOISE = np.random.default_rng(3).integers(100, 1000, 100)
COIN = np.random.default_rng(7).integers(0, 2, 100)


def concerns(_request: NewRequest | None = None, **columns: Any) -> list[Concern]:
    """The concerns about a table of text."""
    table = pd.DataFrame(
        {
            name: pd.Series([None if one is None else str(one) for one in cells], dtype="str")
            for name, cells in columns.items()
        }
    )
    return list_concerns(infer_problem(table, _request or NewRequest(name="toy", target="y")))


def test_a_clean_table_has_nothing_doubtful() -> None:
    found = concerns(visit_id=[f"{one}-ABC" for one in ROW * 7], x=NOISE, y=COIN)
    assert found == []
    assert render_concerns(found) == ["look at these first: nothing doubtful"]


def test_the_riskiest_comes_first_each_with_what_to_do() -> None:
    days = pd.date_range("2022-01-01", periods=100)
    found = concerns(
        visit=[*days[:50].strftime("%Y-%m-%d"), *days[50:].strftime("%d/%m/%Y")],
        x=[*NOISE[:95], *[-999] * 5],
        fee=COIN * 3 + 1,
        y=[*COIN[:98], None, None],
    )
    assert [one.what for one in found] == [
        "visit is not read as times, role context",
        "the target: 2 rows without y",
        "fee kept from the model",
        "-999 in x means a missing value",
        "rows get a computed id, row",
    ]
    assert render_concerns(found)[1] == (
        "  1. visit is not read as times, role context: looks like times: 50% fit %Y-%m-%d and 50% fit %d/%m/%Y; "
        "write them in one format, or leave out the values that are none"
    )


def test_seven_are_listed_and_the_others_are_notes() -> None:
    every = [Concern(1, f"what {number}", "why", "todo") for number in range(9)]
    assert len(render_concerns(every)) == 8
    assert [(one.what, one.why) for one in note_others(every)] == [("what 7", "why; todo"), ("what 8", "why; todo")]


def test_a_split_by_time_that_leaves_one_label_in_a_part_is_told() -> None:
    days = pd.date_range("2022-01-01", periods=100).strftime("%Y-%m-%d")
    found = concerns(day_of=days, x=NOISE, y=[*COIN[:80], *[0] * 20])
    assert found[0].what == "all 15 rows of the test part have y False; 42 of all 100 rows do not"
    assert found[0].todo == "--split stratified"


def test_an_entity_that_repeats_is_told_and_a_year_beside_a_split_at_random() -> None:
    found = concerns(customer=ROW // 4 * 7, year=2000 + NOISE % 9, x=NOISE, y=COIN)
    whats = {one.what: one.todo for one in found}
    assert whats["rows of one customer are in several parts"] == "--group customer to keep them in one"
    assert whats["split at random although year is a year"] == (
        "--format-of year=%Y --time year to test on the last years"
    )


def test_a_group_with_nearly_all_rows_is_refused_at_once() -> None:
    site = ["a"] * 93 + list("bcdefgh")
    with pytest.raises(UnfitTable, match=r"group 'a' of site has 93% of the rows: no split by groups gives"):
        concerns(NewRequest(name="toy", target="y", group="site"), site=site, x=NOISE, y=COIN)
