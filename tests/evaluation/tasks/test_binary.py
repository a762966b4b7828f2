"""Two classes, few rows."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.problem import Costs
from lifecycle.evaluation import thresholds
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.tasks.by_task import evaluate_case

ROWS = pd.DataFrame({"id": ["a", "b", "c", "d"]})


def case(truth=(0, 0, 1, 1), **more):
    return Case(
        task="binary",
        truth=np.array(truth),
        scores=np.array([0.1, 0.6, 0.5, 0.9]),
        context=ROWS,
        features=ROWS,
        classes=("not late", "late"),
        target="late",
        **more,
    )


def test_a_table_for_each_curve_and_a_picture_of_each():
    found = evaluate_case(case(threshold=0.55, costs=Costs(false_positive=1.0, false_negative=3.0)))
    assert sorted(found.tables) == ["calibration", "cost", "pr", "roc"]
    assert sorted(found.plots) == ["calibration", "confusion", "cost", "pr", "roc"]
    assert all(f"]({stem}.png)" in "\n".join(found.paragraphs) for stem in found.plots)
    assert found.tables["cost"]["cost"].tolist()[0] == 0.5


def test_the_threshold_in_words_is_the_chosen_one():
    costs = Costs(false_positive=1.0, false_negative=3.0)
    choice = thresholds.choose_threshold(case().truth, case().scores, costs)
    found = evaluate_case(case(threshold=choice.threshold, costs=costs))
    assert choice.threshold == 0.5
    assert found.paragraphs[0] == (
        "A row is flagged from a probability of **0.500** on: a row then costs 0.250 on average, "
        "against 1.500 when none is flagged and 0.500 when all are."
    )


def test_confusion_row_by_row():
    found = evaluate_case(case(threshold=0.55)).confusion
    assert found["actual"].tolist() == ["not late", "not late", "late", "late"]
    assert found["predicted"].tolist() == ["not late", "late", "not late", "late"]


def test_without_costs_and_threshold_each_mistake_costs_one_from_a_half_on():
    assert "**0.500**" in evaluate_case(case()).paragraphs[0]
    assert "costs 0.250 on average, against 0.500 when none" in evaluate_case(case()).paragraphs[0]


@pytest.mark.parametrize("truth", [(0, 0, 0, 0), (1, 1, 1, 1)])
def test_one_class_alone_has_no_curves_but_a_page(truth):
    found = evaluate_case(case(truth))
    assert len(found.tables["roc"]) == len(found.tables["pr"]) == 0
    assert len(found.confusion) == 4
