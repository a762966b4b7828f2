"""Profiles of small tables, with the numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.schema import Column, Schema
from lifecycle.eda import profile

NAN = float("nan")


def column(kind, role="feature", unit=""):
    return Column(type=kind, role=role, description="", unit=unit)


def texts(levels):
    return levels.astype("str").tolist()


def test_numbers_leaves_out_what_is_no_number():
    values = pd.Series(["1", "x", None, "inf"], dtype="object")
    assert profile.parse_numbers(values).fillna(-1).tolist() == [1.0, -1.0, -1.0, -1.0]
    flags = pd.Series([True, None, False], dtype="boolean")
    assert profile.parse_numbers(flags).fillna(-1).tolist() == [1.0, -1.0, 0.0]


def test_summary_of_each_type():
    table = pd.DataFrame(
        {
            "size": pd.Series([1.0, 2.0, 3.0, NAN, 6.0]),
            "kind": pd.Series(["b", "a", "a", None, "b"], dtype="str"),
            "yes": pd.Series([True, True, False, None, True], dtype="boolean"),
            "day": pd.Series(["2020-01-02", "2020-01-01", "2020-01-02", None, "2020-01-03"], dtype="str"),
            "empty": pd.Series([NAN] * 5),
        }
    )
    columns = {
        "size": column("number", unit="m"),
        "kind": column("category"),
        "yes": column("boolean", role="target"),
        "day": column("day", role="context"),
        "empty": column("number"),
    }
    made = profile.summarize_table(table, Schema(columns=columns, tables={})).set_index("column")
    size = made.loc["size"]
    assert (size["unit"], size["rows"], size["missing"], size["missing_share"], size["distinct"]) == ("m", 5, 1, 0.2, 4)
    assert (size["mean"], size["minimum"], size["lower_quartile"], size["median"]) == (3.0, 1.0, 1.75, 2.5)
    assert (size["upper_quartile"], size["maximum"]) == (3.75, 6.0)
    assert size["deviation"] == pytest.approx(2.160247)
    assert (made.loc["kind", "most_frequent"], made.loc["kind", "most_frequent_share"]) == ("a", 0.4)
    assert (made.loc["yes", "mean"], made.loc["yes", "role"]) == (0.75, "target")
    assert np.isnan(made.loc["yes", "median"])
    assert (made.loc["day", "first"], made.loc["day", "last"]) == ("2020-01-01", "2020-01-03")
    assert (made.loc["empty", "missing"], made.loc["empty", "distinct"]) == (5, 0)
    assert np.isnan(made.loc["empty", "maximum"])


def test_summary_of_no_column_has_its_headings():
    made = profile.summarize_table(pd.DataFrame(index=range(3)), Schema(columns={}, tables={}))
    assert made.empty and made.columns.tolist() == profile.SUMMARY


def test_equally_frequent_values_are_in_order_of_value():
    values = pd.Series(["d", "c", "b", "a", "d", "b", "c"], dtype="str")
    assert profile.count_values(values).index.tolist() == ["b", "c", "d", "a"]


def test_missingness():
    table = pd.DataFrame({"full": [1.0, 2, 3, 4], "half": [1.0, NAN, NAN, 4], "one": [NAN, 1.0, 2, 3]})
    made = profile.count_missing(table)
    assert made.to_dict("list") == {"column": ["half", "one"], "missing": [2, 1], "share": [0.5, 0.25]}


def test_missingness_of_a_full_table_is_empty():
    assert profile.count_missing(pd.DataFrame({"a": [1]})).empty


def test_instants_are_in_utc_without_a_zone():
    times = pd.Series(pd.to_datetime(["2020-01-01T23:00:00-05:00"], utc=True))
    assert profile.parse_times(times, "time").tolist() == [pd.Timestamp("2020-01-02 04:00")]
    assert profile.parse_times(pd.Series(["2020-01-05"], dtype="str"), "day").tolist() == [pd.Timestamp("2020-01-05")]
    assert profile.parse_times(pd.Series([1, 2]), "integer") is None


@pytest.mark.parametrize(
    ("last", "starts", "name"),
    [
        ("2020-03-03", ["2020-01-02", "2020-03-03"], "day"),
        ("2020-03-05", ["2019-12-30", "2020-03-02"], "week"),
        ("2023-03-05", ["2020-01-01", "2023-03-01"], "month"),
    ],
)
def test_periods_grow_with_the_span(last, starts, name):
    made, period = profile.assign_periods(pd.Series(pd.to_datetime(["2020-01-02 13:00", f"{last} 01:00"])))
    assert (made.dt.strftime("%Y-%m-%d").tolist(), period) == (starts, name)


def test_missing_over_time():
    table = pd.DataFrame({"a": [NAN, 1.0, 2.0], "b": [NAN, NAN, 1.0]})
    made = profile.compute_missing_over_time(table, pd.Series([1, 1, 2]))
    assert made.to_dict("index") == {"a": {1: 0.5, 2: 0.0}, "b": {1: 1.0, 2: 0.0}}


def test_wilson():
    low, high = profile.compute_wilson_interval([5, 0, 10, 0], [10, 10, 10, 0])
    assert low.round(4).tolist() == [0.2366, 0.0, 0.7225, 0.0]
    assert high.round(4).tolist() == [0.7634, 0.2775, 1.0, 1.0]


def test_rare_names_are_one_level():
    values = pd.Series(["a", "a", "a", "c", "b", "b", None, "d"], dtype="str")
    made = profile.group_categories(values, most=2)
    assert made.cat.categories.tolist() == ["a", "b", "(others)", "(missing)"]
    assert texts(made) == ["a", "a", "a", "(others)", "b", "b", "(missing)", "(others)"]


def test_flags_and_empty_columns_have_levels():
    flags = pd.Series([True, False, None], dtype="boolean")
    assert texts(profile.assign_levels(flags, "boolean")) == ["True", "False", "(missing)"]
    assert texts(profile.assign_levels(pd.Series([None, None], dtype="str"), "category")) == ["(missing)"] * 2
    assert texts(profile.assign_levels(pd.Series([NAN, NAN]), "number")) == ["(missing)"] * 2
    assert profile.assign_levels(pd.Series([], dtype="float64"), "number").empty


def test_few_numbers_are_a_level_each():
    values = pd.Series([3, 1, None, 2], dtype="Int64")
    made = profile.assign_levels(values, "integer")
    assert made.cat.categories.tolist() == ["1", "2", "3", "(missing)"]
    assert texts(made) == ["3", "1", "(missing)", "2"]


def test_many_numbers_are_bins():
    made = profile.bin_numbers(pd.Series(np.arange(100.0)), single=24, bins=4)
    assert made.cat.categories.tolist() == ["0 to 24.8", "over 24.8 to 49.5", "over 49.5 to 74.2", "over 74.2 to 99"]
    assert made.value_counts(sort=False).tolist() == [25, 25, 25, 25]


def test_a_crowded_lowest_value_is_a_bin_of_its_own():
    values = pd.Series([0.0] * 90 + list(np.arange(1.0, 11.0)))
    made = profile.bin_numbers(values, single=5, bins=10)
    assert made.cat.categories[0] == "0"
    assert made.value_counts(sort=False).iloc[0] == 90


def test_labels_take_the_digits_they_need():
    assert profile.label_numbers(np.array([1017.1, 1017.2, 0.5])) == ["1017.1", "1017.2", "0.5"]
    assert profile.label_numbers(np.array([])) == []


def test_histogram_of_each_group():
    made = profile.compute_histograms(pd.Series([1.0, 1, 2, 3, NAN, 2]), pd.Series([0.0, 0, 1, 1, 1, NAN]), 3)
    assert made["left"].tolist() == [0.5, 1.5, 2.5]
    assert made["right"].tolist() == [1.5, 2.5, 3.5]
    assert made[[0, 1, 2]].T.to_numpy().tolist() == [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]


def test_histogram_without_values_or_with_one():
    void = profile.compute_histograms(pd.Series([NAN, NAN]), pd.Series([0.0, 1.0]), 2)
    assert void.empty and void.columns.tolist() == ["left", "right", 0, 1]
    made = profile.compute_histograms(pd.Series([7.0, 7.0]), pd.Series([0.0, 1.0]), 2)
    assert made.to_numpy().tolist() == [[6.5, 7.5, 1.0, 1.0]]


def test_histogram_counts_far_values_in_the_last_bar():
    values = pd.Series([*np.tile(np.arange(10.0), 100), 1e6])
    made = profile.compute_histograms(values, pd.Series([0.0] * 1001), 1)
    assert made["right"].iloc[-1] < 30
    assert made[0].sum() == pytest.approx(1.0)
    assert made[0].iloc[-1] > 0


@given(st.lists(st.floats(-1e9, 1e9, width=32) | st.none(), max_size=30))
def test_every_value_is_in_one_bar_of_the_histogram(numbers):
    values = pd.Series(numbers, dtype="float64")
    made = profile.compute_histograms(values, pd.Series(0.0, index=values.index), 1)
    assert made[0].sum() == pytest.approx(1.0 if values.notna().any() else 0.0)
    assert (made["left"] < made["right"]).all()


def test_bins_hold_equally_many_steps():
    edges = profile.compute_bin_edges(np.arange(0.0, 100.0))
    assert np.unique(np.diff(edges)).tolist() == [3.0]
    assert edges[0] == -0.5 and edges[-1] >= 99


def test_correlations():
    table = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 4, 9, 16], "c": [4.0, 3, 2, 1], "flat": [1.0] * 4})
    made = profile.compute_correlations(table)
    assert made.loc["a"].fillna(0).round(9).tolist() == [1.0, 1.0, -1.0, 0.0]
    assert profile.find_strongest_pair(made) == ("a", "b", pytest.approx(1.0))
    assert profile.find_strongest_pair(profile.compute_correlations(table[["flat"]])) is None
    assert profile.find_strongest_pair(profile.compute_correlations(table[["flat", "a"]])) is None


def test_sample_goes_by_name_not_by_place():
    table = pd.DataFrame({"name": [f"r{n}" for n in range(50)], "value": range(50)})
    drawn = profile.sample_rows(table, table["name"], 10)
    turned = table.iloc[::-1]
    assert drawn["name"].tolist() == profile.sample_rows(turned, turned["name"], 10)["name"].tolist()
    assert len(profile.sample_rows(table, table["name"], 100)) == 50
    assert drawn["value"].tolist() != sorted(drawn["value"])


def test_spread_stays_within_half_a_step():
    values = np.array([1.0, 1.0, 2.0, NAN, 2.0])
    moved = profile.jitter_values(values)
    assert np.nanmax(np.abs(moved - values)) < 0.5
    assert len(set(moved[:2])) == 2
    assert np.isnan(moved[3])
    many = np.arange(100.0)
    assert profile.jitter_values(many).tolist() == many.tolist()
