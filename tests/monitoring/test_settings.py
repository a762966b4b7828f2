"""Settings that cannot evaluate anything."""

from dataclasses import replace

import pytest

from lifecycle.errors import WrongValue
from lifecycle.monitoring.alerts import Rule
from lifecycle.monitoring.notifications import Channels
from lifecycle.monitoring.settings import DomainClassifier, Limits, Monitor, check_monitor

MONITOR = Monitor(
    every="month",
    rows=1,
    alpha=0.005,
    measure="jensen_shannon",
    limits=Limits(
        volume=0.5, missing=0.05, new=0.01, outside=0.01, drift=0.1, domain_classifier=0.6, prediction=0.2, label=0.05,
        calibration=0.05, performance=0.02,
    ),
    domain_classifier=DomainClassifier(rows=300, periods=2, seasonal=0.3),
    resamples=2,
    notify=Channels(),
    rules={"drift": Rule(watch=("drift",), per="kind", fire=1, of=1, clear=1)},
)  # fmt: skip


@pytest.mark.parametrize(("rows", "resamples"), [(0, 2), (-1, 2), (1, 1), (1, 0)])
def test_numbers_that_evaluate_nothing_are_rejected(rows: int, resamples: int) -> None:
    check_monitor(MONITOR)
    with pytest.raises(WrongValue) as caught:
        check_monitor(replace(MONITOR, rows=rows, resamples=resamples))
    assert str(caught.value).splitlines() == [
        f"error: rows {rows}, resamples {resamples}",
        "where: conf/monitor/",
        "next:  rows: 1 or more, resamples: 2 or more",
    ]


def test_a_rule_that_can_never_fire_is_rejected() -> None:
    broken = replace(MONITOR.rules["drift"], fire=2)
    with pytest.raises(WrongValue, match="rule drift wants 2 of the last 1 periods"):
        check_monitor(replace(MONITOR, rules={"drift": broken}))
