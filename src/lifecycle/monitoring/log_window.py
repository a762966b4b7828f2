"""The service's log as later rows: inputs as they were asked, answers as they were given, labels that came back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.data.steps.feedback import choose_latest_labels, convert_labels
from lifecycle.errors import UnfitTable
from lifecycle.feedback import labels as feedback
from lifecycle.feedback import prediction_log
from lifecycle.feedback.deliveries import listed, read_labels, source
from lifecycle.feedback.labels import INPUT
from lifecycle.monitoring import periods
from lifecycle.monitoring.observations import Rows
from lifecycle.monitoring.periods import Every
from lifecycle.monitoring.windows import Later, answered, fitting, rows
from lifecycle.reporting.text import shorten_text

DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Logged:
    """Answered rows, the release that answered each, and what a stopped process tore, in words."""

    later: Later
    versions: pd.Series
    torn: str


def read_logged(before: Rows, problem: Problem, schema: Schema, every: Every, left_out: Sequence[str]) -> Logged:
    """The last answer to each id, in the period of its time; inputs that are `left_out` of the log are not broken.

    Raises UnfitTable where nothing was answered, or answers are not those of the problem.
    """
    reading = prediction_log.read()
    log = feedback.logged(reading)
    if log.empty:
        raise UnfitTable("the log holds no answer", where=str(paths.SERVED), todo="lifecycle serve, and ask it for one")
    said = answers(log, problem, schema)
    inputs = log[[name for name in log if str(name).startswith(INPUT)]].rename(columns=lambda name: name[len(INPUT) :])
    features, broken = fitting(inputs, before.features)
    context = inputs[[name for name in schema.columns if name in inputs]]
    labels, delays = labelled(log["id"], schema)
    found = rows(features, context, problem, schema, every, labels)
    times = log["answered_at"].astype("str")
    dated = replace(
        found,
        period=periods.of(times, every),
        times=times,
        delays=delays,
        blocks=periods.of(times, "day") if problem.block and problem.block not in context else found.blocks,
    )
    wrong = [(name, why) for name, why in broken if name not in left_out]
    return Logged(Later(answered(dated, said, problem, schema), wrong), log["version"], reading.said)


def answers(log: pd.DataFrame, problem: Problem, schema: Schema) -> pd.DataFrame:
    """The answers as a table of predictions; raises UnfitTable for those of another problem."""
    said = pd.DataFrame([json.loads(text) for text in log["answer"]], index=log.index)
    needed = {
        "binary": ["probability"],
        "multiclass": [f"probability_{name}" for name in schema.classes],
        "regression": ["predicted"],
        "clustering": ["cluster"],
    }[problem.task]
    other = said.reindex(columns=needed).isna().any(axis=1)
    if other.any():
        first = log[other].iloc[0]
        raise UnfitTable(
            f"{int(other.sum()):,} of {len(log):,} answers lack {' or '.join(needed)}; the first is "
            f"{shorten_text(first['answer'])}, of release {shorten_text(first['version'])}",
            where=f"{paths.SERVED}, id {shorten_text(first['id'])}",
            todo=f"move the files of the log that another problem's release wrote out of {paths.SERVED}",
        )
    return said


def labelled(ids: pd.Series, schema: Schema) -> tuple[pd.Series | None, pd.Series | None]:
    """The label of each id that was delivered and stands, and the days from its answer; missing where there is none."""
    if schema.target is None:
        return None, None
    kind = schema.columns[schema.target].type
    told = choose_latest_labels(read_labels(listed(source())))
    labels = ids.map(convert_labels(told["label"], kind if kind in ("boolean", "category") else "number"))
    came, asked = (pd.to_datetime(told[name], utc=True, format="ISO8601") for name in ("known_at", "answered_at"))
    delays = ids.map((came - asked) / DAY).astype("float64")
    return (labels.astype("boolean") if kind == "boolean" else labels).rename(schema.target), delays
