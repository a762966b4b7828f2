"""Reads what is watched: the rows that the model learned from, held ones with its answers, and later ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Labels
from lifecycle.data.dataset import conform_features, is_number
from lifecycle.data.dataset_files import read_dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import DTYPES, Schema
from lifecycle.errors import CorruptFile, MissingFile, UnfitTable
from lifecycle.evaluation import predictions
from lifecycle.evaluation.metric import Truth
from lifecycle.feedback.labels import spelled
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import make_plan, predict_scores
from lifecycle.monitoring import periods
from lifecycle.monitoring.observations import Rows
from lifecycle.monitoring.performance_estimation import Answers
from lifecycle.monitoring.periods import Every
from lifecycle.reporting.text import shorten_text


@dataclass(frozen=True)
class Later:
    """Rows of a batch, and which of its columns are not what they should be, and why."""

    rows: Rows
    broken: list[tuple[str, str]]


def read_before(problem: Problem, schema: Schema, every: Every) -> Rows:
    """The rows of the train part with their labels."""
    found = read_dataset(schema, "train")
    labels = None if schema.target is None else named(found.labels, schema)
    return rows(found.features, found.context, problem, schema, every, labels)


def read_features(schema: Schema, ids: pd.Series) -> pd.DataFrame:
    """The features of the rows of these ids, in their order."""
    return conform_features(some(read_table(paths.FEATURES), schema, ids).drop(columns=schema.id))


def read_context(schema: Schema, ids: pd.Series) -> pd.DataFrame:
    """The other columns of these rows that may be known at the moment of prediction; no label among them."""
    kept = [name for name, column in schema.columns.items() if column.role not in ("forbidden", "target")]
    return some(read_table(paths.TABLE, kept), schema, ids)


def some(table: pd.DataFrame, schema: Schema, ids: pd.Series) -> pd.DataFrame:
    """The rows of these ids, in their order."""
    places = pd.Index(table[schema.id]).get_indexer(pd.Index(ids))
    return pd.DataFrame(table.iloc[places].reset_index(drop=True))


def named(labels: Labels, schema: Schema) -> pd.Series:
    """Labels as the table of predictions has them: codes of classes become the classes' names."""
    kind = schema.columns[schema.target or ""].type
    told = np.array(schema.classes, dtype=object)[labels] if kind == "category" else labels
    return pd.Series(told, name=schema.target)


def read_held(problem: Problem, schema: Schema, every: Every) -> Rows:
    """The valid rows with the answers and labels that `evaluate` wrote."""
    return read_answered(read_table(paths.VALID_PREDICTIONS), problem, schema, every)


def read_now(problem: Problem, schema: Schema, every: Every) -> Rows:
    """The newest rows with the answers and labels that `test` wrote."""
    return read_answered(read_table(paths.TEST_PREDICTIONS), problem, schema, every)


def read_answered(said: pd.DataFrame, problem: Problem, schema: Schema, every: Every) -> Rows:
    """Rows with the answers and labels of a table of predictions."""
    ids, label = said[schema.id], predictions.TRUTH[problem.task]
    features = read_features(schema, ids)
    labels = said[label].rename(schema.target) if label else None
    return answered(rows(features, read_context(schema, ids), problem, schema, every, labels), said, problem, schema)


def rows(
    features: pd.DataFrame,
    context: pd.DataFrame,
    problem: Problem,
    schema: Schema,
    every: Every,
    labels: pd.Series | None,
) -> Rows:
    """Rows by their period; without a time they are one period. Labels of classes become text."""
    times = context[schema.day] if schema.day and schema.day in context else None
    period = pd.Series(periods.ALL, index=context.index) if times is None else periods.of(times, every)
    if labels is not None and schema.classes:
        flags = pd.api.types.is_bool_dtype(labels) or pd.api.types.is_numeric_dtype(labels)
        labels = labels.astype("Int64").astype("string").astype("object") if flags else labels.astype("object")
    return Rows(
        features=features,
        period=period,
        blocks=blocks(context, problem, schema),
        context=context,
        times=times,
        labels=labels,
    )


def blocks(context: pd.DataFrame, problem: Problem, schema: Schema) -> pd.Series:
    """What says which rows share their luck: the problem's column, else each row is its own."""
    name = problem.block or schema.id
    return context[name] if name in context else pd.Series(range(len(context)), index=context.index)


def answered(found: Rows, said: pd.DataFrame, problem: Problem, schema: Schema) -> Rows:
    """The rows with the answers of a table of predictions of the same rows."""
    scores = predictions.scores(said, problem.task, schema.classes)
    made = Answers(
        task=problem.task,
        scores=scores,
        truth=truth(found, problem, schema),
        blocks=found.blocks,
        features=found.features,
        cut=threshold(),
    )
    return replace(found, answers=made)


def truth(found: Rows, problem: Problem, schema: Schema) -> Truth:
    """What happened in each row; of clusters the prepared features."""
    if problem.task == "clustering":
        prepared = read_model(paths.MODEL)["pipeline"]["inputs"].transform(found.features)
        return prepared.to_numpy(dtype="float64")  # type: ignore[no-any-return]
    if found.labels is None:
        raise UnfitTable("the rows have no labels", where=str(paths.VALID_PREDICTIONS), todo="dvc repro evaluate")
    return predictions.truth(found.labels, problem.task, schema.classes)


def threshold() -> float:
    """The decision threshold of two classes; one half where there is none."""
    found = read_json(paths.THRESHOLD)["threshold"]
    return 0.5 if found is None else float(found)


def worded(features: pd.DataFrame, schema: Schema) -> list[str]:
    """The columns that hold text, which in a file may look like numbers: the features' own type comes first."""
    told = {name: DTYPES[column.type] == "str" or name == schema.id for name, column in schema.columns.items()}
    told |= {str(name): not is_number(features[name]) for name in features}
    return [name for name, text in told.items() if text]


def read_batch(path: Path, texts: Sequence[str] = ()) -> pd.DataFrame:
    """The rows of a file of Parquet, CSV or JSON lines, by its ending; raises MissingFile, CorruptFile, UnfitTable.

    `texts` are the columns that stay text where a CSV file holds them.
    """
    where = f"option --data, {path}"
    if not path.is_file():
        raise MissingFile(f"{path} does not exist", where=where, todo="name a file of .parquet, .csv or .jsonl")
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".parquet": pd.read_parquet,
        ".csv": lambda file: read_csv(file, texts),
    }
    read = readers.get(path.suffix, read_lines)
    try:
        found = read(path)
    except (ValueError, OSError) as cause:
        raise CorruptFile(
            f"{path} cannot be read as {path.suffix.lstrip('.') or 'JSON lines'} ({shorten_text(cause, 100)})",
            where=where,
            todo="give it the ending of what it is: .parquet, .csv or .jsonl",
        ) from cause
    if found.empty:
        raise UnfitTable(f"{path} has no rows", where=where, todo="name a file with a row or more")
    return found


def read_csv(path: Path, texts: Sequence[str]) -> pd.DataFrame:
    """The rows of a CSV file, with texts as they stand there; an empty cell alone is missing, as `predict` has it."""
    return pd.read_csv(path, dtype=dict.fromkeys(texts, "str"), keep_default_na=False, na_values=[""])


def read_lines(path: Path) -> pd.DataFrame:
    """The rows of a file of JSON lines, as they stand there."""
    return pd.DataFrame(pd.read_json(path, lines=True, dtype=False))


def read_later(batch: pd.DataFrame, before: Rows, problem: Problem, schema: Schema, every: Every) -> Later:
    """Rows of a batch with the features that the model takes, answered by it, and labels where there are any.

    A missing feature, and one with text where numbers were, is named as broken and counts as missing values.
    """
    batch = batch.reset_index(drop=True)
    features, broken = fitting(batch, before.features)
    context = batch[[name for name in schema.columns if name in batch]]
    must_be_dates(context, schema)
    labels = told_labels(batch, schema)
    found = rows(features, context, problem, schema, every, labels)
    fitted = read_model(paths.MODEL)["pipeline"]
    prepared = fitted["inputs"].transform(features)
    told = np.zeros(len(batch)) if labels is None else predictions.truth(labels, problem.task, schema.classes)
    made = Answers(
        task=problem.task,
        scores=predict_scores(make_plan(problem.task, schema), fitted["estimator"], prepared),
        truth=prepared.to_numpy(dtype="float64") if problem.task == "clustering" else told,
        blocks=found.blocks,
        features=features,
        cut=threshold(),
    )
    return Later(replace(found, answers=made), broken)


def must_be_dates(context: pd.DataFrame, schema: Schema) -> None:
    """Raise UnfitTable for a day or time that is none, or is missing: the row would be in no period."""
    if schema.day in context:
        times = context[schema.day]
        none = pd.to_datetime(times.astype("str"), utc=True, errors="coerce", format="ISO8601").isna()
        must_fit(none, times, "a date such as 2013-09-01")


def told_labels(batch: pd.DataFrame, schema: Schema) -> pd.Series | None:
    """The labels of a batch in the target's type, missing where they are not known; raises UnfitTable for others."""
    if schema.target is None or schema.target not in batch:
        return None
    values, kind = batch[schema.target], schema.columns[schema.target].type
    told = spelled(values, ("false", "true") if kind == "boolean" else schema.classes)
    must_fit(
        told.isna() & values.notna(), values, f"one of {', '.join(schema.classes)}" if schema.classes else "a number"
    )
    if kind == "boolean":
        return (told == "true").astype("boolean").where(told.notna())
    return told if kind == "category" else told.astype("float64")


def must_fit(wrong: pd.Series, values: pd.Series, wanted: str) -> None:
    """Raise UnfitTable for the first value that is wrong."""
    if wrong.any():
        first = shorten_text(values[wrong].iloc[0])
        raise UnfitTable(
            f"{int(wrong.sum()):,} of {len(values):,} values are not {wanted}; the first is {first}",
            where=f"option --data, column {values.name}",
            todo=f"correct column {values.name}, or leave it out",
        )


def fitting(batch: pd.DataFrame, before: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """The features as the model takes them, and which of them are broken, and how."""
    columns: dict[str, pd.Series] = {}
    broken: list[tuple[str, str]] = []
    for name in map(str, before):
        values = batch[name] if name in batch else pd.Series(np.nan, index=batch.index)
        if name not in batch:
            broken.append((name, "is missing"))
        if not is_number(before[name]):
            columns[name] = values.astype("object").where(values.notna(), None).astype("str")
            continue
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        if (numbers.isna() & values.notna()).any():
            broken.append((name, f"holds text, such as {values[numbers.isna() & values.notna()].iloc[0]!r:.40}"))
        columns[name] = numbers
    return pd.DataFrame(columns), broken
