"""Months played again on the small repository: a crash on the way and a second try end in the same bytes."""

import sys

import pandas as pd
import pytest

pytestmark = pytest.mark.slow  # months of releases

POLICIES = ("never", "monthly", "newest", "on_alert", "on_labels")
NEWEST = "when: always\nrules: []\nrest: 0\ntraining: sliding\n"
ASKED = (
    "replay",
    "replay.first=2013-07",
    "replay.months=2",
    "replay.share=1.0",
    "replay.held=30",
    "training.sliding.days=91",
)


def outputs(repository):
    return {path.name: path.read_bytes() for path in (repository.folder / "reports/replay").iterdir()}


def killed_on_the_way(repository):
    """Start a replay, and kill it once the first month is told."""
    process = repository.start(sys.executable, "-m", "lifecycle", *ASKED)
    assert any(line.startswith("replay: 1/10 ") for line in process.stdout)
    process.kill()
    process.communicate()
    assert not (repository.folder / "reports/replay").exists()


def test_every_policy_is_told_by_month_and_a_retry_after_a_crash_ends_in_the_same_bytes(changed, tmp_path):
    changed.edit("conf/policy/on_labels.yaml", {r"^labels: .*": "labels: 100"})
    (changed.folder / "conf/policy/newest.yaml").write_text(NEWEST, encoding="utf-8")
    other = changed.copy(tmp_path / "other")
    killed_on_the_way(other)
    done = changed.lifecycle(*ASKED)
    assert done.returncode == 0, done.stderr
    told = [line.split(":")[1].split(" ", 2)[2] for line in done.stdout.splitlines() if line.startswith("replay: ")]
    assert told == [f"{month} {name}" for name in POLICIES for month in ("2013-07", "2013-08")]
    assert other.lifecycle(*ASKED).returncode == 0
    assert outputs(other) == outputs(changed)
    policies = changed.json("reports/replay/replay.json")["policies"]
    assert policies["never"]["releases"] == 0
    assert {month["learned_through"] for month in policies["never"]["months"]} == {"2013-06"}
    assert [month["learned_through"] for month in policies["monthly"]["months"]] == ["2013-06", "2013-07"]
    first, newest = (policies[name]["months"][0] for name in ("never", "newest"))
    assert newest["learned_through"] == first["learned_through"]
    assert newest["release"] != first["release"]  # it learned from fewer rows
    asked = [month["challenger"]["asked"] for month in policies["on_labels"]["months"]]
    days = pd.read_parquet(changed.folder / "data/table.parquet", columns=["day"])["day"]
    assert asked == ["", f"{days.between('2013-06-28', '2013-08-28').sum()} new labels"]


def test_a_policy_of_a_window_that_is_no_option_is_rejected(changed):
    (changed.folder / "conf/policy/newest.yaml").write_text(NEWEST.replace("sliding", "slidng"), encoding="utf-8")
    done = changed.lifecycle(*ASKED)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == ["where: conf/policy/newest.yaml, key training", "next:  use 'sliding'"]


def test_what_cannot_be_played_is_rejected(small):
    done = small.lifecycle("replay", "replay.months=0")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: share 0.1, months 0, delay 3, held 21"
