"""Raw tables with faults at the doors of their releases: what was trained on scores, what is not read is said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import conftest
import numpy as np
import pandas as pd
import pytest
from builders import raw_problems
from fastapi.testclient import TestClient

from lifecycle import config
from lifecycle.release.release import Release, load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

pytestmark = pytest.mark.slow  # three builds
ROWS = 500


@dataclass(frozen=True)
class Built:
    """The table that was trained on, and the repository of its release."""

    table: pd.DataFrame
    repository: conftest.Repository
    release: Release

    @property
    def folder(self) -> Path:
        return self.repository.folder


@dataclass(frozen=True)
class Scored:
    """The exit code of `lifecycle predict`, what it printed, its predictions and its rejected rows."""

    code: int
    said: list[str]
    predictions: pd.DataFrame
    rejected: pd.DataFrame


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Built]]:
    """A release of a table from `lifecycle new` and the stages."""
    before = Path.cwd()

    def make(
        name: str, table: pd.DataFrame, target: str, write: Callable[[pd.DataFrame, Path], None], ending: str
    ) -> Built:
        repository = conftest.make(tmp_path_factory.mktemp(name) / "repository")
        write(table, repository.folder / f"{name}{ending}")
        done = repository.lifecycle("new", name, "--data", f"{name}{ending}", "--target", target)
        assert done.returncode == 0, done.stdout + done.stderr
        raw_problems.run_stages(name, repository)
        os.chdir(repository.folder)
        return Built(table, repository, load_release())

    yield make
    os.chdir(before)


def to_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def to_json_lines(table: pd.DataFrame, path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in table.to_dict("records")), encoding="utf-8")


def score(
    built: Built,
    table: pd.DataFrame,
    folder: Path,
    write: Callable[[pd.DataFrame, Path], None] = to_csv,
    ending: str = ".csv",
) -> Scored:
    """`lifecycle predict` on a file of the table."""
    folder.mkdir(exist_ok=True)
    write(table, folder / f"rows{ending}")
    done = built.repository.lifecycle(
        "predict", "--input", str(folder / f"rows{ending}"), "--output", str(folder / "out.jsonl")
    )
    assert "Traceback" not in done.stderr
    rejected = folder / "out.rejected.csv"
    wrong = pd.read_csv(rejected, dtype="str") if rejected.exists() else pd.DataFrame()
    return Scored(done.returncode, done.stdout.splitlines(), read_lines(folder / "out.jsonl"), wrong)


def read_lines(path: Path) -> pd.DataFrame:
    """JSON lines as a table."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return pd.DataFrame([json.loads(line) for line in lines])


def flats() -> pd.DataFrame:
    """Flats: a code for a missing area, blanks around floors, `n/a`, flags in two spellings, money."""
    random = np.random.default_rng(17)
    area, floor = random.integers(25, 140, ROWS), random.choice(["high", "low"], ROWS)
    rent = 240 + 9.5 * area + 90 * (floor == "high") + random.normal(0, 25, ROWS)
    return pd.DataFrame(
        {
            "flat_id": [f"F{place:04}" for place in range(ROWS)],
            "area": np.where(random.random(ROWS) < 0.1, "-999", area.astype(str)),
            "floor": np.where(random.random(ROWS) < 0.2, pd.Series(floor) + " ", floor),
            "zone": random.choice(["A", "B", "n/a"], ROWS, p=[0.5, 0.4, 0.1]),
            "lift": random.choice(["Y", "N"], ROWS),
            "new": random.choice(["0", "1"], ROWS),
            "fee": [f"$1,{value:.2f}" for value in random.uniform(100, 999, ROWS)],
            "rent": [f"€{value:,.2f}" for value in rent],
        }
    )


@pytest.fixture(scope="module")
def rented(build: Callable[..., Built]) -> Built:
    return build("flats", flats(), "rent", to_csv, ".csv")


@pytest.mark.parametrize("labelled", [True, False])
def test_the_export_that_was_trained_on_scores(rented: Built, labelled: bool, tmp_path: Path) -> None:
    found = score(rented, rented.table if labelled else rented.table.drop(columns="rent"), tmp_path / "a")
    assert found.code == 0
    assert found.said == [f"{ROWS} rows scored by release {rented.release.version}: {tmp_path / 'a' / 'out.jsonl'}"]
    assert len(found.predictions) == ROWS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"area": "-999"}, {"area": ""}),
        ({"area": "-999.0"}, {"area": " -999 "}),
        ({"zone": "n/a"}, {"zone": ""}),
        ({"floor": "high "}, {"floor": "high"}),
        ({"floor": " low"}, {"floor": "low "}),
        pytest.param(
            {"floor": " LOW"},
            {"floor": "low"},
            marks=pytest.mark.xfail(strict=True, reason="a case that the table did not have is another category"),
        ),
        ({"lift": "Y"}, {"lift": " y "}),
        ({"new": "1"}, {"new": "1.0"}),
        ({"fee": "$1,300.50"}, {"fee": "1300.5"}),
        ({"fee": " 1,300.50 "}, {"fee": "$1300.50"}),
    ],
)
def test_two_spellings_of_a_value_have_one_prediction(
    rented: Built, one: Mapping[str, str], other: Mapping[str, str], tmp_path: Path
) -> None:
    rows = rented.table.drop(columns="rent").head(40)
    first, second = (
        score(rented, rows.assign(**spelled), tmp_path / name) for name, spelled in (("a", one), ("b", other))
    )
    assert (first.code, second.code, len(first.predictions)) == (0, 0, 40)
    pd.testing.assert_frame_equal(first.predictions, second.predictions)


def test_one_row_has_one_prediction_by_file_and_by_http(rented: Built, tmp_path: Path) -> None:
    rows = rented.table.drop(columns="rent").head(60)
    found = score(rented, rows, tmp_path / "a").predictions
    settings = config.load(Config, ["serve=default"]).serve
    with TestClient(create_app(Service(settings, Environment(), rented.release, "HEAD"))) as client:
        told = [
            client.post("/predict", json=row).raise_for_status().json()["prediction"] for row in rows.to_dict("records")
        ]
    fields = list(told[0])
    assert told == found[fields].to_dict("records")
    assert len({json.dumps(one) for one in told}) > 30


BROKEN = {"area": "twelve", "fee": "a lot", "lift": "perhaps"}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_file_of_which_every_row_is_rejected_ends_with_2(rented: Built, name: str, tmp_path: Path) -> None:
    found = score(rented, rented.table.drop(columns="rent").assign(**{name: BROKEN[name]}), tmp_path / "a")
    assert found.code == 2
    assert found.said[0].startswith("0 rows scored by release ")
    assert found.said[1].startswith(f"{ROWS} rows rejected, with the reason: ")
    assert len(found.predictions) == 0
    assert set(found.rejected["field"]) == {name}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_file_of_which_some_rows_are_rejected_ends_with_0_and_says_so(
    rented: Built, name: str, tmp_path: Path
) -> None:
    rows = rented.table.drop(columns="rent").copy()
    rows.loc[[3, 90, 411], name] = BROKEN[name]
    found = score(rented, rows, tmp_path / "a")
    assert found.code == 0
    assert found.said[0].startswith(f"{ROWS - 3} rows scored by release ")
    assert found.said[1].startswith("3 rows rejected, with the reason: ")
    assert len(found.predictions) == ROWS - 3
    assert found.rejected[["row", "field", "got"]].values.tolist() == [
        [row, name, repr(BROKEN[name])] for row in ("4", "91", "412")
    ]


OURS = ["row", "predicted", "prediction", "score", "answer", "flag", "probability"]
SIGNS = ["size [m]", "{b}:rate", 'the "x", y']


def named() -> pd.DataFrame:
    """A table without a key whose columns are called as predictions are, and with signs that LightGBM refuses."""
    random = np.random.default_rng(18)
    table = {name: [f"{value:.3f}" for value in random.normal(size=ROWS)] for name in [*OURS, *SIGNS]}
    told = np.array(table["row"], dtype=float) + np.array(table["size [m]"], dtype=float)
    return pd.DataFrame(table | {"left: (y/n)?": np.where(told + random.normal(0, 0.4, ROWS) > 0, "yes", "no")})


@pytest.fixture(scope="module")
def collided(build: Callable[..., Built]) -> Built:
    return build("named", named(), "left: (y/n)?", to_csv, ".csv")


def test_the_features_of_the_pipeline_are_scored(collided: Built) -> None:
    arguments = ["--input", "data/features.parquet", "--output", "predictions.parquet"]
    done = collided.repository.lifecycle("predict", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ROWS} rows scored by release " in done.stdout
    found = pd.read_parquet(collided.folder / "predictions.parquet")
    assert len(found) == ROWS
    assert found.columns.is_unique


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_users_columns_and_ours_stay_apart(collided: Built, ending: str, tmp_path: Path) -> None:
    write = {".csv": to_csv, ".jsonl": to_json_lines}[ending]
    rows = collided.table.drop(columns="left: (y/n)?")
    found = score(collided, rows, tmp_path / "a", write, ending)
    assert (found.code, len(found.predictions)) == (0, ROWS)
    again = score(collided, rows.assign(flag="oops"), tmp_path / "b", write, ending)
    assert (again.code, len(again.predictions)) == (2, 0)
    positive = (collided.table["left: (y/n)?"] == "yes").to_numpy()
    assert ((found.predictions["probability"] > 0.5).to_numpy() == positive).mean() > 0.8


def typed() -> pd.DataFrame:
    """Money as decimals, a float with infinities, a dictionary, a length of time, and times of a zone."""
    random = np.random.default_rng(19)
    fee, load = random.integers(40, 160, ROWS), random.normal(3, 1, ROWS)
    load[random.random(ROWS) < 0.05] = np.inf
    told = (fee - 100) / 30 + np.where(np.isinf(load), 0, load - 3) + random.normal(0, 0.5, ROWS)
    return pd.DataFrame(
        {
            "key": [f"K{place:04}" for place in range(ROWS)],
            "fee": [Decimal(int(one)) + Decimal("0.00") for one in fee],
            "load": load,
            "kind": pd.Categorical(random.choice(["x", "y", "z"], ROWS)),
            "stay": pd.to_timedelta(random.integers(1, 90, ROWS), unit="min"),
            "seen_at": pd.date_range("2022-01-01", periods=ROWS, freq="7h", tz="Asia/Tokyo"),
            "left": told > 0,
        }
    )


def to_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path)


@pytest.fixture(scope="module")
def arrow(build: Callable[..., Built]) -> Built:
    return build("typed", typed(), "left", to_parquet, ".parquet")


@pytest.mark.parametrize("labelled", [True, False])
def test_the_typed_file_that_was_trained_on_scores(arrow: Built, labelled: bool, tmp_path: Path) -> None:
    rows = arrow.table if labelled else arrow.table.drop(columns="left")
    found = score(arrow, rows, tmp_path / "a", to_parquet, ".parquet")
    assert (found.code, len(found.predictions)) == (0, ROWS)


@pytest.mark.parametrize("word", [np.inf, -np.inf, np.nan])
def test_an_infinite_number_is_a_missing_one(arrow: Built, word: float, tmp_path: Path) -> None:
    rows = arrow.table.drop(columns="left").head(50)
    found = score(arrow, rows.assign(load=word), tmp_path / "a", to_parquet, ".parquet")
    missing = score(
        arrow,
        rows.assign(load=pd.Series(None, index=rows.index, dtype="float64")),
        tmp_path / "b",
        to_parquet,
        ".parquet",
    )
    assert (found.code, len(found.predictions)) == (0, 50)
    pd.testing.assert_frame_equal(found.predictions, missing.predictions)


def test_the_monitor_counts_infinite_values_as_a_signal(arrow: Built, tmp_path: Path) -> None:
    rows = arrow.table.head(178).copy()
    rows.loc[range(20), "load"] = np.inf
    rows.loc[range(20, 178), "load"] = np.linspace(1, 5, 158)
    to_parquet(rows, tmp_path / "later.parquet")
    done = arrow.repository.lifecycle("monitor", "--data", str(tmp_path / "later.parquet"), "monitor.rows=20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    record: Any = arrow.repository.json("runs/monitor/monitor.json")
    assert "20 of 178 values are infinite" in json.dumps(record)
    assert "20 of 178 values are infinite" in (arrow.folder / "runs/monitor/README.md").read_text(encoding="utf-8")
