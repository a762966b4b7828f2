"""The KPIs of a version as the test stage reported them in reports/test.json."""

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
