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


def build_problem(made: ProblemInference) -> dict[str, Any]:
    """The keys of conf/problem/, each with its reason."""
    score, why = SCORES[made.task]
    content: dict[str, Any] = {
        "question": Commented(phrase_question(made), f"{EDIT}say what is asked, and at which moment"),
        "decision": {
            "who": Commented(f"whoever acts on {made.asked.name}", f"{EDIT}the person who decides with the answer"),
            "how": Commented(phrase_action(made), f"{EDIT}what is done differently because of it"),
        },
        "unit": Commented(f"one row of {made.asked.name}", f"{EDIT}what a row is"),
        "task": Commented(made.task, made.task_why),
        "target": Commented(made.asked.target, "as asked for" if made.asked.target else "clustering has none"),
    }
    if made.task == "binary" and made.answer:
        said = f"{made.answer.name} is {shorten_text(made.answer.positive[0])}"
        content["positive"] = Commented(said, made.answer.positive_why)
    content["split"] = Commented(made.split, f"{made.split_why}; an option of conf/split/")
    content |= build_prediction_time(made) | build_block(made)
    content["score"] = Commented(score, why)
    if made.task == "binary":
        content["costs"] = Commented(build_costs(), f"{EDIT}what each mistake costs, in any one unit; equal until known")
    content["kpis"] = Commented([build_kpi(made, score)], "what the model must reach on the test part")
    return content | build_bounds(made)


def phrase_question(made: ProblemInference) -> str:
    """The question in one sentence, from the names."""
    name, found = made.asked.name, made.answer
    if found is None:
        return f"Which rows of {name} are alike?"
    target = shorten_text(found.name)
    if found.task == "binary":
        return f"Will {target} be {shorten_text(found.positive[0])} for this row of {name}?"
    if found.task == "multiclass":
        return f"Which {target} has this row of {name}?"
    return f"How large will {target} be for this row of {name}?"


def phrase_action(made: ProblemInference) -> str:
    """What one might do with the answer."""
    return {
        "binary": "attend first to the rows flagged positive",
        "multiclass": "treat each row as its class asks for",
        "regression": "plan with the predicted amount",
        "clustering": "treat the rows of one group alike",
    }[made.task]


def build_prediction_time(made: ProblemInference) -> dict[str, Any]:
    """The moment of prediction, where rows have a time."""
    time = made.first("time")
    if time is None:
        return {}
    entry = {"description": Commented(f"at {shorten_text(time)}", f"{EDIT}when the answer is due"), "column": time}
    return {
        "prediction_time": Commented(
            entry, "what is known only later may be no feature: give it role: forbidden in conf/schema/"
        )
    }


def build_block(made: ProblemInference) -> dict[str, Any]:
    """The column whose equal values share their luck."""
    day = next((column.name for column in made.columns if column.type == "day"), None)
    group = made.first("group")
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


def build_kpi(made: ProblemInference, score: str) -> dict[str, Any]:
    """The one KPI: what a trivial model reaches."""
    floor, why = {
        "binary": (0.5, "stating the same probability for every row reaches 0.5"),
        "multiclass": (0.5, "stating the same probabilities for every row reaches 0.5"),
        "regression": (
            compute_standard_deviation(made),
            f"stating the mean for every row has this error: the standard deviation of {name_target(made)}",
        ),
        "clustering": (0.0, "groups that overlap reach 0"),
    }[made.task]
    better = "lower it" if made.task == "regression" else "raise it"
    return {
        "metric": score,
        "floor": Commented(floor, f"{EDIT}the trivial model's; {better} to what makes the answer worth having"),
        "why": why,
    }


def name_target(made: ProblemInference) -> str:
    """The target's name in one line."""
    return shorten_text(made.asked.target)


def compute_standard_deviation(made: ProblemInference) -> float:
    """The standard deviation of a number's labels, rounded up to three digits."""
    if made.answer is None or made.task != "regression":
        return 0.0
    deviation = float(made.answer.coded().std())
    if not math.isfinite(deviation) or deviation <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(deviation)) - 2)
    return float(f"{math.ceil(deviation / unit) * unit:.3g}")


def build_bounds(made: ProblemInference) -> dict[str, Any]:
    """The least data, the most cost, and the slices that are looked at."""
    least: dict[str, Any] = {"rows": Commented(100, f"{EDIT}with fewer rows in train the answer is not worth having")}
    if made.task in ("binary", "multiclass"):
        least["positives"] = Commented(10, f"{EDIT}the least in the rarest class")
    budget = {"minutes": 10.0, "memory_gib": 4.0, "disk_gib": 1.0}
    found = choose_slices(made)
    why = "categories of 2 to 12 values, the first three" if found else "no category has 2 to 12 values"
    return {
        "minimum": Commented(least, f"the table has {made.rows:,} rows"),
        "budget": Commented(budget, f"{EDIT}what one full rebuild may cost"),
        "slices": Commented(found, f"{why}: how the model does for each value" if found else why),
    }


def choose_slices(made: ProblemInference) -> list[str]:
    """Up to three features with few values."""
    few = [
        column.name
        for column in made.columns
        if column.role == "feature" and column.type == "category" and 2 <= made.kinds[column.name].distinct <= 12
    ]
    return few[:MOST_SLICES]
