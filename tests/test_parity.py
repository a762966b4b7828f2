"""A thousand raw rows get the same predictions by every door as by the pipeline itself."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import conftest
import numpy as np
import pandas as pd
import pytest
from builders import raw_problems
from builders.raw_problems import RawProblem
from fastapi.testclient import TestClient

from lifecycle import config, paths
from lifecycle.cli import predict
from lifecycle.cli.monitor import build_reader
from lifecycle.io.tables import read_table
from lifecycle.release.batch_files import read_rows
from lifecycle.release.release import Release, list_records, load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

pytestmark = pytest.mark.slow  # three builds
PROBLEMS = {"telco": raw_problems.telco, "timed": raw_problems.timed, "shuttles": raw_problems.shuttles}


@dataclass(frozen=True)
class Built:
    """The raw cells, the id's column, the release, and the pipeline's own predictions of the rows in their order."""

    problem: RawProblem
    id: str
    folder: Path
    release: Release
    features: pd.DataFrame
    expected: list[dict[str, Any]]


@pytest.fixture(scope="module", params=list(PROBLEMS))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    problem = PROBLEMS[request.param]()
    repository = conftest.make(tmp_path_factory.mktemp(problem.name) / "repository")
    raw_problems.build(problem, repository)
    before = Path.cwd()
    os.chdir(repository.folder)
    release = load_release()
    key = release.contract.id
    features = read_table(paths.FEATURES).set_index(key).loc[problem.cells[key]].reset_index()
    prepared = release.contract.check(features)
    assert len(prepared.features) == len(features) == 1000
    yield Built(
        raw_rows(problem), key, repository.folder, release, prepared.features,
        list_records(release.predict_features(prepared.features)),
    )  # fmt: skip
    os.chdir(before)


def raw_rows(problem: RawProblem) -> RawProblem:
    """The problem with the raw cells that a caller knows: those of its own table, and of the company that is joined."""
    if "companies" not in problem.tables:
        return problem
    rated = problem.tables["companies"].set_index("id")["company_rating"]
    cells = problem.cells.assign(company_rating=problem.cells["company_id"].map(rated))
    return RawProblem(problem.name, cells, problem.target, {}, {})


def check(built: Built, found: list[dict[str, Any]]) -> None:
    """Compare predictions with those of the pipeline, digit by digit."""
    assert [{name: one[name] for name in built.expected[0]} for one in found] == built.expected


def to_csv(cells: pd.DataFrame, path: Path) -> None:
    cells.to_csv(path, index=False)


def to_other_csv(cells: pd.DataFrame, path: Path) -> None:
    cells.to_csv(path, index=False, sep=";", encoding="utf-16")


def to_json_lines(cells: pd.DataFrame, path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in cells.to_dict("records")), encoding="utf-8")


FILES: Mapping[str, tuple[str, Callable[[pd.DataFrame, Path], None]]] = {
    "CSV": (".csv", to_csv),
    "CSV of another dialect": (".csv", to_other_csv),
    "tabs": (".tsv", lambda cells, path: cells.to_csv(path, index=False, sep="\t")),
    "Excel": (".xlsx", lambda cells, path: cells.to_excel(path, index=False)),
    "Parquet": (".parquet", lambda cells, path: cells.to_parquet(path)),
    "JSON lines": (".jsonl", to_json_lines),
    "JSON": (".json", lambda cells, path: path.write_text(json.dumps(cells.to_dict("records")), encoding="utf-8")),
}


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("kind", list(FILES))
def test_a_file_of_raw_rows(built: Built, kind: str, labelled: bool, tmp_path: Path) -> None:
    ending, write = FILES[kind]
    cells = built.problem.cells if labelled else built.problem.cells.drop(columns=built.problem.target)
    write(cells, tmp_path / f"export{ending}")
    arguments = ["--input", str(tmp_path / f"export{ending}"), "--output", str(tmp_path / "out.jsonl")]
    assert predict.main(arguments) == 0
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["id"] for one in found] == built.problem.cells[built.id].tolist()
    check(built, found)


def test_rows_in_python(built: Built) -> None:
    check(built, list_records(built.release.predict(built.problem.cells)))


def test_rows_in_types_of_their_own(built: Built) -> None:
    numbers = built.problem.cells.apply(lambda cells: pd.to_numeric(cells, errors="coerce"))
    typed = built.problem.cells.assign(**{name: numbers[name] for name in numbers if numbers[name].notna().all()})
    assert any(pd.api.types.is_numeric_dtype(kind) for kind in typed.dtypes)
    check(built, list_records(built.release.predict(typed)))


@pytest.fixture
def client(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    settings = config.load(Config, ["serve=default"]).serve
    monkeypatch.chdir(tmp_path)
    with TestClient(create_app(Service(settings, Environment(), built.release, "HEAD"))) as found:
        yield found


def answers(body: Any) -> list[dict[str, Any]]:
    return [one["prediction"] for one in body]


def test_one_row_over_http(built: Built, client: TestClient) -> None:
    rows = built.problem.cells.to_dict("records")[:100]
    found = answers([client.post("/predict", json=row).raise_for_status().json() for row in rows])
    assert found == built.expected[:100]


def test_many_rows_over_http(built: Built, client: TestClient) -> None:
    rows = built.problem.cells.to_dict("records")
    check(built, answers(client.post("/predict", json=rows).raise_for_status().json()))
    check(built, answers(client.post("/predict", json={"instances": rows}).raise_for_status().json()["predictions"]))
    split = {"dataframe_split": built.problem.cells.to_dict("split")}
    packed = gzip.compress(json.dumps(split).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    done = client.post("/invocations", content=packed, headers=headers).raise_for_status().json()
    check(built, answers(done["predictions"]))


def test_tensors_over_http(built: Built, client: TestClient) -> None:
    cells = built.problem.cells.drop(columns=built.problem.target)
    tensors = [
        {"name": column, "shape": [len(cells)], "datatype": "BYTES", "data": cells[column].tolist()} for column in cells
    ]
    done = client.post(f"/v2/models/{built.problem.name}/infer", json={"inputs": tensors}).raise_for_status().json()
    outputs = {one["name"]: one["data"] for one in done["outputs"]}
    for field in built.expected[0]:
        assert outputs[field] == [one[field] for one in built.expected]


def test_the_monitor_reads_the_same_features(built: Built, tmp_path: Path) -> None:
    to_csv(built.problem.cells, tmp_path / "later.csv")
    rows, agreed = read_rows(tmp_path / "later.csv", built.release.contract, {})
    features, broken = build_reader(agreed)(rows)
    assert broken == []
    pd.testing.assert_frame_equal(features, built.features.reset_index(drop=True))


def test_the_log_of_raw_rows_is_read_as_the_rows_themselves(built: Built) -> None:
    logged = built.problem.cells.drop(columns=built.id)
    features, broken = build_reader(built.release.contract)(logged)
    assert list(broken) == []
    pd.testing.assert_frame_equal(features, built.features.reset_index(drop=True))


def test_the_cells_mean_what_they_were_made_as(built: Built) -> None:
    """The pipeline itself read the codes for missing values: otherwise all doors would agree on a wrong answer."""
    if built.problem.name == "telco":
        coded = (built.problem.cells["Age"] == "-999").to_numpy()
        assert np.array_equal(built.features["Age"].isna().to_numpy(), coded)
        assert set(built.features["Contract"]) == {"Month-to-month", "One year", "Two year"}
