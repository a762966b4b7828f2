"""Selection among what tune wrote: families without a form stand aside, no score is the worst."""

import json
from dataclasses import asdict

import pytest

from lifecycle import paths
from lifecycle.data.problem import Budget, Decision, Kpi, Minimum, Problem
from lifecycle.errors import WrongValue
from lifecycle.evaluation.metric import Metric
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.ensemble_selection import Ensemble
from lifecycle.modeling.pipeline import Inputs, Recipe
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


@pytest.fixture(autouse=True)
def _written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tuned("ridge", [1.0, 2.0])
    tuned("mean", [4.0, 6.0])
    tuned("lost", [0.5, float("nan")])
    write_json(paths.TUNE / "kmeans" / "best.json", {"recipe": None, "rank": 1})


def tuned(name, folds, unjudged=()):
    result = TuningResult(
        recipe=recipe(name),
        rank=2,
        rows=100,
        features=5,
        finalists={},
        score=FoldScores(metric="mse", mean=None, folds=tuple(folds)),
        loss=FoldValues(metric="mse", folds=tuple(folds)),
        rounds=(),
        valid_to_train=(0.5, 0.5),
        unjudged=tuple(unjudged),
    )
    write_json(paths.TUNE / name / "best.json", asdict(result))


def recipe(name):
    return Recipe(option=name, estimator=Call(target="a.b"), inputs=Inputs(numeric=(), categorical=()))


def selected(*candidates):
    run(
        Config(
            problem=PROBLEM,
            selection=Selection(prefer="best", level=0.95),
            ensemble=NONE,
            metric={"mse": ERROR},
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
