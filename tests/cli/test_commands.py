from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from lifecycle.__main__ import COMMANDS, main

if TYPE_CHECKING:
    from conftest import Repository


def rejected(done: subprocess.CompletedProcess[str]) -> tuple[str, str, str]:
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    what, where, todo = done.stderr.splitlines()
    return what, where, todo


def composed(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, dict[str, object]] = yaml.safe_load(done.stdout)
    return found


def test_without_a_command_every_command_is_listed(small: Repository) -> None:
    done = small.lifecycle()
    assert done.returncode == 0
    assert done.stdout.startswith("usage: lifecycle COMMAND\n")
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == list(COMMANDS)


def test_an_unknown_command_is_rejected_with_the_nearest_one(small: Repository) -> None:
    assert rejected(small.lifecycle("sumary")) == (
        "error: there is no command 'sumary'",
        "where: command line",
        "next:  use 'summary'",
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_takes_and_rejects_the_rest(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: lifecycle {name}")
    assert main([name, "--nonsense"]) == 2
    what, where, todo = capsys.readouterr().err.splitlines()
    assert what.startswith("error: ")
    assert where == "where: command line"
    assert todo.startswith("next:  ")


@pytest.mark.parametrize("asked", [["--help"], ["picks"], ["summary"]], ids=" ".join)
def test_a_reader_that_has_read_enough_gets_no_traceback(small: Repository, asked: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    asked = [sys.executable, "-m", "lifecycle", *asked]
    done = subprocess.run(
        asked, cwd=small.folder, env=small.environment, stdout=writes, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_summary_prints_data_winner_and_kpis(small: Repository) -> None:
    done = small.lifecycle("summary")
    assert done.returncode == 0
    lines = done.stdout.strip().splitlines()
    quality, test = small.json("reports/quality.json"), small.json("reports/test.json")
    assert lines[0] == (
        f"problem  generated: data through 2013-08-31, {quality['kept_rows']} rows kept, "
        f"{quality['rejected_rows']} rejected"
    )
    assert lines[1].startswith("winner   linear has the best mean score over the folds, 0.9")
    assert lines[2].startswith(f"test     {test['rows']} rows from 2013-08-0")
    assert [line.split()[:2] for line in lines[3:5]] == [["passed", "brier"], ["passed", "roc_auc"]]
    read = lines[5].removeprefix("read").replace(",", "").split()
    assert all((small.folder / name).is_file() for name in read)
    assert lines[6:] == ["open     reports/index.html, everything on one page"]


def test_summary_of_what_was_not_rebuilt_says_so(changed: Repository) -> None:
    assert "stale" not in changed.lifecycle("summary").stdout
    with (changed.folder / "conf/selection/best.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# another comment\n")
    assert "stale" not in changed.lifecycle("summary").stdout, "a comment is no change of a value"
    (changed.folder / "conf/metric/brier.yaml").unlink()
    done = changed.lifecycle("summary")
    assert done.returncode == 0
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("stale    stage evaluate is stale: ")
    assert last.endswith(" more like it: these numbers are outdated; run dvc repro")


def test_summary_before_any_stage_says_what_is_missing(changed: Repository) -> None:
    (changed.folder / "reports/test.json").unlink()
    assert rejected(changed.lifecycle("summary")) == (
        "error: reports/test.json does not exist",
        "where: reports/test.json",
        "next:  dvc repro reports/test.json",
    )


def test_gate_opens_when_every_kpi_is_reached(small: Repository) -> None:
    done = small.lifecycle("gate")
    assert done.returncode == 0
    assert done.stderr == ""
    assert [re.sub(r"0\.\d{4}", "N", line) for line in done.stdout.splitlines()] == [
        "passed  brier N, floor 0.2: reached",
        "passed  roc_auc N, floor 0.8: reached",
    ]


def test_timings_tell_every_stage_that_ran_and_the_estimate(small: Repository) -> None:
    done = small.lifecycle("timings")
    assert done.returncode == 0
    *stages, total, estimate, one, two, five, twenty = done.stdout.splitlines()
    assert {line.split()[1] for line in stages} == set(small.yaml("dvc.lock")["stages"])
    assert total.startswith("all stages ")
    assert estimate.startswith("estimated by scope ")
    assert [plan.split(":")[0].strip() for plan in (one, two, five, twenty)] == [
        f"within {minutes} min" for minutes in (1, 2, 5, 20)
    ]


def test_timings_without_a_run_say_what_makes_one(changed: Repository) -> None:
    for path in (changed.folder / "runs").iterdir():
        path.unlink()
    assert rejected(changed.lifecycle("timings")) == (
        "error: no stage has run here yet",
        "where: runs",
        "next:  make repro",
    )


def test_cfg_prints_the_composed_configuration_and_runs_nothing(small: Repository) -> None:
    before = small.outputs()
    found = composed(small.stage("train", "--cfg"))
    assert list(found) == ["problem", "schema", "training", "seed"]
    assert found["training"] == {"parts": ["train", "valid"]}
    assert found["seed"] == 1
    assert small.outputs() == before


@pytest.mark.parametrize(
    ("override", "group", "key", "value"),
    [
        ("split.test_days=61", "split", "test_days", 61),
        ("+split.gap_days=2", "split", "gap_days", 2),
        ("+x.y=1", "x", "y", 1),
    ],
)
def test_an_override_changes_or_adds_a_value(
    small: Repository, override: str, group: str, key: str, value: int
) -> None:
    assert composed(small.stage("split", "--cfg", override))[group][key] == value


@pytest.mark.parametrize(
    ("override", "what", "todo"),
    [
        ("split.test_day=61", "unknown key 'test_day' in split.test_day", "use 'test_days'"),
        ("splits.test_days=61", "unknown key 'splits'", "use 'split'"),
    ],
)
def test_a_bad_override_is_rejected_with_the_nearest(small: Repository, override: str, what: str, todo: str) -> None:
    said = rejected(small.stage("split", "--cfg", override))
    assert said[0] == f"error: {what}"
    assert said[1] == f"where: command line, {override}"
    assert said[2].startswith(f"next:  {todo}")


def test_an_override_that_is_no_override_is_rejected_in_three_lines(small: Repository) -> None:
    what, where, todo = rejected(small.stage("split", "--cfg", "split.test_days=[1"))
    assert what.startswith("error: ")
    assert where.startswith("where: ")
    assert todo.startswith("next:  ")


@pytest.mark.parametrize(
    ("override", "what", "todo"),
    [
        ("+x.y=1", "unknown key 'x'", "use one of leaks, problem, schema, seed, split"),
        ("+split.gap_days=2", "lifecycle.data.splits.split_by_time takes no argument 'gap_days'", "use 'valid_days'"),
    ],
)
def test_an_added_key_that_nothing_takes_stops_the_stage(
    small: Repository, override: str, what: str, todo: str
) -> None:
    before = small.outputs()
    said = rejected(small.stage("split", override))
    assert said[0] == f"error: {what}"
    assert said[2] == f"next:  {todo}"
    assert small.outputs() == before
