"""The package stage, on the small repository: what is released, and that it is the model's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import UnfitTable
from lifecycle.io.hashes import hash_sha256
from lifecycle.release import build, release

if TYPE_CHECKING:
    from conftest import Repository

FEATURES = ["weight", "distance", "shop", "weekday", "late_shop_28D"]


@pytest.fixture(scope="module")
def released(small: Repository) -> release.Release:
    return release.load_release(small.folder / "models/release")


def test_the_contract_names_the_models_features_as_the_schema_and_the_steps_say(released: release.Release) -> None:
    properties = released.contract.schema["properties"]
    assert list(properties) == FEATURES
    assert properties["shop"]["enum"] == ["north", "south", "west", None]
    assert properties["weight"]["maximum"] == 30.0
    assert properties["late_shop_28D"]["description"] == (
        "made by history.average_recent: name late_shop, value late, known_at delivered_at, "
        "prediction_time ordered_at, by shop, windows 28D"
    )
    assert set(released.contract.unused) >= {"delivered_at", "days_taken", "late"}


def test_the_release_answers_the_sealed_rows_as_the_test_stage_did(
    small: Repository, released: release.Release
) -> None:
    tested = pd.read_parquet(small.folder / "data/predictions/test.parquet")
    features = pd.read_parquet(small.folder / "data/features.parquet")
    rows = features.set_index("order").loc[tested["order"]].reset_index()
    answered = released.predict(rows)
    assert answered["id"].tolist() == tested["order"].tolist()
    np.testing.assert_allclose(answered["probability"], tested["probability"], rtol=1e-8)
    assert answered["predicted"].tolist() == tested["predicted"].tolist()


def test_the_example_is_no_row_of_the_test_part(small: Repository, released: release.Release) -> None:
    split = pd.read_parquet(small.folder / "data/split.parquet")
    assert split.loc[split["order"] == released.example["request"]["order"], "part"].tolist() == ["valid"]


def test_lineage_names_what_is_there_by_its_hash(small: Repository, released: release.Release) -> None:
    for kind in ("data", "configuration", "environment", "model"):
        for name, hashed in released.lineage[kind].items():
            assert hash_sha256(small.folder / name) == hashed
    batches = {entry["batch"]: entry["sha256"] for entry in small.json("data/provenance.json")["batches"]}
    assert released.lineage["batches"] == batches
    assert "src/lifecycle/modeling/pipeline.py" in released.lineage["code"]
    assert released.lineage["through"] == "2013-08-31"


def test_the_card_tells_question_rows_metrics_and_environment(small: Repository, released: release.Release) -> None:
    test, quality = small.json("reports/test.json"), small.json("reports/quality.json")
    value = test["kpis"]["roc_auc"]["model"]
    for words in (
        "# When an order comes in, will it take more than three and a half days to arrive?",
        f"{quality['kept_rows']:,} rows kept",
        f"| roc_auc | {value['value']:.4f} | {value['low']:.4f} to {value['high']:.4f} |",
        "scikit-learn 1.",
    ):
        assert words in released.card


def test_files_hold_no_clock_and_no_place(small: Repository) -> None:
    for path in (small.folder / "models/release").iterdir():
        assert str(small.folder).encode() not in path.read_bytes()


def test_a_request_is_the_first_valid_row_that_keeps_the_contract(released: release.Release) -> None:
    assert json.loads(json.dumps(released.example["request"])) == released.example["request"]
    assert list(released.example["request"]) == ["order", *FEATURES]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1.0, 2.0, 4.0, None], "number", 2.0),
        ([1.0, 2.0], "integer", 2),
        ([None, None], "number", None),
        (["b", "a", "b", "a", "c"], "text", "a"),
        ([1.0, 0.0, 1.0], "boolean", True),
    ],
)
def test_typical_values(values: list[object], kind: str, expected: object) -> None:
    dtype = "str" if kind == "text" else "float64"
    found = build.choose_typical_value(pd.Series(values, dtype=dtype), kind)  # type: ignore[arg-type]
    assert found == expected
    assert type(found) is type(expected)


def test_rows_of_which_none_keeps_the_contract_are_rejected(released: release.Release) -> None:
    from lifecycle.data.dataset import Dataset
    from lifecycle.data.schema import Column, Schema

    schema = Schema(columns={"order": Column(type="text", role="id", description="x")}, tables={})
    features = pd.DataFrame({"weight": [99.0], "distance": [1.0], "shop": ["north"], "weekday": [1.0]})
    features["late_shop_28D"] = 0.5
    examples = Dataset(features, np.zeros(1), pd.DataFrame({"order": ["a"]}))
    with pytest.raises(UnfitTable, match=r"weight: got 99\.0, wanted a number from 0 to 30"):
        build.build_example_request(examples, released.contract, schema)
