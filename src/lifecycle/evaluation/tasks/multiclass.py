"""Several classes: which are taken for which, how each does, and how far the likeliest can be trusted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.evaluation import curves, plots
from lifecycle.evaluation.case import Evaluation, Case
from lifecycle.evaluation.metrics.probabilistic import select_likeliest
from lifecycle.reporting.markdown import embed_figure, escape_markdown, format_table

Codes = npt.NDArray[np.int64]

# As many classes as a picture has room for.
IN_MATRIX, IN_CURVES = 20, 6


def evaluate_multiclass(case: Case) -> Evaluation:
    """Confusion, a table of the classes, calibration of the likeliest, and ROC of each class against the rest."""
    truth, said, names = case.truth, case.scores.argmax(axis=1), case.classes
    right, sure = select_likeliest(truth, case.scores)
    calibration, classes = curves.calibration_table(right, sure), score_classes(case)
    rocs = compute_roc_curves(truth, case.scores, names)
    roc = pd.concat([table.assign(**{"class": name}) for name, table in rocs.items()] or [NO_CURVE])
    cells, shown = compute_confusion_matrix(truth, said, names)
    pictures = {
        "confusion": plots.confusion(cells, "Right and wrong" + format_subset(IN_MATRIX, names), shown),
        "calibration": plots.calibration({"likeliest class": calibration}, "Can the probabilities be trusted?"),
        "roc": plots.roc_curve(rocs, "Found against false positives" + format_subset(IN_CURVES, names)),
    }
    labelled = np.array(names, dtype=object)
    confusion = pd.DataFrame({"actual": labelled[truth], "predicted": labelled[said]}, dtype="str")
    found = {"classes": classes, "calibration": calibration, "roc": roc}
    return Evaluation(found, pictures, paragraphs(case, classes), confusion)


NO_CURVE = pd.DataFrame({"false_positive_rate": [], "true_positive_rate": [], "threshold": [], "class": []})


def format_subset(most: int, names: Sequence[str]) -> str:
    """What a title adds where only the most frequent classes are shown."""
    return f", {most} of {len(names)} classes" if len(names) > most else ""


def find_frequent_classes(truth: Codes, classes: int, most: int) -> Codes:
    """The codes of the most frequent classes, in their order; of equals the first."""
    rows = np.bincount(truth, minlength=classes)
    return np.sort(np.argsort(-rows, kind="stable")[:most])


def compute_confusion_matrix(truth: Codes, said: Codes, names: Sequence[str]) -> tuple[Codes, list[str]]:
    """Rows by true class and class said, with the classes' names; the rare ones are gathered in one, if any."""
    kept = find_frequent_classes(truth, len(names), IN_MATRIX)
    places = np.full(len(names), len(kept))
    places[kept] = np.arange(len(kept))
    shown = [names[code] for code in kept] + ["(all others)"] * (len(kept) < len(names))
    cells = np.zeros((len(shown), len(shown)), dtype=np.int64)
    np.add.at(cells, (places[truth], places[said]), 1)
    return cells, shown


def compute_roc_curves(truth: Codes, probability: Floats, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The ROC curve of each of the most frequent classes that some but not all rows are of, by its name."""
    kept = [code for code in find_frequent_classes(truth, len(names), IN_CURVES) if 0 < (truth == code).sum() < len(truth)]
    return {names[code]: curves.roc_points((truth == code).astype(np.int64), probability[:, code]) for code in kept}


def score_classes(case: Case) -> pd.DataFrame:
    """One row per class: its `rows` and the rows `said` to be of it, precision, recall, F1 and ROC-AUC.

    What cannot be taken, such as the recall of a class that no row is of, is missing.
    """
    from sklearn.metrics import roc_auc_score

    truth, decided = case.truth, case.scores.argmax(axis=1)
    found = []
    for code, name in enumerate(case.classes):
        there, said = truth == code, decided == code
        right, rows, flagged = int((there & said).sum()), int(there.sum()), int(said.sum())
        found.append(
            {
                "class": name,
                "rows": rows,
                "said": flagged,
                "precision": right / flagged if flagged else np.nan,
                "recall": right / rows if rows else np.nan,
                "f1": 2 * right / (rows + flagged) if rows + flagged else np.nan,
                "roc_auc": roc_auc_score(there, case.scores[:, code]) if 0 < rows < len(truth) else np.nan,
            }
        )
    return pd.DataFrame(found)


def paragraphs(case: Case, classes: pd.DataFrame) -> list[str]:
    """How many rows are decided rightly, the classes, and the pictures."""
    share = float((case.scores.argmax(axis=1) == case.truth).mean())
    shown = classes.sort_values("rows", ascending=False, kind="stable").head(IN_MATRIX)
    formats = {"class": "", "rows": ",d", "said": ",d", "precision": ".3f", "recall": ".3f", "f1": ".3f"}
    return [
        f"The likeliest class is the true one for {share:.1%} of {len(case.truth):,} rows{describe_majority_baseline(case)}.",
        format_table(shown, formats | {"roc_auc": ".3f"}),
        embed_figure("Right and wrong by class", "confusion.png"),
        embed_figure("Calibration of the likeliest class", "calibration.png")
        + " "
        + embed_figure("ROC curve of each class against the rest", "roc.png"),
    ]


def describe_majority_baseline(case: Case) -> str:
    """What always saying the train part's most frequent class would reach; nothing without train labels."""
    if not len(case.labels_train):
        return ""
    most = int(np.bincount(case.labels_train).argmax())
    share = float((case.truth == most).mean())
    return f", against {share:.1%} when it is always {escape_markdown(case.classes[most])}, the train part's most frequent"
