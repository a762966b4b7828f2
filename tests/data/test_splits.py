"""Parts and folds: disjoint, covering every row, the same under one seed, and true to what each split promises."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lifecycle.data import splits
from lifecycle.data.schema import Column, Role, Schema, Type
from lifecycle.data.splits import (
    FOLD,
    PARTS,
    cut_folds_by_time,
    find_fold_positions,
    shuffle_parts,
    split_by_time,
    split_ordered,
    split_stratified,
)
from lifecycle.errors import UnfitTable, WrongValue

START = pd.Timestamp("2013-01-01")
SHARES = st.sampled_from([0.1, 0.15, 0.2, 0.3])


def schema(**columns: tuple[Type, Role]) -> Schema:
    """A schema with these columns, and an id."""
    made = {name: Column(type=kind, role=role, description="") for name, (kind, role) in columns.items()}
    return Schema(columns={"row": Column(type="text", role="id", description="")} | made, tables={})


DAYS = schema(at=("time", "time"), day=("day", "context"))
TIMES = schema(at=("time", "time"))
GROUPS = schema(customer=("category", "group"))
GIVEN = schema(side=("category", "part"))
FLAGS = schema(late=("boolean", "target"))


def dated(*days: int) -> pd.DataFrame:
    """One row per number, at noon of the day that many days after New Year."""
    at = START + pd.to_timedelta(list(days), unit="D")
    return pd.DataFrame({"at": at + pd.Timedelta(hours=12), "day": at.strftime("%Y-%m-%d")})


def rows(count: int, **columns: Any) -> pd.DataFrame:
    """A table of so many rows with these columns, and an index that does not count them."""
    return pd.DataFrame({"row": [f"row {one}" for one in range(count)]} | columns, index=np.arange(count) * 3 + 5)


def parts(found: pd.DataFrame) -> list[str]:
    return found["part"].to_list()


def folds(found: pd.DataFrame) -> list[splits.Fold]:
    return [find_fold_positions(found[name]) for name in found.columns if name.startswith(FOLD)]


def sides(found: pd.DataFrame) -> list[tuple[list[int], list[int]]]:
    return [(train.tolist(), valid.tolist()) for train, valid in folds(found)]


def must_hold(found: pd.DataFrame, table: pd.DataFrame, count: int) -> None:
    """What every split promises: one part for each row, and folds inside train whose sides share no row."""
    assert found.index.equals(table.index)
    assert set(parts(found)) <= set(PARTS)
    assert list(found.columns) == ["part", *(f"{FOLD}{number}" for number in range(1, count + 1))]
    inside = found["part"] == "train"
    for name in found.columns[1:]:
        assert set(found[name].dropna()) == {"train", "valid"}
        assert found.loc[~inside, name].isna().all()


def must_take_turns(found: pd.DataFrame) -> None:
    """What splits by chance promise beside: each train row judges in one fold and is learned from in the others."""
    inside = found.loc[found["part"] == "train"].iloc[:, 1:]
    assert inside.notna().all(axis=None)
    assert ((inside == "valid").sum(axis=1) == 1).all()


# By calendar day


def test_days_are_counted_back_on_the_calendar() -> None:
    found = split_by_time(dated(9, 0, 5, 6, 7, 4, 8), DAYS, 1, test_days=2, valid_days=2, folds=1)
    assert parts(found) == ["test", "train", "train", "valid", "valid", "train", "test"]


def test_days_without_rows_are_counted_too() -> None:
    found = split_by_time(dated(0, 1, 9), DAYS, 1, test_days=2, valid_days=2, folds=1)
    assert parts(found) == ["train", "train", "test"]


def test_folds_by_day_judge_the_stretch_of_time_after_what_they_learned_from() -> None:
    found = split_by_time(dated(5, 2, 0, 1, 3, 4), DAYS, 1, test_days=1, valid_days=1, folds=3)
    assert parts(found) == ["test", "train", "train", "train", "train", "valid"]
    assert sides(found) == [([2], [3]), ([2, 3], [1]), ([1, 2, 3], [4])]
    assert found["fold_1"].fillna("").to_list() == ["", "", "train", "valid", "", ""]


def test_the_day_is_the_local_one_where_the_schema_has_it_and_else_that_of_the_time() -> None:
    table = dated(0, 1, 2, 3).assign(day=["2013-01-01", "2013-01-01", "2013-01-02", "2013-01-03"])
    asked = {"test_days": 1, "valid_days": 1, "folds": 1}
    table["at"] += pd.to_timedelta([0, 1, 0, 0], unit="h")
    assert parts(split_by_time(table, DAYS, 1, **asked)) == ["train", "train", "valid", "test"]
    assert parts(split_by_time(table, TIMES, 1, **asked)) == ["train", "train", "valid", "test"]
    late = table.assign(day=["2013-01-01", "2013-01-01", "2013-01-03", "2013-01-03"])
    assert parts(split_by_time(late, DAYS, 1, **asked)) == ["train", "train", "test", "test"]


def test_the_index_is_kept() -> None:
    table = dated(0, 1, 2, 3).set_index(pd.Index([7, 5, 6, 2]))
    found = split_by_time(table, DAYS, 1, test_days=1, valid_days=1, folds=1)
    assert found["part"].to_dict() == {7: "train", 5: "train", 6: "valid", 2: "test"}
    assert found["fold_1"].dropna().to_dict() == {7: "train", 5: "valid"}


@pytest.mark.parametrize(
    ("name", "counts"), [("test_days", (0, 1, 1)), ("valid_days", (1, -1, 1)), ("folds", (1, 1, 0))]
)
def test_less_than_one_day_or_fold_is_rejected(name: str, counts: tuple[int, int, int]) -> None:
    with pytest.raises(WrongValue, match=f"{name} is {min(counts)}") as caught:
        split_by_time(dated(0, 1, 2), DAYS, 1, test_days=counts[0], valid_days=counts[1], folds=counts[2])
    assert caught.value.where == f"conf/split/, key {name}"


@pytest.mark.parametrize("days", [(), (3,), (0, 1, 2, 3)])
def test_nothing_left_for_train_is_rejected(days: tuple[int, ...]) -> None:
    with pytest.raises(UnfitTable, match="no rows are left for train") as caught:
        split_by_time(dated(*days), DAYS, 1, test_days=2, valid_days=2, folds=1)
    assert caught.value.where == f"data/table.parquet, column day, {len(days)} rows"
    assert len(str(caught.value).splitlines()) == 3


@given(
    days=st.lists(st.integers(0, 60), min_size=2, max_size=30),
    test_days=st.integers(1, 20),
    valid_days=st.integers(1, 20),
)
def test_days_come_in_order_and_each_part_has_its_own(days: list[int], test_days: int, valid_days: int) -> None:
    left = {day for day in days if day <= max(days) - test_days - valid_days}
    assume(len(left) > 1)
    table = dated(*days)
    try:
        found = split_by_time(table, DAYS, 1, test_days=test_days, valid_days=valid_days, folds=1)
    except UnfitTable:
        return
    must_hold(found, table, 1)
    ranks = [PARTS.index(part) for part in found["part"]]
    assert all(
        rank == (day > max(days) - test_days) + (day > max(days) - test_days - valid_days)
        for day, rank in zip(days, ranks, strict=True)
    )


# In the order of time


def test_the_last_rows_in_time_are_test() -> None:
    table = dated(9, 0, 8, 1, 7, 2, 6, 3, 5, 4)
    found = split_ordered(table, TIMES, 1, test=0.2, valid=0.3, folds=1)
    assert dict(zip([9, 0, 8, 1, 7, 2, 6, 3, 5, 4], parts(found), strict=True)) == (
        dict.fromkeys(range(5), "train") | dict.fromkeys((5, 6, 7), "valid") | dict.fromkeys((8, 9), "test")
    )


def test_rows_of_one_instant_stay_in_the_earlier_part() -> None:
    found = split_ordered(dated(0, 1, 2, 3, 3, 3, 4, 4, 4, 4), TIMES, 1, test=0.2, valid=0.2, folds=1)
    assert parts(found) == ["train"] * 6 + ["valid"] * 4


@given(days=st.lists(st.integers(0, 40), min_size=4, max_size=40), test=SHARES, valid=SHARES, count=st.integers(1, 3))
def test_parts_and_folds_in_order_go_forward_in_time(days: list[int], test: float, valid: float, count: int) -> None:
    table = dated(*days)
    try:
        found = split_ordered(table, TIMES, 1, test=test, valid=valid, folds=count)
    except UnfitTable:
        return
    must_hold(found, table, count)
    ranks = found["part"].map(PARTS.index)
    assert (ranks.groupby(table["at"]).nunique() == 1).all()
    assert ranks[table["at"].sort_values(kind="stable").index].is_monotonic_increasing
    assert (ranks == 2).sum() <= test * len(days) + 1
    for train, judged in folds(found):
        assert table["at"].iloc[train].max() < table["at"].iloc[judged].min()


# By chance


def test_a_random_split_gives_each_part_its_share() -> None:
    table = rows(100)
    found = splits.split_random(table, FLAGS, 1, test=0.2, valid=0.1, folds=4)
    assert found["part"].value_counts().to_dict() == {"train": 70, "test": 20, "valid": 10}
    assert [(len(train), len(judged)) for train, judged in folds(found)] == [(52, 18), (52, 18), (53, 17), (53, 17)]
    must_hold(found, table, 4)
    must_take_turns(found)


PROBABILITY = {
    "random": (splits.split_random, FLAGS, {"test": 0.2, "valid": 0.2}),
    "stratified": (split_stratified, FLAGS, {"test": 0.2, "valid": 0.2}),
    "grouped": (splits.split_grouped, GROUPS, {"test": 0.2, "valid": 0.2}),
    "given": (splits.split_given, GIVEN, {"valid": 0.2}),
}
EVERYTHING = rows(
    60,
    late=pd.array(np.arange(60) % 3 == 0, dtype="boolean"),
    customer=[f"c{one % 20}" for one in range(60)],
    side=["test" if one % 5 == 0 else "train" for one in range(60)],
)


@pytest.mark.parametrize("name", PROBABILITY)
def test_one_seed_draws_the_same_rows_and_another_draws_others(name: str) -> None:
    function, asked, shares = PROBABILITY[name]
    first, again, other = (function(EVERYTHING, asked, seed, folds=3, **shares) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["part"].equals(other["part"])
    assert not first["fold_1"].equals(other["fold_1"])


@pytest.mark.parametrize("name", PROBABILITY)
def test_random_folds_are_drawn_independently_of_the_parts(name: str) -> None:
    function, asked, shares = PROBABILITY[name]
    found = function(EVERYTHING, asked, 1, folds=3, **shares)
    must_hold(found, EVERYTHING, 3)
    must_take_turns(found)


@pytest.mark.parametrize("name", PROBABILITY)
@pytest.mark.parametrize("valid", [0.0, 1.0, -0.1, float("nan")])
def test_shares_that_leave_nothing_are_rejected(name: str, valid: float) -> None:
    function, asked, shares = PROBABILITY[name]
    with pytest.raises(WrongValue, match="leave no row for a part") as caught:
        function(EVERYTHING, asked, 1, folds=3, **(shares | {"valid": valid}))
    assert "valid" in caught.value.where
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("name", PROBABILITY)
@pytest.mark.parametrize("count", [0, -3])
def test_no_fold_is_rejected(name: str, count: int) -> None:
    function, asked, shares = PROBABILITY[name]
    with pytest.raises(WrongValue, match=f"folds is {count}"):
        function(EVERYTHING, asked, 1, folds=count, **shares)


@pytest.mark.parametrize("name", PROBABILITY)
@pytest.mark.parametrize("count", [1, 100])
def test_folds_without_rows_are_rejected(name: str, count: int) -> None:
    function, asked, shares = PROBABILITY[name]
    reason = f"do not make {count} folds|need at least {count + 2}"
    with pytest.raises(UnfitTable, match=reason) as caught:
        function(EVERYTHING, asked, 1, folds=count, **shares)
    assert "folds: " in caught.value.todo


@given(count=st.integers(0, 30), test=st.floats(0.01, 0.98), valid=st.floats(0.01, 0.98), seed=st.integers(0, 9))
def test_shuffled_gives_each_part_a_row_where_there_are_three(count: int, test: float, valid: float, seed: int) -> None:
    assume(test + valid < 1)
    found = shuffle_parts(count, test, valid, np.random.default_rng(seed)).tolist()
    assert len(found) == count
    assert set(found) <= set(PARTS)
    assert count < 3 or set(found) == set(PARTS)


def test_a_role_that_a_split_needs_and_no_column_has_is_named() -> None:
    for function, role, shares in (
        (split_ordered, "time", {"test": 0.2, "valid": 0.2}),
        (split_by_time, "time", {"test_days": 1, "valid_days": 1}),
        (splits.split_grouped, "group", {"test": 0.2, "valid": 0.2}),
        (splits.split_given, "part", {"valid": 0.2}),
    ):
        with pytest.raises(WrongValue, match=f"no column has the role {role}, which this split needs") as caught:
            function(EVERYTHING, FLAGS, 1, folds=2, **shares)
        assert caught.value.where == "conf/problem/, key split"
        assert f"role: {role}" in caught.value.todo


# With the classes' shares


def test_a_target_without_classes_cannot_be_stratified() -> None:
    for asked, name in ((schema(price=("number", "target")), "price"), (TIMES, "no target")):
        with pytest.raises(WrongValue, match=f"rows cannot be stratified: {name} has no classes"):
            split_stratified(rows(9, price=1.0), asked, 1, test=0.2, valid=0.2, folds=2)


@settings(max_examples=60, deadline=None)
@given(
    classes=st.lists(st.sampled_from("abc"), min_size=12, max_size=80),
    test=SHARES,
    valid=SHARES,
    count=st.integers(2, 4),
    seed=st.integers(0, 5),
)
def test_every_class_has_its_share_of_every_part_and_fold_within_one_row(
    classes: list[str], test: float, valid: float, count: int, seed: int
) -> None:
    kinds = Column(type="category", role="target", description="", categories=("a", "b", "c"))
    asked = Schema(columns={"row": Column(type="text", role="id", description=""), "kind": kinds}, tables={})
    table = rows(len(classes), kind=classes)
    try:
        found = split_stratified(table, asked, seed, test=test, valid=valid, folds=count)
    except UnfitTable:
        return
    must_hold(found, table, count)
    must_take_turns(found)
    for kind in set(classes):
        own = found[table["kind"] == kind]
        assert abs((own["part"] == "test").sum() - test * len(own)) <= 1
        assert abs((own["part"] == "valid").sum() - valid * len(own)) <= 1
        inside = own[own["part"] == "train"]
        for name in own.columns[1:]:
            assert abs((inside[name] == "valid").sum() - len(inside) / count) < 1


# With groups together


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.sampled_from([*"abcdefghij", None]), min_size=1, max_size=60),
    test=SHARES,
    valid=SHARES,
    count=st.integers(2, 3),
    seed=st.integers(0, 5),
)
def test_groups_stay_together_and_rows_without_one_are_one(
    groups: list[str | None], test: float, valid: float, count: int, seed: int
) -> None:
    table = rows(len(groups), customer=pd.Series(groups, dtype="str").to_numpy())
    try:
        found = splits.split_grouped(table, GROUPS, seed, test=test, valid=valid, folds=count)
    except UnfitTable:
        return
    must_hold(found, table, count)
    if splits.describe_largest_group(table["customer"]) is None:
        must_take_turns(found)
    assert len(set(groups)) < 3 or set(parts(found)) == set(PARTS)
    for name in found.columns:
        told = found[name].fillna("neither").groupby(table["customer"].fillna("none"))
        assert (told.nunique() == 1).all()


@pytest.mark.parametrize("seed", range(20))
def test_every_part_has_a_group_where_there_are_enough(seed: int) -> None:
    table = rows(8, customer=["a", "b", "c", "d", "a", "b", "c", "d"])
    found = splits.split_grouped(table, GROUPS, seed, test=0.15, valid=0.15, folds=2)
    assert found["part"].value_counts().to_dict() == {"train": 4, "valid": 2, "test": 2}


def hospitals(**rows_of: int) -> pd.Series:
    """A column with so many rows of each group."""
    return pd.Series(np.repeat(list(rows_of), list(rows_of.values())), name="customer")


GIANT = hospitals(giant=860, a=20, b=20, c=20, d=20, e=20, f=20, g=20)


@pytest.mark.parametrize("seed", range(10))
def test_a_group_with_most_of_the_rows_is_learned_from_and_the_others_judge(seed: int) -> None:
    found = splits.split_grouped(rows(1000, customer=GIANT.to_numpy()), GROUPS, seed, test=0.15, valid=0.15, folds=3)
    assert found["part"].value_counts().to_dict() == {"train": 920, "valid": 40, "test": 40}
    assert (found.iloc[:860] == ["train"] * 4).all(axis=None)
    assert [(len(train), len(valid)) for train, valid in folds(found)] == [(900, 20)] * 3


def test_where_most_of_the_rows_went_is_told() -> None:
    assert splits.describe_largest_group(GIANT) == (
        "group 'giant' of customer has 86% of the rows and is in train; "
        "valid and test are drawn from its 7 other groups"
    )
    assert splits.describe_largest_group(hospitals(a=5, b=5)) is None
    assert splits.describe_largest_group(pd.Series([], dtype="str", name="customer")) is None


@pytest.mark.parametrize(
    ("values", "reason", "todo"),
    [
        (hospitals(a=5, b=5), "customer has 2 groups: train, valid and test need at least 3, one each", "collect rows"),
        (
            hospitals(a=5, b=5, c=5, d=5),
            "customer has 4 groups: valid, test and the folds of train need at least 5",
            "folds: 2 in conf/split/, collect rows",
        ),
        (
            hospitals(a=95, b=2, c=2, d=1),
            "group 'a' of customer has 95% of the rows: no split by groups gives train, valid and test their shares, "
            "and valid, test and the folds of train need at least 5 other groups with 100 rows, not 3 with 5",
            "collect rows of other groups, or take split: random",
        ),
        (pd.Series([None] * 9 + ["a", "b"], dtype="str", name="customer"), "group '(missing)' of customer has 82%", ""),
    ],
)
def test_too_few_groups_are_named_with_what_to_do(values: pd.Series, reason: str, todo: str) -> None:
    assert (splits.explain_groups(values, 3) or "").startswith(reason)
    with pytest.raises(UnfitTable) as caught:
        splits.split_grouped(rows(len(values), customer=values.to_numpy()), GROUPS, 1, test=0.15, valid=0.15, folds=3)
    assert caught.value.what.startswith(reason)
    assert caught.value.where == f"data/table.parquet, column customer, {len(values)} rows"
    assert caught.value.todo.startswith(todo)


def test_enough_groups_need_no_explanation() -> None:
    assert splits.explain_groups(GIANT, 3) is None
    assert splits.explain_groups(hospitals(a=5, b=5, c=5, d=5), 2) is None


# As a column says


def test_parts_are_those_of_the_column_however_they_are_written() -> None:
    table = rows(6, side=["train", " Train", "TEST", "valid ", "train", "test"])
    found = splits.split_given(table, GIVEN, 1, valid=0.5, folds=3)
    assert parts(found) == ["train", "train", "test", "valid", "train", "test"]


def test_where_no_row_says_valid_a_share_of_train_is_taken() -> None:
    table = rows(50, side=["train"] * 40 + ["test"] * 10)
    found = splits.split_given(table, GIVEN, 1, valid=0.25, folds=3)
    assert parts(found)[40:] == ["test"] * 10
    assert parts(found)[:40].count("valid") == 10


@pytest.mark.parametrize(
    ("value", "what", "todo"),
    [
        ("trian", "side is 'trian' in 1 rows, not one of train, valid, test", "use 'train', or take another split"),
        (None, "side is '' in 1 rows", "use one of test, train, valid, or take another split"),
    ],
)
def test_a_part_that_is_none_is_shown(value: str | None, what: str, todo: str) -> None:
    with pytest.raises(UnfitTable) as caught:
        splits.split_given(rows(3, side=["train", value, "test"]), GIVEN, 1, valid=0.2, folds=2)
    assert caught.value.what.startswith(what)
    assert caught.value.where == "data/table.parquet, column side, 3 rows"
    assert caught.value.todo.startswith(todo)


# Folds by time


def moments(numbers: list[int]) -> pd.Series:
    """Instants, that many hours after New Year."""
    return pd.Series(START + pd.to_timedelta(numbers, unit="h"))


def test_folds_grow_with_time() -> None:
    found = cut_folds_by_time(moments([0, 1, 2, 3, 4, 5, 6, 7]), 3)
    assert [(list(train), list(valid)) for train, valid in found] == [
        ([0, 1], [2, 3]),
        ([0, 1, 2, 3], [4, 5]),
        ([0, 1, 2, 3, 4, 5], [6, 7]),
    ]


def test_rows_of_one_instant_stay_together() -> None:
    found = cut_folds_by_time(moments([0, 0, 0, 1]), 1)
    assert [(list(train), list(valid)) for train, valid in found] == [([0, 1, 2], [3])]


@pytest.mark.parametrize(
    ("numbers", "todo"),
    [
        ([], "collect more rows"),
        ([1], "collect more rows"),
        ([1, 1, 1, 1], "collect more rows"),
        ([1, 2], "folds: 1 in conf/split/, or collect more rows"),
    ],
)
def test_too_few_times_are_rejected(numbers: list[int], todo: str) -> None:
    with pytest.raises(UnfitTable, match=f"{len(numbers)} train rows do not make 3 folds: fold 1 has") as caught:
        cut_folds_by_time(moments(numbers), 3)
    assert caught.value.todo == f"{todo} of other times, or take a split: in conf/problem/ that does not go by time"


def test_a_time_that_most_rows_have_is_named_as_the_cause() -> None:
    times = moments([0, *[1] * 8, 2]).rename("at")
    with pytest.raises(UnfitTable) as caught:
        cut_folds_by_time(times, 3)
    assert caught.value.what == (
        "10 train rows do not make 3 folds: fold 1 has 9 train rows and 0 valid rows; 80% of them have at "
        f"{times[1]}, and rows of one time stay together"
    )
    assert caught.value.where == "the train part, column at"


@given(numbers=st.lists(st.integers(0, 50), min_size=4, max_size=40), count=st.integers(1, 4))
def test_each_fold_trains_on_everything_before_its_valid_rows(numbers: list[int], count: int) -> None:
    try:
        found = cut_folds_by_time(moments(numbers), count)
    except UnfitTable:
        return
    hours = np.array(numbers)
    seen: set[int] = set(found[0][0])
    for train, valid in found:
        assert hours[train].max() < hours[valid].min()
        assert set(train) == seen
        seen |= set(valid)
    assert seen == set(range(len(numbers)))
