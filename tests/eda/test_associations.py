"""How columns go with a target, with the numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.eda import associations, profile

NAN = float("nan")


def text(*values):
    return pd.Series(values, dtype="str")


def test_rate_by_leaves_out_unknown_labels():
    levels = profile.assign_levels(text("a", "a", "b", None, "b"), "category")
    made = associations.compute_rates(levels, pd.Series([1.0, 0.0, 1.0, 1.0, NAN]))
    assert made["level"].astype("str").tolist() == ["a", "b", "(missing)"]
    assert made[["rows", "positives", "value"]].to_numpy().tolist() == [[2, 1, 0.5], [1, 1, 1.0], [1, 1, 1.0]]
    assert (made["low"] <= made["value"]).all() and (made["value"] <= made["high"]).all()


def test_mean_by_with_students_interval():
    made = associations.compute_means(text("a", "b", "a", "b"), pd.Series([1.0, 5.0, 3.0, NAN]))
    assert made["level"].tolist() == ["a", "b"]
    assert made[["rows", "value"]].to_numpy().tolist() == [[2, 2.0], [1, 5.0]]
    assert made.loc[0, ["low", "high"]].tolist() == pytest.approx([2 - 12.706205, 2 + 12.706205])
    assert made.loc[1, ["low", "high"]].isna().all()


def test_shares_by_class():
    made = associations.compute_class_shares(text("b", "a", "b", "b", "b", "c"), pd.Series([0.0, 2, 0, 2, 0, NAN]), 3)
    assert made["level"].tolist() == ["a", "b"]
    assert made[["rows", 0, 1, 2]].to_numpy().tolist() == [[1, 0.0, 0.0, 1.0], [4, 0.75, 0.0, 0.25]]


def test_periods_that_are_not_known_are_no_level():
    starts = pd.Series(pd.to_datetime(["2020-01-01", None]))
    assert associations.compute_class_shares(starts, pd.Series([0.0, 0.0]), 1)["rows"].tolist() == [1]


def test_few_rows_do_not_count_beside_many():
    values = pd.DataFrame({"level": ["a", "b"], "rows": [29, 30], "value": [0.9, 0.1]})
    assert associations.select_large_levels(values)["level"].tolist() == ["b"]
    assert len(associations.select_large_levels(values.head(1))) == 1
    assert associations.find_extreme_levels(values) == {
        "lowest": "b",
        "lowest_value": 0.1,
        "highest": "b",
        "highest_value": 0.1,
    }


def test_ends_of_nothing():
    found = associations.find_extreme_levels(pd.DataFrame({"level": [], "rows": [], "value": []}))
    assert found["lowest"] == "" and np.isnan(found["highest_value"])


def test_ranked_puts_others_and_missing_last():
    values = pd.DataFrame({"level": ["(others)", "a", "b", "(missing)"], "value": [0.9, 0.1, 0.5, 0.95]})
    assert associations.sort_levels(values)["level"].tolist() == ["b", "a", "(missing)", "(others)"]


def expand(*cells):
    """Levels and classes with so many rows in each cell, one list of cells per level."""
    pairs = [(level, code) for level, row in enumerate(cells) for code, rows in enumerate(row) for _ in range(rows)]
    made = pd.DataFrame(pairs, columns=["level", "class"], dtype="float64")
    return made["level"], made["class"]


@pytest.mark.parametrize(
    ("cells", "strength"),
    [
        ([[100, 0], [0, 100]], 1.0),
        ([[50, 50], [50, 50]], 0.0),
        ([[50, 50]], 0.0),
        ([[100, 0], [100, 0]], 0.0),
        ([[0, 1]], 0.0),
        ([], 0.0),
        ([[1, 0], [0, 1]], 0.0),
        ([[30, 0, 0], [0, 30, 0], [0, 0, 30]], 1.0),
        # Chi-square over n is 0.04; its correction 1 / 199, the widest table 2 - 1 / 199.
        ([[60, 40], [40, 60]], np.sqrt((0.04 - 1 / 199) / (1 - 1 / 199))),
        # Two levels of three classes: chi-square over n is 0.5, its correction 2 / 119, the narrow side 1 - 1 / 119.
        ([[30, 30, 0], [0, 30, 30]], np.sqrt((0.5 - 2 / 119) / (1 - 1 / 119))),
    ],
)
def test_association(cells, strength):
    count = max((len(row) for row in cells), default=2)
    assert associations.compute_cramers_v(*expand(*cells), count) == pytest.approx(strength)


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), max_size=5))
def test_association_is_a_share(cells):
    assert 0.0 <= associations.compute_cramers_v(*expand(*cells), 3) <= 1.0


def test_correlation_ratio():
    levels, target = text("a", "a", "a", "b", "b", "b"), pd.Series([1.0, 2, 3, 10, 11, 12])
    # Squares within are 4 of 125.5; corrected by 5 / 4.
    assert associations.compute_correlation_ratio(levels, target) == pytest.approx(np.sqrt(1 - 4 / 125.5 * 5 / 4))
    assert associations.compute_correlation_ratio(levels, target * NAN) == 0.0
    assert associations.compute_correlation_ratio(levels, target * 0) == 0.0
    assert associations.compute_correlation_ratio(text(*"abcdef"), target) == 0.0
    assert associations.compute_correlation_ratio(text(*"xxxxxx"), target) == 0.0


def test_rank_correlation():
    assert associations.compute_rank_correlation(
        pd.Series([1.0, 2, 3, NAN]), pd.Series([9.0, 4, 1, 0])
    ) == pytest.approx(-1.0)
    assert associations.compute_rank_correlation(pd.Series([1.0, 1]), pd.Series([1.0, 2])) == 0.0


def test_relations_with_a_flag():
    target = pd.Series([0.0, 1.0] * 40)
    table = pd.DataFrame({"idle": ["x"] * 80, "same": ["n", "y"] * 40, "void": [NAN] * 80})
    made = associations.associate_with_boolean(
        table, target, {"idle": "category", "same": "category", "void": "number"}
    )
    assert made["column"].tolist() == ["same", "idle", "void"]
    assert made.loc[0, ["lowest", "lowest_value", "highest", "highest_value"]].tolist() == ["n", 0.0, "y", 1.0]
    assert made["strength"].tolist() == pytest.approx([1.0, 0.0, 0.0])
    assert associations.associate_with_boolean(table, target, {}).empty


def test_relations_with_a_number():
    table = pd.DataFrame({"down": [4.0, 3, 2, 1], "kind": ["a", "a", "b", "b"], "idle": [1.0] * 4})
    made = associations.associate_with_number(
        table, pd.Series([1.0, 2, 9, 10]), {"down": "number", "kind": "category", "idle": "integer"}
    )
    assert made["column"].tolist() == ["down", "kind", "idle"]
    # Squares within are 1 of 65; corrected by 3 / 2.
    assert made["strength"].tolist() == pytest.approx([1.0, np.sqrt(1 - 1 / 65 * 3 / 2), 0.0])
    assert made.loc[0, ["lowest", "lowest_value", "highest", "highest_value"]].tolist() == ["4", 1.0, "1", 10.0]
    assert made.loc[1, ["lowest", "lowest_value", "highest", "highest_value"]].tolist() == ["a", 1.5, "b", 9.5]


def test_relations_with_classes():
    target = pd.Series([0.0, 1, 2] * 30)
    table = pd.DataFrame({"idle": ["x"] * 90, "same": ["n", "m", "m"] * 30})
    made = associations.associate_with_classes(table, target, {"idle": "category", "same": "category"}, 3)
    assert made["column"].tolist() == ["same", "idle"]
    assert made.loc[0, ["level", "class", "share"]].tolist() == ["n", 0, 1.0]
    assert made.loc[0, "overall"] == pytest.approx(1 / 3)
    unknown = associations.associate_with_classes(table, target * NAN, {"idle": "category"}, 3)
    assert unknown["level"].tolist() == [""] and unknown["share"].isna().all()


def test_relations_of_features_with_each_other():
    table = pd.DataFrame({"a": [1.0, 2, 3], "b": [6.0, 5, 4], "c": [1.0, 1, 1]})
    assert associations.associate_features(table).to_dict("list") == {
        "column": ["a", "b", "c"],
        "strength": [1.0, 1.0, 0.0],
    }
    assert associations.associate_features(table[["a"]])["strength"].tolist() == [0.0]
    assert associations.associate_features(table[[]]).empty


def test_pairs_that_tell_only_together():
    a, b = np.tile([0.0, 0, 1, 1], 50), np.tile([0.0, 1, 0, 1], 50)
    table = pd.DataFrame({"a": a, "b": b, "idle": np.tile([0.0] * 4 + [1.0] * 4, 25)})
    target = pd.Series((a != b).astype(float))
    pairs = associations.find_informative_pairs(table, target, ["idle", "a", "b"], 2, 2)
    assert pairs[0][:2] == ("a", "b")
    assert pairs[0][2] == pytest.approx(np.sqrt((1 - 3 / 199) / (1 - 1 / 199)))
    assert associations.find_informative_pairs(table, target, ["a"], 2, 2) == []


def test_correlated_pairs_use_each_column_twice_at_most():
    table = pd.DataFrame({name: np.arange(9.0) * sign for name, sign in zip("abcd", (1, -1, 1, 1), strict=True)})
    found = associations.find_correlated_pairs(table, 9)
    assert [pair[:2] for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [round(pair[2], 9) for pair in found] == [-1.0, 1.0, -1.0]
    assert associations.find_correlated_pairs(table.head(1), 9) == []
