"""The doors of a release: files of every kind, Python, HTTP with its envelopes, tensors, and the monitor's reader."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from lifecycle import config
from lifecycle.cli import predict
from lifecycle.release.release import Release
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

Predictions = list[dict[str, Any]]


def list_rows(cells: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON has them: a missing cell is null."""
    return cells.astype(object).where(cells.notna(), None).to_dict("records")


def write_csv(cells: pd.DataFrame, path: Path) -> None:
    """Commas and UTF-8."""
    cells.to_csv(path, index=False)


def write_other_csv(cells: pd.DataFrame, path: Path) -> None:
    """Semicolons and UTF-16."""
    cells.to_csv(path, index=False, sep=";", encoding="utf-16")


def write_json_lines(cells: pd.DataFrame, path: Path) -> None:
    """One object a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in list_rows(cells)), encoding="utf-8")


FILES: Mapping[str, tuple[str, Callable[[pd.DataFrame, Path], None]]] = {
    "CSV": (".csv", write_csv),
    "CSV of another dialect": (".csv", write_other_csv),
    "tabs": (".tsv", lambda cells, path: cells.to_csv(path, index=False, sep="\t")),
    "Excel": (".xlsx", lambda cells, path: cells.to_excel(path, index=False)),
    "Parquet": (".parquet", lambda cells, path: cells.to_parquet(path)),
    "JSON lines": (".jsonl", write_json_lines),
    "JSON": (".json", lambda cells, path: path.write_text(json.dumps(list_rows(cells)), encoding="utf-8")),
}


def predict_file(kind: str, cells: pd.DataFrame, folder: Path) -> Predictions:
    """What `lifecycle predict` writes for a file of the rows, in the repository that the process is in."""
    ending, write = FILES[kind]
    write(cells, folder / f"export{ending}")
    arguments = ["--input", str(folder / f"export{ending}"), "--output", str(folder / "out.jsonl")]
    assert predict.main(arguments) == 0
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


@contextmanager
def serve(release: Release, folder: Path) -> Iterator[TestClient]:
    """The service of a release, which logs into the folder."""
    settings = config.load(Config, ["serve=default"]).serve
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with TestClient(create_app(Service(settings, Environment(), release, "HEAD"))) as client:
            yield client


def ask_one_by_one(client: TestClient, cells: pd.DataFrame) -> Predictions:
    """The predictions of requests of one row each."""
    return [client.post("/predict", json=row).raise_for_status().json()["prediction"] for row in list_rows(cells)]


def ask_in_envelopes(client: TestClient, cells: pd.DataFrame) -> dict[str, Predictions]:
    """The predictions of one request of all rows, by its form."""
    rows = list_rows(cells)
    split = {"dataframe_split": {"columns": list(cells), "data": [list(row.values()) for row in rows]}}
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    packed = client.post("/invocations", content=gzip.compress(json.dumps(split).encode()), headers=headers)
    found = {
        "list": client.post("/predict", json=rows).raise_for_status().json(),
        "instances": client.post("/predict", json={"instances": rows}).raise_for_status().json()["predictions"],
        "split, compressed": packed.raise_for_status().json()["predictions"],
    }
    return {form: [one["prediction"] for one in body] for form, body in found.items()}


def ask_by_tensors(
    client: TestClient, name: str, cells: pd.DataFrame, datatypes: Mapping[str, str]
) -> dict[str, list[Any]]:
    """The outputs of the Open Inference Protocol by name; cells are text unless `datatypes` says otherwise."""
    tensors = [
        {
            "name": column,
            "shape": [len(cells)],
            "datatype": datatypes.get(column, "BYTES"),
            "data": [row[column] for row in list_rows(cells[[column]])],
        }
        for column in cells
    ]
    done = client.post(f"/v2/models/{name}/infer", json={"inputs": tensors}).raise_for_status().json()
    return {one["name"]: one["data"] for one in done["outputs"]}


class FormReader(HTMLParser):
    """The fields of a page's form, and what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.list, self.is_form = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.is_form = tag == "form" or self.is_form
        if tag == "input" and self.is_form:
            self.values[str(given["name"])] = given.get("value") or ""
        self.list = str(given["name"]) if tag == "select" else self.list
        if tag == "option" and self.list and "selected" in given:
            self.values[self.list] = ""

    def handle_data(self, data: str) -> None:
        if self.values.get(self.list) == "":
            self.values[self.list] = data

    def handle_endtag(self, tag: str) -> None:
        self.list = "" if tag == "select" else self.list
        self.is_form = self.is_form and tag != "form"


def read_form(page: str) -> dict[str, Any]:
    """What the page sends when its button is pressed and nothing was changed: nothing for an empty field."""
    reader, fields = FormReader(), re.search(r"id='known'>(\{.*?\})</script>", page)
    reader.feed(page)
    assert fields is not None
    kinds = json.loads(fields[1])["fields"]
    assert list(kinds) == list(reader.values)
    convert = {"number": float, "boolean": "true".__eq__, "text": str}
    return {name: convert[kinds[name]](text) if text else None for name, text in reader.values.items()}
