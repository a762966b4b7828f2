"""KPIs read back from reports/test.json, as strictly as they were written."""

import pytest

from lifecycle.errors import CorruptFile
from lifecycle.io.records import write_json
from lifecycle.paths import TEST
from lifecycle.review.kpis import (
    ReportedInterval,
    ReportedKpi,
    RequiredKpi,
    read_kpis,
    read_requirements,
)
from lifecycle.review.versions import HEAD

INTERVAL = {"value": 0.7, "low": 0.6, "high": None}
KPI = {
    "metric": "auc", "floor": 0.5, "model": INTERVAL, "baseline": INTERVAL, "gain": INTERVAL, "passed": True,
    "reason": "reached",
}  # fmt: skip


def test_kpis_are_read_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_json(TEST, {"kpis": {"brier": KPI | {"metric": "brier"}, "auc": KPI}})
    found = read_kpis(HEAD)
    assert [kpi.metric for kpi in found] == ["auc", "brier"]
    interval = ReportedInterval(value=0.7, low=0.6, high=None)
    assert found[0] == ReportedKpi(
        metric="auc", floor=0.5, model=interval, baseline=interval, gain=interval, passed=True, reason="reached"
    )


def test_a_record_of_another_shape_is_rejected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_json(TEST, {"kpis": {"auc": KPI | {"passed": "yes"}}})
    with pytest.raises(CorruptFile, match="passed"):
        read_kpis(HEAD)


def test_required_kpis_are_those_of_the_picked_problem_with_the_direction_of_the_metric(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "params.yaml": "problem: orders\n",
        "conf/problem/orders.yaml": "score: auc\nkpis: [{metric: brier, floor: 0.2, why: so}]\n",
        "conf/metric/brier.yaml": "_better_: lower\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_requirements(HEAD)
    assert found.kpis == [RequiredKpi(metric="brier", floor=0.2, better="lower")]
    assert found.metrics == {"auc", "brier"}
