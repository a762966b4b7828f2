"""The prediction log as later rows: logged inputs, logged predictions, and the labels that came back."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.data.steps.feedback import choose_latest_labels, convert_labels
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.predictions import list_output_columns, parse_scores
from lifecycle.feedback.deliveries import find_source, list_deliveries, read_labels
from lifecycle.feedback.labels import INPUT, tabulate_log
from lifecycle.feedback.open_labels import find_open_labels
from lifecycle.feedback.prediction_log import Privacy, read_log
from lifecycle.monitoring import periods
from lifecycle.monitoring.observations import Observations
from lifecycle.monitoring.periods import Every
from lifecycle.monitoring.windows import (
    LaterRows,
    ReadFeatures,
    attach_predictions,
    build_observations,
    read_context_cells,
)
from lifecycle.reporting.text import shorten_text

DAY = pd.Timedelta(days=1)
PLAIN = Privacy()  # a log that has every value as it was sent


@dataclass(frozen=True)
class LoggedRows:
    """Rows with logged predictions, the release that made each, and a message on lines that a stopped process tore."""

    later: LaterRows
    versions: pd.Series
    torn: str

    def select_release(self, version: str) -> Observations:
        """The rows whose prediction this release made."""
        return self.later.rows.take(np.flatnonzero(self.versions == version))


def read_logged_rows(
    read: ReadFeatures,
    problem: Problem,
    schema: Schema,
    every: Every,
    left_out: Sequence[str],
    privacy: Privacy = PLAIN,
) -> LoggedRows:
    """The last prediction of each id, in the period of its time; inputs that are `left_out` of the log are not broken.

    `read` gives the features of the logged inputs, and the columns that are broken; `privacy` is the log's own.

    Raises UnfitTable where the log is empty, or holds predictions of another problem.
    """
    reading = read_log()
    log = tabulate_log(reading)
    if log.empty:
        raise UnfitTable(
            "the prediction log is empty", where=str(paths.SERVED), todo="lifecycle serve, and send it a request"
        )
    outputs = parse_outputs(log, problem, schema)
    inputs = log[[name for name in log if str(name).startswith(INPUT)]].rename(columns=lambda name: name[len(INPUT) :])
    features, broken = read(inputs)
    context = read_context_cells(inputs, schema)
    labels, delays = join_labels(log, schema, privacy)
    rows = build_observations(features, context, problem, schema, every, labels)
    times = log["predicted_at"].astype("str")
    dated = replace(
        rows,
        period=periods.name_periods(times, every),
        times=times,
        delays=delays,
        blocks=periods.name_periods(times, "day") if problem.block and problem.block not in context else rows.blocks,
    )
    scores = parse_scores(outputs, problem.task, schema.classes)
    predicted = attach_predictions(dated, scores, paths.MODEL, problem, schema)
    later = LaterRows(predicted, [one for one in broken if one.name not in left_out])
    return LoggedRows(later, log["version"], reading.message)


def parse_outputs(log: pd.DataFrame, problem: Problem, schema: Schema) -> pd.DataFrame:
    """The logged predictions as a table; raises UnfitTable for those of another problem."""
    outputs = pd.DataFrame([json.loads(text) for text in log["prediction"]], index=log.index)
    needed = list_output_columns(problem.task, schema.classes)
    other = ~outputs.reindex(columns=needed).map(is_numeric).all(axis=1)
    if other.any():
        first = log[other].iloc[0]
        raise UnfitTable(
            f"{int(other.sum()):,} of {len(log):,} predictions lack {' or '.join(needed)}; the first is "
            f"{shorten_text(first['prediction'])}, of release {shorten_text(first['version'])}",
            where=f"{paths.SERVED}, id {shorten_text(first['id'])}",
            todo=f"move the files of the log that another problem's release wrote out of {paths.SERVED}",
        )
    return outputs


def is_numeric(value: Any) -> bool:
    """Whether a logged value is a number: `predicted` is one in regression, and a boolean or a class elsewhere."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and not math.isnan(value)


def join_labels(log: pd.DataFrame, schema: Schema, privacy: Privacy) -> tuple[pd.Series | None, pd.Series | None]:
    """The latest label of each id, and the days from prediction to label; missing where there is none.

    A label that was delivered counts before that which the table has of a row that was open.
    """
    if schema.target is None:
        return None, None
    ids, known = log["id"], find_open_labels(log, schema, privacy)
    kind = schema.columns[schema.target].type
    latest = choose_latest_labels(read_labels(list_deliveries(find_source())))
    labels = ids.map(convert_labels(latest["label"], kind if kind in ("boolean", "category") else "number"))
    label_time, predicted = (
        pd.to_datetime(latest[name], utc=True, format="ISO8601") for name in ("known_at", "predicted_at")
    )
    delays = ids.map((label_time - predicted) / DAY).astype("float64")
    delivered = labels.astype(known.dtype)
    return delivered.where(delivered.notna(), known).rename(schema.target), delays
