"""Groups by what the values do: tables of 40 values in 200 rows, made by rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lifecycle.onboarding.infer.column_types import infer_columns
from lifecycle.onboarding.infer.groups import GroupEvidence, compare, find_groups
from lifecycle.onboarding.infer.target import infer_target

ROW = np.arange(200)
WHO = ROW // 5
NOISE = np.random.default_rng(5).integers(0, 10_000, 200)


def found(_target: str = "y", **columns: Any) -> dict[str, GroupEvidence]:
    """The evidence by column, with the strongest first."""
    table = pd.DataFrame({name: pd.Series([str(one) for one in cells], dtype="str") for name, cells in columns.items()})
    inferred = infer_columns(table, {})
    target = infer_target(inferred[_target], None) if _target else None
    others = {name: one for name, one in inferred.items() if name != _target}
    return {one.name: one for one in find_groups(inferred, others, target)}


def test_likeness_is_one_where_rows_of_a_group_agree_and_zero_by_chance() -> None:
    labels = (WHO % 2)[:, None] == np.array([[0, 1]])
    assert compare(WHO, labels.astype(float)).within == pytest.approx(1)
    coin = np.random.default_rng(2).integers(0, 2, 200)[:, None] == np.array([[0, 1]])
    assert abs(compare(WHO, coin.astype(float)).within) < 0.1
    assert compare(WHO, np.full((200, 1), np.nan)).errors == 0


def test_any_name_is_a_group_where_the_target_hardly_varies_within() -> None:
    evidence = found(who=[f"name {'abcdefgh'[one % 8]}{one}" for one in WHO], x=NOISE, y=WHO * 7 % 3 == 0)
    assert evidence["who"].is_group
    assert evidence["who"].explain("y") == "40 values, 5 rows of each; within one, y varies 100% less than by chance"


def test_the_name_of_an_entity_and_keys_need_less() -> None:
    state = np.where(NOISE % 10 < 7, WHO * 7 % 2, NOISE % 2)
    assert found(patient=WHO * 13 % 97, x=NOISE, y=state)["patient"].hint == "entity"
    assert found(patient=WHO * 13 % 97, x=NOISE, y=state)["patient"].is_group
    assert found(mark=[f"K{one:02d}" for one in WHO], x=NOISE, y=state)["mark"].is_group
    assert not any(one.is_group for one in found(town=[f"town of {one}" for one in WHO], x=NOISE, y=state).values())


def test_other_columns_that_hardly_vary_speak_for_a_group_too() -> None:
    evidence = found(
        subject=WHO, sex=WHO * 7 % 2, age=20 + WHO * 13 % 37, x=NOISE, y=np.random.default_rng(3).integers(0, 2, 200)
    )
    assert evidence["subject"].is_group
    assert evidence["subject"].within.constant == ("sex", "age")
    assert "sex, age hardly vary" in evidence["subject"].explain("y")


CHANCE = np.random.default_rng(4).integers(0, 2, 200)
AGE, HEIGHT = 20 + WHO * 29 % 41, 150.5 + WHO * 17 % 43


def test_two_columns_that_hold_within_are_asked_about_whatever_the_name_is() -> None:
    one = found(p=700 + WHO, age=AGE, height=HEIGHT, x=NOISE, z=NOISE * 7 % 1000, w=NOISE % 17, y=CHANCE)["p"]
    assert (one.is_group, one.is_likely, one.hint) == (False, True, "")
    assert set(one.within.own) == {"height", "age"}
    assert one.explain("y") == "40 values, 5 rows of each; within one, age, height hardly vary"


def test_the_name_of_a_number_makes_it_the_group() -> None:
    assert found(p_nr=700 + WHO, age=AGE, height=HEIGHT, x=NOISE, y=CHANCE)["p_nr"].is_group
    assert found(CaseNo=700 + WHO, sex=WHO * 7 % 2, blood=WHO * 11 % 3, x=NOISE, y=CHANCE)["CaseNo"].is_group


def test_columns_with_a_few_gaps_may_hold_within_too() -> None:
    age = ["" if row % 13 == 4 else str(one) for row, one in enumerate(AGE)]
    height = ["" if row % 17 == 0 else str(one) for row, one in enumerate(HEIGHT)]
    one = found(p=700 + WHO, age=age, height=height, x=NOISE, z=NOISE % 17, y=CHANCE)["p"]
    assert one.is_likely
    assert one.within.constant == ("age", "height")


def test_places_that_lie_in_one_another_are_no_group() -> None:
    city, region, country = (np.array([f"{kind} of {one}" for one in WHO // size]) for kind, size in
                             [("town", 1), ("land", 2), ("realm", 10)])  # fmt: skip
    short = [f"{one[0]}{one[-1]}" for one in country]
    assert found(city=city, region=region, country=country, x=NOISE, y=CHANCE) == {}
    assert found(city=city, country=country, short=short, x=NOISE, y=CHANCE) == {}
    land, realm = (np.array([f"{kind} of {one}" for one in WHO * 3 // 4 // size]) for kind, size in
                   [("land", 1), ("realm", 8)])  # fmt: skip
    assert found(city=city, land=land, realm=realm, x=NOISE, y=CHANCE) == {}
    assert not found(city_no=WHO, region=region, country=country, x=NOISE, y=CHANCE)
    assert found(region=region, country=country, short=short, x=NOISE, y=CHANCE) == {}


def test_other_names_of_a_value_and_what_is_computed_from_it_speak_for_no_group() -> None:
    name, code = [f"town of {one}" for one in WHO], [f"the {one}th" for one in WHO]
    assert found(town=name, other=code, x=NOISE, y=CHANCE) == {}
    age = 20 + NOISE % 40
    band = np.array(["young", "grown", "old"])[(age - 20) // 14]
    assert found(age=age, squared=age * age, band=band, scaled=age / 7, x=NOISE[::-1], y=CHANCE) == {}


def test_categories_dates_and_numbers_that_predict_smoothly_are_no_groups() -> None:
    age = 20 + NOISE % 40
    assert found(age=age, x=NOISE[::-1], y=age > 40) == {}
    assert found(rooms=age, x=NOISE[::-1], y=age * age + NOISE % 3) == {}
    assert found(city=[f"c {one % 8}" for one in ROW], x=NOISE, y=ROW % 8 > 3) == {}
    days = pd.date_range("2020-01-01", periods=40).strftime("%Y-%m-%d")
    assert found(day=days.repeat(5), x=NOISE, y=WHO % 2) == {}
    assert found(town=[f"town of {one}" for one in WHO], x=NOISE, y=np.random.default_rng(4).integers(0, 2, 200)) == {}


def test_numbers_as_target_and_no_target() -> None:
    assert found(device=WHO * 7 % 41, x=NOISE, y=WHO * 37 % 41 * 100 + NOISE % 9)["device"].is_group
    assert found(_target="", device=WHO, sex=WHO % 2, kind=WHO % 5, x=NOISE)["device"].is_group
