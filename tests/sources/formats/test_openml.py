"""OpenML by name and version, against a stand-in of its API on this machine."""

import json
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sklearn.datasets._openml as client

from lifecycle.errors import LifecycleError
from lifecycle.sources import files
from lifecycle.sources.batches import Batch

ARFF = b"""@RELATION cars
@ATTRIBUTE speed REAL
@ATTRIBUTE kind {small, 'very large'}
@ATTRIBUTE safe {no, yes}
@DATA
1.5,small,yes
?,'very large',no
"""
FEATURES = [("speed", "numeric", []), ("kind", "nominal", ["small", "very large"]), ("safe", "nominal", ["no", "yes"])]


@pytest.fixture
def pages(web: Any, reply: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The pages of the stand-in, by path; scikit-learn's reader asks it instead of OpenML."""
    for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
        address = getattr(client, name)
        monkeypatch.setattr(client, name, web.address + address[address.index("/api/") :])
    told = {
        "id": "1", "name": "cars", "version": "1", "status": "active", "format": "ARFF", "licence": "CC0",
        "url": f"{web.address}/data/v1/download/1/cars.arff", "md5_checksum": md5(ARFF).hexdigest(),
        "description": "Cars.", "default_target_attribute": "safe", "upload_date": "2013", "file_id": "1",
    }  # fmt: skip
    features = [
        {"index": str(place), "name": name, "data_type": kind, "nominal_value": values, "is_ignore": "false",
         "is_target": str(name == "safe").lower(), "is_row_identifier": "false", "number_of_missing_values": "0"}
        for place, (name, kind, values) in enumerate(FEATURES)
    ]  # fmt: skip
    said = {
        "/api/v1/json/data/list/data_name/cars/limit/2/data_version/1": {"data": {"dataset": [{"did": 1}]}},
        "/api/v1/json/data/1": {"data_set_description": told},
        "/api/v1/json/data/features/1": {"data_features": {"feature": features}},
        "/api/v1/json/data/qualities/1": {
            "data_qualities": {"quality": [{"name": "NumberOfInstances", "value": "2.0"}]}
        },
    }
    found = {path: reply(json.dumps(page).encode()) for path, page in said.items()}
    found["/data/v1/download/1/cars.arff"] = reply(ARFF)
    web.answer = lambda asked: found.get(asked.path, reply(status=412))
    return found


@pytest.fixture
def read(pages: Any, tmp_path: Path, waited: list[float]) -> Callable[..., Batch]:
    """The batch of an entry whose cache is a new folder."""

    def of(**more: Any) -> Batch:
        entry = {"path": "cars", "format": "openml", "version": 1, "cache": str(tmp_path / "cache"), **more}
        (batch,) = files.read(tables={"cars": entry}, wait=waited.append)
        return batch

    return of


def test_a_data_set_is_read_with_its_licence(read: Any) -> None:
    batch = read()
    cells = batch.rows.astype("object").where(batch.rows.notna(), None)
    assert cells.to_dict("list") == {
        "speed": [1.5, None],
        "kind": ["small", "very large"],
        "safe": ["yes", "no"],
    }
    assert (batch.origin.source, batch.origin.licence) == ("cars (OpenML, version 1)", "CC0")
    assert read(licence="CC BY 4.0").origin.licence == "CC BY 4.0"


def test_cached_files_are_not_downloaded_again(read: Any, web: Any) -> None:
    first = read()
    count = len(web.asked)
    second = read()
    assert len(web.asked) == count > 0
    pd.testing.assert_frame_equal(first.rows, second.rows)


@pytest.mark.parametrize("broken", [{"status": 503}, {"body": ARFF[:40], "missing": 90}])
def test_a_failure_that_passes_is_waited_for(
    read: Any, pages: Any, web: Any, reply: Any, broken: dict[str, Any]
) -> None:
    path, answer = "/data/v1/download/1/cars.arff", web.answer
    left = [reply(**broken)]
    web.answer = lambda asked: left.pop() if asked.path == path and left else answer(asked)
    assert len(read().rows) == 2


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"version": 9}, "OpenML has no such rows: Dataset cars with version 9 not found."),
        ({"path": "car"}, "OpenML has no such rows: Dataset car with version 1 not found."),
    ],
)
def test_a_missing_data_set_is_reported(read: Any, entry: dict[str, Any], said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        read(**entry)
    assert caught.value.what == said


def test_rows_that_are_not_those_of_the_stated_hash_are_rejected(read: Any, pages: Any, reply: Any) -> None:
    pages["/data/v1/download/1/cars.arff"] = reply(ARFF.replace(b"1.5", b"9.5"))
    with pytest.raises(LifecycleError, match="md5 checksum"):
        read()


def test_a_server_that_stays_down_is_an_error_after_the_last_retry(
    read: Any, web: Any, reply: Any, waited: list[float]
) -> None:
    web.answer = lambda asked: reply(status=500)
    with pytest.raises(LifecycleError, match="OpenML responds 500 Internal Server Error"):
        read()
    assert waited == [0.5, 1.0, 2.0]
