"""Later rows by the command: a file, the prediction log, and a user's errors."""

import json

import numpy as np
import pandas as pd
import pytest
from builders.feedback_files import SOURCE

from lifecycle.data.dataset import conform_features
from lifecycle.modeling.persistence import read_model
from lifecycle.monitoring import drift
from lifecycle.release.release import load_release

METRICS = 'lifecycle_requests_total{route="/predict",status="200"} 7.0\n'


@pytest.fixture(scope="module")
def later(small):
    """The rows of the test part with what the model takes, their day and their label."""
    ids = pd.read_parquet(small.folder / "data/predictions/test.parquet", columns=["order"])
    table = pd.read_parquet(small.folder / "data/table.parquet", columns=["order", "day", "late"])
    features = pd.read_parquet(small.folder / "data/features.parquet")
    return ids.merge(features, on="order").merge(table, on="order")


def monitor(repository, rows, *more):
    """The record of a report on these rows."""
    rows.to_csv(repository.folder / "later.csv", index=False)
    done = repository.lifecycle("monitor", "--data", "later.csv", "monitor.rows=20", *more)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "read     runs/monitor/README.md, runs/monitor/page.html"
    return repository.json("runs/monitor/monitor.json")


def kinds(record):
    return {one["kind"] for one in record["raised"]}


def test_a_file_with_labels_is_evaluated_by_them(changed, later):
    found = monitor(changed, later)
    (period,) = found["periods"]
    assert found["periods"][period] == len(later)
    assert {one["metric"]: one["labelled"] for one in found["results"]} == {"roc_auc": 1.0, "brier": 1.0}
    assert all(one["value"] is not None for one in found["results"])
    stage = changed.json("reports/monitor/monitor.json")
    for name in ("value", "low", "high"):
        assert [one[name] for one in found["results"]] == [one[name] for one in stage["results"]]
    assert found["compared_with"] == {"model": "released model", "part": "test part"}
    assert stage["compared_with"] == {"model": "validation model", "part": "valid part"}


def test_the_test_rows_have_the_same_values_and_intervals_in_both_reports(small):
    tested, found = small.json("reports/test.json"), small.json("reports/monitor/monitor.json")
    assert list(found["periods"].values()) == [tested["rows"]]
    assert {one["metric"]: [one[name] for name in ("value", "low", "high")] for one in found["results"]} == {
        name: [kpi["model"][end] for end in ("value", "low", "high")] for name, kpi in tested["kpis"].items()
    }


def test_the_report_says_of_which_model_each_number_is(small):
    valid = small.json("reports/evaluate/metrics.json")["valid"]
    found = small.json("reports/monitor/monitor.json")
    assert {one["metric"]: one["reference"] for one in found["results"]} == {
        name: valid[name] for name in ("roc_auc", "brier")
    }
    page = (small.folder / "reports/monitor/README.md").read_text(encoding="utf-8")
    assert "Value, low, high, floor and calibration are of the released model." in page
    assert "All else is of the validation model on both sides: reference (valid part)" in page


def test_the_drift_of_predictions_is_that_of_the_validation_model(small):
    rows = {name: pd.read_parquet(small.folder / f"data/predictions/{name}.parquet") for name in ("valid", "test")}
    features = pd.read_parquet(small.folder / "data/features.parquet").set_index("order")
    fitted = read_model(small.folder / "models/validation_model.skops")["pipeline"]
    later = conform_features(features.loc[rows["test"]["order"]].reset_index(drop=True))
    scores = fitted.predict_proba(later)[:, 1]
    reference = drift.describe_reference(rows["valid"]["probability"], np.array([0, len(rows["valid"])]))
    expected = drift.compare_column(reference, pd.Series(scores, name="probability"))
    signals = pd.read_csv(small.folder / "reports/monitor/signals.csv")
    (found,) = signals[signals["kind"] == "prediction"].to_dict("records")
    assert found["size"] == pytest.approx(expected.jensen_shannon, rel=1e-5)
    assert pd.isna(found["usual"])
    assert found["message"].endswith("no history yet")


def test_a_file_without_labels_is_evaluated_by_the_estimate(changed, later):
    found = monitor(changed, later.drop(columns="late"))
    assert all(one["value"] is None and one["estimate"] is not None for one in found["results"])
    assert kinds(found).isdisjoint({"floor", "performance", "calibration", "label"})


def test_a_missing_column_is_an_alert_of_its_own(changed, later):
    found = monitor(changed, later.drop(columns="weight"), "--prometheus", "gauges.prom", "--notify")
    alerts = {(one["rule"], one["kind"], one["subject"]): one["message"] for one in found["alerts"]}
    assert alerts["data", "schema", "weight"] == "weight: is missing"
    assert alerts["data", "missing", "weight"].startswith("weight: 100.0% missing")
    gauges = (changed.folder / "gauges.prom").read_text(encoding="utf-8")
    assert 'lifecycle_monitor_signal_raised{kind="schema",subject="weight"} 1.0' in gauges
    recorded = [json.loads(line) for line in (changed.folder / "runs/alerts.jsonl").read_text().splitlines()]
    assert {(one["rule"], one["kind"], one["subject"]) for one in recorded} == set(alerts)
    again = changed.lifecycle("monitor", "--data", "later.csv", "monitor.rows=20", "--notify")
    assert "no new alert" in again.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "empty.csv"], "error: the file is empty"),
        (["--data", "none.csv"], "error: none.csv does not exist"),
        (["--data", "header.csv"], "error: there are no rows"),
        (["--dtaa", "later.csv"], "error: unrecognized arguments: --dtaa"),
        (["--served", "--data", "later.csv"], "error: argument --data: not allowed with argument --served"),
        (["--served"], "error: the prediction log is empty"),
        (["monitor.evry=week"], "error: unknown key 'evry'"),
        (["--metrics", "none.txt"], "error: none.txt does not exist"),
    ],
)
def test_a_users_error_is_reported_in_three_lines(small, arguments, message):
    for name, text in {"empty.csv": "", "header.csv": "order,day,weight,distance,shop\n"}.items():
        (small.folder / name).write_text(text, encoding="utf-8")
    done = small.lifecycle("monitor", *arguments)
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "next"]
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr


def test_the_log_is_evaluated_by_its_own_predictions_and_the_labels_that_came_back(changed, later):
    (changed.folder / "conf/source/generated.yaml").write_text(SOURCE, encoding="utf-8")
    said = pd.read_parquet(changed.folder / "data/predictions/test.parquet").set_index("order")
    inputs = later.drop(columns=["order", "day", "late"])
    version = load_release(changed.folder / "models/release").version
    versions = ["r1"] * 10 + [version] * (len(later) - 10)
    records = [
        {
            "id": order,
            "time": f"{day}T08:00:00.000000Z",
            "version": by,
            "inputs": {name: None if pd.isna(value) else value for name, value in row.items()},
            "prediction": {
                "probability": said.loc[order, "probability"],
                "predicted": bool(said.loc[order, "predicted"]),
            },
        }
        for order, day, by, row in zip(later["order"], later["day"], versions, inputs.to_dict("records"), strict=True)
    ]
    log = changed.folder / "data/served/20130901T000000Z-1.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    told = later[["order", "late"]].iloc[::2].rename(columns={"order": "id", "late": "label"})
    told.assign(known_at=(pd.to_datetime(later["day"]) + pd.Timedelta(days=5, hours=8)).astype("str")).to_csv(
        changed.folder / "labels.csv", index=False
    )
    assert changed.lifecycle("feedback", "labels.csv").returncode == 0
    (changed.folder / "metrics.txt").write_text(METRICS, encoding="utf-8")
    done = changed.lifecycle("monitor", "--served", "--metrics", "metrics.txt", "monitor.rows=20")
    assert done.returncode == 0, done.stderr
    record = changed.json("runs/monitor/monitor.json")
    labels = {one["release"]: one for one in record["labels"]}
    assert labels["r1"] == {
        "period": record["newest"],
        "release": "r1",
        "rows": 10,
        "labelled": 0.5,
        "days_median": 5.0,
        "days_90": 5.0,
    }
    assert {name: one["rows"] for name, one in labels.items()} == {"r1": 10, version: len(later) - 10}
    assert f"10 are not of release {version}, which is here" in done.stdout
    assert record["compared_with"] == {"model": "released model", "part": "test part"}
    tested = changed.json("reports/test.json")["kpis"]
    assert {one["metric"]: one["reference"] for one in record["results"]} == {
        name: kpi["model"]["value"] for name, kpi in tested.items()
    }
    assert record["service"] == [
        {"route": "/predict", "requests": 7.0, "rejected": 0.0, "failed": 0.0, "share failed": 0.0}
    ]
    assert [one["labelled"] for one in record["results"]] == [pytest.approx(len(told) / len(later), rel=1e-5)] * 2
    assert kinds(record).isdisjoint({"schema", "drift", "missing", "new", "outside"})
    page = (changed.folder / "runs/monitor/README.md").read_text(encoding="utf-8")
    assert "## Labels" in page
    assert "## Service" in page
