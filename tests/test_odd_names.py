"""Names from outside are free: one table of odd names through every stage, and through the doors of its release."""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import yaml
from builders import picks

from lifecycle.release.release import load_release
from lifecycle.release.rows_read import RowRead
from lifecycle.serving.explanations import explain_row
from lifecycle.serving.scorer import prepare_model

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # a whole build

OURS = ["row", "predicted", "prediction", "probability", "score", "answer", "flag", "reason", "label", "index"]
KEYS = ["_index_", "_FREQ_", "_target_like_", "${oc.env:HOME}", "a.b", "true", "null", "1.5", "yes", "arguments"]
SIGNS = ["size [m]", "a,b", '"', "'", "{x}", "a/b", "a\\b", "%", "#", "@", "*", "=cmd", "<b>", "a|b", "`t`", "$x$"]
LETTERS = ["🙂", "اسم", "名前", "x" * 500, "Case", "case", unicodedata.normalize("NFC", "é"), "e\u0301", "1st"]
FEATURES = [*OURS, *KEYS, *SIGNS, *LETTERS]
ID, TARGET, TIME = "part", "left: (y/n)?", "fold_1"
ROWS = 330


def odd_table() -> dict[str, list[str]]:
    """Two numbers, then a text, and so on; the first number and the first text tell the target."""
    random = np.random.default_rng(3)
    table: dict[str, list[str]] = {
        ID: [f"K-{place:04}" for place in range(ROWS)],
        TIME: [f"2021-{1 + place // 28 % 12:02}-{1 + place % 28:02} 12:00:00" for place in range(ROWS)],
    }
    for place, name in enumerate(FEATURES):
        numbers = [f"{value:.2f}" for value in random.normal(size=ROWS)]
        texts = random.choice(["red", "green [1]", "blue, pale"], size=ROWS).tolist()
        table[name] = texts if place % 3 == 1 else numbers
    told = np.array(table["row"], dtype=float) + (np.array(table["predicted"]) == "red")
    table[TARGET] = np.where(told + 0.5 * random.normal(size=ROWS) > 0.3, "Y", "N").tolist()
    return table


def write_csv(path: Path, table: dict[str, list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


@pytest.fixture(scope="module")
def built(make_repository: Callable[[Path], Repository], tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose problem is the odd table, rebuilt."""
    repository = make_repository(tmp_path_factory.mktemp("odd") / "odd")
    write_csv(repository.folder / "odd.csv", odd_table())
    roles = ["--target", TARGET, "--id", ID, "--time", TIME]
    done = repository.run(sys.executable, "-m", "lifecycle", "new", "odd", "--data", "odd.csv", *roles)
    assert done.returncode == 0, done.stdout + done.stderr
    picks.write_picks(repository.folder, problem="odd", through="2021-12-31", candidates=["linear", "lightgbm"])
    repository.edit("conf/search/bayesian.yaml", {r"^trials: .*": "trials: 1"})
    repository.repro()
    return repository


def test_every_stage_ran(built: Repository) -> None:
    stages = set(built.yaml("dvc.yaml")["stages"])
    assert set(built.yaml("dvc.lock")["stages"]) == stages - {"tune"} | {"tune@linear", "tune@lightgbm"}


def test_every_name_is_a_feature_of_the_release(built: Repository) -> None:
    schema = yaml.safe_load((built.folder / "conf/schema/odd.yaml").read_text(encoding="utf-8"))
    assert {name for name, column in schema["columns"].items() if column["role"] == "feature"} == set(FEATURES)
    names = load_release(built.folder / "models/release").contract.names
    assert set(FEATURES) <= set(names)
    assert len(names) == len(set(names))


def test_the_model_tells_the_target_from_the_right_columns(built: Repository) -> None:
    importance = pd.read_csv(built.folder / "reports/evaluate/importance.csv", keep_default_na=False)
    assert {"row", "predicted"} == set(importance["feature"].head(2))
    assert built.json("reports/test.json")["kpis"]["roc_auc"]["model"]["value"] > 0.7


def test_predictions_of_the_raw_file_are_those_of_the_pipeline(built: Repository) -> None:
    done = built.lifecycle("predict", "--input", "odd.csv", "--output", "predictions.parquet")
    assert done.returncode == 0, done.stdout + done.stderr
    found = pd.read_parquet(built.folder / "predictions.parquet").set_index("id")["probability"]
    expected = pd.read_parquet(built.folder / "data/predictions/test.parquet").set_index("id")
    assert expected.columns.tolist() == ["label", "probability", "predicted"]
    pd.testing.assert_series_equal(found.loc[expected.index], expected["probability"], atol=1e-8)


def test_one_row_is_explained_by_its_columns(built: Repository) -> None:
    release = load_release(built.folder / "models/release")
    model = prepare_model(release)
    row = [release.example["request"][name] for name in release.contract.names]
    expected = release.example["prediction"]
    assert {name: expected[name] for name in ("probability", "predicted")} == model.predict([row])[0]
    effects = explain_row(model, RowRead({}, row), 100)["effects"]
    assert sorted(one["field"] for one in effects) == sorted(release.contract.names)
    assert "row" in [one["field"] for one in effects[:8]]


def test_tables_have_each_column_once_and_pages_no_tag_from_outside(built: Repository) -> None:
    for path in sorted((built.folder / "reports").glob("**/*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert len(header) == len(set(header)), path
    for name in ("reports/index.html", "reports/monitor/page.html"):
        assert "<b>" not in (built.folder / name).read_text(encoding="utf-8")
    for name in ("reports/scope.md", "reports/explore/README.md", "reports/evaluate/README.md"):
        lines = (built.folder / name).read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if "<b>" in re.sub(r"`[^`]*`", "", line).replace(r"\<b\>", "")]
        assert not [line for line in lines if "x" * 100 in line]


def test_later_rows_are_monitored(built: Repository) -> None:
    done = built.lifecycle("monitor", "--data", "odd.csv")
    assert done.returncode == 0, done.stdout + done.stderr
