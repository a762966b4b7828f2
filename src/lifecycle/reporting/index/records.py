"""What the page reads of each stage's JSON report; a report may hold more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Class = TypeVar("Class", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def view(declared: Class) -> Class:
    """A frozen dataclass that converts no type when read from JSON, and passes over keys that it does not declare."""
    setattr(declared, "__pydantic_config__", {"extra": "ignore", "strict": True})  # noqa: B010
    return dataclass(frozen=True, kw_only=True)(declared)  # type: ignore[return-value]


@view
class DecisionView:
    """Who acts on a prediction, and how."""

    who: str
    how: str


@view
class PredictionTimeView:
    """When a prediction is due, in words."""

    description: str


@view
class CostsView:
    """What one wrong prediction of each kind costs."""

    false_positive: float
    false_negative: float


@view
class KpiView:
    """A metric that has to reach its floor, and why."""

    metric: str
    floor: float
    why: str


@view
class ProblemView:
    """The question and what is good enough."""

    question: str
    task: str
    unit: str
    target: str | None
    positive: str
    score: str
    decision: DecisionView
    prediction_time: PredictionTimeView | None
    costs: CostsView | None
    kpis: tuple[KpiView, ...]


@view
class CheckView:
    """A precondition: how many rows (or the like) there are, and how many are needed."""

    name: str
    found: float
    needed: float
    enough: bool


@view
class MonthView:
    """The target's mean in one month of the train part."""

    month: str
    mean: float


@view
class ScopeView:
    """reports/scope.json. A point of the learning curve has `rows` and, under its metric's name, the score."""

    problem: ProblemView
    checks: tuple[CheckView, ...]
    labels_by_month: tuple[MonthView, ...] = ()
    learning_curve: tuple[Mapping[str, float], ...] = ()


@view
class BatchView:
    """A raw batch, `<table>/<name>.parquet`, and its origin."""

    batch: str
    rows: int
    source: str
    licence: str
    publisher: str


@view
class ProvenanceView:
    """data/provenance.json. `through` is the last day of the data version, where a day limits it."""

    batches: tuple[BatchView, ...]
    through: str | None = None


@view
class QualityView:
    """reports/quality.json. Shares are from 0 to 1; `changed_values` counts values by column and reason."""

    kept_rows: int
    rejected_rows: int
    rejected_by_reason: Mapping[str, int]
    missing_share: Mapping[str, float]
    changed_values: Mapping[str, Mapping[str, int]]
    blanked_as_noise: Mapping[str, int]
    open_rows: int = 0


@view
class PartView:
    """One part: its rows, and its first and last time where rows have one."""

    rows: int
    first: str | None = None
    last: str | None = None


@view
class LeakView:
    """A sign of target leakage, `strength` from 0 to 1."""

    columns: tuple[str, ...]
    kind: str
    strength: float


@view
class PartsView:
    """The parts by name, train, valid and test, and the signs of leakage, the strongest first."""

    train: PartView
    valid: PartView
    test: PartView


@view
class SplitView:
    """reports/split.json."""

    parts: PartsView
    signs: tuple[LeakView, ...]


@view
class CandidateView:
    """A candidate's mean score over the folds; none where it could not be fitted."""

    option: str
    score: float | None
    within_noise: bool


@view
class SelectionView:
    """reports/select.json."""

    candidates: tuple[CandidateView, ...]
    metric: str
    winner: str
    reason: str


@view
class MetricsView:
    """reports/evaluate/metrics.json: metrics by name on the valid part, of the model and of the trivial baseline."""

    valid: Mapping[str, float | None]
    baseline: Mapping[str, float | None]


@view
class ThresholdView:
    """reports/evaluate/threshold.json. Costs are means per row, known where the problem states costs."""

    threshold: float | None
    cost: float | None = None
    cost_of_none: float | None = None
    cost_of_all: float | None = None


@view
class IntervalView:
    """A value with its 95 % confidence interval."""

    value: float | None
    low: float | None
    high: float | None


@view
class VerdictView:
    """A KPI on the test part."""

    floor: float
    model: IntervalView
    baseline: IntervalView
    passed: bool
    reason: str


@view
class SealedTestView:
    """reports/test.json: verdicts by KPI; first and last time where rows have one."""

    kpis: Mapping[str, VerdictView]
    rows: int
    first: str | None = None
    last: str | None = None
