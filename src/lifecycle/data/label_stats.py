"""Label statistics and time span of rows, for reports."""

from typing import Any

import numpy as np
import pandas as pd

from lifecycle.arrays import Labels
from lifecycle.data.dataset import encode_labels
from lifecycle.data.schema import Schema


def describe_rows(rows: pd.DataFrame, schema: Schema) -> dict[str, Any]:
    """The label statistics of rows, and their first and last time."""
    return describe_row_labels(rows, schema) | describe_time_span(rows, schema)


def describe_row_labels(rows: pd.DataFrame, schema: Schema) -> dict[str, Any]:
    """The statistics of the rows' labels, as `describe_labels` returns them."""
    return describe_labels(encode_labels(rows, schema), schema)


def describe_labels(labels: Labels, schema: Schema) -> dict[str, Any]:
    """`label_rate` of a boolean (0 to 1), `label_shares` of classes or `label_mean`; empty without a target."""
    if schema.target is None:
        return {}
    kind = schema.columns[schema.target].type
    if kind == "category":
        shares = np.bincount(labels, minlength=len(schema.classes)) / max(len(labels), 1)
        return {"label_shares": dict(zip(schema.classes, shares.tolist(), strict=True))}
    return {"label_rate" if kind == "boolean" else "label_mean": float(labels.mean())}


def describe_time_span(rows: pd.DataFrame, schema: Schema) -> dict[str, str]:
    """`first` and `last` time; empty where rows have none."""
    if schema.time is None:
        return {}
    return {"first": str(rows[schema.time].min()), "last": str(rows[schema.time].max())}
