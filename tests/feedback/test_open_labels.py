"""Labels that the table has of rows which were predicted while they were open."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.data.schema import Column, Schema, Type
from lifecycle.feedback.labels import tabulate_log
from lifecycle.feedback.open_labels import find_open_labels
from lifecycle.feedback.prediction_log import Privacy
from lifecycle.io.tables import write_table

PLAIN = Privacy()


def schema(kind: Type, id_kind: Type = "text") -> Schema:
    return Schema(
        columns={
            "order": Column(type=id_kind, role="id", description=""),
            "took": Column(
                type=kind, role="target", description="", categories=("a", "b") if kind == "category" else ()
            ),
        },
        tables={},
    )


def log(*ids: str, **more: bool | str) -> pd.DataFrame:
    common = {"time": "2013-09-01T00:00:00Z", "version": "r", "prediction": {}, "inputs": {}}
    return tabulate_log([common | {"id": one} | more for one in ids])


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("kind", "dtype", "labels", "expected"),
    [
        ("boolean", "boolean", [True, False], [False, None]),
        ("category", "str", ["a", "b"], ["b", None]),
        ("integer", "Int64", [3, 4], [4.0, None]),
        ("number", "float64", [0.5, 1.5], [1.5, None]),
    ],
)
def test_an_open_row_has_the_label_of_the_table(kind: Type, dtype: str, labels: list[Any], expected: list[Any]) -> None:
    table = pd.DataFrame({"order": pd.Series(["x", "y"], dtype="str"), "took": pd.Series(labels, dtype=dtype)})
    write_table(paths.TABLE, table)
    found = find_open_labels(log("y", "z", open=True), schema(kind), PLAIN)
    assert [None if missing else value for value, missing in zip(found, found.isna(), strict=True)] == expected
    assert found.dtype == {"integer": "float64"}.get(kind, dtype)


def test_a_whole_number_as_id_is_the_text_of_the_log() -> None:
    write_table(paths.TABLE, pd.DataFrame({"order": pd.Series([7], dtype="Int64"), "took": [2.5]}))
    assert find_open_labels(log("7", open=True), schema("number", "integer"), PLAIN).to_list() == [2.5]


def test_a_row_that_was_asked_about_under_another_id_has_the_label_of_its_own() -> None:
    write_table(paths.TABLE, pd.DataFrame({"order": pd.Series(["x", "mine"], dtype="str"), "took": [2.5, 9.0]}))
    found = find_open_labels(log("mine", open=True, row="x"), schema("number"), PLAIN)
    assert found.to_list() == [2.5]


def test_a_row_that_the_table_had_when_it_was_asked_about_has_none() -> None:
    write_table(paths.TABLE, pd.DataFrame({"order": pd.Series(["x", "y"], dtype="str"), "took": [1.5, 2.5]}))
    both = pd.concat([log("x"), log("y", open=True)], ignore_index=True)
    assert find_open_labels(both, schema("number"), PLAIN).fillna(-1).to_list() == [-1.0, 2.5]


def test_without_open_rows_no_table_is_read() -> None:
    assert find_open_labels(log("x", "y"), schema("boolean"), PLAIN).isna().to_list() == [True, True]
    assert find_open_labels(log("x", open=True), schema("number").with_target(None), PLAIN).isna().to_list() == [True]
    assert find_open_labels(log(), schema("category"), PLAIN).empty


def test_an_id_that_is_logged_as_a_hash_is_found_by_the_key() -> None:
    write_table(paths.TABLE, pd.DataFrame({"order": pd.Series(["x"], dtype="str"), "took": [2.5]}))
    privacy = Privacy(hashed=frozenset({"order"}), key=b"k" * 16)
    hashed = log(privacy.redact("order", "x"), open=True)
    assert find_open_labels(hashed, schema("number"), privacy).to_list() == [2.5]
    assert find_open_labels(hashed, schema("number"), PLAIN).isna().to_list() == [True]
