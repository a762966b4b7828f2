"""What the split stage tells of an assignment, and what it stops for, on tables typed by hand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.leakage import LeakLimits, LeakSign
from lifecycle.data.schema import Column, Role, Schema, Type
from lifecycle.errors import LeakFound, UnfitTable, WrongValue
from lifecycle.stages import split
from lifecycle.stages.split import Split

LIMITS = LeakLimits(column=0.98, pair=0.98, order=0.75, duplicates=0.01, rows=100, option="strict")
GIVEN = Split(target="lifecycle.data.splits.split_given", option="given", arguments={"valid": 0.2, "folds": 2})


def make_schema(**columns: tuple[Type, Role]) -> Schema:
    made = {name: Column(type=kind, role=role, description="") for name, (kind, role) in columns.items()}
    return Schema(columns={"row": Column(type="text", role="id", description="")} | made, tables={})


SCHEMA = make_schema(age=("integer", "feature"), side=("category", "part"), left=("boolean", "target"))


def make_config(chosen: Split = GIVEN, schema: Schema = SCHEMA, limits: LeakLimits = LIMITS) -> split.Config:
    """The configuration, with what the functions read of the problem."""
    problem = cast("Any", SimpleNamespace(target=schema.target, split=chosen.option))
    return split.Config(problem=problem, schema=schema, split=chosen, seed=1, leaks=limits)


def make_table(sides: list[str], labels: list[bool]) -> pd.DataFrame:
    return pd.DataFrame({"row": [f"r{one}" for one in range(len(sides))], "side": sides, "left": labels})


def stop(sign: LeakSign, schema: Schema = SCHEMA) -> LeakFound:
    with pytest.raises(LeakFound) as caught:
        split.must_not_leak([sign], make_config(schema=schema))
    assert len(str(caught.value).splitlines()) == 3
    return caught.value


def test_a_column_is_told_by_the_measure_of_its_limit() -> None:
    error = stop(LeakSign("column", ("age",), 0.9934, True))
    assert error.what == "age alone predicts left, ROC-AUC 0.993; the limit is 0.98"
    assert error.todo.endswith("set column: 1 in conf/leaks/strict.yaml")


def test_a_perfect_leak_needs_a_limit_above_1_to_pass() -> None:
    assert "set pair: 1.01 in" in stop(LeakSign("sum", ("age", "size"), 1.0, True)).todo


def test_the_measure_of_a_number_is_named() -> None:
    schema = make_schema(age=("integer", "feature"), price=("number", "target"))
    error = stop(LeakSign("difference", ("age", "size"), 0.99, True), schema)
    assert error.what == (
        "the difference of age and size predicts price, half of 1 + rank correlation 0.990; the limit is 0.98"
    )


def test_copies_are_told_by_their_share_with_the_line_that_lets_them_pass() -> None:
    found = "471 of 20,000 rows (2.4%)"
    error = stop(LeakSign("rows in two parts", ("all features and the target",), 0.02355, True, found))
    assert error.what == f"{found} equal a row of an earlier part in all features and the target; the limit is 1.0%"
    assert error.todo.endswith("set duplicates: 0.03 in conf/leaks/strict.yaml")


def test_what_is_never_allowed_has_no_limit() -> None:
    error = stop(LeakSign("group in two parts", ("customer",), 0.5, True, "2 of 4 groups"))
    assert error.what == "2 of 4 groups of customer have rows in two parts"
    assert "customer role: context" in error.todo


def test_more_signs_are_counted() -> None:
    sign = LeakSign("time overlap", ("at",), 0.1, True, "1 of 9 rows")
    with pytest.raises(LeakFound, match="by at; 1 more such signs"):
        split.must_not_leak([sign, sign, replace(sign, fails=False)], make_config())


def test_no_sign_that_fails_stops_nothing() -> None:
    split.must_not_leak([LeakSign("column", ("age",), 0.99, False)], make_config())


def test_equal_rows_that_stop_nothing_are_told() -> None:
    table = make_table(["train"], [True])
    sign = LeakSign("rows in two parts", ("all features and the target",), 0.024, False, "471 of 20,000 rows (2.4%)")
    told = split.describe_decisions(table, SCHEMA, [sign], make_config())
    assert len(told) == 1
    assert told[0].startswith("471 of 20,000 rows (2.4%) equal a row of an earlier part")
    assert split.describe_decisions(table, SCHEMA, [replace(sign, strength=0.01)], make_config()) == []


def test_the_group_that_most_rows_are_of_is_told() -> None:
    schema = make_schema(site=("category", "group"))
    grouped = Split(target="lifecycle.data.splits.split_grouped", option="grouped", arguments={})
    table = pd.DataFrame({"site": ["a"] * 7 + ["b", "c", "d"]})
    signs = [LeakSign("rows in two parts", (), 0.0, False, "")]
    told = split.describe_decisions(table, schema, signs, make_config(grouped, schema))
    assert told == [
        "group 'a' of site has 70% of the rows and is in train; valid and test are drawn from its 3 other groups"
    ]


def test_an_error_of_a_split_names_the_option_that_holds_the_key() -> None:
    chosen = replace(GIVEN, arguments={"valid": 0.2, "folds": 0})
    with pytest.raises(WrongValue) as caught:
        split.assign_parts(make_config(chosen), make_table(["train"] * 4, [True, False] * 2), SCHEMA)
    assert caught.value.where == "conf/split/given.yaml, key folds"


@pytest.mark.parametrize(
    ("option", "parts", "labels", "what", "todo"),
    [
        (
            "given",
            "nnnvv",
            "10110",
            "the test part has none of 5 rows (train 3, valid 2, test 0)",
            "correct the column",
        ),
        ("given", "nnvvt", "10101", "all 1 rows of the test part have left True; 2 of all 5 rows do not", "correct"),
        ("random", "nntvv", "10101", "all 1 rows of the test part", "give the part more in conf/split/random.yaml"),
    ],
)
def test_a_part_that_judges_nothing_is_told_with_counts(
    option: str, parts: str, labels: str, what: str, todo: str
) -> None:
    names = {"n": "train", "v": "valid", "t": "test"}
    table = make_table([names[sign] for sign in parts], [sign == "1" for sign in labels])
    chosen = Split(target=f"lifecycle.data.splits.split_{option}", option=option, arguments={})
    with pytest.raises(UnfitTable) as caught:
        split.must_be_of_use(table, table["side"], SCHEMA, make_config(chosen))
    assert caught.value.what.startswith(what)
    assert caught.value.todo.startswith(todo)


def test_parts_with_rows_of_both_labels_are_of_use() -> None:
    table = make_table(list(np.repeat(["train", "valid", "test"], 2)), [True, False] * 3)
    split.must_be_of_use(table, table["side"], SCHEMA, make_config())
