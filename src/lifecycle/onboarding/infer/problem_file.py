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
    "binary": ("roc_auc", "ranks rows by their probability, whatever the rate and the threshold"),
    "multiclass": ("roc_auc_ovr", "ranks each class against the rest, whatever their rates"),
    "regression": ("rmse", "in the target's own unit, large errors weighing most"),
    "clustering": ("silhouette", "how much nearer a row is to its own group than to the next"),
}
MOST_SLICES = 3


def build_problem(problem: ProblemInference) -> dict[str, Any]:
    """The keys of conf/problem/, each with its reason."""
    score, why = SCORES[problem.task]
    content: dict[str, Any] = {
        "question": Commented(phrase_question(problem), f"{EDIT}say what is asked, and at which moment"),
        "decision": {
            "who": Commented(
                f"whoever acts on {problem.request.name}", f"{EDIT}the person who decides with the answer"
            ),
            "how": Commented(phrase_action(problem), f"{EDIT}what is done differently because of it"),
        },
        "unit": Commented(f"one row of {problem.request.name}", f"{EDIT}what a row is"),
        "task": Commented(problem.task, problem.task_why),
        "target": Commented(
            problem.request.target, "as asked for" if problem.request.target else "clustering has none"
        ),
    }
    if problem.task == "binary" and problem.target:
        positive = f"{problem.target.name} is {shorten_text(problem.target.positive[0])}"
        content["positive"] = Commented(positive, problem.target.positive_why)
    content["split"] = Commented(problem.split, f"{problem.split_why}; an option of conf/split/")
    content |= build_prediction_time(problem) | build_block(problem)
    content["score"] = Commented(score, why)
    if problem.task == "binary":
        content["costs"] = Commented(
            build_costs(), f"{EDIT}what each mistake costs, in any one unit; equal until known"
        )
    content["kpis"] = Commented([build_kpi(problem, score)], "what the model must reach on the test part")
    return content | build_bounds(problem)


def phrase_question(problem: ProblemInference) -> str:
    """The question in one sentence, from the names."""
    name, target = problem.request.name, problem.target
    if target is None:
        return f"Which rows of {name} are alike?"
    label = shorten_text(target.name)
    if target.task == "binary":
        return f"Will {label} be {shorten_text(target.positive[0])} for this row of {name}?"
    if target.task == "multiclass":
        return f"Which {label} has this row of {name}?"
    return f"How large will {label} be for this row of {name}?"


def phrase_action(problem: ProblemInference) -> str:
    """What one might do with the answer."""
    return {
        "binary": "attend first to the rows flagged positive",
        "multiclass": "treat each row as its class asks for",
        "regression": "plan with the predicted amount",
        "clustering": "treat the rows of one group alike",
    }[problem.task]


def build_prediction_time(problem: ProblemInference) -> dict[str, Any]:
    """The moment of prediction, where rows have a time."""
    time = problem.find_column("time")
    if time is None:
        return {}
    entry = {"description": Commented(f"at {shorten_text(time)}", f"{EDIT}when the answer is due"), "column": time}
    return {
        "prediction_time": Commented(
            entry, "what is known only later may be no feature: give it role: forbidden in conf/schema/"
        )
    }


def build_block(problem: ProblemInference) -> dict[str, Any]:
    """The column whose equal values share their luck."""
    day = next((column.name for column in problem.columns if column.type == "day"), None)
    group = problem.find_column("group")
    if group:
        return {"block": Commented(group, "rows of one group share their luck: intervals resample whole groups")}
    if day:
        return {"block": Commented(day, "rows of one day share their luck: intervals resample whole days")}
    return {"block": Commented(None, "no group and no day: each row has luck of its own")}


def build_costs() -> dict[str, Any]:
    """Both kinds of mistake alike."""
    return {
        "false_positive": Commented(1.0, "flagged, but was none"),
        "false_negative": Commented(1.0, "was one, but not flagged"),
    }


def build_kpi(problem: ProblemInference, score: str) -> dict[str, Any]:
    """The one KPI: what a trivial model reaches."""
    floor, why = {
        "binary": (0.5, "stating the same probability for every row reaches 0.5"),
        "multiclass": (0.5, "stating the same probabilities for every row reaches 0.5"),
        "regression": (
            compute_standard_deviation(problem),
            f"stating the mean for every row has this error: the standard deviation of {name_target(problem)}",
        ),
        "clustering": (0.0, "groups that overlap reach 0"),
    }[problem.task]
    better = "lower it" if problem.task == "regression" else "raise it"
    return {
        "metric": score,
        "floor": Commented(floor, f"{EDIT}the trivial model's; {better} to what makes the answer worth having"),
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
    """The least data, the most cost, and the slices that are looked at."""
    least: dict[str, Any] = {"rows": Commented(100, f"{EDIT}with fewer rows in train the answer is not worth having")}
    if problem.task in ("binary", "multiclass"):
        least["positives"] = Commented(10, f"{EDIT}the least in the rarest class")
    budget = {"minutes": 10.0, "memory_gib": 4.0, "disk_gib": 1.0}
    columns = choose_slices(problem)
    why = "categories of 2 to 12 values, the first three" if columns else "no category has 2 to 12 values"
    return {
        "minimum": Commented(least, f"the table has {problem.rows:,} rows"),
        "budget": Commented(budget, f"{EDIT}what one full rebuild may cost"),
        "slices": Commented(columns, f"{why}: how the model does for each value" if columns else why),
    }


def choose_slices(problem: ProblemInference) -> list[str]:
    """Up to three features with few values."""
    few = [
        column.name
        for column in problem.columns
        if column.role == "feature" and column.type == "category" and 2 <= problem.inferred[column.name].distinct <= 12
    ]
    return few[:MOST_SLICES]
