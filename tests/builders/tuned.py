"""A small tune: a search of two families on made rows, and its result as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lifecycle.engine.tasks import RunTasks
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.pipeline import Dimension, Form, Inputs, Plan, Stopping
from lifecycle.modeling.tuning import Candidate, Search, Trial, tune_candidate
from lifecycle.options import Call
from lifecycle.testing.made_rows import make_dataset
from lifecycle.testing.option_files import load_option

ROWS = np.arange(400)
SEARCH = Search(
    option="small",
    sampler=Call(target="optuna.samplers.TPESampler"),
    trials=3,
    rows=200,
    values=0,
    finalists=2,
    final_values=100_000,
    abort_minutes=30.0,
)
BOOSTED = Form(
    target="lightgbm.LGBMClassifier",
    arguments={"n_estimators": 30, "num_leaves": 7, "deterministic": True, "force_row_wise": True, "verbose": -1},
    space={"learning_rate": Dimension(low=0.01, high=0.3, log=True)},
    portfolio=({"learning_rate": 0.2}, {"num_leaves": 3}),
    stopping=Stopping(rounds=5, argument="n_estimators"),
)
FOREST = Form(
    target="sklearn.ensemble.RandomForestClassifier",
    arguments={"n_estimators": 10},
    space={"max_depth": Dimension(low=2, high=8, integer=True)},
)


def tune(run_tasks: RunTasks, form: Form = BOOSTED, **more: Any) -> list[Trial]:
    """The trials of a small search, whose fits are the engine's."""
    rows = make_dataset(400)
    examples = rows.__class__(rows.features[["size"]], rows.labels, rows.context)
    metrics = ((name, load_option("metric", name)) for name in ("roc_auc", "log_loss"))
    validation = CrossValidation(examples, [(ROWS[:200], ROWS[200:300]), (ROWS[:300], ROWS[300:])], *metrics)
    candidate = Candidate("small", form, Inputs(numeric=(), categorical=()), Plan())
    watch = more.get("watch", lambda number, trial: None)
    return tune_candidate(candidate, validation, SEARCH, 1, watch, run_tasks)


def to_bytes(trials: list[Trial]) -> bytes:
    """All that the trials hold, predictions included."""
    parts = [
        repr(trial).encode() + b"".join(np.ascontiguousarray(one).tobytes() for one in trial.predicted)
        for trial in trials
    ]
    return b"\n".join(parts)
