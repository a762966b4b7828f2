"""The gauges show the findings, and the dashboard queries exactly those gauges."""

import json
import re
from pathlib import Path

import pandas as pd
from prometheus_client.parser import text_string_to_metric_families

from lifecycle.monitoring.alerts import Alert
from lifecycle.monitoring.monitor import MonitoringResult
from lifecycle.monitoring.observations import RELEASED, Basis
from lifecycle.monitoring.performance_checks import RESULTS
from lifecycle.monitoring.prometheus import GAUGES, render_gauges

BOARD = Path(__file__).parents[2] / "deploy/grafana/monitor.json"
SIGNAL = {"kind": "drift", "subject": "price", "size": 0.4, "limit": 0.1, "usual": 0.2, "raised": True}


def result() -> MonitoringResult:
    kpi = dict.fromkeys(RESULTS, float("nan")) | {"metric": "roc_auc", "labelled": 0.5, "value": 0.7, "floor": 0.6}
    return MonitoringResult(
        columns=pd.DataFrame(),
        results=pd.DataFrame([kpi | {"period": "2013-09"}]),
        slices=pd.DataFrame(),
        signals=pd.DataFrame(
            [
                SIGNAL | {"period": "2013-08", "size": 0.0},
                SIGNAL | {"period": "2013-09"},
                SIGNAL | {"period": "2013-09", "subject": "new", "usual": float("nan"), "raised": False},
            ]
        ),
        alerts=[Alert("drift", "drift", "price", "2013-09", "2013-09", "")],
        seasonal=[],
        rows={"2013-08": 90, "2013-09": 100, "2013-10": 1},
        few=["2013-10"],
        basis=Basis(RELEASED, "test part"),
    )


def test_the_newest_complete_period_is_exposed() -> None:
    families = text_string_to_metric_families(render_gauges(result(), ["data", "drift"]))
    values = {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}
    assert values == {
        ("lifecycle_monitor_rows",): 100,
        ("lifecycle_monitor_labelled_share",): 0.5,
        ("lifecycle_monitor_signal_size", "drift", "price"): 0.4,
        ("lifecycle_monitor_signal_limit", "drift", "price"): 0.2,
        ("lifecycle_monitor_signal_raised", "drift", "price"): 1,
        ("lifecycle_monitor_signal_size", "drift", "new"): 0.4,
        ("lifecycle_monitor_signal_limit", "drift", "new"): 0.1,
        ("lifecycle_monitor_signal_raised", "drift", "new"): 0,
        ("lifecycle_monitor_kpi", "roc_auc", "value"): 0.7,
        ("lifecycle_monitor_kpi", "floor", "roc_auc"): 0.6,
        ("lifecycle_monitor_alerts", "data"): 0,
        ("lifecycle_monitor_alerts", "drift"): 1,
    }


def test_a_name_ends_no_label_and_no_line() -> None:
    found = result()
    found.signals["subject"] = 'a"} 1\nlifecycle_forged 1\n\\\x1b[31m'
    text = render_gauges(found, [])
    families = [*text_string_to_metric_families(text)]
    assert {family.name for family in families} <= set(GAUGES)
    (size, *_) = [family for family in families if family.name == "lifecycle_monitor_signal_size"]
    assert size.samples[0].labels["subject"] == 'a"} 1\nlifecycle_forged 1\n\\\\u001b[31m'
    assert "\x1b" not in text


def test_the_dashboard_queries_every_gauge_and_nothing_else() -> None:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert {name for query in asked for name in re.findall(r"lifecycle_\w+", query)} == set(GAUGES)


def test_the_dashboard_names_labels_that_the_gauges_have() -> None:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    for target in (target for panel in board["panels"] for target in panel["targets"]):
        name = re.findall(r"lifecycle_\w+", target["expr"])[0]
        asked = {*re.findall(r"(\w+)=~?\"", target["expr"]), *re.findall(r"{{(\w+)}}", target["legendFormat"])}
        assert asked <= set(GAUGES[name][0]), target
