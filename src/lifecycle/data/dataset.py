"""Rows of chosen parts as input of a model: features, labels, and context columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Labels
from lifecycle.data.schema import Schema


@dataclass(frozen=True)
class Dataset:
    """`features` (numbers as float64, the rest as text), `labels`, and `context`.

    All three have the same rows in the order of the table. Labels are 0 and 1, class codes, numbers,
    or zeros without a target. `context` holds the schema's other columns that are not forbidden.
    """

    features: pd.DataFrame
    labels: Labels
    context: pd.DataFrame

    def take(self, places: npt.NDArray[np.int64]) -> Dataset:
        """The rows at these positions."""
        return Dataset(self.features.iloc[places], self.labels[places], self.context.iloc[places])

    def sample(self, rows: int, seed: int) -> Dataset:
        """At most that many rows, drawn at random without replacement, in their order."""
        if len(self.labels) <= rows:
            return self
        sample = np.random.default_rng(seed).choice(len(self.labels), size=rows, replace=False)
        return self.take(np.sort(sample))


def join_dataset(features: pd.DataFrame, table: pd.DataFrame, ids: pd.Series, schema: Schema) -> Dataset:
    """The rows of these ids, in the order of the table."""
    rows = table[is_among(table[schema.id], ids)].reset_index(drop=True)
    values = features.set_index(schema.id).loc[rows[schema.id]].reset_index(drop=True)
    context = [name for name in schema.columns if schema.columns[name].role not in ("forbidden", "target")]
    return Dataset(
        features=conform_features(values),
        labels=encode_labels(rows, schema),
        context=rows[context],
    )


def is_among(ids: pd.Series, selected: pd.Series) -> npt.NDArray[np.bool_]:
    """Which ids are among the selected ones, which must be unique; for text ten times as fast as `isin`."""
    return np.asarray(pd.Index(selected).get_indexer(pd.Index(ids)) >= 0)


def encode_labels(rows: pd.DataFrame, schema: Schema) -> Labels:
    """0 and 1 for a boolean, the class code for a category, float64 for a number, zeros without a target."""
    if schema.target is None:
        return np.zeros(len(rows), dtype=np.int64)
    values, kind = rows[schema.target], schema.columns[schema.target].type
    if kind == "category":
        return np.asarray(pd.Categorical(values, categories=list(schema.classes)).codes, dtype=np.int64)
    return values.to_numpy(dtype=np.int64 if kind == "boolean" else np.float64)


def conform_features(features: pd.DataFrame) -> pd.DataFrame:
    """The features with numbers and booleans as float64, and all else as text that keeps its missing values."""
    return pd.DataFrame(
        {
            name: column.astype("float64") if is_number(column) else column.astype("str")
            for name, column in features.items()
        }
    )


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers or booleans."""
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def list_numeric(features: pd.DataFrame) -> list[str]:
    """The names of the numeric columns."""
    return [str(name) for name in features.columns if is_number(features[name])]


def list_texts(features: pd.DataFrame) -> list[str]:
    """The names of the other columns."""
    return [str(name) for name in features.columns if not is_number(features[name])]
