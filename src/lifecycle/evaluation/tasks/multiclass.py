"""Several classes: confusion matrix, scores by class, calibration of the most probable class, ROC curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.evaluation import curves, plots
from lifecycle.evaluation.case import Case, Evaluation
from lifecycle.evaluation.metrics.probabilistic import select_likeliest
from lifecycle.reporting.markdown import format_table
from lifecycle.reporting.templates import render

Codes = npt.NDArray[np.int64]

# As many classes as a figure has room for.
IN_MATRIX, IN_CURVES = 20, 6


def evaluate_multiclass(case: Case) -> Evaluation:
    """The evaluation of a classifier of several classes."""
    truth, predicted, names = case.truth, case.scores.argmax(axis=1), case.classes
    correct, probability = select_likeliest(truth, case.scores)
    calibration, classes = curves.compute_calibration(correct, probability), score_classes(case)
    rocs = compute_roc_curves(truth, case.scores, names)
    roc = pd.concat([table.assign(**{"class": name}) for name, table in rocs.items()] or [NO_CURVE])
    cells, labels = compute_confusion_matrix(truth, predicted, names)
    figures = {
        "confusion": plots.plot_confusion_matrix(cells, "Confusion matrix" + format_subset(IN_MATRIX, names), labels),
        "calibration": plots.plot_calibration_curve({"most probable class": calibration}, "Calibration curve"),
        "roc": plots.plot_roc_curve(rocs, "ROC curve" + format_subset(IN_CURVES, names)),
    }
    labelled = np.array(names, dtype=object)
    confusion = pd.DataFrame({"actual": labelled[truth], "predicted": labelled[predicted]}, dtype="str")
    tables = {"classes": classes, "calibration": calibration, "roc": roc}
    return Evaluation(tables, figures, render_section(case, classes), confusion)


NO_CURVE = pd.DataFrame({"false_positive_rate": [], "true_positive_rate": [], "threshold": [], "class": []})


def format_subset(most: int, names: Sequence[str]) -> str:
    """What a title adds where only the most frequent classes are shown."""
    return f", {most} of {len(names)} classes" if len(names) > most else ""


def find_frequent_classes(truth: Codes, classes: int, most: int) -> Codes:
    """The codes of the most frequent classes, in their order; of equals the first."""
    rows = np.bincount(truth, minlength=classes)
    return np.sort(np.argsort(-rows, kind="stable")[:most])


def compute_confusion_matrix(truth: Codes, predicted: Codes, names: Sequence[str]) -> tuple[Codes, list[str]]:
    """Rows by true and predicted class, with the classes' names; the rare ones are merged into one, if any."""
    frequent = find_frequent_classes(truth, len(names), IN_MATRIX)
    places = np.full(len(names), len(frequent))
    places[frequent] = np.arange(len(frequent))
    labels = [names[code] for code in frequent] + ["(all others)"] * (len(frequent) < len(names))
    cells = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(cells, (places[truth], places[predicted]), 1)
    return cells, labels


def compute_roc_curves(truth: Codes, probability: Floats, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The ROC curve of each of the most frequent classes that some but not all rows are of, by its name."""
    kept = [
        code for code in find_frequent_classes(truth, len(names), IN_CURVES) if 0 < (truth == code).sum() < len(truth)
    ]
    return {
        names[code]: curves.compute_roc_curve((truth == code).astype(np.int64), probability[:, code]) for code in kept
    }


def score_classes(case: Case) -> pd.DataFrame:
    """One row per class: its `rows`, the rows `predicted` as it, precision, recall, F1 and ROC-AUC.

    What cannot be taken, such as the recall of a class that no row is of, is missing.
    """
    from sklearn.metrics import roc_auc_score

    truth, decisions = case.truth, case.scores.argmax(axis=1)
    rows = []
    for code, name in enumerate(case.classes):
        actual, predicted = truth == code, decisions == code
        correct, size, positive = int((actual & predicted).sum()), int(actual.sum()), int(predicted.sum())
        rows.append(
            {
                "class": name,
                "rows": size,
                "predicted": positive,
                "precision": correct / positive if positive else np.nan,
                "recall": correct / size if size else np.nan,
                "f1": 2 * correct / (size + positive) if size + positive else np.nan,
                "roc_auc": roc_auc_score(actual, case.scores[:, code]) if 0 < size < len(truth) else np.nan,
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Majority:
    """The majority class of the train part, and its share of the rows evaluated: the accuracy of predicting it."""

    name: str
    accuracy: float


def render_section(case: Case, classes: pd.DataFrame) -> str:
    """The accuracy, the classes, and the plots, as Markdown."""
    largest = classes.sort_values("rows", ascending=False, kind="stable").head(IN_MATRIX)
    formats = {"class": "", "rows": ",d", "predicted": ",d", "precision": ".3f", "recall": ".3f", "f1": ".3f"}
    return render(
        __file__,
        "md",
        accuracy=float((case.scores.argmax(axis=1) == case.truth).mean()),
        rows=len(case.truth),
        majority=find_majority(case),
        classes=format_table(largest, formats | {"roc_auc": ".3f"}),
    )


def find_majority(case: Case) -> Majority | None:
    """What predicting the majority class of the train part would reach; None without train labels."""
    if not len(case.labels_train):
        return None
    code = int(np.bincount(case.labels_train).argmax())
    return Majority(case.classes[code], float((case.truth == code).mean()))
