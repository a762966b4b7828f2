"""Reads the rows of chosen parts from the files that clean, split and featurize wrote."""

import pandas as pd

from lifecycle import paths
from lifecycle.examples import Examples, join
from lifecycle.files.tables import read_table
from lifecycle.schema import Schema


def read_examples(schema: Schema, *parts: str) -> Examples:
    """The examples of the named open parts, `train` and `valid`."""
    split = read_table(paths.SPLIT)
    return read_rows(schema, split[split["part"].isin(parts)])


def read_sealed(schema: Schema) -> Examples:
    """The examples of the test part."""
    return read_rows(schema, read_table(paths.SEALED))


def read_rate(schema: Schema, part: str) -> float:
    """The share of positives in a named open part, 0 to 1, without reading its features."""
    split = read_table(paths.SPLIT)
    table = read_table(paths.TABLE, [schema.id, schema.target])
    named = table[schema.id].isin(split.loc[split["part"] == part, schema.id])
    return float(table.loc[named, schema.target].astype("int64").mean())


def read_rows(schema: Schema, split: pd.DataFrame) -> Examples:
    """The examples of the rows that are named."""
    kept = [name for name, column in schema.columns.items() if column.role != "forbidden"]
    return join(read_table(paths.FEATURES), read_table(paths.TABLE, kept), split, schema)
