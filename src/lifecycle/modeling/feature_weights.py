"""How much a fitted pipeline leans on each feature, cheaply: which of thousands are worth measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.leakage import estimate_column_strength
from lifecycle.modeling.pipeline import Plan, Scores, predict_scores, trace_features

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def weigh_features(plan: Plan, fitted: Pipeline, features: pd.DataFrame) -> dict[str, float]:
    """The weight of each feature, 0 or more: the model's own importance of it, else how its values go with predictions.

    The second is of the rows given, which should be those that the model has learned from.
    """
    own = read_own_importance(fitted)
    if own is None:
        predicted = predict_scores(plan, fitted["estimator"], fitted["inputs"].transform(features))
        return associate_with_predictions(features, predicted, plan)
    return {str(name): own.get(str(name), 0.0) for name in features.columns}


def read_own_importance(fitted: Pipeline) -> dict[str, float] | None:
    """The sizes of coefficients, or the importance that trees keep, by feature.

    None for an estimator without either, and where a prepared column is not a form of one feature.
    """
    traced, estimator = trace_features(fitted["inputs"]), fitted["estimator"]
    weights = getattr(estimator, "feature_importances_", None)
    if weights is None:
        weights = getattr(estimator, "coef_", None)
    if traced is None or weights is None or np.shape(weights)[-1] != len(traced):
        return None
    sizes = np.abs(np.asarray(weights, dtype=np.float64)).reshape(-1, len(traced)).max(axis=0)
    return {name: float(size) for name, size in zip(traced, sizes, strict=True)}


def associate_with_predictions(features: pd.DataFrame, predicted: Scores, plan: Plan) -> dict[str, float]:
    """The strength, from 0.5 to 1, with which the order of a feature's values is that of a prediction.

    The strongest of the classes, the quantiles or the clusters, where there are several.
    """
    columns = list_predictions(predicted, plan)
    return {
        str(name): max(estimate_column_strength(values, column).value for column in columns)
        for name, values in features.items()
    }


def list_predictions(predicted: Scores, plan: Plan) -> list[Floats]:
    """The columns of the predictions; of clusters, which rows are in each."""
    if plan.task == "clustering":
        return [(predicted == one).astype(np.float64) for one in np.unique(predicted)]
    return list(predicted.reshape(len(predicted), -1).T)
