"""Train and test in two tables: one table with a part, and the rows of test that stand in train seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.onboarding.infer.decide import ProblemInference, infer_problem
from lifecycle.onboarding.infer.request import NewRequest
from lifecycle.onboarding.infer.test_table import combine_tables

NUMBER = np.arange(100)
ROWS = pd.DataFrame(
    {
        "customer": [f"c-{one}" for one in NUMBER],
        "size": np.random.default_rng(3).integers(0, 1000, 100).astype("str"),
        "spent": [f"{one * 37 % 90}.5" for one in NUMBER],
        "left": np.where(NUMBER * 7 % 5 == 0, "Yes", "No"),
    },
    dtype="str",
)


def made(train: pd.DataFrame, test: pd.DataFrame, **wishes: str) -> ProblemInference:
    seen = combine_tables(train, test, NewRequest(name="toy", target="left", **wishes))
    return infer_problem(seen.table, seen.request)


def role(found: ProblemInference, name: str) -> tuple[str, str]:
    return next((one.role, one.role_why) for one in found.columns if one.name == name)


def said(found: ProblemInference) -> list[str]:
    return [f"{note.what}: {note.why}" for note in found.notes]


def test_two_tables_make_one_with_a_part_that_no_raw_column_holds() -> None:
    found = made(ROWS[:70], ROWS[70:])
    part = next(one for one in found.columns if one.name == "part")
    assert (part.role, part.raw, part.reject) == ("part", False, True)
    assert found.split == "given" and found.rows == 100
    assert found.overlap and found.overlap.count == 0
    assert found.overlap.columns == ("size", "spent", "left") and found.overlap.id == "customer"
    assert "in train too: none of the 30 rows of the test part: clean checks again" in said(found)


def test_copies_of_train_rows_are_counted_and_the_id_is_still_inferred() -> None:
    found = made(ROWS[:70], ROWS[60:])
    assert found.overlap and found.overlap.count == 10
    assert found.find_column("id") == "customer"
    assert said(found)[0] == (
        "in train too: 10 of the 40 rows of the test part: clean rejects them, with the reason in data/rejected.parquet"
    )


def test_rows_of_one_id_that_have_changed_since_are_counted() -> None:
    found = made(ROWS[:70], ROWS[60:].assign(size="1001", spent="1001.5"))
    assert found.overlap and found.overlap.count == 10
    assert role(found, "customer") == ("id", "a unique value in every row of train")


def test_copies_that_got_another_id_are_counted() -> None:
    found = made(ROWS[:70], ROWS[60:].assign(customer=[f"d-{one}" for one in range(40)]))
    assert found.overlap and found.overlap.count == 10
    assert role(found, "customer")[0] == "id"


def test_a_count_that_begins_anew_in_the_second_table_names_no_row() -> None:
    train = ROWS[:70].assign(customer=[str(one) for one in range(1, 71)])
    test = ROWS[70:].assign(customer=[str(one) for one in range(1, 31)])
    found = made(train, test)
    assert found.overlap and (found.overlap.count, found.overlap.id) == (0, "")
    assert role(found, "customer") == ("context", "counts the rows of each table from the start")
    assert found.find_column("id") == "row"
    assert "customer counts the rows of each table from the start: it does not identify rows of both tables" in said(
        found
    )


def test_rows_of_few_values_are_equal_by_chance() -> None:
    few = pd.DataFrame({"kind": ["a", "b"] * 50, "left": ["Yes", "No", "No", "Yes"] * 25}, dtype="str")
    found = made(few[:70], few[70:])
    assert found.overlap and (found.overlap.count, found.overlap.columns) == (0, ())
    assert any(note.startswith("rows are equal by chance") for note in said(found))


def test_a_test_part_that_is_completely_in_train_is_rejected() -> None:
    with pytest.raises(WrongValue, match="each of the 20 rows of the test part is in train too"):
        made(ROWS[:70], ROWS[:20])


def test_columns_of_one_table_alone_are_left_out_and_noted() -> None:
    seen = combine_tables(
        ROWS[:70].assign(mine="1"), ROWS[70:].assign(theirs="2"), NewRequest(name="toy", target="left")
    )
    assert list(seen.table.columns) == [*ROWS.columns, "part"]
    assert [note.what for note in seen.notes] == ["left out: mine, theirs"]


@pytest.mark.parametrize(
    ("test", "wishes", "what"),
    [
        (ROWS[70:].drop(columns="left"), {"target": "left"}, "the test part has no column 'left'"),
        (ROWS[70:].drop(columns="size"), {"group": "size"}, "the test part has no column 'size'"),
        (ROWS[:0], {}, "the table of --test has 0 rows"),
        (pd.DataFrame({"else": ["1"]}, dtype="str"), {}, "the test part has no column of the train part: else"),
        (pd.concat([ROWS, ROWS["size"]], axis=1), {}, "the table of --test has 100 rows and 5 columns, a name"),
    ],
)
def test_tables_that_do_not_fit(test: pd.DataFrame, wishes: dict[str, str], what: str) -> None:
    with pytest.raises(UnfitTable, match=what):
        combine_tables(ROWS[:70], test, NewRequest(name="toy", **wishes))
