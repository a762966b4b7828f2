"""Reads the rows of chosen parts from the files that clean, split and featurize wrote."""

import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Labels
from lifecycle.data.columns import name_id_column
from lifecycle.data.dataset import Dataset, encode_labels, is_among, join_dataset
from lifecycle.data.schema import Schema
from lifecycle.data.splits import FOLD, Fold, find_fold_positions
from lifecycle.io.tables import read_table


def read_dataset(schema: Schema, *parts: str) -> Dataset:
    """The rows of the named open parts, `train` and `valid`."""
    split = read_table(paths.SPLIT)
    return read_named_rows(schema, split.loc[split["part"].isin(parts), name_id_column(schema.id)])


def read_sealed(schema: Schema) -> Dataset:
    """The rows of the test part."""
    return read_named_rows(schema, read_table(paths.SEALED)[name_id_column(schema.id)])


def read_labels(schema: Schema, part: str) -> Labels:
    """The labels of a named open part, without reading its features."""
    split = read_table(paths.SPLIT)
    table = read_table(paths.TABLE, [name for name in (schema.id, schema.target) if name])
    selected = is_among(table[schema.id], split.loc[split["part"] == part, name_id_column(schema.id)])
    return encode_labels(table[selected], schema)


def read_folds(schema: Schema, dataset: Dataset) -> list[Fold]:
    """The cross-validation folds of the train part, as positions in the dataset."""
    rows = read_table(paths.SPLIT).set_index(name_id_column(schema.id)).loc[dataset.context[schema.id]]
    return [find_fold_positions(rows[name]) for name in rows.columns if name.startswith(FOLD)]


def read_named_rows(schema: Schema, ids: pd.Series) -> Dataset:
    """The rows of these ids."""
    columns = [name for name, column in schema.columns.items() if column.role != "forbidden"]
    return join_dataset(read_table(paths.FEATURES), read_table(paths.TABLE, columns), ids, schema)
