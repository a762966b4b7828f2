"""Two classes: ROC, precision-recall and calibration curve, confusion matrix and the cost of errors by threshold."""

import numpy as np
import pandas as pd

from lifecycle.data.problem import Costs
from lifecycle.evaluation import curves, plots, thresholds
from lifecycle.evaluation.case import Case, Evaluation
from lifecycle.reporting.templates import render

EVEN = Costs(false_positive=1.0, false_negative=1.0)


def evaluate_binary(case: Case) -> Evaluation:
    """The evaluation of a classifier of two classes; without costs each error costs 1."""
    labels, probability, costs = case.truth, case.scores, case.costs or EVEN
    cost = thresholds.price_threshold(labels, probability, case.decision_threshold, costs)
    tables = {
        "roc": curves.compute_roc_curve(labels, probability),
        "pr": curves.compute_precision_recall_curve(labels, probability),
        "calibration": curves.compute_calibration(labels, probability),
        "cost": thresholds.compute_cost_curve(labels, probability, costs),
    }
    predicted = (probability >= case.decision_threshold).astype(np.int64)
    counts = [[int(((labels == truth) & (predicted == code)).sum()) for code in (0, 1)] for truth in (0, 1)]
    figures = {
        "roc": plots.plot_roc_curve({"model": tables["roc"]}, "ROC curve"),
        "pr": plots.plot_precision_recall_curve(
            {"model": tables["pr"]}, "Precision-recall curve", float(labels.mean())
        ),
        "calibration": plots.plot_calibration_curve({"model": tables["calibration"]}, "Calibration curve"),
        "confusion": plots.plot_confusion_matrix(
            counts, f"Confusion matrix at threshold {case.decision_threshold:.2f}", case.classes
        ),
        "cost": plots.plot_cost_curve(tables["cost"], case.decision_threshold, "Mean cost per row by threshold"),
    }
    names = np.array(case.classes, dtype=object)
    confusion = pd.DataFrame({"actual": names[labels], "predicted": names[predicted]}, dtype="str")
    return Evaluation(tables, figures, render(__file__, "md", costs=cost), confusion)
