"""What a question must have: the columns that features are made from, and those by which training rejects a row."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from builders import shops

from lifecycle.data.cleaning import Clean
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.online import packing
from lifecycle.online.features import OnlineFeatures
from lifecycle.online.packing import PackedFeatures, pack_features, unpack_features

STEPS, FEATURES = "lifecycle.data.steps", "lifecycle.data.features"
SHUTTLES = Schema(
    columns={
        "id": Column(type="integer", role="id", description="the shuttle", missing="reject"),
        "crew": Column(type="number", role="feature", description="people who fly it"),
        "rating": Column(type="number", role="feature", description="mean rating"),
        "price": Column(type="number", role="target", description="of a flight", missing="reject"),
    },
    tables={
        "shuttles": {"id": "integer", "crew": "number", "price": "number"},
        "reviews": {"shuttle": "integer", "rating": "number"},
    },
)
RATED = Clean(
    unit="shuttles",
    no_label="no label",
    steps=(
        shops.call(f"{STEPS}.joins.join_by_key", table="shuttles", other="reviews", by="id", key="shuttle",
                   columns={"rating": "rating"}),
    ),
)  # fmt: skip


def pack_shuttles() -> PackedFeatures:
    """A release of four shuttles, whose reviews are joined by the id."""
    raw = {
        "shuttles": pd.DataFrame({"id": [1, 2, 3, 4], "crew": [2.0, 3, 4, 5], "price": [1.0, 2, 3, 4]}).astype(
            {"id": "Int64"}
        ),
        "reviews": pd.DataFrame({"shuttle": [4, 2, 1], "rating": [91.0, 96.0, 97.0]}).astype({"shuttle": "Int64"}),
    }
    features = Features(keep=("crew", "rating"), past=(), steps=())
    made = shops.compute_offline(raw, features, RATED, SHUTTLES)
    return pack_features(raw, *made, SHUTTLES, RATED, features)


def test_an_id_by_which_another_table_is_joined_is_asked_for() -> None:
    packed = pack_shuttles()
    assert (packed.definitions.asked, packed.definitions.nullable) == (("id", "crew"), ("id", "crew"))
    online = unpack_features(packed.files, "models/release")
    assert online.compiled is not None
    known, new = online.compute_one({"id": 2, "crew": 7.0}), online.compute_one({"id": None, "crew": 7.0})
    assert (known.id, known.features) == ("2", {"crew": 7.0, "rating": 96.0})
    assert (new.id, new.features["crew"], math.isnan(new.features["rating"])) == ("", 7.0, True)
    table = online.compute(pd.DataFrame({"id": [2, None], "crew": [7.0, 7.0]}).astype({"id": "Int64"}))
    assert table.features["rating"].tolist()[:1] == [96.0]
    assert table.features["rating"].isna().tolist() == [False, True]


def open_minutes(monkeypatch: pytest.MonkeyPatch) -> OnlineFeatures:
    """A release of orders whose features are the minute and the weekday; the proof is of the newest rows."""
    monkeypatch.setattr(packing, "PROOF", 4)
    features = Features(
        keep=(),
        past=(),
        steps=(
            shops.call(f"{FEATURES}.calendar.extract_minute_of_day", time="ordered_at", zone="UTC", name="minute"),
            shops.call(f"{FEATURES}.calendar.extract_date_parts", day="day", take=["weekday"]),
        ),
    )
    return unpack_features(shops.pack(shops.build_orders(), features).files, "models/release")


def test_features_without_a_past_are_made_of_rows_of_any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    online, old = open_minutes(monkeypatch), pd.Timestamp("2024-03-01T08:00Z").as_unit("us")
    assert online.compiled is not None
    one = online.compute_one({"ordered_at": shops.count_microseconds(old)})
    assert (one.features, one.rejections) == ({"minute": 480.0, "weekday": 4.0}, ())
    table = online.compute(pd.DataFrame({"ordered_at": [old]}))
    assert table.features.to_dict("records") == [{"minute": 480, "weekday": 4}]


@pytest.mark.parametrize("missing", ["keep", "reject"])
def test_a_column_that_training_asks_for_is_required(missing: str) -> None:
    """Only the day is made of the time: without the time there is no day, and no row of training."""
    schema = replace(
        shops.SCHEMA,
        columns=shops.SCHEMA.columns
        | {
            "day": replace(shops.SCHEMA.columns["day"], type="category", role="feature", missing="keep"),
            "ordered_at": replace(shops.SCHEMA.columns["ordered_at"], missing=missing),
        },
    )
    features = Features(keep=("shop", "day"), past=(), steps=())
    raw = shops.build_orders()
    made = shops.compute_offline(raw, features, shops.CLEAN, schema)
    packed = pack_features(raw, *made, schema, shops.CLEAN, features)
    nothing = pd.DataFrame({"shop": ["north"], "ordered_at": pd.Series([pd.NaT], dtype="datetime64[us, UTC]")})
    found = unpack_features(packed.files, "models/release").compute(nothing)
    assert packed.definitions.asked == ("shop", "ordered_at")
    if missing == "keep":
        assert (packed.definitions.nullable, found.rejected.empty) == (("ordered_at",), True)
        return
    assert packed.definitions.nullable == ()
    assert found.rejected.to_dict("records") == [
        {"row": 0, "field": "ordered_at", "got": "nothing", "wanted": "a time"}
    ]
