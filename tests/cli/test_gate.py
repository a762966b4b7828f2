"""Forged results: each kind closes the gate, alone and with a base, and names what was forged."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from builders import versions

from lifecycle.__main__ import main
from lifecycle.io.records import read_json

pytestmark = pytest.mark.slow  # versions in Git, built and compared

REPORT, STORED, MODEL = Path("reports/test.json"), Path("data/predictions/test.parquet"), Path("models/model.skops")


@dataclass
class Judged:
    code: int
    error: list[str]
    closed_by: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return versions.first_version(tmp_path_factory.mktemp("orders") / "repository")


@pytest.fixture
def repository(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The branch change, with a floor of ROC-AUC that the model misses."""
    folder = versions.opened(made, tmp_path, monkeypatch)
    versions.edit("conf/problem/generated.yaml", "(metric: roc_auc\n.*floor: ).*", r"\g<1>0.99")
    versions.write_version(versions.orders(versions.DAYS), 30, blind=0.0, seed=1, months=2)
    return folder


@pytest.fixture
def judge(capsys: pytest.CaptureFixture[str]) -> Callable[..., Judged]:
    """The gate alone, or with a base."""

    def judged(*arguments: str) -> Judged:
        code = main(["gate", *arguments])
        error = capsys.readouterr().err.splitlines()
        record = json.loads(Path("reports/review.json").read_text(encoding="utf-8")) if arguments else {}
        findings = record.get("gate", {}).get("findings", [])
        return Judged(code, error, [one["what"] for one in findings if not one["accepted"]])

    return judged


def forge(*keys: str, value: object) -> None:
    """Put a value into the report, and commit it as the stage's own."""
    record = read_json(REPORT)
    inner = record
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    REPORT.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def lower_floor() -> None:
    """Let the model reach its floor."""
    versions.edit("conf/problem/generated.yaml", "(metric: roc_auc\n.*floor: ).*", r"\g<1>0.0")
    versions.write_version(versions.orders(versions.DAYS), 30, blind=0.0, seed=1, months=2)


def test_true_results_open_the_gate(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    versions.commit("A better model")
    assert judge() == Judged(0, [], [])
    assert judge("--base", "main").closed_by == []


def test_a_missed_kpi_closes_it(repository: Path, judge: Callable[..., Judged]) -> None:
    versions.commit("A floor that is missed")
    assert re.match(r"error: 1 of 2 KPIs missed: roc_auc \(roc_auc: value 0\.\d+ is worse than", judge().error[0])


def test_results_of_another_floor_are_outdated_and_not_only_false(
    repository: Path, judge: Callable[..., Judged]
) -> None:
    lower_floor()
    versions.commit("A better model")
    versions.edit("conf/problem/generated.yaml", "(metric: roc_auc\n.*floor: ).*", r"\g<1>0.5")
    versions.edit("params.yaml", "^through: .*", "through: '2013-03-21'")
    found = judge()
    assert found.error[0] == (
        "error: KPI roc_auc: floor is reported as 0, in conf/problem/ it is 0.5; stage make is stale: dep params.yaml"
    )
    assert found.error[2] == "next:  dvc repro"


def test_a_forged_verdict_closes_it(repository: Path, judge: Callable[..., Judged]) -> None:
    forge("kpis", "roc_auc", "passed", value=True)
    forge("passed", value=True)
    versions.commit("Forged")
    why = [
        "KPI roc_auc: passed is reported as true, recomputed as false",
        "reports/test.json: passed is reported as true, recomputed as false",
    ]
    assert judge() == Judged(
        3,
        [
            f"error: {'; '.join(why)}",
            "where: reports/test.json, data/predictions/test.parquet",
            "next:  dvc repro --force test, which computes them anew",
        ],
        [],
    )
    alike = judge("--base", "main")
    assert (alike.code, alike.closed_by) == (3, why)


def test_a_forged_value_closes_it(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    true = read_json(REPORT)["kpis"]["roc_auc"]["model"]
    forge("kpis", "roc_auc", "model", "value", value=0.995)
    versions.commit("Forged")
    why = (
        f"KPI roc_auc: model.value is reported as 0.995, recomputed as {true['value']:g}; "
        f"0.995 lies outside its own interval {true['low']:g} to {true['high']:g}"
    )
    assert judge().error[0] == f"error: {why}"
    assert judge("--base", "main").closed_by == [why]


def test_a_forged_floor_closes_it(repository: Path, judge: Callable[..., Judged]) -> None:
    forge("kpis", "roc_auc", "floor", value=0.5)
    forge("kpis", "roc_auc", "passed", value=True)
    forge("kpis", "roc_auc", "reason", value="reached")
    forge("passed", value=True)
    versions.commit("Forged")
    found = judge()
    assert found.code == 3
    assert found.error[0].startswith(
        "error: KPI roc_auc: floor is reported as 0.5, in conf/problem/ it is 0.99; "
        "passed is reported as true, recomputed as false; "
    )
    assert "floor is reported as 0.5, in conf/problem/ it is 0.99" in judge("--base", "main").closed_by[0]


def test_forged_predictions_close_it_whatever_the_report_says(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    table = pd.read_parquet(STORED)
    table.loc[:9, "probability"] = table.loc[:9, "label"].astype("float64")
    table["predicted"] = table["probability"] >= versions.THRESHOLD
    versions.report_predictions(table)
    versions.commit("Forged")
    why = f"{STORED}: {MODEL} gives 10 of 600 rows another score"
    assert judge().error[0] == f"error: {why}"
    assert judge("--base", "main").closed_by == [why]


def test_forged_labels_close_it(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    table = pd.read_parquet(STORED)
    table.loc[:4, "label"] = 1 - table.loc[:4, "label"]
    table.to_parquet(STORED, index=False)
    versions.commit("Forged")
    assert judge().error[0] == f"error: {STORED}: 5 of 600 rows have another label than data/table.parquet"


def test_a_decision_that_does_not_follow_from_the_score_closes_it(
    repository: Path, judge: Callable[..., Judged]
) -> None:
    lower_floor()
    table = pd.read_parquet(STORED)
    table.loc[:2, "predicted"] = ~table.loc[:2, "predicted"]
    table.to_parquet(STORED, index=False)
    versions.commit("Forged")
    assert judge().error[0] == f"error: {STORED}: predicted of 3 of 600 rows does not follow from score and threshold"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda table: table.iloc[5:], "it has 595 rows, the sealed part 600; 0 are not sealed, 5 lack"),
        (lambda table: table.iloc[::-1], "its rows are in another order than the table's"),
        (lambda table: table.drop(columns="probability"), "it has no column probability"),
    ],
)
def test_rows_and_columns_that_are_not_those_of_the_sealed_part_close_it(
    repository: Path,
    judge: Callable[..., Judged],
    change: Callable[[pd.DataFrame], pd.DataFrame],
    why: str,
) -> None:
    lower_floor()
    change(pd.read_parquet(STORED)).to_parquet(STORED, index=False)
    versions.commit("Forged")
    assert judge().error[0] == f"error: {STORED}: {why}"


def test_scores_that_are_no_numbers_close_it(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    pd.read_parquet(STORED).assign(probability=float("nan")).to_parquet(STORED, index=False)
    versions.commit("Forged")
    assert judge().error[0] == f"error: the results cannot be recomputed: {STORED} has rows without a finite score"


def test_a_forged_hash_closes_it(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    versions.commit("A better model")
    versions.edit("dvc.lock", rf"(path: {MODEL}\n +hash: md5\n +md5: )\w+", rf"\g<1>{'f' * 32}")
    versions.run("git", "commit", "--quiet", "--all", "--message", "Forged")
    assert judge() == Judged(
        3,
        [
            f"error: {MODEL} has another hash than dvc.lock",
            "where: dvc.lock and the outputs that it names",
            "next:  dvc repro",
        ],
        [],
    )
    assert f"{MODEL} has another hash than dvc.lock" in judge("--base", "main").closed_by


def test_a_missing_model_closes_it(repository: Path, judge: Callable[..., Judged]) -> None:
    lower_floor()
    versions.commit("A better model")
    MODEL.unlink()
    why = f"{MODEL} is not here (make pull, or make repro)"
    assert judge() == Judged(
        3,
        [
            f"error: {why}",
            "where: dvc.lock and the outputs that it names",
            "next:  make pull, which is dvc pull; where no remote has them: make repro",
        ],
        [],
    )
    assert judge("--base", "main").closed_by == [
        why,
        "the results cannot be recomputed: models/model.skops does not exist",
    ]
    assert judge("--base", "main", "--accept", "incomplete").code == 3, "a gate that cannot see the model is closed"


def test_a_report_without_predictions_still_shows_that_it_contradicts_itself(
    repository: Path, judge: Callable[..., Judged]
) -> None:
    lower_floor()
    forge("kpis", "roc_auc", "model", "value", value=0.995)
    versions.commit("Forged")
    STORED.unlink()
    found = judge("--base", "main").closed_by
    assert any(one.startswith("KPI roc_auc: 0.995 lies outside its own interval 0.") for one in found)


def test_a_clone_without_data_says_how_to_get_it(
    repository: Path, judge: Callable[..., Judged], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower_floor()
    versions.commit("A better model")
    clone = tmp_path / "clone"
    versions.run("git", "clone", "--quiet", str(repository), str(clone))
    monkeypatch.chdir(clone)
    found = judge()
    assert found.code == 3
    assert found.error[0].startswith("error: data/features.parquet, data/predictions/test.parquet, data/raw")
    assert found.error[0].endswith(" more are not here (make pull, or make repro)")
    versions.run("dvc", "config", "--local", "cache.dir", str(repository / ".dvc" / "cache"))
    versions.run("dvc", "checkout", "--quiet")
    assert judge().code == 0
    shutil.rmtree(clone)
