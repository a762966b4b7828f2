import pytest

from lifecycle.alerts import Alert
from lifecycle.errors import WrongValue
from lifecycle.replay.rules import Policy, Replay, must_be_playable

QUALITY = Alert("quality", "fall", "auc", "2013-09", "2013-09", "auc: 0.6, 0.7 in the valid part")
DRIFT = Alert("drift", "drift", "hour", "2013-09", "2013-09", "hour: 0.3")
REPLAY = Replay(first="2013-09", months=2, share=0.5, delay=3, held=21, resamples=50, promote=("better",))


def policy(when, rules=(), rest=0):
    return Policy(when=when, rules=rules, rest=rest)


def test_never_asks_for_nothing():
    assert policy("never").asks([QUALITY], 5) == ""


def test_always_asks_at_every_months_end():
    assert policy("always").asks([], 1) == "a month is over"


def test_an_alert_of_its_rule_asks_and_another_does_not():
    waiting = policy("alert", ("quality",))
    assert waiting.asks([DRIFT], 1) == ""
    assert waiting.asks([DRIFT, QUALITY], 1) == "alert: auc: 0.6, 0.7 in the valid part"


def test_after_a_release_it_rests():
    resting = policy("always", rest=1)
    assert [resting.asks([], months) for months in (1, 2)] == ["", "a month is over"]


def test_a_rule_that_the_monitor_does_not_have_could_never_ask():
    with pytest.raises(WrongValue, match="waits for the rule 'qualty'"):
        must_be_playable(REPLAY, {"on_alert": policy("alert", ("qualty",))}, ["drift", "quality"])


def test_numbers_out_of_range_are_refused():
    broken = Replay(first="2013-09", months=0, share=2.0, delay=3, held=21, resamples=50, promote=("better",))
    with pytest.raises(WrongValue, match=r"share 2\.0, months 0"):
        must_be_playable(broken, {}, [])
