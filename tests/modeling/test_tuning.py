"""Searching the arguments of a tiny model: same seed, same trials, own arguments first."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Task
from lifecycle.engine import local
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.evaluation.metric import Metric
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.pipeline import Dimension, Form, Inputs, Plan, Stopping
from lifecycle.modeling.search_space import grid_values, round_digits
from lifecycle.modeling.tuning import (
    LOSS,
    Candidate,
    Search,
    Trial,
    count_finals,
    count_trials,
    rank_trials,
    tabulate_trials,
    tune_candidate,
)
from lifecycle.options import Call

NONE = Inputs(numeric=(), categorical=())
AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
SURPRISE = Metric(
    target="sklearn.metrics.log_loss", tasks=("binary",), needs="probability", better="lower", description=""
)
ROWS = np.arange(60)
EXAMPLES = Dataset(
    pd.DataFrame({"x": ROWS % 7 * 1.0, "y": ROWS * 0.1}),
    ((ROWS % 7 + ROWS % 4) > 4).astype(np.int64),
    pd.DataFrame({"row": ROWS}),
)
FOLDS = [(ROWS[:30], ROWS[30:45]), (ROWS[:45], ROWS[45:])]
SAMPLERS = {
    "random": Call(target="optuna.samplers.RandomSampler"),
    "bayesian": Call(target="optuna.samplers.TPESampler", arguments={"n_startup_trials": 2}),
    "grid": Call(target="lifecycle.modeling.tuning.create_grid_sampler"),
    "none": None,
}
C = {"C": Dimension(low=0.01, high=100.0, log=True)}


def tiny(space=None, **arguments):
    return Form(
        target="sklearn.linear_model.LogisticRegression",
        arguments=arguments or {"C": 2.0},
        space=C if space is None else space,
    )


def search(kind="random", trials=4, minutes=5.0, rows=40, finalists=0, final_values=0):
    return Search(
        option="small",
        sampler=SAMPLERS[kind],
        trials=trials,
        rows=rows,
        values=0,
        finalists=finalists,
        final_values=final_values,
        abort_minutes=minutes,
    )


def tried(asked, form=None, seed=1, watch=lambda number, trial: None, validation=None):
    validation = validation or contested()
    return tune_candidate(Candidate("tiny", form or tiny(), NONE, Plan()), validation, asked, seed, watch)


def contested(examples=EXAMPLES, folds=FOLDS, metric=AUC):
    return CrossValidation(examples, folds, ("roc_auc", metric), ("log_loss", SURPRISE))


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("kind", ["random", "bayesian", "grid"])
def test_the_first_trial_is_the_models_own_and_the_rest_are_new(kind):
    found = [trial.arguments for trial in tried(search(kind))]
    assert len(found) == 4
    assert found[0] == {"C": 2.0}
    assert len({entry["C"] for entry in found}) == 4
    assert all(0.01 <= entry["C"] <= 100 for entry in found)


@pytest.mark.parametrize("kind", list(SAMPLERS))
def test_one_seed_gives_the_same_trials(kind):
    assert tried(search(kind)) == tried(search(kind))


def test_another_seed_gives_other_trials():
    assert tried(search(), seed=1) != tried(search(), seed=2)


def test_none_tries_the_models_own_arguments_once():
    assert [trial.arguments for trial in tried(search("none", trials=9))] == [{"C": 2.0}]


def test_a_model_with_nothing_to_search_gets_one_trial():
    assert [trial.arguments for trial in tried(search(), tiny(space={}))] == [{}]


@pytest.mark.parametrize("trials", [4, 9])
def test_a_grid_ends_when_every_combination_was_tried(trials):
    found = [trial.arguments["C"] for trial in tried(search("grid", trials=trials))]
    assert found[0] == 2.0
    assert sorted(found[1:]) == [0.01, 1.0, 100.0]


def test_a_grid_takes_every_combination_of_two_dimensions():
    space = C | {"fit_intercept": Dimension(choices=(True, False))}
    found = tried(search("grid", trials=20), tiny(space=space, C=2.0, fit_intercept=True))
    pairs = {(trial.arguments["C"], trial.arguments["fit_intercept"]) for trial in found[1:]}
    assert pairs == {(c, flag) for c in (0.01, 1.0, 100.0) for flag in (True, False)}
    assert len(found) == 7


def test_trials_of_says_how_many_run():
    assert count_trials(tiny(), search("random", trials=6)) == 6
    assert count_trials(tiny(), search("grid", trials=6)) == 4
    assert count_trials(tiny(), search("grid", trials=2)) == 2
    assert count_trials(tiny(), search("none", trials=6)) == 1
    assert count_trials(tiny(space={}), search("random", trials=6)) == 1


PORTFOLIO = replace(
    tiny(C=2.0, fit_intercept=True), portfolio=({"C": 700.0}, {"fit_intercept": False, "solver": "newton-cg"})
)


@pytest.mark.parametrize("kind", ["random", "bayesian", "grid"])
def test_a_portfolio_is_tried_as_it_stands_between_the_models_own_arguments_and_the_samplers(kind):
    found = [one.arguments for one in tried(search(kind, trials=3), PORTFOLIO)]
    assert found[:3] == [
        {"C": 2.0, "fit_intercept": True},
        {"C": 700.0, "fit_intercept": True},
        {"C": 2.0, "fit_intercept": False, "solver": "newton-cg"},
    ]
    assert [list(arguments) for arguments in found[3:]] == [["C"], ["C"]]
    assert len(found) == count_trials(PORTFOLIO, search(kind, trials=3)) == 5


def test_a_portfolio_is_not_tried_without_a_search():
    assert [one.arguments for one in tried(search("none"), PORTFOLIO)] == [{"C": 2.0, "fit_intercept": True}]
    assert count_trials(PORTFOLIO, search("none", trials=6)) == 1


def test_a_portfolio_is_tried_where_there_is_no_space():
    form = replace(PORTFOLIO, space={})
    assert len(tried(search(trials=6), form)) == count_trials(form, search(trials=6)) == 3


def test_what_only_a_portfolio_sets_has_a_column_of_its_own():
    assert PORTFOLIO.list_searched() == ["C", "fit_intercept", "solver"]
    table = tabulate_trials(tried(search(trials=1), PORTFOLIO), PORTFOLIO.list_searched(), "roc_auc", "log_loss")
    assert table["C"].tolist() == [2.0, 700.0, 2.0]
    assert table["fit_intercept"].tolist() == [True, True, False]
    assert table["solver"].fillna("").tolist() == ["", "", "newton-cg"]


@pytest.mark.parametrize(
    ("features", "rows", "final"),
    [
        (0, 900_000, 3_600_000),
        (1, 900_000, 3_600_000),
        (45, 20_000, 80_000),
        (450, 2_000, 8_000),
        (3_000, 2_000, 2_000),
    ],
)
def test_the_budget_of_a_fit_is_counted_in_values_with_a_least_number_of_rows(features, rows, final):
    asked = replace(search(rows=2_000), values=900_000, final_values=3_600_000)
    assert (asked.count_rows(features), asked.count_final_rows(features)) == (rows, final)
    assert replace(asked, final_values=0).count_final_rows(features) == rows


FINALS = search(trials=4, rows=10, finalists=2, final_values=80)  # two features: 10 rows a fit, then 40


def test_the_best_trials_are_tried_again_on_more_rows_and_they_alone_compete():
    found = tried(FINALS)
    assert [one.rows for one in found] == [10, 10, 10, 10, 40, 40]
    assert [[len(rows) for rows in one.predicted] for one in found] == [[10, 10]] * 4 + [[15, 15]] * 2
    best = rank_trials(found[:4], AUC)[:2]
    assert [one.arguments for one in found[4:]] == [found[place].arguments for place in best]
    assert sorted(rank_trials(found, AUC)) == [4, 5]
    assert found[:4] == tried(replace(FINALS, finalists=0))


def test_a_finalist_scores_what_its_arguments_score_on_that_many_rows():
    final = tried(FINALS)[4]
    alone = tried(search("none", rows=40), tiny(space={"C": C["C"]}, C=final.arguments["C"]))[0]
    assert replace(alone, final=True) == final


def test_a_model_that_held_rows_back_is_tried_again_without_even_where_there_are_no_more():
    asked = search(trials=2, rows=45, finalists=1)
    boosted = Form(
        target="lightgbm.LGBMClassifier",
        arguments={"n_estimators": 30, "min_child_samples": 2, "num_leaves": 4, "verbose": -1, "deterministic": True},
        space={"num_leaves": Dimension(low=3, high=5, integer=True)},
        stopping=Stopping(rounds=2, argument="n_estimators"),
    )
    found = tried(asked, boosted)
    assert [one.final for one in found] == [False, False, True]
    assert count_finals(boosted, contested(), asked) == 1
    again = next(one for one in found if one.arguments == found[2].arguments)
    assert again.scores != found[2].scores
    assert all(rounds is not None for rounds in found[2].rounds)


@pytest.mark.parametrize(
    ("change", "finals"),
    [
        ({}, 2),
        ({"finalists": 9}, 4),
        ({"finalists": 0}, 0),
        ({"final_values": 20}, 0),  # no more rows than the trials had
        ({"rows": 45}, 0),  # which were all rows of every fold
        ({"rows": 44}, 0),  # and the budget of the finalists asks for no more
        ({"rows": 44, "final_values": 90}, 2),
    ],
)
def test_finalists_are_tried_where_there_are_more_rows_for_them(change, finals):
    asked = replace(FINALS, **change)
    assert count_finals(tiny(), contested(), asked) == finals
    assert len(tried(asked)) == 4 + finals


def test_a_trial_keeps_the_predictions_that_its_scores_are_of():
    for one in tried(search(trials=2)):
        for (_, valid), scores, score in zip(FOLDS, one.predicted, one.scores, strict=True):
            assert round_digits(roc_auc_score(EXAMPLES.labels[valid], scores)) == score


def test_an_argument_that_the_model_leaves_to_the_library_is_left_out_of_the_first_trial():
    found = tried(search(trials=2), tiny(space=C, fit_intercept=True))
    assert found[0].arguments == {}
    assert list(found[1].arguments) == ["C"]


def test_own_arguments_outside_the_space_are_tried_all_the_same():
    assert tried(search("bayesian", trials=2), tiny(C=5000.0))[0].arguments == {"C": 5000.0}


def test_every_trial_has_a_score_and_a_loss_for_each_fold():
    found = tried(search())
    assert all(len(trial.scores) == len(trial.losses) == len(trial.rounds) == 2 for trial in found)
    assert all(0.5 < score <= 1 for trial in found for score in trial.scores)
    assert all(trial.rounds == [None, None] for trial in found)
    assert found[0].score == sum(found[0].scores) / 2


def test_a_folds_valid_rows_do_not_reach_its_training():
    labels = EXAMPLES.labels.copy()
    labels[45:] = 1 - labels[45:]
    other = Dataset(EXAMPLES.features, labels, EXAMPLES.context)
    found = tried(search("none"), validation=contested(other))
    same = tried(search("none"))
    assert found[0].scores[0] == same[0].scores[0]
    assert found[0].scores[1] == pytest.approx(1 - same[0].scores[1], abs=1e-5)


def test_boosting_reports_its_rounds():
    form = Form(
        target="lightgbm.LGBMClassifier",
        arguments={"n_estimators": 20, "verbose": -1, "min_child_samples": 3},
        stopping=Stopping(rounds=2, argument="n_estimators"),
    )
    assert all(1 <= rounds <= 20 for rounds in tried(search("none"), form)[0].rounds)


def test_every_trial_is_watched():
    seen = []
    found = tried(search(trials=3), watch=lambda number, trial: seen.append((number, trial)))
    assert seen == list(enumerate(found))


def test_too_slow_a_search_stops_with_an_error():
    with pytest.raises(WrongValue) as caught:
        tried(search(trials=3, minutes=0.0))
    assert str(caught.value) == (
        "error: tiny: 1 of 3 trials took all of 0 minutes\n"
        "where: conf/search/, key abort_minutes\n"
        "next:  ask for fewer trials: or values: in conf/search/, or for more abort_minutes:"
    )


def test_finalists_count_among_the_trials_that_must_be_in_time():
    with pytest.raises(WrongValue, match="1 of 6 trials took all of 0 minutes"):
        tried(replace(FINALS, abort_minutes=0.0))


def test_a_search_that_ends_late_but_whole_is_no_error():
    assert len(tried(search(trials=1, minutes=0.0))) == 1


@pytest.mark.parametrize(
    "dimension",
    [Dimension(low=1.0), Dimension(low=2.0, high=1.0), Dimension(low=0.0, high=1.0, log=True), Dimension()],
)
def test_a_range_that_cannot_be_searched(dimension):
    with pytest.raises(WrongValue, match="cannot be searched"):
        tried(search(), tiny(space={"C": dimension}))


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Dimension(low=0.0, high=1.0), [0.0, 0.5, 1.0]),
        (Dimension(low=0.01, high=100.0, log=True), [0.01, 1.0, 100.0]),
        (Dimension(low=1, high=9, integer=True, steps=5), [1, 3, 5, 7, 9]),
        (Dimension(low=1, high=2, integer=True, steps=3), [1, 2]),
        (Dimension(choices=("a", None)), ["a", None]),
    ],
)
def test_grid_values(dimension, values):
    assert grid_values(dimension) == values


def test_digits_keeps_six():
    assert round_digits(0.123456789) == 0.123457
    assert round_digits(1234567.0) == 1234570.0


def trial(*scores, rows=40, **arguments):
    unknown = [None] * len(scores)
    return Trial(arguments=arguments, scores=list(scores), losses=[0.5] * len(scores), rounds=unknown, rows=rows)


def test_best_follows_the_metrics_direction_and_takes_the_earliest_of_equals():
    trials = [trial(0.2, 0.4), trial(0.5, 0.3), trial(0.3, 0.5), trial(0.1, 0.1)]
    assert rank_trials(trials, AUC)[0] == 1
    assert rank_trials(trials, SURPRISE)[0] == 3


@pytest.mark.parametrize("metric", [AUC, SURPRISE])
def test_a_trial_without_a_score_is_worse_than_any(metric):
    nothing = float("nan")
    assert rank_trials([trial(nothing, 0.9), trial(0.5, 0.3), trial(0.9, nothing)], metric)[0] == 1
    assert rank_trials([trial(nothing), trial(nothing)], metric)[0] == 0


def test_finalists_alone_compete():
    trials = [
        trial(0.9),
        replace(trial(0.5), final=True),
        trial(0.8),
        *(replace(trial(one), final=True) for one in (0.7, 0.6)),
    ]
    assert rank_trials(trials, AUC) == [3, 4, 1]
    assert rank_trials(trials, SURPRISE) == [1, 4, 3]


def test_as_table_has_one_row_per_trial():
    found = tabulate_trials([trial(0.2, 0.4), trial(0.5, 0.3, C=1.0)], ["C"], "roc_auc", "log_loss")
    assert list(found) == [
        "trial", "rows", "final", "roc_auc", "log_loss", "C", "roc_auc_0", "log_loss_0", "roc_auc_1", "log_loss_1"
    ]  # fmt: skip
    assert found["rows"].tolist() == [40, 40]
    assert found["roc_auc"].tolist() == [pytest.approx(0.3), 0.4]
    assert found["C"].fillna(-1).tolist() == [-1, 1.0]


CLUSTERS = Form(
    target="sklearn.cluster.KMeans",
    arguments={"n_clusters": 1, "n_init": 1},
    space={"n_clusters": Dimension(low=1, high=3, integer=True)},
)


@pytest.fixture
def silhouette(monkeypatch):
    """A metric that has nothing to say of one cluster alone."""
    seen = []

    def planted(truth, clusters, *, sample_weight=None):
        seen.append(truth.shape)
        return float(len(np.unique(clusters)))

    planted.__module__ = "lifecycle.evaluation.metrics.probabilistic"
    monkeypatch.setattr("lifecycle.evaluation.metrics.probabilistic.planted", planted, raising=False)
    metric = Metric(
        target="lifecycle.evaluation.metrics.probabilistic.planted",
        tasks=("clustering",),
        needs="cluster",
        better="higher",
        description="",
    )
    return metric, seen


@pytest.mark.parametrize("kind", list(SAMPLERS))
def test_arguments_that_give_no_score_are_passed_over_and_the_search_goes_on(kind, silhouette):
    metric, seen = silhouette
    validation = CrossValidation(EXAMPLES, FOLDS, ("planted", metric), ("planted", metric))
    one = Candidate("groups", CLUSTERS, NONE, Plan(task="clustering", classes=0))
    found = tune_candidate(one, validation, search(kind, trials=6), 1, lambda *_: None)
    assert len(found) == {"grid": 4, "none": 1}.get(kind, 6)
    for done in found:
        assert np.isnan(done.scores).tolist() == [done.arguments["n_clusters"] == 1] * 2
    assert kind == "none" or rank_trials(found, metric)[0] > 0
    assert set(seen) <= {(15, 2)}


def test_numbers_are_searched_by_their_own_metric():
    numbers = Dataset(EXAMPLES.features, EXAMPLES.features["y"].to_numpy() * 2, EXAMPLES.context)
    error = Metric(
        target="sklearn.metrics.mean_squared_error",
        tasks=("regression",),
        needs="number",
        better="lower",
        description="",
    )
    form = Form(target="sklearn.linear_model.Ridge", space={"alpha": Dimension(low=0.01, high=1e6, log=True)})
    validation = CrossValidation(numbers, FOLDS, ("mse", error), ("mse", error))
    one = Candidate("ridge", form, NONE, Plan(task="regression", classes=0))
    found = tune_candidate(one, validation, search(trials=3), 1, lambda *_: None)
    assert [done.scores for done in found] == [done.losses for done in found]
    assert found[0].scores[0] < 1


def test_the_steps_around_an_estimator_are_those_of_the_plan():
    reduce = (Call(target="sklearn.feature_selection.VarianceThreshold"),)
    one = Candidate("tiny", tiny(), NONE, Plan(reduce=reduce))
    made = one.recipe({"C": 3.0})
    assert (made.option, made.plan.reduce, made.estimator.arguments) == ("tiny", reduce, {"C": 3.0})
    assert len(tune_candidate(one, contested(), search("none"), 1, lambda *_: None)[0].scores) == 2


def test_every_task_has_a_loss():
    assert set(LOSS) == set(get_args(Task))


def test_a_fold_of_one_class_is_named_before_anything_is_fitted():
    labels = (ROWS < 30).astype(np.int64)
    with pytest.raises(UnfitTable) as caught:
        tried(search(), validation=contested(Dataset(EXAMPLES.features, labels, EXAMPLES.context)))
    assert str(caught.value) == (
        "error: all 30 train rows of fold 1 of 2 have one class: nothing can be learned or judged there\n"
        "where: data/split.parquet, columns fold_1 and following\n"
        "next:  fewer folds: in conf/split/, or collect more rows"
    )


def test_rows_drawn_without_the_rare_class_are_told_with_the_number_that_has_it():
    labels = np.isin(ROWS, [3, 44, 50]).astype(np.int64)
    with pytest.raises(UnfitTable) as caught:
        tried(search(rows=2), validation=contested(Dataset(EXAMPLES.features, labels, EXAMPLES.context)))
    assert caught.value.what == (
        "all 2 train rows of fold 1 of 2 have one class: nothing can be learned or judged there; 2 were drawn from 30"
    )
    assert caught.value.todo == "rows: 30 in conf/search/"


def test_an_error_in_one_fold_is_the_candidates_own(monkeypatch):
    monkeypatch.setattr(local, "processors", lambda: 2)
    with pytest.raises(WrongValue, match="rejects its arguments"):
        tried(search("none"), tiny(C=-1.0))
