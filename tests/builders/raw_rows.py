"""A release that answers raw rows: of `builders.releases`, with features made of four raw columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.online.features import Computed, One
from lifecycle.online.retention import read_times
from lifecycle.options import Call
from lifecycle.release.raw_contract import RawContract, parse_raw_contract
from lifecycle.release.raw_schema import build_raw_contract
from lifecycle.release.release import Release

HOUR = 3_600_000_000
# Sent at 07:30 UTC.
ASKED = {"grams": 1250, "sent_at": "2024-05-31T09:30:00+02:00", "place": "b", "gift": "yes"}
# The features of it, as a caller of the model's own features would send them.
PREPARED = {"size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": 0.25, "hollow": None}

FEATURES = Features(
    keep=("place",),
    past=(),
    steps=(
        Call(
            target="lifecycle.data.features.history.average_recent",
            arguments={"name": "late", "value": "late", "by": ["place"], "windows": ["7D"]},
        ),
    ),
)


def schema() -> Schema:
    """The raw columns of orders; `courier` is not needed, and `took` is known later."""
    columns = {
        "order": Column(type="text", role="id", description="the order"),
        "place": Column(type="category", role="feature", description="where it goes"),
        "took": Column(type="number", role="forbidden", description="days"),
        "late": Column(type="boolean", role="target", description="too late"),
    }
    orders = {"grams": "number", "sent_at": "time", "place": "text", "gift": "text", "courier": "text"}
    return Schema(columns=columns, tables={"orders": orders})


def contract() -> RawContract:
    """The contract of a raw row; the place may be missing."""
    words = {"grams": "what it weighs", "sent_at": "when it was sent", "gift": "yes or no"}
    asked = [*ASKED]
    made = build_raw_contract("How late?", schema(), "orders", asked, {"place"}, {"place": ["a", "b"]}, words)
    return parse_raw_contract(made, "question.json")


@dataclass(frozen=True)
class Definitions:
    """Whether the id is made of the raw columns and of which, and until when facts are known."""

    makes_id: bool = True
    identity: tuple[str, ...] = ("place", "sent_at")
    horizon: int = 0
    schema: Schema = field(default_factory=schema)
    features: Features = FEATURES


@dataclass
class Online:
    """Features of orders: an order of more than 50 kg is rejected."""

    definitions: Definitions

    def follow(self, store: object) -> None:
        """Facts that become known change nothing here."""

    def stop_following(self) -> None:
        """Read the store no more."""

    def find_known_until(self) -> int:
        """When the newest fact became known."""
        return self.definitions.horizon

    def compute_one(self, row: Mapping[str, Any]) -> One:
        """The features of one order, and its id: the place and the hour."""
        hour = row["sent_at"] // HOUR % 24
        if row["grams"] > 50_000:
            return One("", {}, (("size", str(row["grams"] / 1000), "a number, at most 50"),))
        features = {
            "size": row["grams"] / 1000,
            "hour": hour,
            "place": row["place"],
            "gift": row["gift"] == "yes",
            "late_7D": 0.25 if row["place"] else math.nan,
            "hollow": math.nan,
        }
        return One(f"{row['place']}-{hour}", features, (), row["sent_at"])

    def compute(self, rows: pd.DataFrame) -> Computed:
        """The same of a table in the types of its columns."""
        hours = rows["sent_at"].dt.hour.astype("Int64")
        features = pd.DataFrame(
            {
                "size": rows["grams"] / 1000,
                "hour": hours,
                "place": rows["place"],
                "gift": (rows["gift"] == "yes").astype("boolean"),
                "late_7D": np.where(rows["place"].notna(), 0.25, np.nan),
                "hollow": np.nan,
            }
        )
        wrong = (features["size"] > 50).to_numpy()
        places, unfit = np.flatnonzero(~wrong), np.flatnonzero(wrong)
        got = [str(size) for size in features["size"].iloc[unfit]]
        rejected = pd.DataFrame({"row": unfit, "field": "size", "got": got, "wanted": "a number, at most 50"})
        ids = rows["place"].fillna("None") + "-" + hours.astype("str")
        kept = features.iloc[places].reset_index(drop=True)
        moments = read_times(rows, "sent_at")[places]
        return Computed(kept, ids.iloc[places].reset_index(drop=True), places, rejected, moments)


def with_raw_rows(release: Release, *, makes_id: bool = True, horizon: int = 0) -> Release:
    """The release, which makes the features of orders itself and knows those until a horizon."""
    online: Any = Online(Definitions(makes_id, horizon=horizon))
    example = {**release.example, "question": ASKED}
    return replace(release, raw=contract(), online=online, example=example)
