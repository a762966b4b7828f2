"""The features of the flights: proof that nothing later than the moment of prediction is read."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flights import source
from lifecycle import config, targets
from lifecycle.data.cleaning import Clean, apply_rules, conform_to_schema
from lifecycle.data.cleaning import run_steps as make_tables
from lifecycle.data.features.build import Features, build_features, join_history
from lifecycle.data.schema import Schema, conform_raw
from lifecycle.options import Call, options
from lifecycle.sources import batches

ROOT = Path(__file__).parents[2]
START = pd.Timestamp("2013-03-01T00:00Z")
# When each outcome of a flight is known. The due times themselves stand in the schedule.
KNOWN_AT = {
    "departed_at": "departed_at",
    "dep_delay": "departed_at",
    "arrived_at": "arrived_at",
    "arr_delay": "arrived_at",
    "late": "arrived_at",
    "air_time": "arrived_at",
    "ground": "arrived_at",
    "distance": "due_15",
    "block": "due_15",
    "left_15_late": "due_15",
    "left_60_late": "due_60",
}
SCHEDULED = {"due_15", "due_60"}


@options
class Settings:
    """What the flights' features are made of."""

    schema: Schema
    clean: Clean
    features: Features


def settings_of_flights():
    return config.load(Settings, [f"{group}=flight_delay" for group in ("schema", "clean", "features")])


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch):
    monkeypatch.chdir(ROOT)


LAGS = {
    "_target_": "lifecycle.data.features.history.lag_values",
    "name": "lags",
    "value": "arr_delay",
    "known_at": "arrived_at",
    "prediction_time": "prediction_time",
    "by": ["origin"],
    "steps": [1, 3],
}


def all_steps():
    import yaml

    read = yaml.safe_load((ROOT / "conf/features/flight_delay.yaml").read_text(encoding="utf-8"))
    return [
        pytest.param(
            Call(target=step["_target_"], arguments={key: step[key] for key in step if key != "_target_"}),
            id=f"{number}-{step.get('name', 'calendar')}",
        )
        for number, step in enumerate([*read["steps"], LAGS])
    ]


def by_hand(rows=48):
    """Flights of two days, typed as a rule: every 50 minutes one, with all that happened to it."""
    number = np.arange(rows)
    departure = pd.Series(START + pd.to_timedelta(number * 50, unit="min"))
    delay = pd.Series((number * 37 % 101 - 10).astype(float)).mask(pd.Series(number % 11 == 5))
    arrival = departure + pd.Timedelta("90min")
    gone = pd.to_timedelta(delay, unit="min")
    return pd.DataFrame(
        {
            "flight_id": [f"F{n:03}" for n in number],
            "scheduled_departure": departure,
            "prediction_time": departure - pd.Timedelta("2h"),
            "day": departure.dt.strftime("%Y-%m-%d"),
            "hour": departure.dt.hour,
            "carrier": np.array(["AA", "UA", "DL"])[number % 3],
            "origin": np.array(["EWR", "JFK"])[number % 2],
            "dest": np.array(["BOS", "ORD"])[number // 2 % 2],
            "flight_number": np.array(["AA1", "UA2", "DL3"])[number % 3],
            "tailnum": pd.array(np.array(["N1", "N2", "N3", None], dtype=object)[number * 7 % 4], dtype="str"),
            "dep_delay": delay,
            "departed_at": departure + gone,
            "arr_delay": delay + 3,
            "arrived_at": arrival + gone + pd.Timedelta("3min"),
            "late": (delay + 3 >= 15).astype("boolean").mask(delay.isna()),
            "air_time": (70.5 + number % 7) + 0 * delay,
            "ground": (19.1 + number % 5) + 0 * delay,
            "distance": 200.0 + number % 5,
            "block": 90.0 + number % 3,
            "left_15_late": ((delay > 15) | delay.isna()).astype("boolean"),
            "due_15": departure + pd.Timedelta("15min"),
            "left_60_late": ((delay > 60) | delay.isna()).astype("boolean"),
            "due_60": departure + pd.Timedelta("60min"),
        }
    )


def unknown(table, column, now):
    """Which rows' values of the column are not known by `now`."""
    return ~(table[KNOWN_AT[column]] <= now).fillna(False).astype(bool)


def changed(table, now, seed):
    """The table with other outcomes wherever they are known only after `now`."""
    generator = np.random.default_rng(seed)
    later = now + pd.to_timedelta(generator.integers(1, 3000, len(table)), unit="min")
    new = {}
    for column in KNOWN_AT:
        if column in ("departed_at", "arrived_at"):
            values = pd.Series(later, index=table.index).astype(table[column].dtype)
        elif str(table[column].dtype) == "boolean":
            values = ~table[column].fillna(False)
        else:
            values = pd.Series(generator.normal(1e6, 1e5, len(table)), index=table.index)
        new[column] = table[column].mask(unknown(table, column, now), values)
    return table.assign(**new)


def shuffled(table, now, seed):
    """The table with the outcomes known only after `now` dealt out anew among the rows."""
    generator = np.random.default_rng(seed)
    new = {}
    for column in KNOWN_AT:
        places = np.flatnonzero(unknown(table, column, now))
        order = np.arange(len(table))
        order[places] = generator.permutation(places)
        new[column] = table[column].iloc[order].set_axis(table.index)
    return table.assign(**new)


def deleted(table, now, seed):
    """The table without outcomes known only after `now`, and without rows of a later moment."""
    new = {column: table[column].mask(unknown(table, column, now)) for column in KNOWN_AT}
    keep = (table["prediction_time"] <= now) | (table["scheduled_departure"] <= now)
    return table.assign(**new)[keep]


CHANGES = [changed, shuffled, deleted]


def must_not_see_later(make, table, past, now, change, seed):
    """Hold the features of all rows with a moment up to `now` against those made from changed later facts."""
    asked = table[table["prediction_time"] <= now]
    other = change(past, now, seed)
    whole = make(table, past).loc[asked.index]
    rest = other.loc[other.index.intersection(table.index)]
    pd.testing.assert_frame_equal(whole, make(rest, other).loc[asked.index], check_exact=True)


def as_step(call):
    return lambda table, past: targets.call(call, "conf/features/", table, past)


def test_every_forbidden_column_is_changed_when_it_is_not_known():
    schema = settings_of_flights().schema
    assert set(schema.columns_with_role("forbidden", "target")) == set(KNOWN_AT) | SCHEDULED


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("call", all_steps())
def test_no_step_sees_what_is_known_after_the_moment(call, change):
    table = by_hand()
    for row in range(4, len(table), 14):
        now = table["prediction_time"].iloc[row]
        must_not_see_later(as_step(call), table, table, now, change, row)


@pytest.mark.parametrize("known_at", ["prediction_time", "scheduled_departure"])
def test_a_step_that_looks_ahead_is_caught(known_at):
    arguments = {"prediction_time": "prediction_time", "value": "arr_delay", "known_at": known_at, "by": ["origin"]}
    call = Call(target="lifecycle.data.features.history.find_latest", arguments=arguments | {"name": "ahead"})
    table = by_hand()
    with pytest.raises(AssertionError):
        must_not_see_later(as_step(call), table, table, table["prediction_time"].iloc[30], changed, 0)


ASKED = ["carrier", "flight", "tailnum", "origin", "dest", "scheduled_departure"]


def read_raw(schema):
    """The raw tables of the first days of January."""
    wanted = batches.select_through(source.read(share=0.1), date(2013, 1, 31))
    raw = {}
    for batch in wanted:
        if batch.table in schema.tables:
            raw[batch.table] = conform_raw(batch.rows, schema.tables[batch.table], batch.name)
    return raw


def test_what_is_known_before_a_flight_is_made_of_six_raw_columns_and_the_other_tables():
    chosen = settings_of_flights()
    raw = read_raw(chosen.schema)
    asked = raw | {"flights": raw["flights"][ASKED]}
    early = replace(chosen.clean, steps=chosen.clean.steps[:-1])
    made, whole = (make_tables(*given, "conf/clean/")["flights"] for given in ((asked, early), (raw, chosen.clean)))
    known = [name for name in chosen.schema.columns if name not in KNOWN_AT.keys() | SCHEDULED]
    assert set(chosen.features.keep) < set(known)
    pd.testing.assert_frame_equal(made[known], whole[known], check_exact=True)


@pytest.fixture(scope="module")
def real():
    """The cleaned flights of the first days of January, and those rejected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        chosen = settings_of_flights()
    raw = read_raw(chosen.schema)
    made = make_tables(raw, chosen.clean, "conf/clean/")[chosen.clean.unit]
    cleaned = apply_rules(conform_to_schema(made, chosen.schema), chosen.schema, chosen.clean.no_label)
    return chosen, cleaned.table, cleaned.rejected


def test_real_flights_are_there_with_cancelled_ones_in_the_past(real):
    chosen, table, rejected = real
    past = join_history(table, rejected, chosen.features, chosen.schema)
    assert len(table) > 2000
    assert past["late"].isna().sum() == (rejected["reason"] == "no label (cancelled or diverted)").sum() > 0


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", [0.1, 0.37, 0.62, 0.9])
@pytest.mark.slow
def test_no_feature_of_real_flights_sees_what_is_known_after_the_moment(real, change, place):
    chosen, table, rejected = real
    now = table["prediction_time"].iloc[int(len(table) * place)]
    other = change(join_history(table, rejected, chosen.features, chosen.schema), now, 5)
    kept = other["flight_id"].isin(table["flight_id"])
    gone = other[~kept].assign(reason=chosen.features.past[0])
    asked = table["flight_id"][table["prediction_time"] <= now]
    assert len(asked) > 100
    whole, again = (
        build_features(rows, rest, chosen.features, chosen.schema, "conf/features/").set_index("flight_id")
        for rows, rest in ((table, rejected), (other[kept], gone))
    )
    pd.testing.assert_frame_equal(whole.loc[asked], again.loc[asked], check_exact=True)
