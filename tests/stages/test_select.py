"""Selection among what tune wrote: families without a form stand aside, no score is the worst."""

import json
from dataclasses import asdict, replace

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.data.problem import Budget, Decision, Kpi, Minimum, Problem
from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.evaluation.metric import Metric
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import write_table
from lifecycle.modeling.calibration import Calibration
from lifecycle.modeling.ensemble_selection import Ensemble
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, Winner
from lifecycle.modeling.selection import Selection
from lifecycle.modeling.tuning import FoldScores, FoldValues, TuningResult
from lifecycle.options import Call
from lifecycle.stages.select import Config, run

ERROR = Metric(target="sklearn.metrics.mean_squared_error", tasks=("regression",), needs="number", better="lower",
               description="")  # fmt: skip
PROBLEM = Problem(
    question="How long?",
    decision=Decision(who="a", how="b"),
    unit="one parcel",
    task="regression",
    target="days",
    split="random",
    score="mse",
    kpis=(Kpi(metric="mse", floor=1.0, why="x"),),
    minimum=Minimum(rows=1),
    budget=Budget(minutes=1.0, memory_gib=1.0, disk_gib=1.0),
)
NONE = Ensemble(option="none", members=1, steps=0, values=0)
MODULE = "lifecycle.modeling.estimators.calibrated"
CALIBRATION = Calibration(
    option="out_of_fold",
    binary=Call(target=f"{MODULE}.fit_beta"),
    multiclass=Call(target=f"{MODULE}.fit_temperature"),
    gain=0.005,
)
GREEDY = Ensemble(option="greedy", members=6, steps=20, values=10_000)


@pytest.fixture(autouse=True)
def _written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tuned("ridge", [1.0, 2.0])
    tuned("mean", [4.0, 6.0])
    tuned("lost", [0.5, float("nan")])
    write_json(paths.TUNE / "kmeans" / "best.json", {"recipe": None, "rank": 1})


def tuned(name, folds, unjudged=(), finalists=(), rank=2):
    result = TuningResult(
        recipe=recipe(name),
        rank=rank,
        rows=100,
        features=5,
        finalists={str(number): recipe(f"{name} {number}") for number in finalists},
        score=FoldScores(metric="mse", mean=None, folds=tuple(folds)),
        loss=FoldValues(metric="mse", folds=tuple(folds)),
        rounds=(),
        valid_to_train=(0.5, 0.5),
        unjudged=tuple(unjudged),
    )
    write_json(paths.TUNE / name / "best.json", asdict(result))


def recipe(name):
    plan = Plan(task="regression", classes=0)
    return Recipe(option=name, estimator=Call(target="a.b"), inputs=Inputs(numeric=(), categorical=()), plan=plan)


def selected(*candidates, ensemble=NONE, prefer="best", problem=PROBLEM, metric=ERROR):
    run(
        Config(
            problem=problem,
            selection=Selection(prefer=prefer, level=0.95),
            ensemble=ensemble,
            calibration=CALIBRATION,
            metric={problem.score: metric},
            candidates=candidates,
        )
    )
    return read_json(paths.SELECTION)


def test_the_lowest_error_wins_and_is_told_as_it_is():
    found = selected("mean", "ridge")
    assert found["winner"] == "ridge"
    assert [(one["option"], one["score"]) for one in found["candidates"]] == [("ridge", 1.5), ("mean", 5.0)]
    assert read_json(paths.WINNER) == {"candidate": "ridge", "recipe": json.loads(json.dumps(asdict(recipe("ridge"))))}
    assert "| **ridge** | 2 | 1.5000 | 0.0000 |" in paths.SELECTION_PAGE.read_text(encoding="utf-8")


def test_a_family_without_a_form_for_the_task_stands_aside():
    found = selected("kmeans", "mean")
    assert (found["winner"], found["not_for_this_task"]) == ("mean", ["kmeans"])


def test_a_candidate_without_a_score_on_some_fold_is_the_worst():
    assert [one["option"] for one in selected("lost", "mean", "ridge")["candidates"]] == ["ridge", "mean", "lost"]


def test_candidates_are_compared_on_the_folds_that_judge_all_of_them():
    tuned("continued", [1.5], unjudged=[0])
    found = selected("ridge", "mean", "continued")
    assert found["folds"] == [1]
    assert [(one["option"], one["score"]) for one in found["candidates"]] == [
        ("continued", 1.5),
        ("ridge", 2.0),
        ("mean", 6.0),
    ]
    assert selected("ridge", "mean")["folds"] == [0, 1]


def test_candidates_that_no_fold_judges_together_are_rejected():
    tuned("one", [1.5], unjudged=[0])
    tuned("other", [1.5], unjudged=[1])
    with pytest.raises(WrongValue, match=r"no fold judges all of the candidates one, other"):
        selected("one", "other")


def test_what_earlier_candidates_left_is_removed():
    selected("ridge")
    assert [path.name for path in paths.TUNE.iterdir()] == ["ridge"]


def test_no_candidate_for_the_task_is_rejected():
    with pytest.raises(WrongValue) as caught:
        selected("kmeans")
    assert caught.value.what == "none of the candidates kmeans has a form for regression"
    assert caught.value.where == "params.yaml, key candidates"


def predicted(name, truth=(0.5, -0.5, 0.5, -0.5), **trials):
    """Out-of-fold predictions of two folds of two rows; those of a trial by its number, as t3.

    The mean squared error of one number for all is its square and a quarter.
    """
    table = pd.DataFrame({"fold": [0, 0, 1, 1], "truth": truth})
    columns = {number.removeprefix("t"): values for number, values in trials.items()}
    write_table(paths.OUT_OF_FOLD / f"{name}.parquet", table.assign(**columns))


@pytest.fixture
def averaged():
    """Two candidates that err to either side: one by 1, the other by 3, or in its other trial by 6."""
    tuned("over", [1.0, 1.0], finalists=[4, 7])
    tuned("under", [9.0, 9.0], finalists=[2], rank=5)
    predicted("over", t4=[1.0] * 4, t7=[6.0] * 4)
    predicted("under", t2=[-3.0] * 4)


def test_an_ensemble_of_finalists_wins_where_their_average_is_better(averaged):
    found = selected("over", "under", ensemble=GREEDY)
    assert found["winner"] == "ensemble"
    assert found["ensemble"] == {"over 4": 0.75, "under 2": 0.25}
    assert found["no_ensemble"] == ""
    assert [(one["option"], one["rank"], one["score"]) for one in found["candidates"]] == [
        ("ensemble", 6, 0.25),
        ("over", 2, 1.0),
        ("under", 5, 9.0),
    ]
    winner = from_record(Winner, read_json(paths.WINNER))
    assert (winner.candidate, winner.recipe.option) == ("ensemble", "ensemble")
    assert [(one.recipe, one.weight) for one in winner.recipe.members] == [
        (recipe("over 4"), 0.75),
        (recipe("under 2"), 0.25),
    ]


def test_the_page_names_the_members_the_heaviest_first(averaged):
    selected("over", "under", ensemble=GREEDY)
    page = paths.SELECTION_PAGE.read_text(encoding="utf-8")
    assert "| **ensemble** | 6 | 0.2500 | 0.0000 |" in page
    assert page.index("| over 4 | 75% |") < page.index("| under 2 | 25% |")
    assert "There is no ensemble" not in page


def test_a_single_candidate_within_the_noise_is_simpler_than_an_ensemble(averaged):
    tuned("over", [1.0, 3.0], finalists=[4, 7])
    assert selected("over", "under", ensemble=GREEDY, prefer="simplest")["winner"] == "over"


def test_an_ensemble_must_be_better_on_folds_that_did_not_choose_it(averaged):
    predicted("over", t4=[1.0, 1.0, 0.0, 0.0], t7=[6.0] * 4)
    predicted("under", t2=[-3.0, -3.0, -1.0, -1.0])
    found = selected("over", "under", ensemble=GREEDY)
    # The second fold alone chooses `over 4`, off by 1 on the first; the first three quarters of it and a quarter of
    # `under 2`, off by a quarter on the second, where `over 4` alone is not off. Together that is 1/16 / 2 worse.
    assert found["no_ensemble"] == "on held-out folds, averaging is 0.0312 worse than the best alone"
    assert (found["winner"], found["ensemble"], found["ensemble_gain"]) == ("over", {}, None)


def test_an_ensembles_gain_is_that_over_the_best_that_the_other_folds_choose(averaged):
    found = selected("over", "under", ensemble=GREEDY)
    assert found["ensemble_gain"] == 1.0  # mean squared errors of 1.25 and 0.25
    assert "mse is better by 1.0000 than that of the best recipe alone" in paths.SELECTION_PAGE.read_text("utf-8")


def test_an_ensemble_competes_on_the_folds_that_judge_all_candidates(averaged):
    predicted("over", t4=[1.0, 1.0, 2.0, 0.0], t7=[6.0] * 4)
    predicted("under", t2=[-3.0, -3.0, -4.0, -2.0])  # three quarters to one make the truth of the second fold
    tuned("continued", [5.0], unjudged=[0])
    write_table(paths.OUT_OF_FOLD / "continued.parquet", pd.DataFrame())
    found = selected("over", "under", "continued", ensemble=GREEDY)
    assert found["folds"] == [1]
    assert {one["option"]: one["score"] for one in found["candidates"]}["ensemble"] == 0.0


@pytest.mark.parametrize(
    ("ensemble", "told"),
    [
        (NONE, "conf/ensemble/none.yaml asks for none"),
        (
            replace(GREEDY, values=999),
            "two members would learn from 1,000 values (100 rows of 5 features each), above values: 999 in "
            "conf/ensemble/greedy.yaml",
        ),
        (replace(GREEDY, steps=1), "no average of recipes scores better than over 4 alone"),
    ],
)
def test_why_there_is_no_ensemble_is_said(averaged, ensemble, told):
    found = selected("over", "under", ensemble=ensemble)
    assert (found["winner"], found["ensemble"], found["no_ensemble"]) == ("over", {}, told)
    assert f"There is no ensemble: {told}." in paths.SELECTION_PAGE.read_text(encoding="utf-8")


def test_the_budget_leaves_room_for_two_members_at_least(averaged):
    predicted("over", t4=[1.0] * 4, t7=[-0.5] * 4)
    found = selected("over", "under", ensemble=replace(GREEDY, values=1_000))
    assert found["ensemble"] == {"over 4": 0.333333, "over 7": 0.666667}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame({"fold": [0, 1], "truth": [0.0, 0.0], "4": [1.0, 1.0]}),
        pd.DataFrame({"fold": [0, 0], "truth": [0.0, 0.0], "4": [1.0, 1.0], "7": [-1.0, -1.0]}),
    ],
    ids=["none", "one recipe", "one fold"],
)
def test_two_recipes_with_predictions_of_two_folds_are_needed(averaged, table):
    write_table(paths.OUT_OF_FOLD / "over.parquet", table)
    found = selected("over", ensemble=GREEDY)
    assert found["no_ensemble"] == "no two recipes have predictions to be averaged"


def test_predictions_of_other_rows_stop_the_stage(averaged):
    predicted("under", truth=(0.5, -0.5, 0.5, 0.5), t2=[-3.0] * 4)
    with pytest.raises(CorruptFile, match="under was judged by other rows than over"):
        selected("over", "under", ensemble=GREEDY)


def test_a_removed_candidates_predictions_are_removed(averaged):
    selected("over", ensemble=GREEDY)
    assert [path.name for path in paths.OUT_OF_FOLD.iterdir()] == ["over.parquet"]


CLASSES = replace(PROBLEM, task="binary", score="log_loss", kpis=(Kpi(metric="log_loss", floor=1.0, why="x"),))
LOG_LOSS = Metric(target="sklearn.metrics.log_loss", tasks=("binary",), needs="probability", better="lower",
                  description="")  # fmt: skip


def judge(name, *shares):
    """Write a candidate's predictions and labels of two folds.

    Each has 200 rows of every probability, of which a share is positive.
    """
    rows = [(p, float(place < share * 200)) for p, share in shares for place in range(200)]
    table = pd.DataFrame(rows * 2, columns=["7", "truth"])
    tuned(name, [1.0, 1.0], finalists=[7])
    result = read_json(paths.TUNE / name / "best.json")
    write_json(paths.TUNE / name / "best.json", result | {"recipe": result["finalists"]["7"]})
    write_table(
        paths.OUT_OF_FOLD / f"{name}.parquet",
        table.assign(fold=[0] * len(rows) + [1] * len(rows))[["fold", "truth", "7"]],
    )


def test_probabilities_that_are_too_sure_are_corrected_out_of_fold():
    judge("sure", (0.02, 0.2), (0.5, 0.5), (0.98, 0.8))
    found = selected("sure", problem=CLASSES, metric=LOG_LOSS)["calibration"]
    assert found["kept"]
    assert found["method"] == "BetaCalibrated"
    assert 0 < found["low"] < found["before"] - found["after"] < found["high"]
    call = from_record(Winner, read_json(paths.WINNER)).recipe.calibration
    assert call is not None
    assert call.target == f"{MODULE}.BetaCalibrated"
    assert 0.0 < call.arguments["a"] < 0.6  # 0.02 and 0.98 stand for 0.2 and 0.8
    assert "The winner's probabilities are corrected (BetaCalibrated)" in paths.SELECTION_PAGE.read_text("utf-8")


def test_probabilities_that_come_true_stay_as_they_are():
    judge("fair", (0.1, 0.1), (0.5, 0.5), (0.9, 0.9))
    assert not selected("fair", problem=CLASSES, metric=LOG_LOSS)["calibration"]["kept"]
    assert from_record(Winner, read_json(paths.WINNER)).recipe.calibration is None
    assert "The winner's probabilities stay as they are" in paths.SELECTION_PAGE.read_text("utf-8")


def test_numbers_have_no_probabilities_to_be_corrected(averaged):
    assert selected("over", "under")["calibration"] is None
