"""The problem definition: rejected where it contradicts the schema, the metrics or itself."""

import dataclasses
from typing import Any

import pytest

from lifecycle.data.problem import (
    Budget,
    Costs,
    Decision,
    Kpi,
    Minimum,
    PredictionTime,
    Problem,
    Task,
    validate_problem,
)
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import UnknownName, WrongValue

SCHEMA = Schema(
    columns={
        "sent": Column(type="time", role="prediction_time", description=""),
        "late": Column(type="boolean", role="target", description=""),
        "shop": Column(type="category", role="feature", description=""),
        "kind": Column(type="category", role="context", description="", categories=("a", "b")),
        "price": Column(type="number", role="feature", description=""),
        "pieces": Column(type="integer", role="feature", description=""),
    },
    tables={},
)
METRICS = {"brier", "roc_auc"}
PROBLEM = Problem(
    question="Will the parcel be late?",
    decision=Decision(who="the shop", how="tells the customer"),
    unit="one parcel",
    task="binary",
    target="late",
    positive="arrives late",
    split="by_time",
    prediction_time=PredictionTime(description="when sent", column="sent"),
    block="shop",
    score="roc_auc",
    costs=Costs(false_positive=1.0, false_negative=0.0),
    kpis=(Kpi(metric="brier", floor=0.2, why="more than guessing"),),
    minimum=Minimum(rows=1, positives=1, interval=0.1),
    budget=Budget(minutes=1.0, memory_gib=1.0, disk_gib=1.0),
    slices=("shop",),
)


def test_a_problem_that_fits_passes() -> None:
    validate_problem(PROBLEM, SCHEMA, METRICS)


@pytest.mark.parametrize(
    ("task", "target"),
    [("multiclass", "kind"), ("regression", "price"), ("regression", "pieces"), ("clustering", None)],
)
def test_other_tasks_ask_for_other_targets_and_need_no_costs_moment_block_or_slices(
    task: Task, target: str | None
) -> None:
    asked = dataclasses.replace(
        PROBLEM, task=task, target=target, costs=None, prediction_time=None, block=None, slices=()
    )
    validate_problem(asked, SCHEMA, METRICS)


def test_a_target_that_the_schema_has_not_has_the_nearest_suggested() -> None:
    with pytest.raises(UnknownName, match="the target 'latte' is not a column of the schema") as caught:
        validate_problem(dataclasses.replace(PROBLEM, target="latte"), SCHEMA, METRICS)
    assert caught.value.todo == "use 'late'"


def test_a_type_that_fits_another_task_has_that_task_suggested() -> None:
    with pytest.raises(WrongValue) as caught:
        validate_problem(dataclasses.replace(PROBLEM, target="price"), SCHEMA, METRICS)
    assert caught.value.todo == "use one of regression"


@pytest.mark.parametrize(
    ("change", "key", "what"),
    [
        ({"target": None}, "target", "None is no target for binary"),
        ({"task": "clustering"}, "target", "'late' is no target for clustering"),
        ({"target": "shop"}, "task", "shop is of type category, no target for binary"),
        ({"task": "multiclass"}, "task", "late is of type boolean, no target for multiclass"),
        ({"task": "regression"}, "task", "late is of type boolean, no target for regression"),
        ({"task": "regression", "target": "sent"}, "task", "sent is of type time, no target for regression"),
        ({"task": "multiclass", "target": "shop"}, "target", "shop lists no categories in the schema"),
        (
            {"prediction_time": PredictionTime(description="", column="then")},
            "prediction_time.column",
            "'then' is not a column",
        ),
        ({"block": "day"}, "block", "'day' is not a column"),
        ({"slices": ("shop", "size")}, "slices.1", "'size' is not a column"),
        ({"score": "auc"}, "score", "there is no metric 'auc' for binary"),
        ({"kpis": (Kpi(metric="f9", floor=0.0, why=""),)}, "kpis.0", "there is no metric 'f9'"),
        ({"kpis": ()}, "kpis", "there is no KPI"),
        ({"costs": None}, "costs", "costs are missing, negative or all zero"),
        ({"costs": Costs(false_positive=0.0, false_negative=0.0)}, "costs", "costs are missing, negative or all zero"),
        ({"costs": Costs(false_positive=2.0, false_negative=-1.0)}, "costs", "costs are missing, negative or all zero"),
    ],
)
def test_a_contradiction_is_rejected_with_its_key(change: dict[str, Any], key: str, what: str) -> None:
    with pytest.raises(WrongValue) as caught:
        validate_problem(dataclasses.replace(PROBLEM, **change), SCHEMA, METRICS)
    assert caught.value.what.startswith(f"{key}: {what}")
    assert caught.value.where == f"conf/problem/, key {key}"
    assert len(str(caught.value).splitlines()) == 3
