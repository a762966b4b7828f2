"""Explanations of single predictions: the features with the largest effects, and the method that measured them.

LightGBM's trees give each feature's own contribution (Lundberg et al., Nature Machine Intelligence 2, 2020). For
any other model a feature is set to its typical value (occlusion): its effect is the change of the prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.pipeline import predict_scores, trace_features
from lifecycle.release.feature_words import describe_feature
from lifecycle.release.fields import Value, get_dtype
from lifecycle.release.release import Release
from lifecycle.release.rows_read import RowRead
from lifecycle.serving.scorer import ServedModel

Floats = npt.NDArray[np.float64]
METHODS = {
    "contributions": "contribution of each feature in the trees",
    "occlusion": "change of the prediction when the feature is set to its typical value",
}


def explain_row(model: ServedModel, asked: RowRead, most: int) -> dict[str, Any]:
    """The `most` features with the largest effects on the prediction of one row, and the `method`.

    Effects are in the scores' unit: log-odds for LightGBM's probabilities, else the unit of the prediction. Where the
    release makes features itself, each is said in words too, as `text`.
    """
    release = model.release
    table = model.table([asked.values])
    native = type(release.pipeline["estimator"]).__name__ in ("LGBMClassifier", "LGBMRegressor")
    inputs = release.pipeline["inputs"]
    features = trace_features(inputs) if hasattr(inputs, "steps") else None  # a release of an earlier version has none
    if native and features is not None:
        prepared = inputs.transform(table)
        method, effects = "contributions", compute_contributions(model, prepared, features)
    else:
        method, effects = "occlusion", compute_occlusion(model, table)
    ordered = sorted(effects.items(), key=lambda entry: (-abs(entry[1]), entry[0]))[:most]
    values = {one.name: value for one, value in zip(release.contract.fields, asked.values, strict=True)}
    effects_by_size = [
        {
            "field": name,
            "value": convert_value(values[name]),
            "effect": float(f"{effect:.4g}"),
            **describe_field(release, name, asked),
        }
        for name, effect in ordered
    ]
    return {"method": method, "description": METHODS[method], "effects": effects_by_size}


def describe_field(release: Release, name: str, asked: RowRead) -> dict[str, str]:
    """A feature of a row in words, where they are known."""
    label = release.labels.get(name)
    known = {**asked.record, **(asked.question or {})}
    return {"text": describe_feature(label, asked.record.get(name), known)} if label else {}


def convert_value(value: Value) -> Value:
    """A value as JSON has it."""
    return None if isinstance(value, float) and np.isnan(value) else value


def compute_contributions(model: ServedModel, prepared: pd.DataFrame, features: Sequence[str]) -> dict[str, float]:
    """Each feature's contribution in LightGBM's trees; of several classes, to the likeliest one."""
    booster = model.release.pipeline["estimator"].booster_
    found = np.asarray(booster.predict(prepared, pred_contrib=True, num_threads=1)).reshape(-1, prepared.shape[1] + 1)
    of_class = found[int(found.sum(axis=1).argmax())]
    return {name: float(effect) for name, effect in zip(features, of_class[:-1], strict=True)}


def compute_occlusion(model: ServedModel, table: pd.DataFrame) -> dict[str, float]:
    """The change of the prediction when each feature is set to its typical value, one at a time."""
    release = model.release
    names = [one.name for one in release.contract.fields]
    typical = release.typical
    rows = pd.concat([table] * (len(names) + 1), ignore_index=True)
    for place, one in enumerate(release.contract.fields, start=1):
        column = rows[one.name].tolist()
        column[place] = typical[one.name].tolist()[0]
        rows[one.name] = pd.Series(column, dtype=get_dtype(one.kind))
    scores = predict_scores(release.plan, release.pipeline["estimator"], release.pipeline["inputs"].transform(rows))
    score = select_score(scores, release.plan.task)
    return {name: float(score[0] - score[place]) for place, name in enumerate(names, start=1)}


def select_score(scores: Floats, task: str) -> Floats:
    """One number per row: the probability, that of the first row's likeliest class, the number, or 1 in its cluster."""
    if task == "multiclass":
        return np.asarray(scores[:, int(scores[0].argmax())])
    if task == "clustering":
        return np.asarray(scores == scores[0], dtype=np.float64)
    return np.asarray(scores[:, 1] if scores.ndim == 2 else scores)
