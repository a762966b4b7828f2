"""The coverage and delay of labels, counted by hand."""

import pandas as pd
import pytest

from lifecycle.monitoring.label_coverage import measure_label_coverage
from lifecycle.monitoring.observations import Observations

FEATURES = pd.DataFrame({"weight": [1.0, 2.0, 3.0, 4.0], "shop": ["a", "a", "b", "b"]})


def rows(labels: pd.Series | None, delays: pd.Series | None) -> Observations:
    period = pd.Series(["2013-09", "2013-09", "2013-09", "2013-10"])
    return Observations(FEATURES, period, period, FEATURES[["shop"]], labels=labels, delays=delays)


def test_coverage_and_delay_are_measured_by_period_and_release() -> None:
    labels = pd.Series(["1", "0", None, None], dtype="object")
    delays, versions = pd.Series([1.0, 3.0, None, None]), pd.Series(["r1", "r1", "r2", "r2"])
    found = measure_label_coverage(rows(labels, delays), versions, "r2")
    assert found.rows[["period", "release", "rows", "labelled"]].to_numpy().tolist() == [
        ["2013-09", "r1", 2, 1.0],
        ["2013-09", "r2", 1, 0.0],
        ["2013-10", "r2", 1, 0.0],
    ]
    assert found.rows["days_median"].tolist() == pytest.approx([2.0, float("nan"), float("nan")], nan_ok=True)
    assert found.rows["days_90"].tolist() == pytest.approx([2.8, float("nan"), float("nan")], nan_ok=True)
    assert found.summary == (
        "2 of 4 predictions have a label; 2 labels have a time: a median of 2 days after the prediction, "
        "90th percentile 2.8 days; 2 are not of release r2, which is here: they are measured, but neither compared "
        "with its reference nor estimated."
    )


def test_without_labels_nothing_is_known_of_delays() -> None:
    found = measure_label_coverage(rows(None, None), pd.Series(["r1"] * 4), "r1")
    assert found.summary == "0 of 4 predictions have a label."
    assert found.rows["labelled"].tolist() == [0.0, 0.0]


def test_rows_without_a_column_are_without_it_everywhere() -> None:
    found = rows(None, None).without(["shop", "colour"])
    assert list(found.features) == ["weight"]
    assert list(found.context) == []
