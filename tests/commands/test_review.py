"""Branches of a small repository, reviewed and gated: verdict, numbers and exit code of each."""

import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dvc.repo import Repo
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import Pipeline

from lifecycle import config
from lifecycle.__main__ import main
from lifecycle.files.hashes import sha256
from lifecycle.files.model import write_model
from lifecycle.files.records import write_json
from lifecycle.files.tables import write_table
from lifecycle.stages.test import Config
from lifecycle.stages.train import contract

TOP = Path(__file__).resolve().parents[2]
STAGES = """
stages:
  trace:
    cmd: "true"
    deps: [src/lifecycle]
    outs:
    - reports/code: {cache: false}
  make:
    cmd: "true"
    params: [problem, through]
    outs:
    - data/raw
    - data/provenance.json: {cache: false}
    - data/table.parquet
    - data/split.parquet
    - data/features.parquet
    - data/predictions/test.parquet
    - models/model.skops
    - reports/evaluate/threshold.json: {cache: false}
    - reports/quality.json: {cache: false}
    - reports/train.json: {cache: false}
    - reports/test.json: {cache: false}
"""
DAYS, A_DAY = 60, 20
THRESHOLD = 0.4
FEATURES = ["weight", "distance"]
METRICS = ("accuracy", "brier", "log_loss", "roc_auc")
CODE = "src/lifecycle/metrics.py"


def run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def orders(days: int) -> pd.DataFrame:
    """Orders by the day, late where they are heavy or go far; each day has its own luck, whatever days follow."""
    at = pd.Timestamp("2013-01-01T08:00Z") + pd.to_timedelta(np.repeat(np.arange(days), A_DAY), unit="D")
    drawn = np.concatenate([np.random.default_rng(day).uniform(size=(A_DAY, 4)) for day in range(days)])
    luck = np.repeat([np.random.default_rng([day, 1]).normal(scale=0.3) for day in range(days)], A_DAY)
    weight, distance = 20 * drawn[:, 0], 900 * drawn[:, 1]
    logit = 0.25 * (weight - 10) + (distance - 450) / 200 + luck
    return pd.DataFrame(
        {
            "order": [f"order {number:05d}" for number in range(len(at))],
            "ordered_at": at,
            "day": at.strftime("%Y-%m-%d"),
            "late": pd.array(drawn[:, 2] < 1 / (1 + np.exp(-logit)), dtype="boolean"),
            "weight": weight,
            "distance": distance,
            "shop": np.array(["north", "south", "west"])[(3 * drawn[:, 3]).astype(int)],
        }
    )


def write_version(rows: pd.DataFrame, test_days: int, blind: float, seed: int, months: int) -> None:
    """Everything that the stages of a version would have written; a model sees less the blinder it is."""
    days = rows["day"].to_numpy()
    test = days >= np.unique(days)[-test_days]
    generator = np.random.default_rng(seed)
    features = rows[["order", *FEATURES]].copy()
    learned = features[~test].assign(weight=rows["weight"] * (1 - blind)).fillna(0.0)
    fitted = Pipeline(
        [
            ("inputs", ColumnTransformer([("kept", "passthrough", FEATURES)]).set_output(transform="pandas")),
            ("estimator", LogisticRegression(C=1e-3 if blind else 1.0)),
        ]
    ).fit(learned[FEATURES], rows.loc[~test, "late"].astype("int64"))
    seen = features[test].assign(weight=lambda table: table["weight"] * (1 - blind) + 10 * blind)
    chance = np.clip(fitted.predict_proba(seen[FEATURES])[:, 1] + generator.normal(scale=1e-4, size=test.sum()), 0, 1)
    label = rows.loc[test, "late"].astype("int64").to_numpy()
    asked = config.load(Config)
    schema = asked.schema.asking("late")
    write_table(Path("data/table.parquet"), rows)
    write_table(Path("data/features.parquet"), features)
    parts = pd.DataFrame({"order": rows["order"], "part": "train"})[~test]
    write_table(Path("data/split.parquet"), parts)
    write_table(
        Path("data/predictions/test.parquet"),
        pd.DataFrame({"order": rows["order"][test], "label": label, "chance": chance, "flag": chance >= THRESHOLD}),
    )
    write_model(Path("models/model.skops"), {"pipeline": fitted, "contract": contract(schema, FEATURES)})
    write_json(Path("reports/evaluate/threshold.json"), {"threshold": THRESHOLD})
    write_json(Path("reports/quality.json"), {"kept_rows": len(rows), "refused_by_reason": {"no label": months}})
    write_json(
        Path("reports/train.json"),
        {"winner": "linear", "features": FEATURES, "model": {"parts": ["train", "valid"], "rows": len(parts)}},
    )
    write_json(Path("reports/test.json"), measured(asked, label, chance))
    batches = [
        {"batch": f"orders/2013-{month:02d}.parquet", "rows": 600, "sha256": f"{month}"}
        for month in range(1, months + 1)
    ]
    write_json(Path("data/provenance.json"), {"batches": batches})
    Path("data/raw").mkdir(exist_ok=True)
    (Path("data/raw") / "months").write_text(str(months), encoding="utf-8")


def measured(asked: Config, label: Any, chance: Any) -> dict[str, Any]:
    values = {"brier": float(brier_score_loss(label, chance))}
    values |= {name: float(roc_auc_score(label, chance)) for name in asked.metric if name in ("roc_auc", "area")}
    kpis = {
        kpi.metric: {
            "floor": kpi.floor,
            "passed": asked.metric[kpi.metric].sign * (values[kpi.metric] - kpi.floor) >= 0,
            "reason": "reached",
            "model": {"value": values[kpi.metric], "low": 0.0, "high": 1.0},
            "baseline": {"value": 0.5, "low": 0.5, "high": 0.5},
        }
        for kpi in asked.problem.kpis
    }
    return {"metrics": values, "kpis": kpis}


def lock() -> None:
    with Repo() as repo:
        repo.commit(force=True)


def commit(message: str) -> None:
    lock()
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", message)


def edit(name: str, pattern: str, replacement: str) -> None:
    text = Path(name).read_text(encoding="utf-8")
    changed, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
    assert count, f"{pattern} is not in {name}"
    Path(name).write_text(changed, encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one version, on the branch main; its model knows the weight half."""
    folder = tmp_path_factory.mktemp("orders") / "repository"
    folder.mkdir()
    shutil.copytree(TOP / "conf", folder / "conf")
    for path in (folder / "conf" / "metric").iterdir():
        if path.stem not in METRICS:
            path.unlink()
    (folder / CODE).parent.mkdir(parents=True)
    shutil.copy2(TOP / CODE, folder / CODE)
    for name in ("params.yaml", "requirements.lock", ".gitignore"):
        shutil.copy2(TOP / name, folder / name)
    with inside(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("DVC_SITE_CACHE_DIR", str(folder.parent / "site"))
        edit("params.yaml", "^problem: .*", "problem: generated")
        edit("conf/gate/floors.yaml", "^resamples: .*", "resamples: 40")
        edit("conf/problem/generated.yaml", "floor: 0.[0-9]+$", "floor: 0.0")
        edit("conf/problem/generated.yaml", "(metric: brier\n.*floor: ).*", r"\g<1>1.0")
        Path("dvc.yaml").write_text(STAGES, encoding="utf-8")
        run("git", "init", "--quiet", "--initial-branch", "main")
        run("git", "config", "user.name", "A Tester")
        run("git", "config", "user.email", "tester@example.org")
        run("dvc", "init", "--quiet")
        write_json(Path("reports/code/test.json"), {CODE: sha256(Path(CODE))})
        write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
        commit("The first version")
        run("git", "checkout", "--quiet", "-b", "change")
    return folder


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


@pytest.fixture
def repository(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(made, folder, symlinks=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    return folder


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
    assert auc["base"] == pytest.approx(roc_auc_score(before["label"], before["chance"]), abs=1e-6)
    assert auc["head"] == pytest.approx(roc_auc_score(after["label"], after["chance"]), abs=1e-6)
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


def test_the_same_model_with_another_seed_is_no_real_difference(
    repository: Path, gate: Callable[..., Reviewed]
) -> None:
    write_version(orders(DAYS), 30, blind=0.5, seed=2, months=2)
    commit("Another seed")
    found = gate()
    assert (found.code, found.word, found.closed_by) == (0, "no real difference", [])
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
    assert anew["rows"] == "head's 600 test rows, scored anew by base's model"
    assert shared["rows"] == "the 200 test rows that both share"
    assert (anew["count"], shared["count"]) == (600, 200)
    assert "**The test rows differ:** base has 600, head 600, both share 200." in found.page
    assert found.record["data"]["batches"]["added"] == [{"batch": "orders/2013-03.parquet", "rows": 600}]
    assert {"name": "refused_by_reason.no label", "base": 2, "head": 3} in found.record["data"]["quality"]
    assert {"file": "params.yaml", "key": "through", "base": "2013-09-30", "head": "2013-03-21"} in found.record[
        "options"
    ]


def test_rows_that_bases_model_learned_from_are_left_out(repository: Path, gate: Callable[..., Reviewed]) -> None:
    write_version(orders(DAYS), 40, blind=0.5, seed=1, months=2)
    commit("A longer test part")
    found = gate()
    assert found.record["comparisons"][0]["rows"] == (
        "head's 600 test rows, scored anew by base's model (200 more that it learned from are left out)"
    )


def test_a_renamed_metric_makes_the_comparison_incomplete(repository: Path, gate: Callable[..., Reviewed]) -> None:
    Path("conf/metric/roc_auc.yaml").rename("conf/metric/area.yaml")
    edit("conf/problem/generated.yaml", "roc_auc", "area")
    write_version(orders(DAYS), 30, blind=0.5, seed=1, months=2)
    commit("Another name")
    found = gate()
    assert (found.code, found.word) == (3, "no real difference")
    assert found.closed_by == [
        "comparison incomplete: head: metric roc_auc of base is not measured any more: renamed or removed"
    ]
    assert found.metric("area")["difference"] == 0
    assert "**The comparison is incomplete.**" in found.page
    assert "**This change alters the rules that it is judged by.**" in found.page
    assert gate("--accept", "incomplete").code == 0


def test_a_base_without_metrics_is_said_and_closes_the_gate(repository: Path, gate: Callable[..., Reviewed]) -> None:
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
    assert (found.code, found.word) == (3, "no real difference")
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
    assert "as reports/test.json of each version says" in found.page


def test_an_unknown_base_is_refused_in_three_lines(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
    with Path("src/lifecycle/metrics.py").open("a", encoding="utf-8") as stream:
        stream.write("# another line\n")
    edit("params.yaml", "^through: .*", "through: '2013-03-21'")
    closed = gate("--accept", "incomplete").closed_by
    assert "stage make is stale: dep params.yaml" in closed
    assert "stage trace is stale: dep src/lifecycle" in closed
    assert any(one == "stage test ran other code than stands here: src/lifecycle/metrics.py" for one in closed)


def test_a_tolerance_of_no_metric_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
    assert math.isfinite(found.metric("brier")["chance"])
