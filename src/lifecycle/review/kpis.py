"""The KPIs of a version: as conf/ asks for them, and as the test stage reported them in reports/test.json."""

from typing import Any, Literal

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.options import options
from lifecycle.versioning.version import Version


@options
class ReportedInterval:
    """A value with its 95 % confidence interval; None where it could not be computed."""

    value: float | None
    low: float | None
    high: float | None


@options
class ReportedKpi:
    """A KPI on the sealed test rows: model and trivial baseline, their difference, the floor, and the verdict."""

    metric: str
    floor: float
    model: ReportedInterval
    baseline: ReportedInterval
    gain: ReportedInterval
    passed: bool
    reason: str


def read_kpis(version: Version) -> list[ReportedKpi]:
    """The KPIs by name; raises MissingFile where the test stage has not run, CorruptFile for another record."""
    kpis = version.read_record(paths.TEST)["kpis"]
    return [
        from_record(ReportedKpi, kpi, where=str(paths.TEST), todo="dvc repro --force test")
        for _, kpi in sorted(kpis.items())
    ]


@options
class RequiredKpi:
    """A KPI as conf/ of a version asks for it: the floor of a metric, and which direction of it is better."""

    metric: str
    floor: float
    better: Literal["higher", "lower"]

    def is_weaker_than(self, other: "RequiredKpi") -> bool:
        """Whether a value can reach this one and miss the other."""
        sign = 1 if other.better == "higher" else -1
        return self.better != other.better or sign * (self.floor - other.floor) < 0


@options
class Requirements:
    """What a version asks of its model: the KPIs, and the metric by which models are compared."""

    score: str
    kpis: list[RequiredKpi]

    @property
    def metrics(self) -> set[str]:
        """The metrics that decide."""
        return {self.score, *(one.metric for one in self.kpis)}


def read_requirements(version: Version) -> Requirements:
    """What the problem asks that the version picks; raises MissingFile or CorruptFile where it cannot be read."""
    path = paths.CONF / "problem" / f"{version.read_record(paths.PARAMS).get('problem')}.yaml"
    problem = version.read_record(path)
    kpis = [read_required_kpi(version, one) for one in problem.get("kpis") or ()]
    return Requirements(score=str(problem.get("score")), kpis=kpis)


def read_required_kpi(version: Version, entry: Any) -> RequiredKpi:
    """A KPI of an entry of conf/problem/, with the direction that the version's conf/metric/ states."""
    metric = paths.CONF / "metric" / f"{entry.get('metric')}.yaml"
    record = {
        "metric": entry.get("metric"),
        "floor": entry.get("floor"),
        "better": version.read_record(metric).get("_better_"),
    }
    return from_record(RequiredKpi, record, where="conf/problem/, key kpis", todo="name metric and floor of each KPI")
