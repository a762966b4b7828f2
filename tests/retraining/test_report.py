"""The report of a backtest on a record typed by hand."""

from dataclasses import asdict, replace

import pytest

from lifecycle.config import from_record
from lifecycle.errors import CorruptFile
from lifecycle.retraining.report import (
    BacktestRecord,
    Challenger,
    EstimatedKpi,
    LossDifference,
    MonthAlert,
    MonthRecord,
    PolicyRecord,
    describe_verdict,
    render_page,
)

KPI = EstimatedKpi(
    estimate=0.7, estimate_low=0.65, estimate_high=0.75, reference=0.72, floor=0.7, labelled=0.5, real=0.5,
    inside=False, compared=0.6,
)  # fmt: skip


def alert(rule):
    return MonthAlert(rule=rule, kind=rule, subject="hour", since="2013-09", message="hour")


MONTH = MonthRecord(
    month="2013-09",
    release="a",
    learned_through="2013-08",
    rows=1200,
    loss=0.4,
    kpis={"auc": KPI, "brier": replace(KPI, inside=True)},
    drifted=["hour"],
    alerts=[alert("drift"), alert("quality"), alert("drift")],
    challenger=Challenger(asked="", decision="kept"),
)
NEVER = PolicyRecord(months=[MONTH], loss=0.4, releases=0, rows=1200, against_never=None)
WORSE = LossDifference(difference=0.01, low=0.002, high=0.018, mark="worse")


def record(**more):
    return BacktestRecord(loss="log_loss", policies={"never": NEVER, **more})


def test_the_verdict_states_the_loss_against_never_retraining():
    policy = replace(NEVER, loss=0.41, releases=2, against_never=WORSE)
    assert describe_verdict(record(on_alert=policy)) == (
        "**on_alert** ends with a log_loss of 0.4100 after 2 new releases: +0.0100 (+0.0020 to +0.0180) against never "
        "retraining, worse."
    )


def test_one_policy_alone_has_nothing_to_compare_with():
    assert describe_verdict(record()) == "One policy was played, so there is nothing to compare it with."


def test_every_estimate_that_was_wrong_is_listed():
    text = render_page(record(), "Summary.")
    assert (
        "The interval of the estimate contains the actual value in 1 of 2 cases. It does not in:\n\n| month |" in text
    )
    assert text.endswith("| 2013-09 | never | auc | 0.7000 | 0.6500 to 0.7500 | 0.6000 |\n")


def test_without_wrong_estimates_there_is_no_table():
    month = replace(MONTH, kpis={"auc": replace(KPI, inside=True), "brier": replace(KPI, inside=None, real=None)})
    text = render_page(record(never=replace(NEVER, months=[month])), "Summary.")
    assert text.endswith("The interval of the estimate contains the actual value in 1 of 1 cases.\n")


def test_the_page_counts_alerts_by_rule():
    text = render_page(record(on_alert=NEVER), "Summary.")
    assert text.startswith("# Backtest of retraining policies\n\nSummary.\n\nOne policy was played")
    assert "| never | 1,200 | 0 | 0.4000 |\n| on\\_alert | 1,200 | 0 | 0.4000 |\n\n## Months\n" in text
    assert "| 2013-09 | never | 2013-08 | 1,200 | 0.4000 | 2 drift, 1 quality | 1 | kept |" in text


def test_the_record_is_read_back_as_it_was_written_and_another_is_rejected():
    written = asdict(record())
    assert from_record(BacktestRecord, written) == record()
    with pytest.raises(CorruptFile, match="policies"):
        from_record(BacktestRecord, written | {"policies": {"never": {}}})
