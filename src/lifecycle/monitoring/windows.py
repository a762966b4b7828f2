"""Reads the rows to monitor: the training data, later rows, and the reference that their predictions are compared with.

Predictions are compared with those of the same model on rows that it was not fitted on. For the test rows that is the
validation model, with the valid part as its reference, since the released model may have learned from all rows before
them. For rows that came later it is the released model, with the test part as its reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Floats, Labels
from lifecycle.data.cells.reading import Reading, read_cells
from lifecycle.data.columns import name_id_column, with_columns
from lifecycle.data.dataset import conform_features
from lifecycle.data.dataset_files import read_dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.predictions import HALF, TRUTH, Predictions, encode_truth, name_classes, parse_scores
from lifecycle.feedback.labels import normalize_labels
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import make_plan, predict_scores
from lifecycle.monitoring import periods
from lifecycle.monitoring.observations import (
    RELEASED,
    VALIDATION,
    Basis,
    BrokenColumn,
    Observations,
    PredictedReference,
)
from lifecycle.monitoring.periods import Every
from lifecycle.reporting.text import shorten_text

# The features of a table, and its columns that are not as the model needs them.
ReadFeatures = Callable[[pd.DataFrame], tuple[pd.DataFrame, Sequence[BrokenColumn]]]


@dataclass(frozen=True)
class LaterRows:
    """Rows with predictions, and the columns that are not as the model needs them."""

    rows: Observations
    broken: list[BrokenColumn]


def read_train_rows(problem: Problem, schema: Schema, every: Every) -> Observations:
    """The rows of the train part with their labels."""
    train = read_dataset(schema, "train")
    labels = None if schema.target is None else name_labels(train.labels, schema)
    return build_observations(train.features, train.context, problem, schema, every, labels)


def read_features(schema: Schema, ids: pd.Series) -> pd.DataFrame:
    """The features of the rows of these ids, in their order."""
    return conform_features(select_rows(read_table(paths.FEATURES), schema, ids).drop(columns=schema.id))


def read_context(schema: Schema, ids: pd.Series) -> pd.DataFrame:
    """The other columns of these rows that are known at the prediction time; no label among them."""
    known = [name for name, column in schema.columns.items() if column.role not in ("forbidden", "target")]
    return select_rows(read_table(paths.TABLE, known), schema, ids)


def select_rows(table: pd.DataFrame, schema: Schema, ids: pd.Series) -> pd.DataFrame:
    """The rows of these ids, in their order."""
    places = pd.Index(table[schema.id]).get_indexer(pd.Index(ids))
    return pd.DataFrame(table.iloc[places].reset_index(drop=True))


def name_labels(labels: Labels, schema: Schema) -> pd.Series:
    """Labels as the table of predictions has them: codes of classes become the classes' names."""
    category = schema.columns[schema.target or ""].type == "category"
    return pd.Series(name_classes(labels, "multiclass", schema.classes) if category else labels, name=schema.target)


def read_validation_reference(problem: Problem, schema: Schema, every: Every) -> PredictedReference:
    """The valid rows with the validation model's predictions, and the labels, that `evaluate` wrote."""
    rows = read_predicted_rows(paths.VALID_PREDICTIONS, paths.VALIDATION_MODEL, problem, schema, every)
    return PredictedReference(rows, Basis(VALIDATION, "valid part"))


def read_release_reference(problem: Problem, schema: Schema, every: Every) -> PredictedReference:
    """The test rows with the released model's predictions, and the labels, that `test` wrote."""
    return PredictedReference(read_test_rows(problem, schema, every), Basis(RELEASED, "test part"))


def read_test_rows(problem: Problem, schema: Schema, every: Every) -> Observations:
    """The test rows with the predictions and labels that `test` wrote."""
    return read_predicted_rows(paths.TEST_PREDICTIONS, paths.MODEL, problem, schema, every)


def read_predicted_rows(place: Path, model: Path, problem: Problem, schema: Schema, every: Every) -> Observations:
    """The rows of a table of a model's predictions with its predictions and labels."""
    table = read_table(place)
    ids, label = table[name_id_column(schema.id)], TRUTH[problem.task]
    features, context = read_features(schema, ids), read_context(schema, ids)
    labels = table[label].rename(schema.target) if label else None
    rows = build_observations(features, context, problem, schema, every, labels)
    return attach_predictions(rows, parse_scores(table, problem.task, schema.classes), model, problem, schema)


def predict_with_validation_model(rows: Observations, problem: Problem, schema: Schema) -> Observations:
    """The rows with the predictions of the validation model in place of their own."""
    fitted = read_model(paths.VALIDATION_MODEL)["pipeline"]
    prepared = fitted["inputs"].transform(rows.features)
    scores = predict_scores(make_plan(problem.task, schema), fitted["estimator"], prepared)
    return attach_predictions(rows, scores, paths.VALIDATION_MODEL, problem, schema)


def build_observations(
    features: pd.DataFrame,
    context: pd.DataFrame,
    problem: Problem,
    schema: Schema,
    every: Every,
    labels: pd.Series | None,
) -> Observations:
    """Rows by their period; without a time they are one period. Labels of classes become text."""
    times = context[schema.day] if schema.day and schema.day in context else None
    period = pd.Series(periods.ALL, index=context.index) if times is None else periods.name_periods(times, every)
    if labels is not None and schema.classes:
        coded = pd.api.types.is_bool_dtype(labels) or pd.api.types.is_numeric_dtype(labels)
        labels = labels.astype("Int64").astype("string").astype("object") if coded else labels.astype("object")
    return Observations(
        features=features,
        period=period,
        blocks=find_blocks(context, problem, schema),
        context=context,
        times=times,
        labels=labels,
    )


def find_blocks(context: pd.DataFrame, problem: Problem, schema: Schema) -> pd.Series:
    """The block of each row for the block bootstrap: the problem's column, else each row is its own block."""
    name = problem.block or schema.id
    return context[name] if name in context else pd.Series(range(len(context)), index=context.index)


def attach_predictions(
    rows: Observations, scores: Floats, model: Path, problem: Problem, schema: Schema
) -> Observations:
    """The rows with the scores of the same rows, which the model in this file made, as predictions."""
    truth = find_truth(rows, model, problem, schema)
    predictions = Predictions(problem.task, rows.features.index, scores, truth, read_threshold())
    return replace(rows, predictions=predictions)


def find_truth(rows: Observations, model: Path, problem: Problem, schema: Schema) -> Truth:
    """The labels of the rows as metrics take them; for clustering the features as the model prepares them."""
    if problem.task == "clustering":
        prepared = read_model(model)["pipeline"]["inputs"].transform(rows.features)
        return prepared.to_numpy(dtype="float64")  # type: ignore[no-any-return]
    if rows.labels is None:
        raise UnfitTable("the rows have no labels", where=str(paths.VALID_PREDICTIONS), todo="dvc repro evaluate")
    return encode_truth(rows.labels, problem.task, schema.classes)


def read_threshold() -> float:
    """The decision threshold of two classes; one half where there is none."""
    threshold = read_json(paths.THRESHOLD)["threshold"]
    return HALF if threshold is None else float(threshold)


def read_later_rows(
    batch: pd.DataFrame, read: ReadFeatures, problem: Problem, schema: Schema, every: Every
) -> LaterRows:
    """Rows of a batch with the features that the model takes, its predictions, and labels where there are any.

    `read` gives the features of the batch, and the columns that are broken, whose cells count as missing values.
    """
    batch = batch.reset_index(drop=True)
    if batch.empty:
        raise UnfitTable("there are no rows", where="option --data", todo="name a file with a row or more")
    features, broken = read(batch)
    context = read_context_cells(batch, schema)
    check_dates(context, schema)
    labels = parse_labels(batch, schema)
    rows = build_observations(features, context, problem, schema, every, labels)
    fitted = read_model(paths.MODEL)["pipeline"]
    prepared = fitted["inputs"].transform(features)
    scores = predict_scores(make_plan(problem.task, schema), fitted["estimator"], prepared)
    truth = np.zeros(len(batch)) if labels is None else encode_truth(labels, problem.task, schema.classes)
    truth = prepared.to_numpy(dtype="float64") if problem.task == "clustering" else truth
    predictions = Predictions(problem.task, features.index, scores, truth, read_threshold())
    return LaterRows(replace(rows, predictions=predictions), list(broken))


def read_context_cells(batch: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The columns of the schema in a batch, read as it says; the day of a time that stands there alone."""
    read: dict[str, pd.Series] = {}
    for name in (name for name in schema.columns if name in batch):
        reading = schema.find_reading(name)
        cells = batch[name]
        read[name] = cells if reading is None else read_cells(cells, schema.columns[name].type, reading).values
    context = pd.DataFrame(read, index=batch.index)
    day, time = schema.day, schema.time
    if day and time and day not in context and time in context and schema.find_reading(time) is not None:
        context = with_columns(context, {day: context[time].dt.strftime("%Y-%m-%d")})
    return context


def check_dates(context: pd.DataFrame, schema: Schema) -> None:
    """Raise UnfitTable for a day or time that is none, or is missing: the row would be in no period."""
    if schema.day in context:
        times = context[schema.day]
        invalid = pd.to_datetime(times.astype("str"), utc=True, errors="coerce", format="ISO8601").isna()
        check_values(invalid, times, "a date such as 2013-09-01")


def parse_labels(batch: pd.DataFrame, schema: Schema) -> pd.Series | None:
    """The labels of a batch in the target's type, missing where they are not known; raises UnfitTable for others."""
    if schema.target is None or schema.target not in batch:
        return None
    values, kind = batch[schema.target], schema.columns[schema.target].type
    classes, reading = ("false", "true") if kind == "boolean" else schema.classes, schema.find_reading(schema.target)
    labels = normalize_labels(values, classes, reading)
    wanted = f"one of {', '.join(schema.classes)}" if schema.classes else "a number"
    gone = values.isna() if reading is None else is_missing_label(values, reading)
    check_values(labels.isna() & ~gone, values, wanted)
    if kind == "boolean":
        return (labels == "true").astype("boolean").where(labels.notna())
    return labels if kind == "category" else labels.astype("float64")


def is_missing_label(values: pd.Series, reading: Reading) -> pd.Series:
    """Which labels are blank or a code for a missing value."""
    return read_cells(values, "text", reading).values.isna()


def check_values(wrong: pd.Series, values: pd.Series, wanted: str) -> None:
    """Raise UnfitTable for the first value that is wrong."""
    if wrong.any():
        first = shorten_text(values[wrong].iloc[0])
        raise UnfitTable(
            f"{int(wrong.sum()):,} of {len(values):,} values are not {wanted}; the first is {first}",
            where=f"option --data, column {values.name}",
            todo=f"correct column {values.name}, or leave it out",
        )
