import pandas as pd
import pytest

from lifecycle.data.steps.feedback import choose_latest_labels, merge_labels
from lifecycle.errors import UnfitTable

ORDERS = pd.DataFrame(
    {"order": ["a", "b", "c"], "weight": [1.0, 2.0, 3.0], "late": pd.array([True, None, False], "boolean")}
)


def told(*rows):
    names = ["id", "label", "origin", "known_at", "input.weight", "input.hour"]
    return pd.DataFrame(rows, columns=names)


def merged(feedback, add=False, **more):
    given = {"table": "orders", "key": "order", "target": "late", "kind": "boolean"} | more
    return merge_labels({"orders": ORDERS, "feedback": feedback}, add=add, **given)["orders"]


def test_labels_stand_where_the_rows_are_and_others_stay():
    found = merged(told(("b", "true", "service", None, 2.0, 1)))
    assert found["late"].tolist() == [True, True, False]
    assert found["weight"].tolist() == [1.0, 2.0, 3.0]


def test_a_persons_label_wins_over_a_later_one_of_the_service():
    rows = [("a", "false", "person", "2013-01-01", 1.0, 1), ("a", "true", "service", "2013-02-01", 1.0, 1)]
    assert merged(told(*rows))["late"].tolist()[0] is False


def test_the_label_known_last_wins_among_those_of_one_origin():
    rows = [("a", "false", "person", "2013-02-01", 1.0, 1), ("a", "true", "person", "2013-01-01", 1.0, 1)]
    assert merged(told(*rows))["late"].tolist()[0] is False


def test_times_are_compared_and_not_their_texts():
    times = [
        "2013-02-01T09:00:00+09:00",
        "2013-02-01T01:00:00Z",
        "2013-01-31",
    ]  # midnight UTC, an hour later, a day before
    rows = [("a", label, "person", time, 1.0, 1) for label, time in zip(["1", "2", "3"], times, strict=True)]
    assert choose_latest_labels(told(*rows))["label"].to_dict() == {"a": "2"}
    assert choose_latest_labels(told(*rows[::-1]))["label"].to_dict() == {"a": "2"}


def test_a_dated_label_wins_over_one_without_a_time_and_the_last_of_several():
    rows = [("a", "1", "person", "2013-02-01", 1.0, 1), ("a", "2", "person", None, 1.0, 1)]
    assert choose_latest_labels(told(*rows))["label"].to_dict() == {"a": "1"}
    assert choose_latest_labels(told(rows[1], ("a", "3", "person", None, 1.0, 1)))["label"].to_dict() == {"a": "3"}


def test_new_scored_rows_become_rows_if_configured():
    feedback = told(("z", "true", "service", None, 9.0, 1))
    assert len(merged(feedback)) == 3
    found = merged(feedback, add=True)
    assert found.iloc[3].to_dict() == {"order": "z", "weight": 9.0, "late": True}


def test_numbers_and_classes_keep_their_type():
    feedback = told(("a", "1.5", "service", None, 1.0, 1))
    assert merged(feedback, target="days", kind="number")["days"].tolist()[0] == 1.5
    assert merged(feedback, target="kind", kind="category")["kind"].tolist()[0] == "1.5"


def test_a_key_that_is_not_there_is_named():
    with pytest.raises(UnfitTable, match="table 'orders' has no column 'id'"):
        merged(told(("a", "true", "service", None, 1.0, 1)), key="id")
