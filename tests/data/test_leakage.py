"""Signs of a leak: found where the answer stands in the question, and not elsewhere."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.leakage import (
    LeakLimits,
    check_columns_and_pairs,
    check_duplicates,
    check_group_overlap,
    check_row_order,
    check_time_overlap,
    measure_strength,
    number_rows,
)

LIMITS = LeakLimits(column=0.98, pair=0.98, order=0.75, duplicates=0.1, rows=100)
LABEL = np.array([False, True] * 5)


@pytest.mark.parametrize(
    ("values", "power"),
    [
        ([0, 1, 0, 1], 1.0),
        ([1, 0, 1, 0], 1.0),
        ([1, 1, 1, 1], 0.5),
        ([1, 2, 3, 4], 0.75),
        ([5, np.nan, 5, np.nan], 1.0),
    ],
)
def test_strength_is_the_area_under_the_curve_either_way_round(values: list[float], power: float) -> None:
    assert measure_strength(np.array(values, dtype="float64"), np.array([False, True, False, True])) == power


NOTHING = pd.DataFrame()


def test_strength_of_one_label_alone_is_none() -> None:
    assert measure_strength(np.array([1.0, 2.0]), np.array([True, True])) == 0.5


def signs(**columns: object) -> dict[tuple[str, ...], tuple[float, bool]]:
    """The strength of each column and pair, and whether it fails."""
    found = check_columns_and_pairs(pd.DataFrame(columns), LABEL, LIMITS)
    assert [sign.strength for sign in found] == sorted((sign.strength for sign in found), reverse=True)
    return {(sign.kind, *sign.columns): (sign.strength, sign.fails) for sign in found}


def test_a_column_that_is_the_answer_fails() -> None:
    assert signs(score=LABEL * 3.0)[("column", "score")] == (1.0, True)
    assert signs(boolean=pd.array(LABEL, dtype="boolean"))[("column", "boolean")] == (1.0, True)
    assert signs(word=np.where(LABEL, "late", "fine"))[("column", "word")] == (1.0, True)


def test_two_columns_whose_sum_or_difference_is_the_answer_fail() -> None:
    noise = np.array([3.0, 3.0, 9.0, 9.0, 1.0, 1.0, 7.0, 7.0, 5.0, 5.0])
    assert signs(one=noise, two=LABEL - noise)[("sum", "one", "two")] == (1.0, True)
    assert signs(one=noise + LABEL, two=noise)[("difference", "one", "two")] == (1.0, True)


@pytest.mark.parametrize("values", [["same"] * 10, [f"own {place}" for place in range(10)], [None] * 10])
def test_text_that_says_nothing_is_no_sign(values: list[str | None]) -> None:
    assert signs(word=pd.Series(values, dtype="str")) == {("column", "word"): (0.5, False)}


def test_a_time_is_looked_at_as_a_number() -> None:
    times = pd.to_datetime(["2013-01-01", "2013-06-01"] * 5, utc=True)
    assert signs(prediction_time=times)[("column", "prediction_time")] == (1.0, True)


def test_the_order_of_rows_within_their_day() -> None:
    days = pd.Series(pd.to_datetime(["2013-01-01"] * 5 + ["2013-01-02"] * 5))
    late_last = np.array([False, False, False, True, True] * 2)
    sign = check_row_order(days, late_last, NOTHING, LIMITS)
    assert (sign.kind, sign.strength, sign.fails) == ("row order", 1.0, True)
    mixed = np.array([False, True, False, True, False] * 2)
    assert check_row_order(days, mixed, NOTHING, LIMITS).fails is False


def test_rows_that_stand_in_two_parts_are_counted() -> None:
    table = pd.DataFrame({"a": [1, 1, 2, 2, 3], "b": ["x", "x", "y", "z", "x"]})
    twice = check_duplicates(table, pd.Series(["train", "test", "train", "test", "train"]), LIMITS)
    assert (twice.strength, twice.fails, twice.found) == (0.2, True, "1 of 5 rows (20.0%)")
    inside = check_duplicates(table, pd.Series(["train", "train", "test", "test", "test"]), LIMITS)
    assert (inside.strength, inside.fails) == (0.0, False)


def test_parts_that_overlap_in_time_are_counted() -> None:
    times = pd.Series(pd.to_datetime(["2013-01-01", "2013-01-02", "2013-01-02", "2013-01-03"]), name="at")
    clash = check_time_overlap(times, pd.Series(["train", "train", "valid", "test"]))
    assert (clash.columns, clash.strength, clash.fails, clash.found) == (("at",), 0.25, True, "1 of 4 rows")
    clear = check_time_overlap(times, pd.Series(["train", "valid", "valid", "test"]))
    assert (clear.strength, clear.fails) == (0.0, False)


CLASSES = np.arange(300) % 3
NUMBERS = np.random.default_rng(1).normal(size=300)


def found(label: np.ndarray, **columns: object) -> dict[tuple[str, ...], tuple[float, bool]]:
    """The strength of each column and pair that is told of, and whether it fails."""
    signs = check_columns_and_pairs(pd.DataFrame(columns), label, LIMITS)
    return {(sign.kind, *sign.columns): (sign.strength, sign.fails) for sign in signs}


def test_strength_of_classes_is_the_least_between_two_of_them() -> None:
    assert measure_strength(CLASSES * 1.0, CLASSES) == 1.0
    assert measure_strength((CLASSES == 0) * 1.0, CLASSES) == 0.5
    assert measure_strength(np.where(CLASSES == 1, 5.0, -1.0), np.where(CLASSES == 1, 1, 0)) == 1.0
    assert measure_strength(NUMBERS, np.zeros(300, dtype=np.int64)) == 0.5


def test_strength_of_numbers_follows_spearman() -> None:
    assert measure_strength(np.exp(NUMBERS), NUMBERS) == 1.0
    assert measure_strength(-NUMBERS, NUMBERS) == 1.0
    assert measure_strength(-NUMBERS, NUMBERS, folded=False) == 0.5
    assert measure_strength(np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])) == pytest.approx(0.9)
    assert measure_strength(np.ones(300), NUMBERS) == 0.5


def test_text_that_names_the_class_or_goes_with_the_number_fails() -> None:
    words = np.array(["ant", "bee", "cow"])
    assert found(CLASSES, word=words[CLASSES])[("column", "word")] == (1.0, True)
    assert found(CLASSES, word=words[NUMBERS.argsort() % 3])[("column", "word")][1] is False
    assert found(CLASSES * 1.0, word=words[CLASSES])[("column", "word")] == (1.0, True)


def test_a_sum_that_equals_the_number_fails_also_where_a_part_is_missing() -> None:
    other = np.random.default_rng(2).normal(size=300)
    one = np.where(np.arange(300) % 4 == 0, np.nan, NUMBERS - other)
    assert found(NUMBERS, one=one, two=other)[("sum", "one", "two")] == (1.0, True)
    assert found(NUMBERS, two=other, one=-one)[("difference", "two", "one")] == (1.0, True)
    assert ("sum", "one", "two") not in found(NUMBERS, one=one * 1.5, two=other)


def test_a_strength_that_few_rows_cannot_make_sure_of_does_not_fail() -> None:
    label = np.arange(20) >= 10
    values = np.arange(20.0)
    values[9:11] = [10, 9]
    assert found(label, value=values)[("column", "value")] == (0.99, False)
    assert found(np.repeat(label, 100), value=np.repeat(values, 100))[("column", "value")] == (0.99, True)


def test_of_very_many_columns_exact_sums_are_still_found() -> None:
    noise = np.random.default_rng(3).normal(size=(300, 150))
    table = pd.DataFrame(noise, columns=[f"n{place}" for place in range(150)])
    huge = np.random.default_rng(4).normal(size=300) * 1e6
    table = table.assign(rest=huge, total=NUMBERS + huge)
    signs = check_columns_and_pairs(table, NUMBERS, LIMITS)
    assert [sign.columns for sign in signs if sign.fails] == [("rest", "total")]


def test_columns_of_nothing_or_of_infinite_numbers_are_no_sign() -> None:
    assert found(NUMBERS, none=np.full(300, np.nan), endless=np.full(300, np.inf))[("column", "none")] == (0.5, False)


def test_row_order_of_numbers() -> None:
    days = pd.Series(np.repeat(["2013-01-01", "2013-01-02"], 150))
    assert check_row_order(days, np.tile(np.arange(150.0), 2), NOTHING, LIMITS).fails is True
    assert check_row_order(days, NUMBERS, NOTHING, LIMITS).fails is False


def test_row_order_is_no_news_where_a_feature_orders_alike() -> None:
    days = pd.Series(np.repeat(["a", "b"], 150))
    label, hour = np.tile(np.arange(150.0), 2), pd.DataFrame({"hour": np.tile(np.arange(150) // 10, 2)})
    assert check_row_order(days, label, hour, LIMITS).fails is False
    assert check_row_order(days, label, hour.assign(hour=1), LIMITS).fails is True


def test_rows_of_few_values_are_equal_by_chance() -> None:
    table, parts = pd.DataFrame({"a": [1, 2] * 50}), pd.Series(["train", "test"] * 25 + ["test", "train"] * 25)
    found = check_duplicates(table, parts, LIMITS)
    assert (found.strength, found.fails) == (0.5, False)


def small_numbers(copied: int) -> tuple[pd.DataFrame, pd.Series]:
    """A thousand rows of three small whole numbers, of which some collide; rows of train are copied into test."""
    drawn = np.random.default_rng(5).integers(0, 17, (1000, 3))
    drawn[1000 - copied :] = drawn[:copied]
    parts = pd.Series(["train"] * 700 + ["valid"] * 100 + ["test"] * 200)
    return pd.DataFrame(drawn, columns=["a", "b", "c"]), parts


def test_small_whole_numbers_are_equal_by_chance_at_the_rate_of_train() -> None:
    limits = LeakLimits(column=0.98, pair=0.98, order=0.75, duplicates=0.01, rows=100)
    found = check_duplicates(*small_numbers(0), limits)
    assert (found.strength, found.fails, found.found) == (0.04, False, "40 of 1,000 rows (4.0%)")
    copies = check_duplicates(*small_numbers(100), limits)
    assert copies.fails


def test_rows_of_few_possible_values_are_equal_by_chance_however_many_are() -> None:
    drawn = np.random.default_rng(3).integers(0, [72, 3, 2], (600, 3))
    parts = pd.Series(["train"] * 420 + ["valid"] * 90 + ["test"] * 90)
    found = check_duplicates(pd.DataFrame(drawn, columns=["age", "ward", "left"]), parts, LIMITS)
    assert found.strength > 0.1
    assert not found.fails


def test_equal_numbers_of_many_values_are_copies() -> None:
    table, parts = small_numbers(0)
    telling = table.assign(a=table["a"] * 289 + table["b"] * 17 + table["c"])
    limits = LeakLimits(column=0.98, pair=0.98, order=0.75, duplicates=0.01, rows=100)
    assert check_duplicates(telling, parts, limits).fails


def test_a_table_that_holds_every_row_twice_has_copies() -> None:
    table, _ = small_numbers(0)
    twice = pd.concat([table.drop_duplicates()] * 2, ignore_index=True)
    parts = pd.Series(np.random.default_rng(1).choice(["train", "valid", "test"], len(twice), p=[0.7, 0.15, 0.15]))
    assert check_duplicates(twice, parts, LIMITS).fails


def test_rows_are_equal_where_the_same_values_are_missing() -> None:
    table = pd.DataFrame({"a": [None, None, 1.0, 1.0], "b": pd.Series(["x", "x", None, "x"], dtype="str")})
    assert number_rows(table).tolist() == [0, 0, 1, 2]
    assert number_rows(table[:0]).tolist() == []


def test_groups_in_two_parts_are_counted() -> None:
    groups = pd.Series(["a", "a", "b", "c", None], name="customer")
    found = check_group_overlap(groups, pd.Series(["train", "test", "train", "test", "test"]))
    assert (found.columns, found.fails, found.found) == (("customer",), True, "1 of 3 groups")
