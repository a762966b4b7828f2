"""Looking back: against a loop over all events, and proof that nothing later than the moment is read."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flights import source
from lifecycle import config, targets
from lifecycle.data.cleaning import Clean, apply_rules, conform_to_schema
from lifecycle.data.cleaning import run_steps as make_tables
from lifecycle.data.features.build import Features, build_features, join_history
from lifecycle.data.features.history import average_recent, find_latest, lag_values
from lifecycle.data.schema import Schema, conform_raw
from lifecycle.errors import WrongValue
from lifecycle.options import Call, options
from lifecycle.sources import batches

ROOT = Path(__file__).parents[3]
NAN = float("nan")
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
    "left_15_late": "due_15",
    "left_60_late": "due_60",
}
SCHEDULED = {"due_15", "due_60"}


def at(*minutes):
    """Instants so many minutes after START."""
    return pd.to_datetime([pd.NaT if m is None else START + pd.Timedelta(minutes=m) for m in minutes], utc=True)


def events(moments, known, values, places):
    return pd.DataFrame(
        {
            "prediction_time": at(*moments),
            "known": at(*known),
            "value": pd.array(values, dtype="Float64"),
            "place": places,
        }
    )


def mean(table, past, windows, by=("place",)):
    found = average_recent(
        table,
        past,
        prediction_time="prediction_time",
        value="value",
        known_at="known",
        by=list(by),
        windows=windows,
        name="m",
    )
    return {name: column.tolist() for name, column in found.items()}


def last(table, past, by=("place",)):
    found = find_latest(
        table, past, prediction_time="prediction_time", value="value", known_at="known", by=list(by), name="l"
    )
    return {name: column.tolist() for name, column in found.items()}


def nth(table, past, steps, by=("place",)):
    found = lag_values(
        table,
        past,
        prediction_time="prediction_time",
        value="value",
        known_at="known",
        by=list(by),
        steps=steps,
        name="n",
    )
    return {name: column.tolist() for name, column in found.items()}


def equal(found, expected):
    return np.array_equal(np.array(found, dtype=float), np.array(expected, dtype=float), equal_nan=True)


def test_recent_means_by_hand():
    table = events([0, 60, 120, 120], [30, 90, 150, 100], [4, 8, 16, 2], ["A", "A", "A", "B"])
    found = mean(table, table, ["1h", "2h"])
    assert list(found) == ["m_1h", "m_2h"]
    assert equal(found["m_1h"], [NAN, 4, 8, 2])
    assert equal(found["m_2h"], [NAN, 4, 6, 2])


def test_an_event_counts_from_the_instant_it_is_known_and_leaves_after_exactly_one_window():
    past = events([0], [60], [7], ["A"])
    asking = events([59, 60, 119, 120], [None] * 4, [None] * 4, ["A"] * 4)
    assert equal(mean(asking, past, ["1h"])["m_1h"], [NAN, 7, 7, NAN])


def test_recent_without_groups_looks_at_all_events():
    table = events([0, 60], [10, None], [3, 9], ["A", "B"])
    assert equal(mean(table, table, ["1h"], by=())["m_1h"], [NAN, 3])


def test_missing_values_and_missing_times_are_no_events():
    past = events([0, 0, 0], [10, None, 20], [None, 5, 6], ["A", "A", "A"])
    asking = events([30], [None], [None], ["A"])
    assert mean(asking, past, ["1h"])["m_1h"] == [6.0]
    assert last(asking, past)["l"] == [6.0]


def test_latest_gives_the_value_and_its_age_in_hours():
    past = events([0, 0, 0], [10, 20, 70], [1, 2, 3], ["A", "A", "A"])
    asking = events([5, 50, 70, 50], [None] * 4, [None] * 4, ["A", "A", "A", "B"])
    found = last(asking, past)
    assert equal(found["l"], [NAN, 2, 3, NAN])
    assert equal(found["l_age"], [NAN, 0.5, 0.0, NAN])


def test_latest_knows_nothing_of_a_row_without_a_group():
    past = events([0], [10], [1], [None])
    asking = events([50], [None], [None], [None])
    assert equal(last(asking, past)["l"], [NAN])


def test_lags_give_the_last_known_value_and_those_before_it():
    past = events([0, 0, 0, 0], [10, 70, 20, 30], [1, 3, 2, 9], ["A", "A", "A", "B"])
    asking = events([15, 50, 70, 50, 50], [None] * 5, [None] * 5, ["A", "A", "A", "B", None])
    found = nth(asking, past, [1, 2, 3])
    assert list(found) == ["n_1", "n_2", "n_3"]
    assert equal(found["n_1"], [1, 2, 3, 9, NAN])
    assert equal(found["n_2"], [NAN, 1, 2, NAN, NAN])
    assert equal(found["n_3"], [NAN, NAN, 1, NAN, NAN])


def test_lags_without_groups_look_at_all_events():
    table = events([0, 60], [10, None], [3, 9], ["A", "B"])
    assert equal(nth(table, table, [1], by=())["n_1"], [NAN, 3])


@pytest.mark.parametrize("step", [0, -1])
def test_a_lag_that_looks_ahead_is_rejected(step):
    table = events([0], [10], [3], ["A"])
    with pytest.raises(WrongValue, match="steps are") as caught:
        nth(table, table, [1, step])
    assert caught.value.where == "conf/features/, key steps of n"


def test_the_index_of_the_table_is_kept():
    table = events([0, 60], [10, None], [3, 9], ["A", "A"]).set_index(pd.Index([7, 3]))
    arguments = {
        "prediction_time": "prediction_time",
        "value": "value",
        "known_at": "known",
        "by": ["place"],
        "name": "m",
    }
    assert average_recent(table, table, windows=["1h"], **arguments).index.tolist() == [7, 3]
    assert find_latest(table, table, **arguments).index.tolist() == [7, 3]
    assert lag_values(table, table, steps=[1], **arguments).index.tolist() == [7, 3]


def test_a_table_without_events_gives_missing_values():
    asking = events([50], [None], [None], ["A"])
    assert equal(mean(asking, asking, ["1h"])["m_1h"], [NAN])
    assert equal(last(asking, asking)["l"], [NAN])
    assert equal(nth(asking, asking, [1])["n_1"], [NAN])


def test_values_of_another_group_do_not_round_the_mean():
    table = events([0, 0, 60], [10, 10, None], [1e17, 0.1, 0], ["A", "B", "B"])
    assert mean(table, table, ["1h"])["m_1h"][2] == 0.1
    smaller = table.assign(value=[1.0, 0.1, 0.0])
    assert mean(smaller, smaller, ["1h"])["m_1h"][2] == 0.1


minute = st.integers(0, 400)
event = st.tuples(
    minute,
    st.one_of(st.none(), minute),
    st.one_of(st.none(), st.integers(-1000, 1000)),
    st.sampled_from(["A", "B", None]),
)


@settings(max_examples=60, deadline=None)
@given(past=st.lists(event, min_size=1, max_size=25), asking=st.lists(event, min_size=1, max_size=10))
def test_all_agree_with_a_loop_over_all_events(past, asking):
    first, second = events(*zip(*past, strict=True)), events(*zip(*asking, strict=True))
    found, newest, earlier = mean(second, first, ["1h", "3h"]), last(second, first), nth(second, first, [1, 2])
    for row, (now, _, _, place) in enumerate(asking):
        known = [
            (when, value)
            for _, when, value, group in past
            if place is not None and when is not None and value is not None and when <= now and group == place
        ]
        for name, width in (("m_1h", 60), ("m_3h", 180)):
            inside = [value for when, value in known if when > now - width]
            assert equal(found[name][row], np.mean(inside) if inside else NAN)
        in_order = [value for _, value in sorted(known, key=lambda event: event[0])]
        for step in (1, 2):
            assert equal(earlier[f"n_{step}"][row], in_order[-step] if len(in_order) >= step else NAN)
        newest_time = max((when for when, _ in known), default=None)
        if newest_time is None:
            assert np.isnan(newest["l"][row]) and np.isnan(newest["l_age"][row])
        else:
            assert newest["l"][row] == [value for when, value in known if when == newest_time][-1]
            assert newest["l_age"][row] == (now - newest_time) / 60


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


@pytest.fixture(scope="module")
def real():
    """The cleaned flights of the first days of two months, and those rejected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        chosen = settings_of_flights()
    wanted = batches.select_through(source.read(share=0.1), date(2013, 1, 31))
    raw = {}
    for batch in wanted:
        if batch.table in chosen.schema.tables:
            raw[batch.table] = conform_raw(batch.rows, chosen.schema.tables[batch.table], batch.name)
    made = make_tables(raw, chosen.clean, "conf/clean/")[chosen.clean.unit]
    cleaned = apply_rules(conform_to_schema(made, chosen.schema), chosen.schema, chosen.clean.no_label)
    return chosen, cleaned.table, cleaned.rejected


def test_real_flights_are_there_with_cancelled_ones_in_the_past(real):
    chosen, table, rejected = real
    past = join_history(table, rejected, chosen.features)
    assert len(table) > 2000
    assert past["late"].isna().sum() == (rejected["reason"] == "no label (cancelled or diverted)").sum() > 0


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", [0.1, 0.37, 0.62, 0.9])
@pytest.mark.slow
def test_no_feature_of_real_flights_sees_what_is_known_after_the_moment(real, change, place):
    chosen, table, rejected = real
    now = table["prediction_time"].iloc[int(len(table) * place)]
    past = join_history(table, rejected, chosen.features)
    whole = build_features(table, rejected, chosen.features, chosen.schema, "conf/features/")
    other = change(past, now, 5)
    rows = other.loc[other.index.intersection(table.index)]
    gone = other.loc[other.index.difference(table.index)].assign(reason=chosen.features.past[0])
    again = build_features(rows, gone, chosen.features, chosen.schema, "conf/features/")
    asked = table.index[table["prediction_time"] <= now]
    assert len(asked) > 100
    pd.testing.assert_frame_equal(whole.loc[asked], again.loc[asked], check_exact=True)
