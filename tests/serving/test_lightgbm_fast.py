"""LightGBM's quick call for one row: its own numbers, from any thread, and the slow way where there is none."""

import gc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor, libpath

from lifecycle.serving import lightgbm_fast

GENERATOR = np.random.default_rng(3)
ROWS = np.where(GENERATOR.random((300, 4)) < 0.1, np.nan, GENERATOR.normal(size=(300, 4)))
SIZES = {"n_estimators": 30, "min_child_samples": 5, "verbose": -1}


def booster(classes):
    told = np.nan_to_num(ROWS).sum(axis=1)
    if not classes:
        return LGBMRegressor(**SIZES).fit(ROWS, told).booster_
    return LGBMClassifier(**SIZES).fit(ROWS, np.digitize(told, np.linspace(-1, 1, classes - 1))).booster_


def slow(made, row):
    return np.asarray(made.predict(row, num_threads=1, validate_features=False))


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_the_quick_call_gives_the_same_bits_in_the_same_shape(classes):
    made = booster(classes)
    quick = lightgbm_fast.one_row(made)
    assert isinstance(quick, lightgbm_fast.Quick)
    for place in range(len(ROWS)):
        np.testing.assert_array_equal(quick(ROWS[[place]]), slow(made, ROWS[[place]]), strict=True)


def test_it_stops_at_the_best_iteration_as_the_slow_way_does():
    made = booster(2)
    made.best_iteration = 7
    quick = lightgbm_fast.one_row(made)
    np.testing.assert_array_equal(quick(ROWS[:1]), slow(made, ROWS[:1]))
    assert quick(ROWS[:1]) != made.predict(ROWS[:1], num_iteration=30)


def test_threads_do_not_get_each_others_answers():
    made = booster(2)
    expected, quick = [float(slow(made, ROWS[[place]])[0]) for place in range(len(ROWS))], lightgbm_fast.one_row(made)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda place: float(quick(ROWS[[place]])[0]), list(range(len(ROWS))) * 20))
    assert found == expected * 20


def library(**changes):
    """LightGBM's library, with other functions in the place of some."""
    names = ("BoosterPredictForMatSingleRowFastInit", "BoosterPredictForMatSingleRowFast", "FastConfigFree")
    return SimpleNamespace(**{f"LGBM_{name}": getattr(libpath._LIB, f"LGBM_{name}") for name in names} | changes)


def test_it_outlives_the_name_of_its_booster_and_gives_its_setting_back(monkeypatch):
    given_back = []
    made = booster(2)
    monkeypatch.setattr(libpath, "_LIB", library(LGBM_FastConfigFree=lambda setting: given_back.append(setting.value)))
    quick = lightgbm_fast.Quick(made)
    setting = quick.setting.value
    monkeypatch.undo()
    del made
    gc.collect()
    assert 0 < quick(ROWS[:1])[0] < 1
    del quick
    gc.collect()
    assert given_back == [setting]


@pytest.mark.parametrize("row", [ROWS[0], ROWS[:2], ROWS[:1, :3], ROWS[:1].astype("float32"), ROWS[:1, ::-1]])
def test_a_row_of_another_form_is_not_read(row):
    quick = lightgbm_fast.one_row(booster(2))
    with pytest.raises(ValueError, match=r"not of \(1, 4\) and float64"):
        quick(row)


@pytest.mark.parametrize("gone", [SimpleNamespace(), library(LGBM_BoosterPredictForMatSingleRowFastInit=lambda *_: -1)])
def test_where_the_library_has_no_such_call_or_rejects_it_the_slow_way_is_taken(gone, monkeypatch):
    made = booster(2)
    expected = slow(made, ROWS[:1])
    monkeypatch.setattr(libpath, "_LIB", gone)
    found = lightgbm_fast.one_row(made)
    monkeypatch.undo()
    assert not isinstance(found, lightgbm_fast.Quick)
    np.testing.assert_array_equal(found(ROWS[:1]), expected)


def test_a_call_that_fails_is_an_error(monkeypatch):
    made = booster(2)
    monkeypatch.setattr(libpath, "_LIB", library(LGBM_BoosterPredictForMatSingleRowFast=lambda *_: -1))
    with pytest.raises(OSError, match="LightGBM's call failed with -1"):
        lightgbm_fast.one_row(made)(ROWS[:1])
