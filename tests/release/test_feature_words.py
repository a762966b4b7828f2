"""Features in words: the steps' arguments, the schema's descriptions, the row's values."""

import pytest

from lifecycle.data.features.build import Features
from lifecycle.data.schema import Column, Schema
from lifecycle.options import Call
from lifecycle.release.feature_words import FeatureLabel, describe_feature, label_features

SCHEMA = Schema(
    columns={
        "late": Column(type="boolean", role="target", description="arrived late"),
        "delay": Column(type="number", role="forbidden", description="arrival delay", unit="min"),
        "wind": Column(type="number", role="feature", description="wind speed", unit="mph"),
        "left": Column(type="time", role="time", description="scheduled departure"),
        "day": Column(type="day", role="context", description="local date of departure"),
    },
    tables={},
)
FEATURES = Features(
    keep=("wind",),
    past=(),
    steps=(
        Call(
            target="lifecycle.data.features.history.average_recent",
            arguments={"name": "late_dest", "value": "late", "by": ["dest"], "windows": ["1h", "28D"]},
        ),
        Call(
            target="lifecycle.data.features.history.average_recent",
            arguments={"name": "delay", "value": "delay", "by": [], "windows": ["24h"]},
        ),
        Call(
            target="lifecycle.data.features.history.find_latest",
            arguments={"name": "last", "value": "delay", "by": ["carrier", "tailnum"]},
        ),
        Call(
            target="lifecycle.data.features.history.lag_values",
            arguments={"name": "lag", "value": "delay", "by": ["dest"], "steps": [1, 2]},
        ),
        Call(
            target="lifecycle.data.features.calendar.extract_minute_of_day",
            arguments={"name": "minute", "time": "left"},
        ),
        Call(
            target="lifecycle.data.features.calendar.extract_date_parts", arguments={"day": "day", "take": ["weekday"]}
        ),
        Call(
            target="lifecycle.data.features.calendar.extract_time_parts",
            arguments={"time": "left", "zone": "UTC", "take": ["hour", "is_weekend", "day_of_year_cos"]},
        ),
        Call(target="mine.steps.more", arguments={"name": "more"}),
    ),
)
ROW = {"dest": "CLT", "carrier": "UA", "tailnum": None}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("wind", 12.5, "wind speed: 12.5 mph"),
        ("wind", None, "wind speed: nothing known"),
        ("late_dest_1h", 0.641, "arrived late for dest CLT in the last hour: 64%"),
        ("late_dest_28D", 0.0, "arrived late for dest CLT in the last 28 days: 0%"),
        ("delay_24h", 1234.56, "mean arrival delay in the last 24 hours: 1,235 min"),
        ("last", -16.0, "last arrival delay for carrier UA and its tailnum: -16 min"),
        ("last_age", 56.08, "time since the last arrival delay for carrier UA and its tailnum: 56.08 h"),
        ("lag_1", 3.0, "arrival delay for dest CLT, 1 value ago: 3 min"),
        ("lag_2", 3.0, "arrival delay for dest CLT, 2 values ago: 3 min"),
        ("minute", 300.0, "minute of the day of the scheduled departure: 300"),
        ("weekday", 4, "weekday of the local date of departure: 4"),
        ("hour_of_left", 7.0, "hour of the scheduled departure: 7"),
        ("is_weekend_of_left", 1.0, "weekend (0 or 1) of the scheduled departure: 1"),
        ("day_of_year_cos_of_left", 0.5, "cosine of the day of year of the scheduled departure: 0.5"),
    ],
)
def test_a_feature_is_said_in_words(name, value, words):
    assert describe_feature(label_features(FEATURES, SCHEMA)[name], value, ROW) == words


def test_a_feature_of_a_step_of_ones_own_has_no_words():
    assert "more" not in label_features(FEATURES, SCHEMA)


@pytest.mark.parametrize(
    ("value", "words"), [(True, "yes"), (False, "no"), ("BOEING", "BOEING"), (None, "nothing known")]
)
def test_a_value_that_is_no_number_is_said(value, words):
    assert describe_feature(FeatureLabel("it"), value, {}) == f"it: {words}"
