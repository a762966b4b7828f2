"""Rows without an answer yet: kept, answered, and judged and learned from when their labels come."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from builders import picks

from lifecycle import paths
from lifecycle.release.release import load_release
from lifecycle.sources import generated

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # whole builds
MONTHS = 9
LATER = ["delivered_at", "days_taken", "late"]
SOURCE = """\
_target_: lifecycle.sources.files.read
tables:
  orders: {path: shop.sqlite, format: sqlite, table: orders, watermark: written}
"""
CLEAN = """\
unit: orders
no_label: no label (lost)
steps:
  - {_target_: lifecycle.data.steps.values.format_text, table: orders, name: order, form: "{shop_order}"}
"""
FIRST, TIMETABLE, LABELLED = "2013-08-31", "2013-09-01", "2013-09-30"


@dataclass(frozen=True)
class Shop:
    """A repository of the shop's orders after the labels of its September came, and what was said on the way."""

    repository: Repository
    september: pd.DataFrame
    predicted: str
    answers: pd.DataFrame
    log: list[dict[str, Any]]
    open_features: pd.DataFrame
    quality: dict[str, Any]
    trained: dict[str, Any]
    release: str


def write_orders(repository: Repository, orders: pd.DataFrame, day: str) -> None:
    """Add rows to the shop's database, as it wrote them on a day."""
    rows = orders.rename(columns={"order": "shop_order"}).assign(written=f"{day}T12:00:00Z")
    for name in ("ordered_at", "delivered_at"):
        rows[name] = rows[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ").where(rows[name].notna(), None)
    with closing(sqlite3.connect(repository.folder / "shop.sqlite")) as database, database:
        rows.astype({"late": "float64"}).to_sql("orders", database, if_exists="append", index=False)


def advance(repository: Repository, before: str, after: str) -> None:
    """Move on to the data version that ends with the newest rows, and build it."""
    done = repository.lifecycle("advance")
    assert (done.returncode, done.stdout) == (0, f"through {before} → {after}; next: make repro\n")
    repository.repro()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, make_repository: Callable[..., Repository]) -> Shop:
    repository = make_repository(tmp_path_factory.mktemp("shop") / "shop")
    for name, text in {"source": SOURCE, "clean": CLEAN}.items():
        (repository.folder / f"conf/{name}/generated.yaml").write_text(text, encoding="utf-8")
    repository.edit("conf/schema/generated.yaml", {"^    order: text": "    shop_order: text"})
    *months, september = (batch.rows for batch in generated.read(rows=900, months=MONTHS, seed=1))
    write_orders(repository, pd.concat(months), FIRST)
    picks.write_picks(repository.folder, through=FIRST, candidates=["lightgbm"], search="none")
    repository.repro("collect")
    write_orders(repository, september.assign(**dict.fromkeys(LATER)).astype(september.dtypes), TIMETABLE)
    advance(repository, FIRST, TIMETABLE)
    quality, trained = repository.json("reports/quality.json"), repository.json("reports/train.json")
    done = repository.lifecycle("predict")
    assert done.returncode == 0, done.stdout + done.stderr
    answers = pd.read_csv(repository.folder / "runs/open_predictions.csv")
    (log,) = (repository.folder / "data/served").glob("*.jsonl")
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    features = pd.read_parquet(repository.folder / "data/open_features.parquet")
    release = load_release(repository.folder / paths.RELEASE).version
    write_orders(repository, september, LABELLED)
    advance(repository, TIMETABLE, LABELLED)
    return Shop(repository, september, done.stdout, answers, records, features, quality, trained, release)


def test_every_order_of_the_timetable_is_open_and_counted(shop: Shop) -> None:
    assert shop.quality["open_rows"] == len(shop.september)
    assert shop.quality["kept_rows"] + shop.quality["rejected_rows"] == shop.quality["raw_rows"]["orders"] - 100


def test_the_answers_stand_in_a_file_by_which_a_person_knows_the_order(shop: Shop) -> None:
    assert shop.predicted.splitlines()[0].startswith("100 rows scored by release ")
    assert shop.predicted.splitlines()[0].endswith(": runs/open_predictions.csv")
    assert list(shop.answers.columns) == ["id", "ordered_at", "day", "probability", "predicted"]
    assert shop.answers["id"].to_list() == shop.september["order"].to_list()
    times = shop.september["ordered_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert shop.answers["ordered_at"].to_list() == times.to_list()


def test_the_answers_are_logged_with_what_they_were_made_from(shop: Shop) -> None:
    assert [one["id"] for one in shop.log] == shop.answers["id"].to_list()
    assert [one["prediction"]["probability"] for one in shop.log] == shop.answers["probability"].to_list()
    assert all(one["open"] for one in shop.log)
    rows = pd.DataFrame([one["inputs"] for one in shop.log])
    expected = shop.open_features.drop(columns="order")
    pd.testing.assert_frame_equal(rows, expected, check_dtype=False)


def test_the_features_are_those_that_the_rows_have_as_part_of_the_table_later(shop: Shop) -> None:
    later = pd.read_parquet(shop.repository.folder / "data/features.parquet").set_index("order")
    ids = [id for id in shop.open_features["order"] if id in later.index]
    assert len(ids) > 90
    before = shop.open_features.set_index("order").loc[ids]
    known_then = before.drop(columns="late_shop_28D")  # of the orders of September itself nothing was known yet
    pd.testing.assert_frame_equal(known_then, later.loc[ids].drop(columns="late_shop_28D"))
    first = before["late_shop_28D"].iloc[0]
    assert first == later.loc[ids[0], "late_shop_28D"]


def test_rows_whose_label_came_are_learned_from_and_the_twins_of_the_timetable_are_gone(shop: Shop) -> None:
    folder = shop.repository.folder
    table = pd.read_parquet(folder / "data/table.parquet")
    labelled = shop.september[shop.september["late"].notna()]
    assert set(labelled["order"]) <= set(table["order"])
    split = pd.read_parquet(folder / "data/split.parquet")
    sealed = pd.read_parquet(folder / "data/sealed.parquet")
    assert set(labelled["order"]) <= {*split["order"], *sealed["order"]}
    rejected = pd.read_parquet(folder / "data/rejected.parquet")
    twins = rejected[rejected["reason"] == "duplicate order"]
    assert sorted(twins["order"]) == sorted(shop.september["order"])
    quality = shop.repository.json("reports/quality.json")
    open_rows = pd.read_parquet(folder / "data/open.parquet")
    assert len(open_rows) == quality["open_rows"]
    assert set(open_rows["order"]).isdisjoint(table["order"])


def test_a_model_is_trained_anew_and_released(shop: Shop) -> None:
    """September is the test part now, and August was learned from."""
    folder = shop.repository.folder
    trained = shop.repository.json("reports/train.json")["model"]
    assert trained["rows"] == len(pd.read_parquet(folder / "data/split.parquet")) > shop.trained["model"]["rows"]
    release = load_release(folder / paths.RELEASE)
    assert release.version != shop.release
    assert len(release.predict(shop.open_features)) == len(shop.september)


def test_the_answers_given_then_are_judged_by_the_labels_of_the_table(shop: Shop) -> None:
    done = shop.repository.lifecycle("monitor", "--served", "monitor.rows=20")
    assert done.returncode == 0, done.stdout + done.stderr
    count = int(shop.september["late"].notna().sum())
    assert f"labels: {count} of 100 predictions have a label" in done.stdout
    found = {one["metric"]: one for one in shop.repository.json("runs/monitor/monitor.json")["results"]}
    truth = shop.september.set_index("order")["late"].dropna()
    answers = shop.answers.set_index("id").loc[truth.index, "probability"]
    brier = float(((answers - truth.astype("float64")) ** 2).mean())
    assert found["brier"]["value"] == pytest.approx(brier, rel=1e-5)
    assert found["roc_auc"]["value"] > 0.5


def test_an_answered_row_is_asked_about_no_more(shop: Shop) -> None:
    done = shop.repository.lifecycle("feedback", "--queue", "200")
    assert done.returncode == 0, done.stdout + done.stderr
    waiting = [line.split(",")[0] for line in done.stdout.splitlines()[1:]]
    assert sorted(waiting) == sorted(shop.september.loc[shop.september["late"].isna(), "order"])


def test_no_open_row_is_no_failure(small: Repository) -> None:
    assert small.json("reports/quality.json")["open_rows"] == 0
    done = small.lifecycle("predict")
    assert (done.returncode, done.stderr) == (0, "")
    first, where, todo = done.stdout.splitlines()
    assert first == "no row of the data version waits for a label"
    assert where == "where: data/open.parquet"
    assert todo.startswith("next:  ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "rows.csv"], "error: --output is missing"),
        (["--read", "skip=2"], "error: --read says how a file is read, and there is no --input"),
        (["--prepared"], "error: --prepared says what a file holds, and there is no --input"),
        (["--output", "rows.doc"], "error: predictions cannot be written to rows.doc"),
    ],
)
def test_a_users_mistake_has_three_lines(small: Repository, arguments: list[str], message: str) -> None:
    done = small.lifecycle("predict", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "next"]
