"""Feedback labels, merged into the table."""

from typing import Literal

import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns
from lifecycle.errors import UnfitTable

PERSON = "person"
INPUT = "input."


def merge_labels(
    tables: Tables, *, table: str, key: str, target: str, kind: Literal["boolean", "number", "category"], add: bool
) -> Tables:
    """The tables, with the target of each row of `table` that has a label in `feedback` set to that label.

    Of several labels of one id a person's label wins, then the one known last. With `add`, ids that the table
    does not have become rows of their inputs; use it where the model's inputs are the table's own columns.
    """
    latest = choose_latest_labels(tables["feedback"])
    rows = tables[table]
    if key not in rows.columns:
        raise UnfitTable(
            f"table {table!r} has no column {key!r}",
            where="conf/clean/, a step lifecycle.data.steps.feedback.merge_labels",
            todo="put the step after the one that makes the column, or correct key:",
        )
    labels = rows[key].astype("str").map(convert_labels(latest["label"], kind))
    merged_labels = labels if target not in rows else labels.where(labels.notna(), rows[target])
    merged = with_columns(rows, {target: merged_labels})
    return tables | {table: pd.concat([merged, build_new_rows(latest, merged, key, target, kind)]) if add else merged}


def choose_latest_labels(feedback: pd.DataFrame) -> pd.DataFrame:
    """The label of each id, indexed by id: a person's first, then the one known last."""
    ranked = feedback.assign(rank=feedback["origin"] == PERSON, known=parse_known_at(feedback["known_at"]))
    order = ranked.sort_values(["rank", "known"], na_position="first", kind="stable")
    return order.drop_duplicates("id", keep="last").drop(columns=["rank", "known"]).set_index("id").sort_index()


def parse_known_at(known_at: pd.Series) -> pd.Series:
    """When labels were known, in UTC; missing if not recorded."""
    return pd.to_datetime(known_at.astype("str"), utc=True, format="ISO8601")


def convert_labels(labels: pd.Series, kind: str) -> pd.Series:
    """Labels in the target's type."""
    if kind == "boolean":
        return (labels == "true").astype("boolean")
    return labels.astype("float64") if kind == "number" else labels


def build_new_rows(latest: pd.DataFrame, rows: pd.DataFrame, key: str, target: str, kind: str) -> pd.DataFrame:
    """The labelled rows whose id is not among the rows, with those inputs that are columns of theirs."""
    new = latest[~latest.index.isin(rows[key].astype("str"))]
    inputs = {name: new[INPUT + name] for name in rows.columns if INPUT + str(name) in new.columns}
    added = pd.DataFrame({**inputs, key: new.index, target: convert_labels(new["label"], kind)}, index=new.index)
    return added.reset_index(drop=True)
