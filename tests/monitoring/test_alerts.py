"""Each rule fires and does not, in periods typed by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from lifecycle.errors import WrongValue
from lifecycle.monitoring.alerts import Rule, check_rules, find_active, raise_alerts

ONCE = Rule(watch=("drift",), per="column", fire=1, of=1, clear=1)
SIZES = {"price": 0.5, "size": 0.3, "a": 0.2, "b": 0.4, "c": 0.3, "d": 0.25}
TWICE = Rule(watch=("drift",), per="column", fire=2, of=3, clear=2)


def mark(marks: str) -> list[bool | None]:
    return [None if mark == "?" else mark == "x" for mark in marks]


def draw(states: list[bool]) -> str:
    return "".join("x" if state else "." for state in states)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("....", "...."),
        (".x..", ".x.."),
        (".xx.x", ".xx.x"),
    ],
)
def test_one_of_one_is_active_as_long_as_the_signal(raised: str, expected: str) -> None:
    assert draw(find_active(mark(raised), ONCE)) == expected


@pytest.mark.parametrize(
    ("raised", "expected"),
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
def test_two_of_three_begins_at_the_second_and_ends_after_two_quiet_periods(raised: str, expected: str) -> None:
    assert draw(find_active(mark(raised), TWICE)) == expected


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("??x??", "..xxx"),
        ("x?x?.?.?", "..xxxx.."),
        ("x?.?x?x", "....xxx"),
        ("???", "..."),
    ],
)
def test_a_period_without_evaluation_leaves_the_alert_as_it_is(raised: str, expected: str) -> None:
    assert draw(find_active(mark(raised), TWICE if raised != "??x??" else ONCE)) == expected


def signals(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["period", "kind", "subject", "raised"])
    return made.assign(message=made["period"] + " " + made["subject"], size=made["subject"].map(SIZES))


def test_an_alert_has_its_first_period_and_its_last_message() -> None:
    rows = signals(
        ("2013-09", "drift", "price", True),
        ("2013-10", "drift", "price", True),
        ("2013-11", "drift", "price", False),
        ("2013-12", "drift", "price", False),
        ("2013-10", "drift", "size", True),
    )
    found = raise_alerts(rows, {"drift": TWICE}, {})
    assert [(one.subject, one.since, one.period, one.message) for one in found] == [
        ("price", "2013-10", "2013-10", "2013-10 price"),
        ("price", "2013-10", "2013-11", "2013-10 price"),
    ]
    assert found[0].key == found[1].key == "drift/drift/price/2013-10"


def test_an_alert_stays_on_until_labels_come_that_end_it() -> None:
    rows = signals(
        ("2013-09", "floor", "price", True),
        *((period, "drift", "size", False) for period in ("2013-09", "2013-10", "2013-11", "2013-12")),
        ("2013-12", "floor", "price", False),
    )
    found = raise_alerts(rows, {"quality": replace(ONCE, watch=("floor",))}, {})
    assert [(one.period, one.since, one.message) for one in found] == [
        (period, "2013-09", "2013-09 price") for period in ("2013-09", "2013-10", "2013-11")
    ]


def test_a_size_of_nan_is_not_evaluated() -> None:
    rows = signals(("1", "floor", "a", True), ("2", "floor", "a", False))
    blank = rows.assign(size=rows["size"].where(rows["period"] == "1"))
    rule = {"quality": replace(ONCE, watch=("floor",))}
    assert [one.period for one in raise_alerts(rows, rule, {})] == ["1"]
    assert [one.period for one in raise_alerts(blank, rule, {})] == ["1", "2"]


def test_a_schema_is_evaluated_in_every_period_and_has_a_signal_only_where_it_is_broken() -> None:
    rows = signals(("1", "schema", "a", True), ("1", "drift", "b", False), ("2", "drift", "b", False))
    rule = {"data": replace(ONCE, watch=("schema",))}
    assert [one.period for one in raise_alerts(rows, rule, {})] == ["1"]
    few = rows.replace({"kind": {"drift": "volume"}})
    assert [one.period for one in raise_alerts(few, rule, {})] == ["1", "2"]


def test_signals_of_different_columns_do_not_add_up() -> None:
    rows = signals(("1", "drift", "a", True), ("2", "drift", "b", True))
    assert raise_alerts(rows, {"drift": TWICE}, {}) == []


def test_a_rule_watches_its_own_kinds_alone() -> None:
    rows = signals(("1", "missing", "a", True))
    assert raise_alerts(rows, {"drift": ONCE}, {}) == []
    assert len(raise_alerts(rows, {"data": Rule(watch=("missing",), per="column", fire=1, of=1, clear=1)}, {})) == 1


def test_per_kind_all_columns_are_one_alert_that_names_the_first_of_them() -> None:
    rows = signals(*(("1", "drift", name, name != "d") for name in "abcd"))
    (found,) = raise_alerts(rows, {"drift": replace(ONCE, per="kind")}, {})
    assert (found.subject, found.key) == ("(all)", "drift/drift/(all)/1")
    assert found.message == "3 of 4 features, the largest first: 1 b; 1 c; 1 a"
    (found,) = raise_alerts(rows, {"drift": replace(ONCE, per="kind")}, {"a": 0.1, "c": 0.2, "d": 0.9})
    assert found.message == "3 of 4 features, the most important first: 1 c; 1 a; 1 b"
    assert len(raise_alerts(rows, {"drift": ONCE}, {})) == 3


def test_per_kind_no_raised_column_is_no_alert() -> None:
    rows = signals(("1", "drift", "a", False), ("1", "drift", "b", False))
    assert raise_alerts(rows, {"drift": replace(ONCE, per="kind")}, {}) == []


def test_per_kind_the_alert_keeps_its_key_while_the_columns_change() -> None:
    raised = {"1": "", "2": "a", "3": "b", "4": "ab", "5": "", "6": ""}
    rows = signals(*((period, "drift", name, name in names) for period, names in raised.items() for name in "ab"))
    found = raise_alerts(rows, {"drift": replace(TWICE, per="kind")}, {})
    assert [one.period for one in found] == ["3", "4", "5"]
    assert {one.key for one in found} == {"drift/drift/(all)/3"}
    assert found[0].message == "1 of 2 features, the largest first: 3 b"
    assert found[2].message == found[1].message == "2 of 2 features, the largest first: 4 b; 4 a"


def test_per_kind_each_kind_has_its_own_alert() -> None:
    rows = signals(("1", "drift", "a", True), ("1", "drift", "b", True), ("1", "label", "c", True))
    found = raise_alerts(rows, {"drift": replace(ONCE, per="kind", watch=("drift", "label"))}, {})
    assert [(one.kind, one.message) for one in found] == [
        ("drift", "2 of 2 features, the largest first: 1 b; 1 a"),
        ("label", "1 c"),
    ]


@pytest.mark.parametrize("change", [{"fire": 0}, {"fire": 3, "of": 2}, {"clear": 0}, {"watch": ()}])
def test_a_rule_that_cannot_fire_or_end_is_rejected(change: dict[str, object]) -> None:
    rule = Rule(**({"watch": ("drift",), "per": "kind", "fire": 1, "of": 1, "clear": 1} | change))  # type: ignore[arg-type]
    with pytest.raises(WrongValue, match="rule odd wants"):
        check_rules({"odd": rule})
