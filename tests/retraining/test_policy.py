from dataclasses import replace

import pytest

from lifecycle.errors import WrongValue
from lifecycle.monitoring.alerts import Alert
from lifecycle.retraining.policy import Policy, Replay, check_replay

QUALITY = Alert("quality", "performance", "auc", "2013-09", "2013-09", "auc: 0.6, 0.7 in the valid part")
DRIFT = Alert("drift", "drift", "hour", "2013-09", "2013-09", "hour: 0.3")
REPLAY = Replay(first="2013-09", months=2, share=0.5, delay=3, held=21, resamples=50, promote=("better",))


def policy(when, rules=(), rest=0, **more):
    return Policy(when=when, rules=rules, rest=rest, **more)


def test_never_asks_for_nothing():
    assert policy("never").ask([QUALITY], 5, 9) == ""


def test_always_asks_at_every_months_end():
    assert policy("always").ask([], 1, 0) == "a month is over"


def test_an_alert_of_its_rule_asks_and_another_does_not():
    waiting = policy("alert", ("quality",))
    assert waiting.ask([DRIFT], 1, 0) == ""
    assert waiting.ask([DRIFT, QUALITY], 1, 0) == "alert: auc: 0.6, 0.7 in the valid part"


def test_after_a_release_it_rests():
    resting = policy("always", rest=1)
    assert [resting.ask([], months, 0) for months in (1, 2)] == ["", "a month is over"]


def test_a_rule_that_the_monitor_does_not_have_could_never_ask():
    with pytest.raises(WrongValue, match="waits for the rule 'qualty'"):
        check_replay(REPLAY, {"on_alert": policy("alert", ("qualty",))}, ["drift", "quality"], [])


def test_numbers_out_of_range_are_rejected():
    broken = Replay(first="2013-09", months=0, share=2.0, delay=3, held=21, resamples=50, promote=("better",))
    with pytest.raises(WrongValue, match=r"share 2\.0, months 0"):
        check_replay(broken, {}, [], [])


@pytest.mark.parametrize("first", ["abc", "", "2013", "2013-13", "2013-09-01"])
def test_a_first_month_that_is_none_is_rejected(first):
    with pytest.raises(WrongValue, match="no month") as caught:
        check_replay(replace(REPLAY, first=first), {}, [], [])
    assert str(caught.value).splitlines() == [
        f"error: first is {first!r}, no month",
        "where: conf/replay/, key first",
        "next:  first: a month such as 2013-09, or null for the last that the source has",
    ]


def test_enough_new_labels_ask_and_fewer_do_not():
    waiting = policy("labels", labels=1500)
    assert waiting.ask([QUALITY], 3, 1499) == ""
    assert waiting.ask([], 1, 1500) == "1,500 new labels"
    assert policy("labels", labels=1500, rest=1).ask([], 1, 1500) == ""


def test_a_policy_that_needs_no_new_label_is_rejected():
    with pytest.raises(WrongValue, match="policy on_labels waits for 0 new labels"):
        check_replay(REPLAY, {"on_labels": policy("labels")}, [], [])


def test_a_window_that_is_no_option_is_rejected_with_the_nearest_one():
    with pytest.raises(WrongValue, match="is trained on the window 'slidng'") as caught:
        check_replay(REPLAY, {"newest": policy("always", training="slidng")}, [], ["sliding", "weighted"])
    assert caught.value.todo == "use 'sliding'"
    check_replay(REPLAY, {"newest": policy("always", training="sliding")}, [], ["sliding", "weighted"])
