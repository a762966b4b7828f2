"""Whether a new model is asked for, by each policy that ships, on a small repository of its own."""

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from lifecycle import paths
from lifecycle.__main__ import main
from lifecycle.cli import due
from lifecycle.feedback import labels
from lifecycle.io.tables import write_table

TOP = Path(__file__).resolve().parents[2]
ALERT = {"rule": "quality", "kind": "floor", "subject": "roc_auc", "since": "2013-09", "period": "2013-09"}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(TOP / "conf", tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("problem: generated\nthrough: '2013-09-30'\n", encoding="utf-8")
    report()
    for command in (["init", "--quiet"], ["add", "conf", "params.yaml"], ["commit", "--quiet", "--message", "one"]):
        who = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]
        subprocess.run(["git", *who, *command], check=True)


def report(*alerts: dict[str, str]) -> None:
    paths.MONITORING.mkdir(parents=True, exist_ok=True)
    (paths.MONITORING / "monitor.json").write_text(
        json.dumps({"newest": "2013-09", "alerts": list(alerts)}), encoding="utf-8"
    )


def asked(capsys: pytest.CaptureFixture[str], policy: str, today: str = "2013-11-05") -> str:
    assert main(["due", "--policy", policy, "--today", today]) == 0
    said = capsys.readouterr().out.strip()
    assert due.NOTE.exists() == said.startswith("due")
    return said


def test_a_month_after_the_data_that_were_learned_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "monthly") == "due by monthly: a month is over"
    assert due.NOTE.read_text(encoding="utf-8") == "A new model is due by the policy monthly: a month is over.\n"
    assert asked(capsys, "monthly", today="2013-09-30") == "not due by monthly"
    assert asked(capsys, "never") == "not due by never"


def test_an_alert_of_a_rule_that_the_policy_names_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "on_alert") == "not due by on_alert"
    report(ALERT | {"rule": "drift", "message": "x: 0.3"})
    assert asked(capsys, "on_alert") == "not due by on_alert"
    report(ALERT | {"message": "roc_auc: 0.61, floor 0.7"})
    assert asked(capsys, "on_alert") == "due by on_alert: alert: roc_auc: 0.61, floor 0.7"


def test_an_alert_that_is_over_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    report(ALERT | {"period": "2013-08", "since": "2013-08", "message": "roc_auc: 0.61, floor 0.7"})
    assert asked(capsys, "on_alert") == "not due by on_alert"


def test_months_of_rest_after_the_last_release(capsys: pytest.CaptureFixture[str]) -> None:
    policy = {"when": "always", "rules": [], "rest": 2}
    Path("conf/policy/rested.yaml").write_text(yaml.safe_dump(policy), encoding="utf-8")
    assert asked(capsys, "rested", today="2013-11-30") == "not due by rested"
    assert asked(capsys, "rested", today="2013-12-01") == "due by rested: a month is over"


def test_labels_that_came_back_since(capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(3)
    assert asked(capsys, "counted") == "not due by counted"
    deliver("1", "2", "3")
    assert asked(capsys, "counted") == "due by counted: 3 new labels"


def deliver(*ids: str) -> None:
    entry = Path("conf/source/generated.yaml")
    source = {"_target_": "lifecycle.sources.feedback.read", "folder": "data/feedback", "batches": ["a"]}
    entry.write_text(yaml.safe_dump(source | {"source": yaml.safe_load(entry.read_text())}), encoding="utf-8")
    rows = {name: pd.Series(ids, dtype="str") for name in labels.FIXED}
    write_table(paths.FEEDBACK / "a.parquet", pd.DataFrame(rows))


@pytest.fixture
def built() -> None:
    """A table of two orders, as the commit's dvc.lock has it."""
    write_ids("1", "2")
    Path("dvc.yaml").write_text("stages: {clean: {cmd: clean, outs: [data/table.parquet]}}", encoding="utf-8")
    for command in (
        ["dvc", "init", "--quiet"],
        ["dvc", "commit", "--quiet", "--force", "clean"],
        ["git", "add", "dvc.yaml", "dvc.lock"],
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "table"],
    ):
        subprocess.run(command, check=True)


def write_ids(*ids: str) -> None:
    paths.TABLE.unlink(missing_ok=True)
    write_table(paths.TABLE, pd.DataFrame({"order": pd.Series(ids, dtype="str"), "late": [True] * len(ids)}))


def write_policy(labels: int) -> None:
    policy = {"when": "labels", "rules": [], "rest": 0, "labels": labels}
    Path("conf/policy/counted.yaml").write_text(yaml.safe_dump(policy), encoding="utf-8")


def test_labels_that_came_with_the_table_since(built: None, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(2)
    assert asked(capsys, "counted") == "not due by counted"
    write_ids("2", "3")
    assert asked(capsys, "counted") == "not due by counted"
    write_ids("1", "2", "3", "4")
    assert asked(capsys, "counted") == "due by counted: 2 new labels"


def test_a_label_that_was_delivered_and_stands_in_the_table_counts_once(
    built: None, capsys: pytest.CaptureFixture[str]
) -> None:
    write_policy(1)
    deliver("2", "3")
    write_ids("1", "2", "3", "4")
    assert asked(capsys, "counted") == "due by counted: 3 new labels"


def test_the_table_of_the_release_is_asked_for_by_a_policy_of_labels_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_ids("1")
    write_policy(1)
    subprocess.run(["dvc", "init", "--quiet"], check=True)
    assert asked(capsys, "monthly") == "due by monthly: a month is over"
    assert main(["due", "--policy", "counted"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == "error: HEAD has no data/table.parquet"


def test_what_cannot_be_told_is_said_in_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(paths.MONITORING)
    for arguments, said in (
        (["due"], "no monitor has written"),
        (["due", "--policy", "on_alrt"], "on_alert"),
        (["due", "--today", "soon"], "invalid"),
    ):
        assert main(arguments) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 3
        assert said in " ".join(lines)
