"""Labels and times of rows, in numbers for reports."""

import pandas as pd
import pytest

from lifecycle.data.label_stats import describe_row_labels, describe_rows, describe_time_span
from lifecycle.data.schema import Column, Schema

TIMES = pd.to_datetime(["2013-02-03T10:00Z", "2013-01-02T00:00Z", "2013-01-05T08:30Z", "2013-01-31T00:00Z"])


def schema(kind=None, timed=True, **more):
    """A schema of a target of that type and of a time, where they are asked for."""
    columns = {"at": Column(type="time", role="time", description="")} if timed else {}
    if kind:
        columns["asked"] = Column(type=kind, role="target", description="", **more)
    return Schema(columns=columns, tables={})


def rows(values):
    return pd.DataFrame({"at": TIMES, "asked": values})


@pytest.mark.parametrize(
    ("asked", "values", "found"),
    [
        (schema("boolean"), pd.array([True, False, False, False], dtype="boolean"), {"label_rate": 0.25}),
        (schema("number"), [1.0, 2.0, 3.5, -0.5], {"label_mean": 1.5}),
        (schema("integer"), pd.array([1, 2, 3, 4], dtype="Int64"), {"label_mean": 2.5}),
        (schema(), ["a", "b", "c", "d"], {}),
    ],
)
def test_labels_of_each_type(asked, values, found):
    assert describe_row_labels(rows(values), asked) == found


def test_shares_come_in_the_order_of_the_classes_and_tell_of_those_that_no_row_is_of():
    asked = schema("category", categories=("c", "a", "b"))
    assert list(describe_row_labels(rows(["b", "b", "c", "b"]), asked)["label_shares"].items()) == [
        ("c", 0.25), ("a", 0.0), ("b", 0.75)
    ]  # fmt: skip


def test_the_span_is_the_first_and_the_last_time():
    expected = {"first": "2013-01-02 00:00:00+00:00", "last": "2013-02-03 10:00:00+00:00"}
    assert describe_time_span(rows(0), schema()) == expected
    assert describe_time_span(rows(0), schema(timed=False)) == {}


def test_all_there_is_to_tell():
    assert sorted(describe_rows(rows([1.0, 2.0, 3.0, 4.0]), schema("number"))) == ["first", "label_mean", "last"]
    assert describe_rows(rows(0), schema(timed=False)) == {}
