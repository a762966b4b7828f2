from lifecycle.retraining.report import estimates, page, verdict

KPI = {"estimate": 0.7, "estimate_low": 0.65, "estimate_high": 0.75, "real": 0.6, "inside": False, "floor": 0.7}
MONTH = {
    "month": "2013-09",
    "release": "a",
    "learned_through": "2013-08",
    "rows": 1200,
    "loss": 0.4,
    "kpis": {"auc": KPI, "brier": KPI | {"inside": True}},
    "drifted": ["hour"],
    "alerts": [{"rule": "drift"}, {"rule": "quality"}, {"rule": "drift"}],
    "challenger": {"asked": "", "decision": "kept"},
}
WORSE = {"difference": 0.01, "low": 0.002, "high": 0.018, "mark": "worse"}


def told(**more):
    never = {"months": [MONTH], "loss": 0.4, "releases": 0, "rows": 1200}
    return {"loss": "log_loss", "policies": {"never": never, **more}}


def test_a_policy_that_did_worse_is_said_to_have_done_worse():
    found = told(on_alert={"months": [MONTH], "loss": 0.41, "releases": 2, "rows": 1200, "against_never": WORSE})
    assert verdict(found) == (
        "**on_alert** ends with a log_loss of 0.4100 after 2 new releases: +0.0100 (+0.0020 to +0.0180) against never "
        "retraining, worse."
    )


def test_every_estimate_that_was_wrong_is_listed():
    assert estimates(told()).splitlines()[0] == "The band held the real value in 1 of 2 cases. It did not in:"
    assert "| 2013-09 | never | auc | 0.7000 | 0.6500 to 0.7500 | 0.6000 |" in estimates(told())


def test_the_page_counts_alerts_by_rule():
    assert "| 2013-09 | never | 2013-08 | 1,200 | 0.4000 | 2 drift, 1 quality | 1 | kept |" in page(told(), "Title.")
