"""Rows of chosen parts read from the files that the stages write."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.data.dataset_files import read_dataset, read_folds, read_labels, read_sealed
from lifecycle.data.schema import Column, Schema
from lifecycle.io.tables import read_table, write_table

SCHEMA = Schema(
    columns={
        "id": Column(type="text", role="id", description=""),
        "kind": Column(type="category", role="target", description="", categories=("low", "high")),
        "paid": Column(type="number", role="forbidden", description=""),
    },
    tables={},
)


@pytest.fixture(autouse=True)
def _written(tmp_path, monkeypatch):
    """Five open rows, whose order differs from file to file, and one that is sealed."""
    monkeypatch.chdir(tmp_path)
    write_table(
        paths.TABLE,
        pd.DataFrame(
            {"id": [*"abcdef"], "kind": ["low", "high", "low", "high", "high", "low"], "paid": np.arange(6.0)}
        ),
    )
    write_table(paths.FEATURES, pd.DataFrame({"id": [*"fedcba"], "x": [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]}))
    write_table(
        paths.SPLIT,
        pd.DataFrame(
            {
                "id": [*"edcba"],
                "part": ["train", "train", "valid", "train", "train"],
                "fold_1": pd.Series(["valid", "train", None, "train", None], dtype="str"),
                "fold_2": pd.Series(["train", "valid", None, "train", "valid"], dtype="str"),
            }
        ),
    )
    write_table(paths.SEALED, pd.DataFrame({"id": ["f"], "part": ["test"]}))


def test_examples_of_the_named_parts_come_in_the_order_of_the_table():
    found = read_dataset(SCHEMA, "train")
    assert found.context.to_dict("list") == {"id": ["a", "b", "d", "e"]}
    assert found.features["x"].tolist() == [1.0, 2.0, 4.0, 5.0]
    assert found.labels.tolist() == [0, 1, 1, 1]
    assert read_dataset(SCHEMA, "train", "valid").features["x"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_the_sealed_part_is_read_by_itself():
    assert read_sealed(SCHEMA).features["x"].tolist() == [6.0]


def test_labels_of_a_part_are_those_of_its_examples_without_any_features():
    paths.FEATURES.unlink()
    assert read_labels(SCHEMA, "train").tolist() == [0, 1, 1, 1]
    assert read_labels(SCHEMA, "valid").tolist() == [0]
    assert read_labels(SCHEMA.with_target(None), "train").tolist() == [0, 0, 0, 0]


def test_folds_are_positions_among_the_examples():
    found = read_folds(SCHEMA, read_dataset(SCHEMA, "train"))
    assert [(train.tolist(), valid.tolist()) for train, valid in found] == [([1, 2], [3]), ([1, 3], [0, 2])]


def test_an_id_called_like_a_column_of_ours_stands_as_id_in_the_split():
    for path in (paths.TABLE, paths.FEATURES):
        write_table(path, read_table(path).rename(columns={"id": "part"}))
    columns = {("part" if name == "id" else name): column for name, column in SCHEMA.columns.items()}
    schema = replace(SCHEMA, columns=columns)
    assert schema.id == "part"
    assert read_dataset(schema, "train").context.to_dict("list") == {"part": ["a", "b", "d", "e"]}
    assert read_sealed(schema).features["x"].tolist() == [6.0]
    assert read_labels(schema, "train").tolist() == [0, 1, 1, 1]
    assert len(read_folds(schema, read_dataset(schema, "train"))) == 2
