"""Several classes, few rows."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.tasks.multiclass import compute_confusion_matrix, evaluate_multiclass, score_classes

NAMES = ("adelie", "gent|oo", "🐧")
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.1, 0.8, 0.1]])
ROWS = pd.DataFrame({"id": ["a", "b", "c", "d"]})
CASE = Case(
    task="multiclass",
    truth=np.array([0, 1, 1, 1]),
    scores=PROBABILITIES,
    context=ROWS,
    features=ROWS,
    classes=NAMES,
    target="kind",
    labels_train=np.array([1, 1, 0]),
)


def test_each_class_by_hand():
    found = score_classes(CASE).set_index("class")
    assert found.loc["adelie"].tolist() == [1, 2, 0.5, 1.0, 2 / 3, 1.0]
    assert found.loc["gent|oo"].tolist() == [3, 2, 1.0, 2 / 3, 0.8, 1.0]
    assert found.loc["🐧", ["rows", "predicted"]].tolist() == [0, 0]
    assert found.loc["🐧", ["precision", "recall", "f1", "roc_auc"]].isna().all()


def test_tables_and_plots():
    found = evaluate_multiclass(CASE)
    assert sorted(found.tables) == ["calibration", "classes", "roc"]
    assert sorted(found.plots) == ["calibration", "confusion", "roc"]
    assert found.confusion["predicted"].tolist() == ["adelie", "adelie", "gent|oo", "gent|oo"]
    assert found.confusion["actual"].tolist() == ["adelie", "gent|oo", "gent|oo", "gent|oo"]
    assert found.tables["roc"]["class"].unique().tolist() == ["adelie", "gent|oo"]
    assert found.tables["calibration"]["observed"].tolist() == [0.0, 1.0, 1.0, 1.0]


def test_the_section():
    first, table, *images = evaluate_multiclass(CASE).section.split("\n\n")
    assert first == (
        "The most probable class is the true one for 75.0% of 4 rows; predicting gent\\|oo for every row, "
        "the majority class of the train part, is right for 75.0%."
    )
    assert table.splitlines() == [
        "| class | rows | predicted | precision | recall | f1 | roc_auc |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| gent\\|oo | 3 | 2 | 1.000 | 0.667 | 0.800 | 1.000 |",
        "| adelie | 1 | 2 | 0.500 | 1.000 | 0.667 | 1.000 |",
        "| 🐧 | 0 | 0 |  |  |  |  |",
    ]
    assert all(f"]({stem}.png)" in "\n".join(images) for stem in evaluate_multiclass(CASE).plots)


def test_without_train_labels_there_is_no_majority_class():
    found = evaluate_multiclass(dataclasses.replace(CASE, labels_train=np.empty(0)))
    assert found.section.splitlines()[0] == "The most probable class is the true one for 75.0% of 4 rows."


def test_matrix_by_hand():
    cells, shown = compute_confusion_matrix(CASE.truth, PROBABILITIES.argmax(axis=1), NAMES)
    assert (cells.tolist(), shown) == ([[1, 0, 0], [1, 2, 0], [0, 0, 0]], list(NAMES))


def test_rare_classes_are_merged():
    truth = np.append(np.repeat(np.arange(20), 2), [20, 21])
    cells, shown = compute_confusion_matrix(truth, np.full(42, 21), [f"class {code}" for code in range(22)])
    assert shown == [f"class {code}" for code in range(20)] + ["(all others)"]
    assert cells[:, :-1].sum() == 0
    assert cells[:, -1].tolist() == [2] * 21


@pytest.mark.parametrize("rows", [[0], [1, 2, 3]])
def test_one_class_alone(rows):
    few = dataclasses.replace(CASE, truth=CASE.truth[rows], scores=PROBABILITIES[rows])
    found = evaluate_multiclass(few)
    assert found.tables["roc"].columns.tolist() == [
        "false_positive_rate", "true_positive_rate", "threshold", "class"
    ]  # fmt: skip
    assert len(found.tables["roc"]) == 0
    assert len(found.confusion) == len(rows)
