"""Orders of shops: raw tables whose features need a join by key, one as of a time, and earlier orders."""

from __future__ import annotations

import pandas as pd

from lifecycle.data.cleaning import Clean, OtherTable, Tables, apply_rules, conform_to_schema, run_steps
from lifecycle.data.features.build import Features, build_features, join_history
from lifecycle.data.schema import Column, Schema
from lifecycle.online.events import Event
from lifecycle.online.features import OnlineFeatures
from lifecycle.online.packing import PackedFeatures, pack_features, unpack_features
from lifecycle.options import Call

STEPS, FEATURES = "lifecycle.data.steps", "lifecycle.data.features"
NO_LABEL = "no label (lost)"


def call(target: str, **arguments: object) -> Call:
    """A step as YAML names it."""
    return Call(target=target, arguments=arguments)


SCHEMA = Schema(
    columns={
        "order": Column(type="text", role="id", description="time and shop", missing="reject"),
        "ordered_at": Column(type="time", role="time", description="time of the order", missing="reject"),
        "day": Column(type="day", role="context", description="local day", missing="reject"),
        "late": Column(type="boolean", role="target", description="came late", missing="reject"),
        "shop": Column(
            type="category", role="feature", description="the shop", categories=("north", "south"), missing="reject"
        ),
        "city": Column(type="category", role="feature", description="city of the shop"),
        "degrees": Column(type="number", role="feature", description="last reading", low=-40.0, high=50.0,
                          outside="blank"),
        "delivered_at": Column(type="time", role="forbidden", description="time of delivery"),
    },
    tables={
        "orders": {"shop": "text", "ordered_at": "time", "note": "text", "late": "boolean", "delivered_at": "time"},
        "shops": {"name": "text", "city": "text"},
        "readings": {"city": "text", "read_at": "time", "degrees": "number"},
    },
)  # fmt: skip
CLEAN = Clean(
    unit="orders",
    no_label=NO_LABEL,
    steps=(
        call(f"{STEPS}.values.format_text", table="orders", name="order", form="{ordered_at:%Y%m%dT%H%M}-{shop}"),
        call(f"{STEPS}.times.add_local_parts", table="orders", time="ordered_at", zone="Europe/Berlin",
             columns={"day": "day"}),
        call(f"{STEPS}.joins.join_by_key", table="orders", other="shops", by="shop", key="name",
             columns={"city": "city"}),
        call(f"{STEPS}.noise.smooth", table="readings", by="city", order="read_at", columns=["degrees"], readings=2),
        call(f"{STEPS}.joins.join_as_of", table="orders", other="readings", by="city", prediction_time="ordered_at",
             observed="read_at", within="6h", columns={"degrees": "degrees"}),
    ),
    tables={
        "shops": OtherTable(key=("name",)),
        "readings": OtherTable(key=("city", "read_at"), time="read_at", keep="2D"),
    },
)  # fmt: skip
FEATURE_STEPS = Features(
    keep=("shop", "city", "degrees"),
    past=(NO_LABEL,),
    steps=(
        call(f"{FEATURES}.calendar.extract_date_parts", day="day", take=["weekday"]),
        call(f"{FEATURES}.history.average_recent", name="late_shop", value="late", known_at="delivered_at",
             prediction_time="ordered_at", by=["shop"], windows=["2D"]),
        call(f"{FEATURES}.history.find_latest", name="last_late", value="late", known_at="delivered_at",
             prediction_time="ordered_at", by=["shop"]),
    ),
)  # fmt: skip


def build_orders(days: int = 20) -> Tables:
    """Orders at 8:00 and 20:00 UTC of each shop from 1 March 2024 on, and readings each 3 hours."""
    hours = pd.date_range("2024-03-01T08:00Z", periods=2 * days, freq="12h", unit="us")
    rows = [
        {"shop": shop, "ordered_at": hour, "note": "", "late": (place * 7 + len(shop)) % 3 == 0,
         "delivered_at": hour + pd.Timedelta(hours=5 + place % 4)}
        for place, hour in enumerate(hours)
        for shop in ("north", "south")
    ]  # fmt: skip
    orders = pd.DataFrame(rows).astype({"shop": "str", "note": "str", "late": "boolean"})
    times = pd.date_range("2024-03-01T00:00Z", periods=8 * days + 1, freq="3h", unit="us")
    readings = pd.DataFrame(
        [{"city": city, "read_at": time, "degrees": float(place % 11) + len(city) / 7}
         for place, time in enumerate(times) for city in ("Kiel", "Ulm")]
    ).astype({"city": "str"})  # fmt: skip
    shops = pd.DataFrame({"name": ["north", "south"], "city": ["Kiel", "Ulm"]}, dtype="str")
    return {"orders": orders, "shops": shops, "readings": readings}


def select_until(raw: Tables, time: str) -> Tables:
    """The tables as they were known at a time: orders made and readings taken by then."""
    at = pd.Timestamp(time)
    return raw | {
        "orders": raw["orders"][raw["orders"]["ordered_at"] <= at].reset_index(drop=True),
        "readings": raw["readings"][raw["readings"]["read_at"] <= at].reset_index(drop=True),
    }


def compute_offline(
    raw: Tables, features: Features = FEATURE_STEPS, clean: Clean = CLEAN, schema: Schema = SCHEMA
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The past and the features of all orders, as the stages make them."""
    units = conform_to_schema(run_steps(raw, clean, "conf/clean/")[clean.unit], schema)
    cleaned = apply_rules(units, schema, clean.no_label)
    past = join_history(cleaned.table, cleaned.rejected, features, schema)
    return past, build_features(cleaned.table, cleaned.rejected, features, schema, "conf/features/")


def pack(raw: Tables, features: Features = FEATURE_STEPS, clean: Clean = CLEAN) -> PackedFeatures:
    """What a release of these tables keeps."""
    return pack_features(raw, *compute_offline(raw, features), SCHEMA, clean, features)


def open_features(raw: Tables) -> OnlineFeatures:
    """The online features of a release of these tables."""
    return unpack_features(pack(raw).files, "models/release")


def count_microseconds(time: pd.Timestamp) -> int:
    """Microseconds since 1970."""
    return (time - pd.Timestamp("1970-01-01T00:00Z")) // pd.Timedelta("1us")


def list_events(raw: Tables, after: str) -> list[Event]:
    """Each order when it is made, its outcome when it is delivered, and each reading, of what comes after a time."""
    at, events = pd.Timestamp(after), []
    for place, row in enumerate(raw["orders"].to_dict("records")):
        if row["ordered_at"] > at:
            made, done = count_microseconds(row["ordered_at"]), count_microseconds(row["delivered_at"])
            key = {"shop": row["shop"], "ordered_at": made}
            events.append(Event(f"made-{place}", "orders", made, key))
            events.append(Event(f"done-{place}", "orders", done, key | {"late": row["late"], "delivered_at": done}))
    for place, row in enumerate(raw["readings"].to_dict("records")):
        if row["read_at"] > at:
            time = count_microseconds(row["read_at"])
            events.append(Event(f"read-{place}", "readings", time, row | {"read_at": time}))
    return sorted(events, key=lambda event: (event.known_at, event.id))
