"""What to watch for, as conf/monitor/ says it."""

from lifecycle.errors import WrongValue
from lifecycle.monitoring import alerts
from lifecycle.monitoring.alerts import Rule
from lifecycle.monitoring.drift import Measure
from lifecycle.monitoring.notifications import Channels
from lifecycle.monitoring.periods import Every
from lifecycle.options import options


@options
class Limits:
    """From which size on each kind of signal is news; a KPI that misses its floor is news at any size."""

    volume: float
    missing: float
    new: float
    outside: float
    drift: float
    joint: float
    score: float
    label: float
    calibration: float
    fall: float


@options
class Joint:
    """How rows are told apart by all columns.

    `rows` are drawn from each side; what is usual is found on the last `periods` of the reference; a column
    whose usual drift reaches `seasonal` is left out.
    """

    rows: int
    periods: int
    seasonal: float


@options
class Monitor:
    """When later rows are news, and when news are an alert.

    Rows are judged by period (`every`), a period of fewer than `rows` by their number alone. `alpha` is the
    share of chance findings among those of a period; `measure` is the size of a drift; `resamples` is the number of
    bootstrap resamples; `deliver` says where alerts go when they are asked to.
    """

    every: Every
    rows: int
    alpha: float
    measure: Measure
    limits: Limits
    joint: Joint
    resamples: int
    rules: dict[str, Rule]
    deliver: Channels


def validate(monitor: Monitor) -> None:
    """Raise WrongValue for numbers by which nothing could be judged, and for a rule that could never fire or end."""
    if monitor.rows < 1 or monitor.resamples < 2:
        raise WrongValue(
            f"rows {monitor.rows}, resamples {monitor.resamples}",
            where="conf/monitor/",
            todo="rows: 1 or more, resamples: 2 or more",
        )
    alerts.validate(monitor.rules)
