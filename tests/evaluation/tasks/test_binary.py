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


def test_a_table_and_a_plot_of_each_curve():
    found = evaluate_case(case(threshold=0.55, costs=Costs(false_positive=1.0, false_negative=3.0)))
    assert sorted(found.tables) == ["calibration", "cost", "pr", "roc"]
    assert sorted(found.plots) == ["calibration", "confusion", "cost", "pr", "roc"]
    assert all(f"]({stem}.png)" in found.section for stem in found.plots)
    assert found.tables["cost"]["cost"].tolist()[0] == 0.5


def test_the_section_states_the_chosen_threshold_and_its_cost():
    costs = Costs(false_positive=1.0, false_negative=3.0)
    choice = thresholds.choose_threshold(case().truth, case().scores, costs)
    found = evaluate_case(case(threshold=choice.threshold, costs=costs))
    assert choice.threshold == 0.5
    assert found.section.splitlines()[0] == (
        "A row is predicted positive at probability ≥ **0.500**. The mean cost per row is 0.250, "
        "against 1.500 when no row and 0.500 when every row is predicted positive."
    )


def test_confusion_row_by_row():
    found = evaluate_case(case(threshold=0.55)).confusion
    assert found["actual"].tolist() == ["not late", "not late", "late", "late"]
    assert found["predicted"].tolist() == ["not late", "late", "not late", "late"]


def test_without_costs_and_threshold_each_error_costs_one_at_one_half():
    assert "**0.500**" in evaluate_case(case()).section
    assert "mean cost per row is 0.250, against 0.500 when no row" in evaluate_case(case()).section


@pytest.mark.parametrize("truth", [(0, 0, 0, 0), (1, 1, 1, 1)])
def test_one_class_alone_has_no_curves_but_a_section(truth):
    found = evaluate_case(case(truth))
    assert len(found.tables["roc"]) == len(found.tables["pr"]) == 0
    assert len(found.confusion) == 4
