"""The problem as data: what is asked, who acts on the answer, what a mistake costs, what is good enough."""

from typing import Literal

from lifecycle.errors import WrongValue
from lifecycle.options import options
from lifecycle.schema import Schema

Task = Literal["binary"]


@options
class Decision:
    """Who acts on the answer, and how."""

    who: str
    how: str


@options
class Costs:
    """What each kind of mistake costs, in any one unit, 0 or more."""

    false_alarm: float
    miss: float


@options
class Kpi:
    """A metric that the model must reach on the test part, and why that much is needed."""

    metric: str
    floor: float
    why: str


@options
class Minimum:
    """The least data with which an answer is worth having.

    `interval` is the widest acceptable 95 % confidence interval of the first KPI, end to end.
    """

    rows: int
    positives: int
    interval: float


@options
class Budget:
    """What one full rebuild may cost."""

    minutes: float
    memory_gib: float
    disk_gib: float


@options
class Moment:
    """The moment of prediction, in words, and the schema's column that holds it."""

    description: str
    column: str


@options
class Problem:
    """A question with its unit, target, moment of prediction, costs and KPIs.

    `score` is the metric by which parameters are searched and candidates compared. `block` names a
    column whose equal values mark rows that share their luck (a day, a customer): intervals resample
    whole blocks.
    """

    question: str
    decision: Decision
    unit: str
    task: Task
    target: str
    positive: str
    moment: Moment
    block: str
    score: str
    costs: Costs
    kpis: tuple[Kpi, ...]
    minimum: Minimum
    budget: Budget
    slices: tuple[str, ...]


def validate(problem: Problem, schema: Schema, metrics: set[str]) -> None:
    """Raise WrongValue where the problem contradicts the schema, the metrics or itself."""
    wanted = {"target": problem.target, "moment.column": problem.moment.column, "block": problem.block}
    wanted |= {f"slices.{number}": name for number, name in enumerate(problem.slices)}
    for key, column in wanted.items():
        if column not in schema.columns:
            raise wrong(key, f"{column!r} is not a column of the schema", sorted(schema.columns))
    if schema.target != problem.target:
        raise wrong("target", f"{problem.target!r} has not the role target in the schema", [schema.target])
    named = {"score": problem.score} | {f"kpis.{number}": kpi.metric for number, kpi in enumerate(problem.kpis)}
    for key, name in named.items():
        if name not in metrics:
            raise wrong(key, f"there is no metric {name!r}", sorted(metrics))
    if min(problem.costs.false_alarm, problem.costs.miss) < 0 or problem.costs.false_alarm + problem.costs.miss == 0:
        raise wrong("costs", "costs are negative or all zero", ["false_alarm: 1", "miss: 1"])
    if not problem.kpis:
        raise wrong("kpis", "there is no KPI, so nothing could fail", sorted(metrics))


def wrong(key: str, what: str, known: list[str]) -> WrongValue:
    """The error for one key of the problem definition."""
    return WrongValue(f"{key}: {what}", where=f"conf/problem/, key {key}", todo=f"use one of {', '.join(known)}")
