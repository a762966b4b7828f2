"""Each rule fires and does not, in periods written by hand."""

import pandas as pd
import pytest

from lifecycle.alerts import Rule, alerts, on, validate
from lifecycle.errors import WrongValue

ONCE = Rule(watch=("drift",), fire=1, of=1, clear=1)
TWICE = Rule(watch=("drift",), fire=2, of=3, clear=2)


def seen(marks: str) -> list[bool]:
    return [mark == "x" for mark in marks]


def drawn(states: list[bool]) -> str:
    return "".join("x" if state else "." for state in states)


@pytest.mark.parametrize(
    ("loud", "expected"),
    [
        ("....", "...."),
        (".x..", ".x.."),
        (".xx.x", ".xx.x"),
    ],
)
def test_one_of_one_is_on_as_long_as_the_signal(loud: str, expected: str) -> None:
    assert drawn(on(seen(loud), ONCE)) == expected


@pytest.mark.parametrize(
    ("loud", "expected"),
    [
        ("x...x...x", "........."),
        ("xx", ".x"),
        ("x.x", "..x"),
        ("x..x", "...."),
        ("xx.x.x", ".xxxxx"),
        ("xx..x", ".xx.."),
        ("xx...xx", ".xx...x"),
    ],
)
def test_two_of_three_begins_at_the_second_and_ends_after_two_quiet_periods(loud: str, expected: str) -> None:
    assert drawn(on(seen(loud), TWICE)) == expected


def signals(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["period", "kind", "subject", "raised"])
    return made.assign(said=made["period"] + " " + made["subject"])


def test_an_alert_says_since_when_and_what_was_seen_last() -> None:
    rows = signals(
        ("2013-09", "drift", "price", True),
        ("2013-10", "drift", "price", True),
        ("2013-11", "drift", "price", False),
        ("2013-12", "drift", "price", False),
        ("2013-10", "drift", "size", True),
    )
    found = alerts(rows, {"drift": TWICE})
    assert [(one.subject, one.since, one.period, one.said) for one in found] == [
        ("price", "2013-10", "2013-10", "2013-10 price"),
        ("price", "2013-10", "2013-11", "2013-10 price"),
    ]
    assert found[0].key == found[1].key == "drift/drift/price/2013-10"


def test_signals_of_different_columns_do_not_add_up() -> None:
    rows = signals(("1", "drift", "a", True), ("2", "drift", "b", True))
    assert alerts(rows, {"drift": TWICE}) == []


def test_a_rule_sees_its_own_kinds_alone() -> None:
    rows = signals(("1", "missing", "a", True))
    assert alerts(rows, {"drift": ONCE}) == []
    assert len(alerts(rows, {"data": Rule(watch=("missing",), fire=1, of=1, clear=1)})) == 1


@pytest.mark.parametrize("change", [{"fire": 0}, {"fire": 3, "of": 2}, {"clear": 0}, {"watch": ()}])
def test_a_rule_that_cannot_fire_or_end_is_refused(change: dict[str, object]) -> None:
    rule = Rule(**({"watch": ("drift",), "fire": 1, "of": 1, "clear": 1} | change))  # type: ignore[arg-type]
    with pytest.raises(WrongValue, match="rule odd wants"):
        validate({"odd": rule})
