from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # two whole rebuilds

TUNED = {"tune@baseline", "tune@lightgbm", "tune@linear"}
AFTER_TUNE = {"select", "train", "evaluate", "test", "package", "present", "monitor"}


Twins = tuple["Repository", "Repository"]


def ran(said: str) -> set[str]:
    return {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}


@pytest.fixture(scope="module")
def looser(small: Repository, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str]:
    """The small repository with one candidate changed, and what `dvc repro` then said."""
    repository = small.copy(tmp_path_factory.mktemp("looser") / "copy")
    repository.edit("conf/model/linear.yaml", {r"^  C: .*": "  C: 0.01"})
    return repository, repository.repro()


@pytest.fixture(scope="module")
def fewer(small: Repository, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str]:
    """The small repository with one candidate less, what `dvc repro` then said, and a floor out of reach."""
    repository = small.copy(tmp_path_factory.mktemp("fewer") / "copy")
    repository.edit("params.yaml", {r"^candidates: .*": "candidates: [baseline, linear]"})
    said = repository.repro()
    repository.edit("conf/problem/generated.yaml", {r"floor: 0.8$": "floor: 0.999"})
    repository.repro("--single-item", "test")
    return repository, said


def test_two_builds_in_different_folders_give_the_same_hash_for_every_output(
    twins: Twins,
) -> None:
    one, other = twins
    assert one.locked() == other.locked()
    assert len(one.locked()) > 25
    assert "None" not in one.locked().values()


def test_two_builds_write_the_same_files(twins: Twins) -> None:
    assert twins[0].outputs() == twins[1].outputs()


def test_every_stage_of_dvc_yaml_ran(small: Repository) -> None:
    stages = set(small.yaml("dvc.yaml")["stages"])
    assert set(small.yaml("dvc.lock")["stages"]) == stages - {"tune"} | TUNED


def test_a_second_repro_runs_nothing(small: Repository) -> None:
    before = small.outputs()
    said = small.repro()
    assert ran(said) == set()
    assert "up to date" in said
    assert small.outputs() == before


def test_a_changed_candidate_runs_itself_and_what_follows_and_no_other(looser: tuple[Repository, str]) -> None:
    assert ran(looser[1]) <= {"scope", "tune@linear", *AFTER_TUNE}  # scope says what a run tries
    assert {"tune@linear", "select"} <= ran(looser[1])


def test_a_changed_winner_changes_the_model(looser: tuple[Repository, str], small: Repository) -> None:
    assert small.json("reports/select.json")["winner"] == "linear"
    assert looser[0].outputs()["models/model.skops"] != small.outputs()["models/model.skops"]
    assert ran(looser[1]) == {"scope", "tune@linear", *AFTER_TUNE}


def test_a_removed_candidate_leaves_nothing_behind(fewer: tuple[Repository, str], small: Repository) -> None:
    assert (small.folder / "reports/tune/lightgbm").is_dir()
    assert sorted(path.name for path in (fewer[0].folder / "reports/tune").iterdir()) == ["baseline", "linear"]
    predicted = (fewer[0].folder / "data/out_of_fold").glob("*.parquet")
    assert sorted(path.stem for path in predicted) == ["baseline", "linear"]
    compared = [one["option"] for one in fewer[0].json("reports/select.json")["candidates"]]
    assert sorted(compared) == ["baseline", "linear"]


def test_a_removed_candidate_runs_no_other(fewer: tuple[Repository, str]) -> None:
    assert {"select"} <= ran(fewer[1]) <= {"scope", *AFTER_TUNE}


def test_a_missed_floor_still_leaves_every_result(fewer: tuple[Repository, str], small: Repository) -> None:
    of_lightgbm = ("reports/tune/lightgbm/", "data/out_of_fold/lightgbm.parquet")
    left_out = {name for name in small.outputs() if name.startswith(of_lightgbm)}
    assert set(fewer[0].outputs()) == set(small.outputs()) - left_out
    assert fewer[0].json("reports/test.json")["passed"] is False


def test_a_missed_floor_closes_the_gate_with_three_lines(fewer: tuple[Repository, str]) -> None:
    done = fewer[0].lifecycle("gate")
    assert done.returncode == 3
    what, where, todo = done.stderr.splitlines()
    assert what.startswith("error: 1 of 2 KPIs missed: roc_auc (roc_auc: value 0.")
    assert what.endswith("is worse than the floor 0.999)")
    assert where.startswith("where: reports/test.json")
    assert todo.startswith("next:  ")
    assert "MISSED  roc_auc" in done.stdout


def test_every_row_stands_in_one_part_and_is_predicted_once(small: Repository) -> None:
    def table(name: str) -> pd.DataFrame:
        return pd.read_parquet(Path(small.folder) / name)

    rows, opened, sealed = table("data/table.parquet"), table("data/split.parquet"), table("data/sealed.parquet")
    assert sorted([*opened["order"], *sealed["order"]]) == sorted(rows["order"])
    assert rows["order"].is_unique
    assert set(opened["part"]) == {"train", "valid"}
    assert set(sealed["part"]) == {"test"}
    valid, test = table("data/predictions/valid.parquet"), table("data/predictions/test.parquet")
    assert sorted(valid["order"]) == sorted(opened.loc[opened["part"] == "valid", "order"])
    assert sorted(test["order"]) == sorted(sealed["order"])


def test_every_raw_row_is_kept_or_rejected_with_a_reason(small: Repository) -> None:
    quality = small.json("reports/quality.json")
    found = quality["kept_rows"] + quality["open_rows"] + quality["rejected_rows"]
    assert found == quality["raw_rows"]["orders"]
    assert quality["rejected_by_reason"] == {"no label (lost)": quality["rejected_rows"]}
    assert quality["rejected_rows"] > 0


def test_a_later_version_collects_its_own_batches_alone(changed: Repository) -> None:
    before = {entry["batch"] for entry in changed.json("data/provenance.json")["batches"]}
    changed.edit("params.yaml", {"^through: .*": "through: '2013-09-30'"})
    said = changed.repro("collect")
    after = {entry["batch"] for entry in changed.json("data/provenance.json")["batches"]}
    assert after - before == {"orders/2013-09.parquet"}
    assert before < after
    assert ", 1 batch new\n" in said
