"""The settings of monitoring, as conf/monitor/ has them."""

from lifecycle.errors import WrongValue
from lifecycle.monitoring.alerts import Rule, check_rules
from lifecycle.monitoring.drift import Measure
from lifecycle.monitoring.notifications import Channels
from lifecycle.monitoring.periods import Every
from lifecycle.options import options


@options
class Limits:
    """The size from which on each kind of signal may be raised; a KPI below its floor is one at any size."""

    volume: float
    missing: float
    new: float
    outside: float
    drift: float
    domain_classifier: float
    prediction: float
    label: float
    calibration: float
    performance: float


@options
class DomainClassifier:
    """How multivariate drift is measured.

    `rows` are drawn from each side; the usual size is measured on the last `periods` of the reference; a column
    whose usual drift reaches `seasonal` is left out.
    """

    rows: int
    periods: int
    seasonal: float


@options
class Monitor:
    """When a signal is raised, when signals become an alert, and where alerts are sent.

    Rows are evaluated by period (`every`), a period of fewer than `rows` by their number alone. `alpha` is the
    expected share of false positives among the signals of a period; `measure` is the size of a drift; `resamples`
    is the number of bootstrap resamples; `notify` names the channels for alerts.
    """

    every: Every
    rows: int
    alpha: float
    measure: Measure
    limits: Limits
    domain_classifier: DomainClassifier
    resamples: int
    rules: dict[str, Rule]
    notify: Channels


def check_monitor(monitor: Monitor) -> None:
    """Raise WrongValue for numbers with which nothing can be evaluated, and for a rule that could never fire or end."""
    if monitor.rows < 1 or monitor.resamples < 2:
        raise WrongValue(
            f"rows {monitor.rows}, resamples {monitor.resamples}",
            where="conf/monitor/",
            todo="rows: 1 or more, resamples: 2 or more",
        )
    check_rules(monitor.rules)
