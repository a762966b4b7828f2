"""Later rows by the command: a file, the prediction log, and a user's errors."""

import json

import pandas as pd
import pytest

METRICS = 'lifecycle_requests_total{route="/predict",status="200"} 7.0\n'
SOURCE = """\
_target_: lifecycle.sources.feedback.read
folder: data/feedback
batches: [] # one word per delivery
source:
  _target_: lifecycle.sources.generated.read
  rows: 900
  months: 12
  seed: 1
"""


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
    assert [one["value"] for one in found["results"]] == [one["value"] for one in stage["results"]]


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
        (["--data", "empty.csv"], "error: empty.csv cannot be read as csv"),
        (["--data", "none.csv"], "error: none.csv does not exist"),
        (["--data", "header.csv"], "error: header.csv has no rows"),
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
    records = [
        {
            "id": order,
            "time": f"{day}T08:00:00.000000Z",
            "version": "r1",
            "inputs": {name: None if pd.isna(value) else value for name, value in row.items()},
            "prediction": {
                "probability": said.loc[order, "probability"],
                "predicted": bool(said.loc[order, "predicted"]),
            },
        }
        for order, day, row in zip(later["order"], later["day"], inputs.to_dict("records"), strict=True)
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
    (labels,) = record["labels"]
    assert labels == {
        "period": record["newest"],
        "release": "r1",
        "rows": len(later),
        "labelled": pytest.approx(len(told) / len(later), rel=1e-5),
        "days_median": 5.0,
        "days_90": 5.0,
    }
    assert record["service"] == [
        {"route": "/predict", "requests": 7.0, "rejected": 0.0, "failed": 0.0, "share failed": 0.0}
    ]
    assert {one["labelled"] for one in record["results"]} == {labels["labelled"]}
    assert kinds(record).isdisjoint({"schema", "drift", "missing", "new", "outside"})
    page = (changed.folder / "runs/monitor/README.md").read_text(encoding="utf-8")
    assert "## Labels" in page
    assert "## Service" in page
