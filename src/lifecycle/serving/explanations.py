"""Why an answer is as it is: the features that move it most, and by what they were found.

LightGBM's trees give each feature's own contribution (Lundberg et al. 2020), a linear model its weights times
the distance from the typical row. For any other model a feature is set to its typical value and the answer
taken again: its effect is the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.pipeline import predict_scores
from lifecycle.release.contract import Value
from lifecycle.release.release import dtype_of
from lifecycle.serving.scorer import Model

Floats = npt.NDArray[np.float64]
METHODS = {
    "contributions": "contribution of each feature in the trees",
    "occlusion": "difference to the answer with the feature at its typical value",
}


def reasons(model: Model, row: Sequence[Value], most: int) -> dict[str, Any]:
    """The `most` features with the largest effects on the answer to one row, and the `method` that found them.

    Effects are in the scores' unit: of log-odds for LightGBM's probabilities, else of the answer itself.
    """
    release = model.release
    table = model.table([row])
    native = type(release.pipeline["estimator"]).__name__ in ("LGBMClassifier", "LGBMRegressor")
    names = [one.name for one in release.contract.fields]
    prepared = release.pipeline["inputs"].transform(table)
    if native and sorted(prepared.columns) == sorted(set(prepared.columns) & set(names)):
        method, effects = "contributions", contributions(model, prepared)
    else:
        method, effects = "occlusion", occlusion(model, table)
    ordered = sorted(effects.items(), key=lambda entry: (-abs(entry[1]), entry[0]))[:most]
    values = {one.name: value for one, value in zip(release.contract.fields, row, strict=True)}
    told = [{"field": name, "value": shown(values[name]), "effect": float(f"{effect:.4g}")} for name, effect in ordered]
    return {"method": method, "said": METHODS[method], "reasons": told}


def shown(value: Value) -> Value:
    """A value as JSON has it."""
    return None if isinstance(value, float) and np.isnan(value) else value


def contributions(model: Model, prepared: pd.DataFrame) -> dict[str, float]:
    """Each feature's contribution in LightGBM's trees; of several classes, to the likeliest one."""
    booster = model.release.pipeline["estimator"].booster_
    found = np.asarray(booster.predict(prepared, pred_contrib=True, num_threads=1)).reshape(-1, prepared.shape[1] + 1)
    of_class = found[int(found.sum(axis=1).argmax())]
    return {str(name): float(effect) for name, effect in zip(prepared.columns, of_class, strict=False)}


def occlusion(model: Model, table: pd.DataFrame) -> dict[str, float]:
    """How much the answer differs from that with each feature at its typical value, one at a time."""
    release = model.release
    names = [one.name for one in release.contract.fields]
    typical = release.typical
    rows = pd.concat([table] * (len(names) + 1), ignore_index=True)
    for place, one in enumerate(release.contract.fields, start=1):
        column = rows[one.name].tolist()
        column[place] = typical[one.name].tolist()[0]
        rows[one.name] = pd.Series(column, dtype=dtype_of(one.kind))
    scores = predict_scores(release.plan, release.pipeline["estimator"], release.pipeline["inputs"].transform(rows))
    answer = of_answer(scores, release.plan.task)
    return {name: float(answer[0] - answer[place]) for place, name in enumerate(names, start=1)}


def of_answer(scores: Floats, task: str) -> Floats:
    """One number per row: the probability, that of the first row's likeliest class, the number, or 1 in its cluster."""
    if task == "multiclass":
        return np.asarray(scores[:, int(scores[0].argmax())])
    if task == "clustering":
        return np.asarray(scores == scores[0], dtype=np.float64)
    return np.asarray(scores[:, 1] if scores.ndim == 2 else scores)
