"""The problem definition: question, decision, task, target, costs, KPIs, minimum data and budget."""

from typing import Literal

from lifecycle.data.schema import Schema, Type
from lifecycle.errors import WrongValue
from lifecycle.options import options

Task = Literal["binary", "multiclass", "regression", "clustering"]


@options
class Decision:
    """Who acts on the prediction, and how."""

    who: str
    how: str


@options
class Costs:
    """The cost of each kind of error, in any one unit, 0 or more."""

    false_positive: float
    false_negative: float


@options
class Kpi:
    """The value that a metric must reach on the test part, and the reason for it."""

    metric: str
    floor: float
    why: str


@options
class Minimum:
    """The minimum data for a useful model.

    `rows` of the train part, `positives` in the rarest class; `interval` is the maximum width of the
    95 % confidence interval of ROC-AUC on the test part.
    """

    rows: int
    positives: int = 0
    interval: float | None = None


@options
class Budget:
    """The maximum cost of a full rebuild."""

    minutes: float
    memory_gib: float
    disk_gib: float


@options
class PredictionTime:
    """The prediction time in words, and the schema's column that holds it."""

    description: str
    column: str


@options
class Problem:
    """A question with its unit, target, costs and KPIs.

    `target` is a column of the schema, or null for clustering. `positive` describes the positive class and
    `costs` the cost of its errors: both are for `binary`. `score` is the metric of the hyperparameter search and
    of the comparison of candidates. `split` is an option of conf/split/. `prediction_time` is when the prediction
    is made. Rows with an equal value of the column `block` (a day, a customer) are correlated: confidence
    intervals use a block bootstrap. Without `block` rows are independent.
    """

    question: str
    decision: Decision
    unit: str
    task: Task
    target: str | None
    positive: str = ""
    split: str
    prediction_time: PredictionTime | None = None
    block: str | None = None
    score: str
    costs: Costs | None = None
    kpis: tuple[Kpi, ...]
    minimum: Minimum
    budget: Budget
    slices: tuple[str, ...] = ()


# The types that the target of each task may have in the schema.
TARGETS: dict[Task, tuple[Type, ...]] = {
    "binary": ("boolean",),
    "multiclass": ("category",),
    "regression": ("number", "integer"),
    "clustering": (),
}


def validate_problem(problem: Problem, schema: Schema, metrics: set[str]) -> None:
    """Raise WrongValue if the problem contradicts the schema, the metrics of its task or itself."""
    must_name_columns(problem, schema)
    must_fit_task(problem, schema)
    metric_keys = {"score": problem.score} | {f"kpis.{number}": kpi.metric for number, kpi in enumerate(problem.kpis)}
    for key, name in metric_keys.items():
        if name not in metrics:
            raise build_error(key, f"there is no metric {name!r} for {problem.task}", sorted(metrics))
    if not problem.kpis:
        raise build_error("kpis", "there is no KPI, so nothing could fail", sorted(metrics))
    if problem.task == "binary":
        must_have_costs(problem.costs)


def must_name_columns(problem: Problem, schema: Schema) -> None:
    """Raise WrongValue if the problem names a column that is not in the schema."""
    columns = {
        "block": problem.block,
        "prediction_time.column": problem.prediction_time and problem.prediction_time.column,
    }
    columns |= {f"slices.{number}": name for number, name in enumerate(problem.slices)}
    for key, column in columns.items():
        if column is not None and column not in schema.columns:
            raise build_error(key, f"{column!r} is not a column of the schema", sorted(schema.columns))


def must_fit_task(problem: Problem, schema: Schema) -> None:
    """Raise WrongValue if the target does not suit the task."""
    if (problem.target is None) != (problem.task == "clustering"):
        raise build_error(
            "target", f"{problem.target!r} is no target for {problem.task}", ["task: clustering", "a column"]
        )
    if problem.target is None:
        return
    column = schema.with_target(problem.target).columns[problem.target]
    if column.type not in TARGETS[problem.task]:
        fitting: list[str] = [task for task, types in TARGETS.items() if column.type in types]
        raise build_error(
            "task", f"{problem.target} is of type {column.type}, no target for {problem.task}", list(fitting)
        )
    if problem.task == "multiclass" and len(column.categories) < 2:
        raise build_error("target", f"{problem.target} lists no categories in the schema", ["categories: [a, b, c]"])


def must_have_costs(costs: Costs | None) -> None:
    """Raise WrongValue unless both kinds of error have a cost, and one of them is above 0."""
    if (
        costs is None
        or min(costs.false_positive, costs.false_negative) < 0
        or costs.false_positive + costs.false_negative == 0
    ):
        raise build_error(
            "costs", "costs are missing, negative or all zero", ["false_positive: 1", "false_negative: 1"]
        )


def build_error(key: str, what: str, valid: list[str]) -> WrongValue:
    """The error for one key of the problem definition."""
    return WrongValue(f"{key}: {what}", where=f"conf/problem/, key {key}", todo=f"use one of {', '.join(valid)}")
