"""Branches of a small repository, reviewed and gated: verdict, numbers and exit code of each."""

import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import versions
from sklearn.metrics import roc_auc_score

from lifecycle.__main__ import main

pytestmark = pytest.mark.slow  # versions in Git, built and compared

DAYS, commit, edit, first_version, lock = (
    versions.DAYS,
    versions.commit,
    versions.edit,
    versions.first_version,
    versions.lock,
)
opened, orders, run, write_version = versions.opened, versions.orders, versions.run, versions.write_version


@dataclass
class Reviewed:
    code: int
    said: str
    page: str
    record: dict[str, Any]

    def metric(self, name: str, place: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.record["comparisons"][place]["metrics"] if one["name"] == name)
        return found

    @property
    def word(self) -> str:
        return str(self.record["verdict"]["word"])

    @property
    def closed_by(self) -> list[str]:
        return [one["what"] for one in self.record["gate"]["findings"] if not one["accepted"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first_version(tmp_path_factory.mktemp("orders") / "repository")


@pytest.fixture
def repository(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return opened(made, tmp_path, monkeypatch)


@pytest.fixture
def gate(capsys: pytest.CaptureFixture[str]) -> Callable[..., Reviewed]:
    def gated(*arguments: str, base: str = "main") -> Reviewed:
        code = main(["gate", "--base", base, *arguments])
        said = capsys.readouterr()
        page = Path("reports/review.md").read_text(encoding="utf-8")
        record = json.loads(Path("reports/review.json").read_text(encoding="utf-8"))
        assert len(page) <= 60_000
        return Reviewed(code, said.out + said.err, page, record)

    return gated


def predictions() -> pd.DataFrame:
    return pd.read_parquet("data/predictions/test.parquet")


def test_a_better_model_is_better_and_opens_the_gate(repository: Path, gate: Callable[..., Reviewed]) -> None:
    before = predictions()
    write_version(orders(DAYS), 30, blind=0.0, seed=1, months=2)
    commit("A better model")
    found = gate()
    after = predictions()
    assert (found.code, found.word, found.closed_by) == (0, "better", [])
    auc = found.metric("roc_auc")
    assert auc["base"] == pytest.approx(roc_auc_score(before["label"], before["probability"]), abs=1e-6)
    assert auc["head"] == pytest.approx(roc_auc_score(after["label"], after["probability"]), abs=1e-6)
    assert auc["difference"] == pytest.approx(auc["head"] - auc["base"], abs=2e-6)
    assert 0 < auc["low"] < auc["difference"] < auc["high"]
    assert found.record["rows"] == {"base": 600, "head": 600, "shared": 600}
    assert found.record["comparisons"][0]["blocks"] == 30
    assert found.page.startswith("# 🟢 Better\n\nbrier goes from 0.")
    assert "**Gate: open.**" in found.page
    assert "incomplete" not in found.page


def test_a_worse_model_closes_the_gate_until_each_loss_is_accepted_by_name(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    write_version(orders(DAYS), 30, blind=1.0, seed=1, months=2)
    commit("A worse model")
    found = gate()
    assert (found.code, found.word) == (3, "worse")
    assert found.metric("roc_auc")["high"] < 0
    assert any(one.startswith("roc_auc goes from 0.") for one in found.closed_by)
    assert "label `accept:roc_auc` accepts it" in found.page
    names = {one["accept"] for one in found.record["gate"]["findings"]}
    floors = [one for one in found.closed_by if one.startswith("KPI ")]
    labels = json.dumps(["bug", *(f"accept:{name}" for name in names if name), "accept:nothing"])
    again = gate("--labels", labels)
    assert again.closed_by == floors
    assert again.code == (3 if floors else 0)
    assert "☑ accepted: " in again.page
    assert "⚠ accepted by name, but nothing of that name is worse: nothing" in again.page


def test_the_same_model_with_another_seed_is_no_significant_difference(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    write_version(orders(DAYS), 30, blind=0.5, seed=2, months=2)
    commit("Another seed")
    found = gate()
    assert (found.code, found.word, found.closed_by) == (0, "no significant difference", [])
    assert found.metric("roc_auc")["difference"] != 0
    assert {one["mark"] for one in found.record["comparisons"][0]["slices"]} == {"within noise"}


def test_a_new_month_is_compared_on_heads_rows_and_on_those_that_both_share(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    edit("params.yaml", "^through: .*", "through: '2013-03-21'")
    write_version(orders(DAYS + 20), 30, blind=0.0, seed=1, months=3)
    commit("A new month")
    found = gate()
    assert (found.code, found.word, found.closed_by) == (0, "better", [])
    assert found.record["rows"] == {"base": 600, "head": 600, "shared": 200}
    anew, shared = found.record["comparisons"]
    assert anew["rows"] == "head's 600 test rows, scored by base's model"
    assert shared["rows"] == "the 200 test rows that both share"
    assert (anew["count"], shared["count"]) == (600, 200)
    assert "**The test rows differ:** base has 600, head 600, both share 200." in found.page
    assert found.record["data"]["batches"]["added"] == {"orders/2013-03.parquet": 600}
    assert {"name": "rejected_by_reason.no label", "base": 2, "head": 3} in found.record["data"]["quality"]
    assert {"file": "params.yaml", "key": "through", "base": "2013-09-30", "head": "2013-03-21"} in found.record[
        "options"
    ]


def test_rows_that_bases_model_was_trained_on_are_left_out(repository: Path, gate: Callable[..., Reviewed]) -> None:
    write_version(orders(DAYS), 40, blind=0.5, seed=1, months=2)
    commit("A longer test part")
    found = gate()
    assert found.record["comparisons"][0]["rows"] == (
        "head's 600 test rows, scored by base's model (200 more that it has learned from are left out)"
    )
    assert found.record["selection"]["outcome"] == "left out"
    assert [level["name"] for level in found.record["selection"]["likeness"]["levels"]] == ["no", "yes"]
    assert "600 of head's 800 test rows are left (75.0%); base's model has learned from the others. These are" in (
        found.page.replace("\\", "")
    )


def test_where_base_has_learned_from_most_test_rows_both_are_fitted_anew_and_compared_on_all(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    write_version(orders(DAYS), 10, blind=0.5, seed=1, months=2)
    commit("A short test part")
    write_version(orders(DAYS), 30, blind=0.5, seed=2, months=2)
    commit("A long one")
    found = gate(base="HEAD~1")
    assert (found.code, found.word, found.closed_by) == (0, "no significant difference", [])
    assert found.record["comparisons"][0]["rows"] == (
        "all of head's 600 test rows, both fitted anew on the 600 training rows they share"
    )
    assert (found.record["selection"]["left"], found.record["selection"]["outcome"]) == (200, "refitted")
    assert found.metric("roc_auc")["difference"] == 0
    assert "These are fewer than half: total variation distance 0.0433" in found.page
    again = gate(base="HEAD~1")
    assert (again.record, again.page) == (found.record, found.page)


def test_where_a_refit_is_too_much_work_nothing_is_compared_and_the_gate_is_closed(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    edit("conf/gate/floors.yaml", "^refit: .*", "refit: 1199")
    write_version(orders(DAYS), 10, blind=0.5, seed=1, months=2)
    commit("A short test part")
    write_version(orders(DAYS), 30, blind=0.5, seed=2, months=2)
    commit("A long one")
    found = gate(base="HEAD~1")
    why = (
        "base: head's 600 test rows, 400 of which it has learned from, not compared: a refit on 600 rows of 2 features "
        "is 1,200 values, above 1,199"
    )
    assert (found.code, found.word) == (3, "not comparable")
    assert found.closed_by == [f"comparison incomplete: {why}"]
    assert found.page.startswith(f"# 🟠 Not comparable\n\n{why}.")
    assert gate("--accept", "incomplete", base="HEAD~1").code == 0


def test_a_lowered_floor_closes_the_gate_until_it_is_accepted_by_name(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    edit("conf/problem/generated.yaml", "(metric: brier\n.*floor: ).*", r"\g<1>2.0")
    write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
    commit("A lower floor")
    found = gate()
    assert (found.code, found.closed_by) == (3, ["the floor of KPI brier is lowered from 1 to 2 (lower is better)"])
    assert "label `accept:kpi:brier` accepts it" in found.page
    assert "> - conf/problem/generated.yaml: kpis.brier.floor 1.0 → 2.0" in found.page.replace("\\", "")
    assert gate("--accept", "brier", "--accept", "incomplete").code == 3
    assert gate("--labels", "accept:kpi:brier").code == 0


def test_a_removed_kpi_decides_all_the_same(repository: Path, gate: Callable[..., Reviewed]) -> None:
    edit("conf/problem/generated.yaml", r"  - metric: roc_auc\n.*floor: .*\n.*why: .*\n", "")
    edit("conf/problem/generated.yaml", "^score: roc_auc", "score: brier")
    write_version(orders(DAYS), 30, blind=1.0, seed=1, months=2)
    commit("A worse model, and a KPI less")
    found = gate()
    assert found.record["deciding"] == ["brier", "roc_auc"]
    assert found.closed_by[-1] == "KPI roc_auc of base, floor 0, is removed"
    names = {one["accept"] for one in found.record["gate"]["findings"]}
    assert {"kpi:roc_auc", "roc_auc"} <= names
    accepted = [part for name in sorted(names - {"kpi:roc_auc"}) for part in ("--accept", name)]
    assert gate(*accepted).closed_by == ["KPI roc_auc of base, floor 0, is removed"]


def test_rules_that_moved_are_listed_at_the_top(repository: Path, gate: Callable[..., Reviewed]) -> None:
    edit("params.yaml", "^seed: .*", "seed: 2")
    edit("conf/leaks/default.yaml", "^column: [0-9.]+", "column: 1.0")
    edit("conf/split/by_time.yaml", "^test_days: [0-9]+", "test_days: 61")
    edit("conf/source/generated.yaml", "^rows: [0-9]+", "rows: 901")
    edit("conf/clean/generated.yaml", "^steps: .*", "steps: [{_target_: drop}]")
    write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
    commit("Other rules")
    assert gate().record["rules"] == [
        {"file": "params.yaml", "key": "seed", "base": 1, "head": 2},
        {"file": "conf/leaks/default.yaml", "key": "column", "base": 0.98, "head": 1.0},
        {"file": "conf/split/by_time.yaml", "key": "test_days", "base": 30, "head": 61},
        {"file": "conf/clean/generated.yaml", "key": "steps", "base": [], "head": [{"_target_": "drop"}]},
        {"file": "conf/source/generated.yaml", "key": "rows", "base": 900, "head": 901},
    ]


def test_a_model_that_predicts_no_row_positive_is_remarked_on(
    repository: Path, gate: Callable[..., Reviewed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "THRESHOLD", 1.0)
    write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
    commit("A threshold above all")
    page = gate().page
    assert "⚠ Head's model predicts none of the 600 rows positive: its threshold is 1.0000, its probabilities" in page
    assert "Rows are predicted positive at probability ≥ 1.0000 (base: ≥ 0.4000)" in page


def test_a_renamed_metric_makes_the_comparison_incomplete(repository: Path, gate: Callable[..., Reviewed]) -> None:
    Path("conf/metric/roc_auc.yaml").rename("conf/metric/area.yaml")
    edit("conf/problem/generated.yaml", "roc_auc", "area")
    write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
    commit("Another name")
    found = gate()
    assert (found.code, found.word) == (3, "no significant difference")
    assert found.closed_by == [
        "comparison incomplete: head: metric roc_auc of base is not measured any more: renamed or removed",
        "KPI roc_auc of base, floor 0, is removed",
    ]
    assert found.metric("area")["difference"] == 0
    assert "**The comparison is incomplete.**" in found.page
    assert "**This change alters the rules that it is judged by.**" in found.page
    assert gate("--accept", "incomplete", "--accept", "kpi:roc_auc").code == 0


def test_an_inconclusive_loss_on_too_few_days_closes_the_gate(repository: Path, gate: Callable[..., Reviewed]) -> None:
    write_version(orders(DAYS), 4, blind=1.0, seed=1, months=2)
    commit("Four days of test")
    found = gate()
    assert (found.code, found.word) == (3, "not comparable")
    assert [one for one in found.closed_by if one.endswith("is inconclusive")] == [
        "comparison incomplete: brier is inconclusive",
        "comparison incomplete: roc_auc is inconclusive",
    ]


def test_a_base_without_metrics_closes_the_gate(repository: Path, gate: Callable[..., Reviewed]) -> None:
    run("git", "checkout", "--quiet", "-b", "bare")
    kept = Path("reports/test.json").read_text(encoding="utf-8")
    declared = Path("dvc.yaml").read_text(encoding="utf-8")
    Path("dvc.yaml").write_text(declared.replace("    - reports/test.json: {cache: false}\n", ""), encoding="utf-8")
    Path("reports/test.json").unlink()
    commit("No metrics yet")
    Path("dvc.yaml").write_text(declared, encoding="utf-8")
    Path("reports/test.json").write_text(kept, encoding="utf-8")
    commit("Metrics")
    found = gate(base="HEAD~1")
    assert (found.code, found.word) == (3, "no significant difference")
    (why,) = found.closed_by
    assert re.fullmatch(
        r"comparison incomplete: base: metrics not compared: [0-9a-f]{7} has no reports/test\.json", why
    )
    assert found.metric("brier")["difference"] == 0


def test_a_shallow_clone_is_not_comparable_and_says_what_to_fetch(
    repository: Path, tmp_path: Path, gate: Callable[..., Reviewed], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_version(orders(DAYS), 30, blind=0.0, seed=1, months=2)
    commit("A better model")
    clone = tmp_path / "clone"
    run("git", "clone", "--quiet", "--depth", "1", "--branch", "change", f"file://{repository}", str(clone))
    monkeypatch.chdir(clone)
    run("dvc", "config", "--local", "cache.dir", str(repository / ".dvc" / "cache"))
    run("dvc", "checkout", "--quiet")
    found = gate(base="origin/main")
    assert (found.code, found.word) == (3, "not comparable")
    assert found.closed_by == [
        "comparison incomplete: base: nothing compared: this clone is shallow and has no origin/main"
    ]
    assert "next: git fetch --unshallow" in found.page
    assert "| roc\\_auc | 0.8" in found.page


def test_a_missing_cache_leaves_the_kept_numbers_and_closes_the_gate(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    write_version(orders(DAYS), 30, blind=0.0, seed=1, months=2)
    commit("A better model")
    shutil.rmtree(".dvc/cache")
    found = gate()
    assert (found.code, found.word) == (3, "not comparable")
    assert any("neither the cache nor a remote has data/predictions/test.parquet" in one for one in found.closed_by)
    assert found.record["comparisons"] == []
    kept = {one["name"]: one for one in found.record["kept"]}
    assert kept["roc_auc"]["base"] < kept["roc_auc"]["head"]
    assert "Each version on its own test rows, from its reports/test.json:" in found.page


def test_an_unknown_base_is_rejected_in_three_lines(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--base", "mian"]) == 2
    assert capsys.readouterr().err == "error: there is no revision 'mian'\nwhere: Git\nnext:  use 'main'\n"
    assert not Path("reports/review.md").exists()


def test_the_same_two_versions_give_the_same_bytes_and_leave_git_and_dvc_clean(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_version(orders(DAYS), 30, blind=0.0, seed=1, months=2)
    commit("A better model")
    written = []
    for _ in range(2):
        assert main(["review", "--base", "main"]) == 0
        written.append([Path(f"reports/review.{kind}").read_bytes() for kind in ("md", "json")])
    assert written[0] == written[1]
    assert run("git", "status", "--porcelain") == ""
    assert "up to date" in run("dvc", "status")
    assert capsys.readouterr().out.startswith("better: ")


def test_a_lock_that_is_not_committed_or_of_other_code_closes_the_gate(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    write_version(orders(DAYS), 30, blind=0.5, seed=2, months=2)
    lock()
    found = gate()
    assert found.code == 3
    assert found.closed_by == ["the committed dvc.lock is not the one here, stages make: dvc repro, then commit it"]
    with Path("src/lifecycle/evaluation/metric.py").open("a", encoding="utf-8") as stream:
        stream.write("# another line\n")
    edit("params.yaml", "^through: .*", "through: '2013-03-21'")
    closed = gate("--accept", "incomplete").closed_by
    assert "stage make is stale: dep params.yaml" in closed
    assert "stage trace is stale: dep src/lifecycle" in closed
    assert any(one == "stage test ran other code than is here: src/lifecycle/evaluation/metric.py" for one in closed)


def test_frozen_stages_close_the_gate_until_a_person_accepts_them(
    repository: Path, gate: Callable[..., Reviewed], capsys: pytest.CaptureFixture[str]
) -> None:
    edit("dvc.yaml", "^  make:$", "  make:\n    frozen: true")
    run("git", "commit", "--quiet", "--all", "--message", "Frozen")
    why = "stage make is frozen: nothing tells whether it is stale"
    found = gate()
    assert (found.code, found.closed_by) == (3, [why])
    assert "label `accept:frozen` accepts it" in found.page
    assert gate("--labels", "accept:frozen").code == 0
    assert main(["gate"]) == 3
    assert why in capsys.readouterr().err
    assert main(["gate", "--accept", "frozen"]) == 0


def test_a_tolerance_of_no_metric_is_rejected(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit("conf/gate/floors.yaml", "^tolerances: .*", "tolerances: {roc_acu: 0.1}")
    assert main(["review", "--base", "main"]) == 2
    assert "use 'roc_auc'" in capsys.readouterr().err


def test_a_wide_tolerance_lets_a_loss_pass(repository: Path, gate: Callable[..., Reviewed]) -> None:
    edit("conf/gate/floors.yaml", "^tolerances: .*", "tolerances: {roc_auc: 0.5, brier: 0.5}")
    write_version(orders(DAYS), 30, blind=1.0, seed=1, months=2)
    commit("A worse model that may be")
    found = gate()
    assert found.metric("roc_auc")["mark"] == "within noise"
    assert found.metric("roc_auc")["tolerance"] == 0.5
    assert not any(one.startswith("roc_auc") for one in found.closed_by)
    assert "conf/gate/floors.yaml: tolerances" in found.page.replace("\\", "")
    assert math.isfinite(found.metric("brier")["p_value"])
