"""Labels of rows that were predicted while they were open: the table of a later data version has them itself."""

from __future__ import annotations

import pandas as pd

from lifecycle import paths
from lifecycle.data.schema import DTYPES, Schema
from lifecycle.feedback.prediction_log import Privacy
from lifecycle.io.tables import read_table


def find_open_labels(log: pd.DataFrame, schema: Schema, privacy: Privacy) -> pd.Series:
    """The table's label of each logged prediction of an open row, in the target's type; missing where there is none.

    A prediction of a row whose label the table had already has none: the model may have learned from that row. Ids that
    the log has as hashes are found by the key of `privacy`.
    """
    empty = pd.Series(None, index=log.index, dtype=pd.api.types.pandas_dtype(find_label_dtype(schema)))
    if schema.target is None or not log["open"].any():
        return empty
    table = read_table(paths.TABLE, [schema.id, schema.target])
    ids = [privacy.redact(schema.id, one) for one in table[schema.id].astype("str")]
    labels = table[schema.target].astype(empty.dtype).set_axis(ids)
    waited = log.loc[log["open"], "row"]
    return empty.where(~log["open"], waited.map(labels).astype(empty.dtype))


def find_label_dtype(schema: Schema) -> str:
    """The type of labels: a boolean, text for a class, a float for every number."""
    kind = schema.columns[schema.target].type if schema.target else "number"
    return DTYPES[kind] if kind in ("boolean", "category") else "float64"
