"""The problem as conf/problem/ holds it: question, decision, KPI, minimum, budget, slices."""

import math
from collections.abc import Mapping
from typing import Any

from lifecycle.data.problem import Task
from lifecycle.onboarding.infer.commented_yaml import Commented
from lifecycle.onboarding.infer.decide import ProblemInference
from lifecycle.reporting.text import shorten_text

EDIT = "edit: "
SCORES: Mapping[Task, tuple[str, str]] = {
    "binary": ("roc_auc", "ranks rows by probability, independent of class rate and threshold"),
    "multiclass": ("roc_auc_ovr", "ranks each class against the rest, independent of class rates"),
    "regression": ("rmse", "in the target's unit, with more weight on large errors"),
    "clustering": ("silhouette", "how much closer a row is to its own cluster than to the next"),
}
MOST_SLICES = 3


def build_problem(problem: ProblemInference) -> dict[str, Any]:
    """The keys of conf/problem/, each with its reason."""
    score, why = SCORES[problem.task]
    content: dict[str, Any] = {
        "question": Commented(phrase_question(problem), f"{EDIT}state the question and the prediction time"),
        "decision": {
            "who": Commented(
                f"the team that acts on {problem.request.name}", f"{EDIT}the person who decides with the prediction"
            ),
            "how": Commented(phrase_action(problem), f"{EDIT}the action that the prediction changes"),
        },
        "unit": Commented(f"one row of {problem.request.name}", f"{EDIT}what a row is"),
        "task": Commented(problem.task, problem.task_why),
        "target": Commented(
            problem.request.target, "as requested" if problem.request.target else "clustering has none"
        ),
    }
    if problem.task == "binary" and problem.target:
        positive = f"{problem.target.name} is {shorten_text(problem.target.positive[0])}"
        content["positive"] = Commented(positive, problem.target.positive_why)
    content["split"] = Commented(problem.split, f"{problem.split_why}; an option of conf/split/")
    content |= build_prediction_time(problem) | build_block(problem)
    content["score"] = Commented(score, why)
    if problem.task == "binary":
        content["costs"] = Commented(build_costs(), f"{EDIT}the cost of each error, in any one unit; equal until known")
    content["kpis"] = Commented([build_kpi(problem, score)], "what the model must reach on the test part")
    return content | build_bounds(problem)


def phrase_question(problem: ProblemInference) -> str:
    """The question in one sentence, from the names."""
    name, target = problem.request.name, problem.target
    if target is None:
        return f"Which rows of {name} are similar?"
    label = shorten_text(target.name)
    if target.task == "binary":
        return f"Will {label} be {shorten_text(target.positive[0])} for this row of {name}?"
    if target.task == "multiclass":
        return f"Which {label} has this row of {name}?"
    return f"How large will {label} be for this row of {name}?"


def phrase_action(problem: ProblemInference) -> str:
    """A possible action on the prediction."""
    return {
        "binary": "attend first to the rows predicted positive",
        "multiclass": "treat each row according to its class",
        "regression": "plan with the predicted amount",
        "clustering": "treat the rows of one cluster alike",
    }[problem.task]


def build_prediction_time(problem: ProblemInference) -> dict[str, Any]:
    """The prediction time, if rows have a time."""
    time = problem.find_column("time")
    if time is None:
        return {}
    entry = {"description": Commented(f"at {shorten_text(time)}", f"{EDIT}when the prediction is made"), "column": time}
    return {"prediction_time": Commented(entry, "a column known only later must have role: forbidden in conf/schema/")}


def build_block(problem: ProblemInference) -> dict[str, Any]:
    """The column for the block bootstrap: rows with an equal value are correlated."""
    day = next((column.name for column in problem.columns if column.type == "day"), None)
    group = problem.find_column("group")
    if group:
        return {"block": Commented(group, "rows of one group are correlated: intervals use a group-block bootstrap")}
    if day:
        return {"block": Commented(day, "rows of one day are correlated: intervals use a day-block bootstrap")}
    return {"block": Commented(None, "no group and no day: rows are independent")}


def build_costs() -> dict[str, Any]:
    """Equal costs of both kinds of error."""
    return {
        "false_positive": Commented(1.0, "predicted positive, but is negative"),
        "false_negative": Commented(1.0, "predicted negative, but is positive"),
    }


def build_kpi(problem: ProblemInference, score: str) -> dict[str, Any]:
    """The KPI with the trivial baseline's value as its floor."""
    floor, why = {
        "binary": (0.5, "predicting the same probability for every row reaches 0.5"),
        "multiclass": (0.5, "predicting the same probabilities for every row reaches 0.5"),
        "regression": (
            compute_standard_deviation(problem),
            f"predicting the mean for every row has this error: the standard deviation of {name_target(problem)}",
        ),
        "clustering": (0.0, "overlapping clusters reach 0"),
    }[problem.task]
    better = "lower it" if problem.task == "regression" else "raise it"
    return {
        "metric": score,
        "floor": Commented(floor, f"{EDIT}the trivial baseline's value; {better} to what makes the model useful"),
        "why": why,
    }


def name_target(problem: ProblemInference) -> str:
    """The target's name in one line."""
    return shorten_text(problem.request.target)


def compute_standard_deviation(problem: ProblemInference) -> float:
    """The standard deviation of a number's labels, rounded up to three digits."""
    if problem.target is None or problem.task != "regression":
        return 0.0
    deviation = float(problem.target.coded().std())
    if not math.isfinite(deviation) or deviation <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(deviation)) - 2)
    return float(f"{math.ceil(deviation / unit) * unit:.3g}")


def build_bounds(problem: ProblemInference) -> dict[str, Any]:
    """Minimum data, budget and slices."""
    least: dict[str, Any] = {"rows": Commented(100, f"{EDIT}minimum number of train rows for a useful model")}
    if problem.task in ("binary", "multiclass"):
        least["positives"] = Commented(10, f"{EDIT}minimum number of rows of the rarest class")
    budget = {"minutes": 10.0, "memory_gib": 4.0, "disk_gib": 1.0}
    columns = choose_slices(problem)
    why = "categories of 2 to 12 values, the first three" if columns else "no category has 2 to 12 values"
    return {
        "minimum": Commented(least, f"the table has {problem.rows:,} rows"),
        "budget": Commented(budget, f"{EDIT}the maximum cost of a full rebuild"),
        "slices": Commented(columns, f"{why}: metrics for each value" if columns else why),
    }


def choose_slices(problem: ProblemInference) -> list[str]:
    """Up to three features with few values."""
    few = [
        column.name
        for column in problem.columns
        if column.role == "feature" and column.type == "category" and 2 <= problem.inferred[column.name].distinct <= 12
    ]
    return few[:MOST_SLICES]
