"""The problem as conf/problem/ holds it: question, decision, KPI, minimum, budget, slices."""

import math
from collections.abc import Mapping
from typing import Any

from lifecycle.data.problem import Task
from lifecycle.onboarding.infer.commented_yaml import Said
from lifecycle.onboarding.infer.decide import Decisions
from lifecycle.reporting.text import shown

EDIT = "edit: "
SCORES: Mapping[Task, tuple[str, str]] = {
    "binary": ("roc_auc", "ranks rows by their probability, whatever the rate and the threshold"),
    "multiclass": ("roc_auc_ovr", "ranks each class against the rest, whatever their rates"),
    "regression": ("rmse", "in the target's own unit, large errors weighing most"),
    "clustering": ("silhouette", "how much nearer a row is to its own group than to the next"),
}
MOST_SLICES = 3


def problem(made: Decisions) -> dict[str, Any]:
    """The keys of conf/problem/, each with its reason."""
    score, why = SCORES[made.task]
    content: dict[str, Any] = {
        "question": Said(question(made), f"{EDIT}say what is asked, and at which moment"),
        "decision": {
            "who": Said(f"whoever acts on {made.asked.name}", f"{EDIT}the person who decides with the answer"),
            "how": Said(how(made), f"{EDIT}what is done differently because of it"),
        },
        "unit": Said(f"one row of {made.asked.name}", f"{EDIT}what a row is"),
        "task": Said(made.task, made.task_why),
        "target": Said(made.asked.target, "as asked for" if made.asked.target else "clustering has none"),
    }
    if made.task == "binary" and made.answer:
        said = f"{made.answer.name} is {shown(made.answer.positive[0])}"
        content["positive"] = Said(said, made.answer.positive_why)
    content["split"] = Said(made.split, f"{made.split_why}; an option of conf/split/")
    content |= prediction_time(made) | block(made)
    content["score"] = Said(score, why)
    if made.task == "binary":
        content["costs"] = Said(costs(), f"{EDIT}what each mistake costs, in any one unit; equal until known")
    content["kpis"] = Said([kpi(made, score)], "what the model must reach on the test part")
    return content | bounds(made)


def question(made: Decisions) -> str:
    """The question in one sentence, from the names."""
    name, found = made.asked.name, made.answer
    if found is None:
        return f"Which rows of {name} are alike?"
    target = shown(found.name)
    if found.task == "binary":
        return f"Will {target} be {shown(found.positive[0])} for this row of {name}?"
    if found.task == "multiclass":
        return f"Which {target} has this row of {name}?"
    return f"How large will {target} be for this row of {name}?"


def how(made: Decisions) -> str:
    """What one might do with the answer."""
    return {
        "binary": "attend first to the rows flagged positive",
        "multiclass": "treat each row as its class asks for",
        "regression": "plan with the predicted amount",
        "clustering": "treat the rows of one group alike",
    }[made.task]


def prediction_time(made: Decisions) -> dict[str, Any]:
    """The moment of prediction, where rows have a time."""
    time = made.first("time")
    if time is None:
        return {}
    entry = {"description": Said(f"at {shown(time)}", f"{EDIT}when the answer is due"), "column": time}
    return {
        "prediction_time": Said(
            entry, "what is known only later may be no feature: give it role: forbidden in conf/schema/"
        )
    }


def block(made: Decisions) -> dict[str, Any]:
    """The column whose equal values share their luck."""
    day = next((column.name for column in made.columns if column.type == "day"), None)
    group = made.first("group")
    if group:
        return {"block": Said(group, "rows of one group share their luck: intervals resample whole groups")}
    if day:
        return {"block": Said(day, "rows of one day share their luck: intervals resample whole days")}
    return {"block": Said(None, "no group and no day: each row has luck of its own")}


def costs() -> dict[str, Any]:
    """Both kinds of mistake alike."""
    return {
        "false_positive": Said(1.0, "flagged, but was none"),
        "false_negative": Said(1.0, "was one, but not flagged"),
    }


def kpi(made: Decisions, score: str) -> dict[str, Any]:
    """The one KPI: what a trivial model reaches."""
    floor, why = {
        "binary": (0.5, "stating the same probability for every row reaches 0.5"),
        "multiclass": (0.5, "stating the same probabilities for every row reaches 0.5"),
        "regression": (
            spread(made),
            f"stating the mean for every row has this error: the standard deviation of {target(made)}",
        ),
        "clustering": (0.0, "groups that overlap reach 0"),
    }[made.task]
    better = "lower it" if made.task == "regression" else "raise it"
    return {
        "metric": score,
        "floor": Said(floor, f"{EDIT}the trivial model's; {better} to what makes the answer worth having"),
        "why": why,
    }


def target(made: Decisions) -> str:
    """The target's name in one line."""
    return shown(made.asked.target)


def spread(made: Decisions) -> float:
    """The standard deviation of a number's labels, rounded up to three digits."""
    if made.answer is None or made.task != "regression":
        return 0.0
    deviation = float(made.answer.coded().std())
    if not math.isfinite(deviation) or deviation <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(deviation)) - 2)
    return float(f"{math.ceil(deviation / unit) * unit:.3g}")


def bounds(made: Decisions) -> dict[str, Any]:
    """The least data, the most cost, and the slices that are looked at."""
    least: dict[str, Any] = {"rows": Said(100, f"{EDIT}with fewer rows in train the answer is not worth having")}
    if made.task in ("binary", "multiclass"):
        least["positives"] = Said(10, f"{EDIT}the least in the rarest class")
    budget = {"minutes": 10.0, "memory_gib": 4.0, "disk_gib": 1.0}
    found = slices(made)
    why = "categories of 2 to 12 values, the first three" if found else "no category has 2 to 12 values"
    return {
        "minimum": Said(least, f"the table has {made.rows:,} rows"),
        "budget": Said(budget, f"{EDIT}what one full rebuild may cost"),
        "slices": Said(found, f"{why}: how the model does for each value" if found else why),
    }


def slices(made: Decisions) -> list[str]:
    """Up to three features with few values."""
    few = [
        column.name
        for column in made.columns
        if column.role == "feature" and column.type == "category" and 2 <= made.kinds[column.name].distinct <= 12
    ]
    return few[:MOST_SLICES]
