"""Differences of nested values as text, with nothing hidden that went or came."""

import datetime

import pytest

from lifecycle.review.value_changes import find_changes, make_plain, show_change


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}, [("a.b", 1, 3)]),
        ({"a": [1, 2]}, {"a": [2]}, [("a", [1, 2], [2])]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, [("a.1.b", 2, 3)]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 2}]}, [("a", [{"b": 1}, {"b": 2}], [{"b": 2}])]),
        ({}, {"a": {"b": 1, "c": None}}, [("a.b", None, 1)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({"a": {"b": 1}}, {"a": 5}, [("a", {"b": 1}, 5)]),
    ],
)
def test_each_value_that_differs_is_found_by_its_path(before, after, found):
    assert list(find_changes(before, after)) == found


def test_a_list_shows_what_went_and_what_came():
    before = [f"feature_{number}" for number in range(40)]
    after = [name for name in before if name != "feature_38"] + ["new"]
    assert str(show_change(before, after)) == "− feature_38, + new (39 stay)"
    assert (show_change(before, before[1:]).base, show_change(before, before[1:]).head) == ("− feature_0", "(39 stay)")
    assert str(show_change(["a", "a", "b"], ["a", "b"])) == "− a, (2 stay)"
    assert str(show_change(["a", "b"], ["b", "a"])) == "a, b → b, a"


def test_steps_that_went_are_spelled_out():
    steps = [{"_target_": "drop_rows", "where": "x > 1"}, {"_target_": "fill"}]
    assert str(show_change(steps, steps[1:])) == "− {_target_: drop_rows, where: x > 1}, (1 stay)"


def test_long_texts_show_the_part_that_differs():
    one = "a" * 60 + " the old words " + "z" * 60
    other = "a" * 60 + " the new ones and more " + "z" * 60
    found = show_change(one, other)
    assert found.base == f"…{'a' * 15} the old words {'z' * 19}…"
    assert found.head == f"…{'a' * 15} the new ones and more {'z' * 19}…"
    assert show_change("x" * 200, None).base == "x" * 200


def test_what_is_beyond_the_most_is_counted():
    assert show_change([f"n{number}" for number in range(130)], []).base.endswith("− n99 and 30 more")


def test_dates_become_text():
    assert make_plain({"day": datetime.date(2013, 9, 30), "of": [None, True, 1.5]}) == {
        "day": "2013-09-30", "of": [None, True, 1.5],
    }  # fmt: skip
