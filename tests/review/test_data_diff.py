"""What the data of two versions differ in, on tables typed by hand."""

import pandas as pd
import pytest

from lifecycle.review.config_diff import PINNED, differing, flat, rules_changed, why
from lifecycle.review.data_diff import columns, moved


def text(*values):
    return pd.Series(values, dtype="str")


def test_the_share_of_rows_that_would_have_to_change():
    assert moved(text("a", "a", "b", "b"), text("a", "a", "b", "b")) == 0
    assert moved(text("a", "a", "b", "b"), text("a", "b", "b", "b")) == pytest.approx(0.25)
    assert moved(text("a", "a"), text("b", "c")) == 1


def test_numbers_move_between_tenths_and_gaps_count():
    numbers = pd.Series(range(100), dtype="float64")
    assert moved(numbers, numbers) == 0
    assert moved(numbers, numbers + 10) == pytest.approx(0.1)
    assert moved(numbers, numbers.where(numbers >= 50)) == pytest.approx(0.5)
    assert moved(pd.Series([None, None], dtype="float64"), pd.Series([1.0, 2.0])) == 1


def test_flags_are_categories():
    flags = pd.Series([True, False, False, False], dtype="boolean")
    assert moved(flags, ~flags) == pytest.approx(0.5)


def test_schema_changes_are_told_by_column_and_key():
    before = {"a": {"type": "number"}, "b": {"type": "text", "low": 0}}
    after = {"b": {"type": "category", "low": 0}, "c": {}}
    assert columns(before, after) == ["c added", "a removed", "b: type text → category"]


def test_values_stand_under_their_path_of_keys():
    assert flat({"a": {"b": 1, "c": [1, 2]}, "d": [{"e": 3}], "f": {}}) == {
        "a.b": 1, "a.c": [1, 2], "d.0.e": 3, "f": {},
    }  # fmt: skip


def test_why_a_stage_ran_anew():
    before = {"cmd": "x", "deps": [{"path": "p", "md5": "1"}], "params": {"f.yaml": {"k": 1}}}
    after = {"cmd": "y", "deps": [{"path": "p", "md5": "2"}], "params": {"f.yaml": {"k": 2}}}
    assert sorted(why(before, after)) == ["command", "f.yaml.k", "p"]
    assert (list(why(None, after)), list(why(before, None)), list(why(before, before))) == (["new"], ["gone"], [])


def test_packages_are_read_from_a_lock():
    lock = "a==1.0 \\\n    --hash=sha256:00\nb[extra]==2.0 ; python_version > '3'\n    # via a==9\n"
    assert PINNED.findall(lock) == [("a", "1.0"), ("b", "2.0")]
    assert sorted(differing({"a": "1", "b": "2"}, {"a": "1", "c": "3"})) == ["b", "c"]


def test_only_what_judges_the_change_is_a_rule():
    options = [
        {"file": file, "key": key, "base": 1, "head": 2}
        for file, key in (
            ("conf/gate/floors.yaml", "tolerance"),
            ("conf/model/decision_tree.yaml", "max_depth"),
            ("conf/problem/orders.yaml", "kpis.0.floor"),
            ("conf/problem/other.yaml", "kpis.0.floor"),
            ("conf/problem/orders.yaml", "question"),
        )
    ]
    assert rules_changed(options, "orders") == [
        "conf/gate/floors.yaml: tolerance 1 → 2",
        "conf/problem/orders.yaml: kpis.0.floor 1 → 2",
    ]
