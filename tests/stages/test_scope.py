"""What scope stops for: folds that cannot judge, and errors of the quick model, each with the file of its key."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Budget
from lifecycle.data.schema import Column, Schema
from lifecycle.data.splits import Fold
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.modeling.feasibility import CostEstimate, DataCheck, Probe
from lifecycle.modeling.pipeline import Form, Model, Plan
from lifecycle.modeling.tuning import Search
from lifecycle.stages import scope

SCHEMA = Schema(
    columns={
        "row": Column(type="text", role="id", description=""),
        "fraud": Column(type="boolean", role="target", description=""),
    },
    tables={},
)
CONFIG = cast("Any", SimpleNamespace(schema=SCHEMA, problem=SimpleNamespace(target="fraud", split="stratified")))


def take_turns(rows: int, folds: int) -> list[Fold]:
    """Folds in which each row judges once, one row after the other."""
    places = np.arange(rows)
    return [(places[places % folds != one], places[places % folds == one]) for one in range(folds)]


def check(labels: list[int], folds: list[Fold]) -> None:
    features = pd.DataFrame({"x": np.zeros(len(labels))})
    scope.must_make_folds(CONFIG, Dataset(features, np.array(labels), features), Plan(), folds)


def test_few_positives_are_held_against_the_folds_with_the_number_that_they_make() -> None:
    with pytest.raises(UnfitTable) as caught:
        check([1, 1, 0, 0, 0, 0], take_turns(6, 3))
    assert str(caught.value) == (
        "error: 2 positives do not make 3 folds with at least 1 each\n"
        "where: data/table.parquet, column fraud, the 6 rows of the train part\n"
        "next:  folds: 2 in conf/split/stratified.yaml, or collect more rows"
    )


def test_one_positive_makes_no_folds_at_all() -> None:
    with pytest.raises(UnfitTable, match="1 positives do not make 2 folds") as caught:
        check([1, 0, 0, 0], take_turns(4, 2))
    assert caught.value.todo == "collect more of them"


def test_a_fold_of_one_class_is_told_by_its_number() -> None:
    with pytest.raises(UnfitTable) as caught:
        check([1, 0, 1, 0, 1, 0], take_turns(6, 2))
    assert caught.value.what == "all 3 train rows of fold 1 of 2 have one class; 3 of all 6 train rows have another"
    assert caught.value.todo == "fewer folds: in conf/split/stratified.yaml, or collect more rows"


def test_folds_with_both_classes_pass() -> None:
    check([1, 1, 0, 0, 1, 1, 0, 0], take_turns(8, 2))


def test_an_error_of_the_quick_model_names_the_file_that_is_there() -> None:
    with pytest.raises(WrongValue) as caught, scope.naming_feasibility():
        raise WrongValue("quick cannot learn", where="conf/model/quick.yaml, key C", todo="correct it")
    assert caught.value.where == "conf/feasibility/quick.yaml, key C"


def planned(minutes: tuple[float, float], candidates: tuple[str, ...] = ("linear", "kmeans", "more")) -> list[str]:
    """What runs of few minutes would try, of two candidates for classes and one for clusters."""
    plain = Form(target="sklearn.linear_model.LogisticRegression")
    models = {name: Model(option=name, rank=1, inputs="scaled", classes=plain) for name in ("linear", "more")}
    models["kmeans"] = Model(option="kmeans", rank=1, inputs="scaled", clusters=plain)
    search = Search(
        option="none", sampler=None, trials=1, rows=10, values=10, finalists=0, final_values=10, abort_minutes=1.0
    )
    config = SimpleNamespace(
        model=models,
        candidates=candidates,
        search=search,
        metric={"roc_auc": None},
        problem=SimpleNamespace(score="roc_auc", task="binary"),
    )
    features = pd.DataFrame({"x": np.zeros(6)})
    train = Dataset(features, np.array([0, 1] * 3), features)
    probe = Probe(rows=6, valid_rows=1, prepare=1.0, fit=1.0, predict=1.0)
    return scope.plan_runs(cast("Any", config), train, take_turns(6, 2), probe, minutes)


def test_runs_of_few_minutes_share_what_the_full_one_takes() -> None:
    assert planned((3.5, 0.5)) == [
        "within 1 min: no candidate; all else takes about 0.5 min",
        "within 2 min: 1 of 2 candidates (linear) with the whole search; about 2.0 min",
        "within 5 min: all 2 candidates with the whole search; about 3.5 min",
        "within 20 min: all 2 candidates with the whole search; about 3.5 min",
    ]


def test_no_candidate_for_the_task_leaves_nothing_to_plan() -> None:
    assert planned((3.5, 0.5), candidates=("kmeans",)) == []


def test_the_cost_is_said_with_the_verdict_and_what_is_over_budget() -> None:
    problem = cast("Any", SimpleNamespace(budget=Budget(minutes=1.0, memory_gib=1.0, disk_gib=1.0)))
    checks = [DataCheck("train rows", 5, 10, False)]
    assert scope.describe_cost(CostEstimate(2.2, 0.5, 3.0), checks, problem) == (
        "NOT enough data; a full run will take about 2 min, 0.5 GiB of memory, 3.0 GiB of disk "
        "(over budget: minutes, disk_gib)"
    )
