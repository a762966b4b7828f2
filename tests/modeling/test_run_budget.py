"""What a run tries, and what of it a number of minutes holds."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.evaluation.metric import Metric
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.feasibility import PlannedSearch, Probe
from lifecycle.modeling.pipeline import Dimension, Form, Model
from lifecycle.modeling.run_budget import (
    MINUTES,
    RunPlan,
    Work,
    describe_plan,
    list_levels,
    measure_work,
    plan_run,
    plan_searches,
    select_forms,
    share_seconds,
    weigh_work,
)
from lifecycle.modeling.tuning import Search
from lifecycle.options import Call

SEARCH = Search(
    option="bayesian",
    sampler=Call(target="optuna.samplers.TPESampler"),
    trials=4,
    rows=100,
    values=400,
    finalists=3,
    final_values=800,
    abort_minutes=1.0,
)
PLAIN = Form(target="sklearn.linear_model.LogisticRegression")
SEARCHED = Form(
    target="lightgbm.LGBMClassifier",
    space={"num_leaves": Dimension(low=2, high=9, integer=True)},
    portfolio=({"num_leaves": 3}, {"num_leaves": 5}),
)
AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
PROBE = Probe(rows=100, valid_rows=10, prepare=1.0, fit=2.0, predict=0.0)


def validation(rows: int = 1000, features: int = 2) -> CrossValidation:
    """Two folds with 60 and 80 percent of the rows to learn from."""
    table = pd.DataFrame(np.zeros((rows, features))).add_prefix("x")
    places = np.arange(rows)
    folds = [(places[: rows * share // 10], places[rows * share // 10 :]) for share in (6, 8)]
    return CrossValidation(Dataset(table, np.zeros(rows), table), folds, ("roc_auc", AUC), ("roc_auc", AUC))


def test_candidates_without_an_estimator_for_the_task_try_nothing() -> None:
    models = {
        "linear": Model(option="linear", rank=1, inputs="scaled", classes=PLAIN),
        "kmeans": Model(option="kmeans", rank=1, inputs="scaled", clusters=PLAIN),
    }
    assert list(select_forms(models, ["kmeans", "linear", "gone"], "binary")) == ["linear"]


def test_trials_are_own_arguments_portfolio_and_those_of_the_sampler() -> None:
    assert plan_searches({"plain": PLAIN, "trees": SEARCHED}, SEARCH, folds=2) == [
        PlannedSearch("plain", trials=1, finalists=1, fits=4),
        PlannedSearch("trees", trials=6, finalists=3, fits=18),
    ]


def test_the_levels_of_a_search_begin_with_own_arguments_and_end_with_the_search_itself() -> None:
    levels = list_levels(SEARCH)
    assert [level.trials for level in levels] == [1, 2, 3, 4]
    assert levels[0].sampler is None and levels[-1] is SEARCH


def test_work_counts_the_rows_of_every_fit() -> None:
    # 200 rows of 600 and 800 while searching, 400 for finalists
    assert measure_work(SEARCHED, validation(), SEARCH) == Work(prepared=400 + 800, fitted=6 * 400 + 3 * 800)
    assert measure_work(SEARCHED, validation(100), SEARCH) == Work(prepared=140, fitted=6 * 140)


def test_weights_are_those_of_the_cost_estimate() -> None:
    assert weigh_work(Work(prepared=300, fitted=0), PROBE) == pytest.approx(3.0)
    assert weigh_work(Work(prepared=0, fitted=100), PROBE) == pytest.approx(8.0)


def test_the_seconds_of_whole_searches_add_up_and_grow_with_the_trials() -> None:
    seconds = share_seconds(120.0, {"plain": PLAIN, "trees": SEARCHED}, validation(), SEARCH, PROBE)
    assert sum(by_level[-1] for by_level in seconds.values()) == pytest.approx(120)
    assert seconds["trees"] == sorted(seconds["trees"]) and seconds["trees"][0] < seconds["trees"][-1]
    assert seconds["plain"][0] == pytest.approx(seconds["plain"][-1])


SECONDS = {"one": [20.0, 50.0, 90.0], "two": [20.0, 60.0, 100.0]}


@pytest.mark.parametrize(
    ("minutes", "fixed", "candidates", "trials", "needed"),
    [
        (1, 70.0, (), 0, 70),
        (1, 30.0, ("one",), 1, 50),
        (1, 20.0, ("one", "two"), 1, 60),
        (2, 10.0, ("one", "two"), 2, 120),
        (20, 10.0, ("one", "two"), 3, 200),
    ],
)
def test_every_candidate_gets_one_trial_before_any_gets_more(
    minutes: int, fixed: float, candidates: tuple[str, ...], trials: int, needed: float
) -> None:
    assert plan_run(minutes, SECONDS, fixed) == RunPlan(minutes, candidates, trials, needed / 60)


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        (RunPlan(1, (), 0, 1.21), "within 1 min: no candidate; all else takes about 1.2 min"),
        (
            RunPlan(2, ("one", "two"), 1, 1.9),
            "within 2 min: 2 of 3 candidates (one, two) with search=none, their own arguments; about 1.9 min",
        ),
        (
            RunPlan(5, ("one", "two", "three"), 2, 4.0),
            "within 5 min: all 3 candidates with trials: 2 in conf/search/; about 4.0 min",
        ),
        (RunPlan(20, ("a", "b", "c"), 4, 9.5), "within 20 min: all 3 candidates with the whole search; about 9.5 min"),
    ],
)
def test_a_plan_in_a_line(plan: RunPlan, line: str) -> None:
    assert describe_plan(plan, candidates=3, trials=4) == line


def test_minutes_grow() -> None:
    assert list(MINUTES) == sorted(set(MINUTES))
