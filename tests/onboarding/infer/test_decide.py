"""Roles, leaks, task, split and notes of small tables typed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import LifecycleError, UnfitTable, UnknownName, WrongValue
from lifecycle.onboarding.infer.concerns import list_concerns
from lifecycle.onboarding.infer.decide import ProblemInference, infer_problem
from lifecycle.onboarding.infer.problem_file import build_problem
from lifecycle.onboarding.infer.request import NewRequest

NUMBER = np.arange(60)
NOISE = np.random.default_rng(3).integers(0, 1000, 60)


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([None if one is None else str(one) for one in values], dtype="str")
                         for name, values in columns.items()})  # fmt: skip


def made(**columns: Any) -> ProblemInference:
    wishes = {name[1:]: columns.pop(name) for name in list(columns) if name.startswith("_")}
    return infer_problem(table(**columns), NewRequest(name="toy", **wishes))


def roles(found: ProblemInference) -> dict[str, str]:
    return {column.name: column.role for column in found.columns}


def why(found: ProblemInference, name: str) -> str:
    return next(column.role_why for column in found.columns if column.name == name)


def said(found: ProblemInference) -> str:
    notes = [f"{note.what}: {note.why}" for note in found.notes]
    return "\n".join([*notes, *(f"{one.what}: {one.why}; {one.todo}" for one in list_concerns(found))])


SIZE = {"size": NOISE}


def test_an_id_is_inferred_by_name_then_by_keys_then_by_count() -> None:
    unique = [f"k{one}" for one in NUMBER]
    assert made(mark=unique, order_id=NUMBER * 7, **SIZE).find_column("id") == "order_id"
    assert made(code=unique[::-1], id=unique, **SIZE).find_column("id") == "id"
    assert made(count=NUMBER, mark=unique, **SIZE).find_column("id") == "mark"
    assert made(count=NUMBER[::-1], **SIZE).find_column("id") == "count"
    assert made(count=NUMBER, mark=unique, _id="count", **SIZE).find_column("id") == "count"


def test_without_an_id_the_rows_get_one_of_a_free_name() -> None:
    found = made(row=NUMBER % 7, **SIZE)
    assert found.find_column("id") == "row_2"
    assert "rows get a computed id, row_2: no column has a key in every row" in said(found)
    assert found.steps[0].arguments == {"table": "toy", "name": "row_2"}


def test_columns_that_say_nothing_are_context_with_the_reason() -> None:
    found = made(
        same=["a"] * 60, empty=[None] * 60, most=[1] * 60, again=NOISE, ticket=[f"A {one}" for one in NUMBER], **SIZE
    )
    assert why(found, "same") == "constant: a"
    assert why(found, "empty") == "empty"
    assert why(found, "size") == "the same as again in every row"
    assert why(found, "ticket") == "100% of its values occur in one row only"
    assert found.columns_with_role("feature") == ["again"]
    long = made(rare=[*["no"] * 399, "yes"], other=[*range(200), *range(200)])
    assert why(long, "rare") == "nearly constant: 99.75% are no"


def test_numbers_are_read_in_the_style_of_each_column() -> None:
    found = made(a=["1,70", "3,06"] * 30, b=["1'290.5", "2"] * 30, c=["1 290,5", "3"] * 30, **SIZE)
    readings = {name: one.reading for name, one in found.inferred.items()}
    assert {name: (one.decimal, one.thousands) for name, one in readings.items()} == {
        "size": (".", ","),
        "a": (",", "."),
        "c": (",", " "),
        "b": (".", "'"),
    }


def test_a_repeating_id_is_context_and_suggests_a_group() -> None:
    found = made(customer_id=NUMBER // 3, **SIZE)
    assert why(found, "customer_id") == "identifies groups of rows: --group customer_id to keep them together"
    grouped = made(customer_id=NUMBER // 3, _group="customer_id", **SIZE)
    assert (grouped.split, build_problem(grouped)["block"].value) == ("grouped", "customer_id")


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([*(NUMBER * 7)[:58], 0, 7], "named like an id, but repeated in 2 rows: correct that and give --id order_id"),
        ([*(NUMBER * 7)[:59], None], "named like an id, but missing in 1 row: correct that and give --id order_id"),
        (
            [*(f"k{one}" for one in NUMBER[:57]), "k1", None, None],
            "named like an id, but repeated in 1 row and missing in 2 rows: correct that and give --id order_id",
        ),
    ],
)
def test_an_id_that_nearly_names_the_rows_is_no_feature(ids: list[Any], said: str) -> None:
    found = made(order_id=ids, **SIZE)
    assert (roles(found)["order_id"], why(found, "order_id")) == ("context", said)
    assert found.find_column("id") == "row"
    assert found.columns_with_role("feature") == ["size"]


def test_a_second_id_of_every_row_is_no_feature() -> None:
    found = made(order_id=NUMBER * 7, bill_id=NUMBER[::-1] * 5, **SIZE)
    assert found.find_column("id") == "order_id"
    assert (roles(found)["bill_id"], why(found, "bill_id")) == (
        "context",
        "identifies rows rather than describes them",
    )


def test_a_number_of_few_values_that_is_called_an_id_stays_a_feature() -> None:
    assert roles(made(shop_id=NUMBER % 7, **SIZE))["shop_id"] == "feature"


def days(step: int = 1) -> list[str]:
    return list(pd.date_range("2020-01-01", periods=60).strftime("%Y-%m-%d"))[::step]


def test_rows_in_order_of_a_time_are_parted_by_it() -> None:
    for step in (1, -1):
        found = made(when=days(step), **SIZE)
        assert (found.find_column("time"), found.split) == ("when", "ordered")
        assert roles(found)["day"] == "context"
        assert build_problem(found)["prediction_time"].value["column"] == "when"
    assert [step.arguments for step in found.feature_steps] == [{"day": "day", "take": ["weekday"]}]


def shuffled(seed: int = 0) -> list[str]:
    return list(np.random.default_rng(seed).permutation(days()))


def test_the_only_time_parts_rows_that_are_not_sorted_by_it_and_says_so() -> None:
    found = made(when=shuffled(), **SIZE)
    assert why(found, "when") == "the only time of the rows, which are not sorted by it"
    assert found.split == "ordered"
    assert "the last rows by when are the test: the only time of the rows, which are not sorted by it; --split" in said(
        found
    )
    assert made(when=shuffled(), _split="random", **SIZE).split == "random"


def test_several_times_that_tell_different_orders_leave_the_split_at_random_and_say_so() -> None:
    found = made(start=shuffled(), seen=shuffled(1), **SIZE)
    assert why(found, "seen") == "a time that does not order the rows: --time seen to split by it"
    assert (found.split, found.split_why) == ("random", "at random, although start, seen may order the rows")
    assert "split at random although start is a time: later rows may be in train" in said(found)
    assert made(start=shuffled(), seen=shuffled(1), _time="seen", **SIZE).split == "ordered"


def test_a_birth_date_orders_no_rows() -> None:
    found = made(birth_date=shuffled(), **SIZE)
    assert (roles(found)["birth_date"], found.split) == ("context", "random")


def test_what_looks_like_times_is_no_feature_and_told_first() -> None:
    first, second = (pd.date_range("2022-01-01", periods=30).strftime(form) for form in ("%Y-%m-%d", "%d/%m/%Y"))
    found = made(visit=[*first, *second], **SIZE)
    assert (roles(found)["visit"], found.split_why) == ("context", "at random, although visit may order the rows")
    assert list_concerns(found)[0].what == "visit is not read as times, role context"
    assert list_concerns(found)[0].why == "looks like times: 50% fit %Y-%m-%d and 50% fit %d/%m/%Y"


def test_times_of_day_and_amounts_are_no_ids() -> None:
    clock = [f"{one // 10:02d}:{one % 10:02d}" for one in NUMBER]
    found = made(called_at=clock, **SIZE)
    assert (roles(found)["called_at"], found.find_column("id")) == ("context", "row")
    assert "called_at is text, role context: looks like times of day" in said(found)
    assert made(income=[f"{one},{one + 10:02d},167" for one in range(1, 61)], **SIZE).find_column("id") == "row"


def test_an_index_that_was_left_in_is_neither_an_id_nor_a_feature() -> None:
    found = made(**{"Unnamed: 0": NUMBER, "Unnamed: 1": NUMBER[::-1] * 3}, **SIZE)
    assert roles(found)["Unnamed: 0"] == roles(found)["Unnamed: 1"] == "context"
    assert found.find_column("id") == "row"


def patients(**columns: Any) -> ProblemInference:
    who = np.arange(200) // 5
    state = np.where(who % 3 == 0, "ill", "well")
    pulse = np.random.default_rng(1).integers(50, 1000, 200)
    return made(patient=[f"P{one:03d}" for one in who], pulse=pulse, state=state, _target="state", **columns)


def test_rows_of_one_value_that_are_alike_are_the_group() -> None:
    found = patients()
    assert (found.find_column("group"), found.split) == ("patient", "grouped")
    assert why(found, "patient") == "40 values, 5 rows of each; within one, state varies 100% less than by chance"
    assert build_problem(found)["block"].value == "patient"
    assert "patient is the group of the rows, split grouped: 40 values" in said(found)
    apart = patients(_split="stratified")
    assert (apart.find_column("group"), apart.split) == (None, "stratified")
    assert "rows of one patient are in several parts: 40 values" in said(apart)


def test_of_a_group_and_a_time_the_group_parts_where_it_settles_the_target() -> None:
    times = pd.date_range("2020-01-01", periods=200, freq="h").strftime("%Y-%m-%d %H:%M")
    found = patients(seen_at=times)
    assert (found.find_column("group"), found.find_column("time")) == ("patient", "seen_at")
    assert (found.split, found.split_why) == (
        "grouped", "rows of one patient stay in one part; not by seen_at: --split ordered for the last rows",
    )  # fmt: skip
    assert patients(seen_at=times, _split="ordered").split == "ordered"
    assert patients(seen_at=times, _time="seen_at").split == "ordered"


def test_a_split_needs_its_column_and_no_part() -> None:
    with pytest.raises(WrongValue, match="--split grouped needs a group, and no column is one"):
        made(_split="grouped", **SIZE)
    with pytest.raises(WrongValue, match="--part fold and --split random contradict each other"):
        made(fold=["train", "test"] * 30, _part="fold", _split="random", **SIZE)


def test_clock_times_are_read_in_the_zone_that_is_told_and_else_as_utc_with_a_word() -> None:
    clock = [f"{day} 12:00" for day in days()]
    assert "when read as UTC: the clock times have no zone; --zone Europe/Berlin" in said(made(when=clock, **SIZE))
    found = made(when=clock, _zone="Europe/Berlin", **SIZE)
    assert "read as UTC" not in said(found)
    assert "when read as the clock of Europe/Berlin shows them: the later hour where it shows one twice" in said(found)
    assert found.inferred["when"].values[0] == pd.Timestamp("2020-01-01T11:00Z")
    assert found.inferred["when"].reading.zone == "Europe/Berlin"
    assert "read as UTC" not in said(made(when=days(), **SIZE))
    with pytest.raises(UnknownName, match="'Europe/Berln' is no time zone"):
        made(when=clock, _zone="Europe/Berln", **SIZE)


def test_rows_without_their_time_are_counted() -> None:
    found = made(when=[*days()[:57], *["0000-00-00"] * 3], **SIZE)
    assert found.find_column("time") == "when"
    assert "3 rows without when will be rejected: it is the time of the rows" in said(found)


def test_calendar_features_leave_out_names_that_are_taken() -> None:
    found = made(when=days(), weekday=NUMBER % 7, **SIZE)
    assert found.feature_steps == ()


def test_a_given_part_column() -> None:
    parts = [("train", "valid", "test")[one % 3] for one in NUMBER]
    assert made(fold=parts, _part="fold", **SIZE).split == "given"
    with pytest.raises(UnfitTable, match="must hold train, valid or test; it holds dev, train"):
        made(fold=["train", "dev"] * 30, _part="fold", **SIZE)


def test_a_requested_time_that_is_none() -> None:
    with pytest.raises(UnfitTable, match="holds integers: no times"):
        made(_time="size", **SIZE)


def test_the_parts_of_a_sum_and_a_column_of_its_own_are_forbidden() -> None:
    casual, registered = NOISE, NOISE[::-1] * 2
    found = made(casual=casual, registered=registered, other=NOISE % 13, cnt=casual + registered, _target="cnt")
    assert found.columns_with_role("forbidden") == ["casual", "registered"]
    assert why(found, "casual") == "casual + registered = cnt in every row"
    single = made(fee=NOISE * 2 + 1, other=NOISE % 13, cnt=NOISE, _target="cnt")
    assert why(single, "fee") == "tells cnt on its own: rank correlation 1.000"
    left = ["no" if one % 3 == 0 else "yes" for one in NUMBER]
    flag = made(end=NUMBER % 3 * 5, left=left, other=NOISE, _target="left")
    assert why(flag, "end") == "tells left on its own: ROC-AUC 1.000"


def test_without_a_target_rows_are_grouped() -> None:
    found = made(**SIZE)
    assert (found.task, found.request.target) == ("clustering", None)
    assert build_problem(found)["target"].value is None


@pytest.mark.parametrize(
    ("values", "task", "positive"),
    [
        (["No", "Yes", "Yes"] * 20, "binary", ("Yes",)),
        (["Yes", "yes", "No"] * 20, "binary", ("Yes", "yes")),
        (["red", "blue", "red"] * 20, "binary", ("blue",)),
        (["red", "blue"] * 30, "binary", ("red",)),
        ([1, 2, 2] * 20, "binary", ("1",)),
        (["a", "b", "c"] * 20, "multiclass", ()),
        (NUMBER % 5, "regression", ()),
    ],
)
def test_the_target_asks_for_its_task(values: Any, task: str, positive: tuple[str, ...]) -> None:
    found = made(y=values, _target="y", **SIZE)
    assert found.target is not None
    assert (found.task, found.target.positive) == (task, positive)


def test_a_boolean_in_three_spellings_is_binary_if_requested_too() -> None:
    found = made(y=["Yes", "yes", "No"] * 20, _target="y", _task="binary", **SIZE)
    assert found.task == "binary"
    assert found.target is not None
    assert (found.target.reading.true_values, found.target.reading.false_values) == (("Yes", "yes"), ("No",))


def test_a_requested_task_comes_first() -> None:
    found = made(y=NUMBER % 12, _target="y", _task="multiclass", **SIZE)
    column = next(column for column in found.columns if column.name == "y")
    assert (column.type, column.categories) == ("category", tuple(map(str, range(12))))
    assert not any(step.target.endswith("numbers") and "y" in step.arguments["columns"] for step in found.steps)


@pytest.mark.parametrize(
    ("values", "task", "what"),
    [
        (["a"] * 60, None, "the target 'y' is 'a' in every row that has one: there is nothing to learn"),
        ([None] * 60, None, "the target 'y' is always missing: there is nothing to learn"),
        ([f"w{one}" for one in NUMBER], None, "'y' has 60 classes; 50 is the most"),
        (["a", "b", "c"] * 20, "regression", "regression needs numbers, 'y' holds 3 different texts"),
        (["a", "b", "c"] * 20, "binary", "binary needs two values, 'y' has 3"),
        (days(), None, "the target 'y' holds times"),
    ],
)
def test_a_target_that_is_none(values: Any, task: Any, what: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        made(y=values, _target="y", _task=task, **SIZE)
    assert caught.value.what.startswith(what)
    assert len(str(caught.value).splitlines()) == 3


def test_missing_labels_rare_classes_and_imbalance_are_noted() -> None:
    found = made(y=[*["no"] * 56, "yes", "yes", None, "?"], _target="y", **SIZE)
    assert "2 rows without y: clean rejects and counts them" in said(found)
    assert "y is positive in 3.45% of the rows: few:" in said(found)
    assert "the target: 2 positives do not make 3 folds" in said(found)
    assert "y has 5 different integers, taken as numbers" in said(made(y=NUMBER % 5, _target="y", **SIZE))


def test_repeated_rows_are_counted() -> None:
    assert "3 rows equal to an earlier one in every column" in said(
        made(a=[*NOISE, *NOISE[:3]], b=[*NUMBER, *NUMBER[:3]])
    )


def test_the_floor_is_what_a_trivial_model_reaches() -> None:
    def floor(**columns: Any) -> float:
        return float(build_problem(made(**columns, **SIZE))["kpis"].value[0]["floor"].value)

    assert floor(y=["yes", "no", "no"] * 20, _target="y") == 0.5
    assert floor(y=[0, 2468, 1234] * 20, _target="y") == 1010.0
    assert floor() == 0.0


@pytest.mark.parametrize("empty", [pd.DataFrame(), pd.DataFrame({"a": pd.Series([], dtype="str")})])
def test_an_empty_table(empty: pd.DataFrame) -> None:
    with pytest.raises(UnfitTable, match=r"the table has 0 rows"):
        infer_problem(empty, NewRequest(name="toy"))


def test_one_row_or_nothing_but_the_target() -> None:
    with pytest.raises(UnfitTable, match=r"no column is left to learn from"):
        made(a=[1], b=["x"])
    with pytest.raises(UnfitTable, match=r"no column is left to learn from"):
        made(y=["a", "b"] * 30, _target="y")


def test_decisions_are_the_same_twice_and_large_tables_are_sampled() -> None:
    number = np.arange(21_000)
    rows = table(a=number * 7919 % 10_007, b=number % 89, y=number * 31 % 97)
    one, two = (infer_problem(rows.copy(), NewRequest(name="toy", target="y")) for _ in range(2))
    assert one.columns == two.columns
    assert "checked for target leakage in 20,000 of 21,000 rows, drawn at random" in said(one)


def test_a_wish_that_contradicts_itself() -> None:
    with pytest.raises(WrongValue, match="'size' is requested twice"):
        made(_id="size", _time="size", **SIZE)
