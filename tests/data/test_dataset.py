"""Features, labels and context of the rows that a split names."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import (
    Dataset,
    conform_features,
    encode_labels,
    is_among,
    join_dataset,
    list_numeric,
    list_texts,
)
from lifecycle.data.schema import Column, Schema

ROLES = {
    "id": "id",
    "time": "time",
    "late": "target",
    "carrier": "feature",
    "delay": "forbidden",
    "day": "context",
}
SCHEMA = Schema(
    columns={
        name: Column(type="boolean" if role == "target" else "text", role=role, description="")
        for name, role in ROLES.items()
    },
    tables={},
)


def examples(rows):
    table = pd.DataFrame({"number": np.arange(rows, dtype="float64")})
    return Dataset(table, np.arange(rows, dtype=np.int64) % 2, pd.DataFrame({"id": range(rows)}))


def test_join_takes_the_named_rows_in_the_order_of_the_table():
    table = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "time": [1, 2, 3],
            "late": pd.array([True, False, True], dtype="boolean"),
            "carrier": ["AA", "UA", "DL"],
            "delay": [9.0, 9.0, 9.0],
            "day": ["mon", "tue", "wed"],
        }
    )
    features = pd.DataFrame({"id": ["c", "b", "a"], "x": pd.array([3, 2, None], dtype="Int64")})
    found = join_dataset(features, table, pd.Series(["c", "a"]), SCHEMA)
    assert found.features["x"].fillna(-1).tolist() == [-1.0, 3.0]
    assert found.labels.tolist() == [1, 1]
    assert found.labels.dtype == np.int64
    assert found.context.to_dict("list") == {
        "id": ["a", "c"],
        "time": [1, 3],
        "carrier": ["AA", "DL"],
        "day": ["mon", "wed"],
    }


def asked_for(kind, **more):
    """A schema of one target."""
    return Schema(columns={"asked": Column(type=kind, role="target", description="", **more)}, tables={})


@pytest.mark.parametrize(
    ("schema", "values", "labels"),
    [
        (asked_for("boolean"), pd.array([True, False], dtype="boolean"), [1, 0]),
        (asked_for("category", categories=("low", "mid", "high")), ["high", "low"], [2, 0]),
        (asked_for("number"), [1.5, -2.0], [1.5, -2.0]),
        (asked_for("integer"), pd.array([3, 4], dtype="Int64"), [3.0, 4.0]),
        (Schema(columns={}, tables={}), [7, 8], [0, 0]),
    ],
)
def test_labels_are_codes_of_classes_numbers_or_nothing(schema, values, labels):
    found = encode_labels(pd.DataFrame({"asked": values}), schema)
    assert found.tolist() == labels
    kind = schema.columns["asked"].type if schema.columns else "none"
    assert found.dtype == (np.float64 if kind in ("number", "integer") else np.int64)


def test_without_a_target_join_takes_what_would_be_one_as_forbidden():
    table = pd.DataFrame({name: ["a", "b"] for name in ROLES})
    found = join_dataset(table[["id", "carrier"]], table, table["id"], SCHEMA.with_target(None))
    assert found.labels.tolist() == [0, 0]
    assert list(found.context) == ["id", "time", "carrier", "day"]


def test_a_row_without_features_is_not_passed_over():
    table = pd.DataFrame({name: ["a", "b"] for name in ROLES} | {"late": [0, 1]})
    with pytest.raises(KeyError):
        join_dataset(pd.DataFrame({"id": ["a"], "x": [1.0]}), table, table["id"], SCHEMA)


def test_conform_converts_booleans_to_numbers_and_keeps_missing_text_missing():
    table = pd.DataFrame(
        {
            "boolean": pd.array([True, None], dtype="boolean"),
            "integer": pd.array([1, None], dtype="Int64"),
            "text": pd.Series(["x", None], dtype="category"),
        }
    )
    found = conform_features(table)
    assert found["boolean"].dtype == found["integer"].dtype == "float64"
    assert found["text"].dtype == "str"
    assert found.isna().sum().tolist() == [1, 1, 1]
    assert list_numeric(found) == ["boolean", "integer"]
    assert list_texts(found) == ["text"]


def test_take_keeps_the_three_together():
    found = examples(5).take(np.array([4, 1]))
    assert found.features["number"].tolist() == [4.0, 1.0]
    assert found.labels.tolist() == [0, 1]
    assert found.context["id"].tolist() == [4, 1]


def test_sample_draws_in_order_without_replacement_the_same_under_one_seed():
    drawn = examples(100).sample(30, 1).context["id"].tolist()
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 30
    assert drawn == examples(100).sample(30, 1).context["id"].tolist()
    assert drawn != examples(100).sample(30, 2).context["id"].tolist()


def test_sample_of_few_rows_is_all_of_them():
    few = examples(5)
    assert few.sample(5, 1) is few


@pytest.mark.parametrize(("ids", "chosen"), [(["b", "a", "b", "c"], ["c", "b"]), ([3, 1], [1]), (["a"], [])])
def test_among_says_what_isin_says(ids: list[Any], chosen: list[Any]) -> None:
    column, wanted = pd.Series(ids), pd.Series(chosen, dtype=pd.Series(ids).dtype)
    assert is_among(column, wanted).tolist() == column.isin(wanted).tolist()
