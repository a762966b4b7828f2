import pandas as pd
import pytest

from lifecycle.data.cells.reading import Reading
from lifecycle.errors import UnfitTable
from lifecycle.feedback import labels as feedback

ANSWERED = "2013-09-01T10:00:00+00:00"
LATE = pd.Timedelta(days=30)

CHURN = Reading(true_values=("churned",), false_values=("stayed",))


def record(key, time=ANSWERED, probability=0.5, **inputs):
    return {"id": key, "time": time, "version": "v1", "inputs": inputs, "prediction": {"probability": probability}}


def labels(*rows, origin="service"):
    made = [{"id": key, "label": label, "origin": origin, "known_at": None} for key, label in rows]
    return pd.DataFrame(made).astype("str")


NONE = pd.DataFrame(columns=feedback.FIXED, dtype="str")
ANSWERS = feedback.tabulate_log([record("a", weight=1.5), record("b", weight=2.0), record("c", weight=None)])


def test_the_last_answer_to_an_id_counts():
    found = feedback.tabulate_log([record("a", probability=0.1), record("b"), record("a", probability=0.9, weight=2)])
    assert found["id"].tolist() == ["a", "b"]
    assert found["prediction"].tolist() == ['{"probability": 0.9}', '{"probability": 0.5}']
    assert found["input.weight"].tolist()[0] == 2


def test_an_empty_log_has_no_answers():
    assert feedback.tabulate_log([]).empty


def test_a_label_joins_its_answer():
    found = feedback.accept_labels(labels(("b", "true"), ("a", "false")), ANSWERS, NONE, LATE)
    assert found.taken.columns.tolist() == [*feedback.FIXED, "input.weight"]
    assert found.taken[["id", "label", "input.weight"]].to_numpy().tolist() == [["a", "false", 1.5], ["b", "true", 2.0]]
    assert (found.repeated, found.late, found.corrections, len(found.rejected)) == (0, 0, 0, 0)


def test_unknown_and_conflicting_labels_are_rejected_with_a_reason():
    found = feedback.accept_labels(
        labels(("x", "true"), ("a", "true"), ("a", "false"), ("b", "true")), ANSWERS, NONE, LATE
    )
    assert found.taken["id"].tolist() == ["b"]
    assert found.rejected[["id", "reason"]].to_numpy().tolist() == [
        ["a", "conflicting labels were delivered together"],
        ["a", "conflicting labels were delivered together"],
        ["x", "no prediction with this id was logged"],
    ]


def test_a_label_told_twice_is_taken_once_and_one_told_before_not_again():
    first = feedback.accept_labels(labels(("a", "true"), ("a", "true")), ANSWERS, NONE, LATE)
    again = feedback.accept_labels(labels(("a", "true")), ANSWERS, first.taken, LATE)
    assert (len(first.taken), first.repeated) == (1, 1)
    assert (len(again.taken), again.repeated, len(again.rejected)) == (0, 1, 0)


def test_a_person_corrects_an_earlier_label_and_the_service_does_not():
    before = feedback.accept_labels(labels(("a", "true")), ANSWERS, NONE, LATE).taken
    person = feedback.accept_labels(labels(("a", "false"), origin="person"), ANSWERS, before, LATE)
    service = feedback.accept_labels(labels(("a", "false")), ANSWERS, before, LATE)
    assert (person.taken["origin"].tolist(), person.corrections) == (["person"], 1)
    assert service.rejected["reason"].tolist() == ["contradicts an earlier label, and only a person may correct one"]


def dated(*rows, origin="person"):
    made = [{"id": key, "label": label, "origin": origin, "known_at": time} for key, label, time in rows]
    return pd.DataFrame(made).astype("str")


def taken(*deliveries):
    """What stands after some deliveries, one after the other."""
    earlier = NONE
    for one in deliveries:
        earlier = pd.concat([earlier, feedback.accept_labels(one, ANSWERS, earlier, LATE).taken[feedback.FIXED]])
    return earlier.reset_index(drop=True)


def test_a_person_may_correct_back_to_what_was_said_before():
    before = taken(dated(("a", "true", "2013-09-02")), dated(("a", "false", "2013-09-03")))
    back = feedback.accept_labels(dated(("a", "true", "2013-09-04")), ANSWERS, before, LATE)
    assert (back.taken["label"].tolist(), back.repeated, back.corrections) == (["true"], 0, 1)
    every = dated(("a", "true", "2013-09-02"), ("a", "false", "2013-09-03"), ("a", "true", "2013-09-04"))
    whole = feedback.accept_labels(every, ANSWERS, before, LATE)
    assert (whole.taken["known_at"].tolist(), whole.repeated) == (["2013-09-04"], 2)


def test_a_delivery_of_a_person_that_comes_again_is_not_taken_again():
    first, second = dated(("a", "true", "2013-09-02")), dated(("a", "false", "2013-09-03"))
    for again in (first, second):
        found = feedback.accept_labels(again, ANSWERS, taken(first, second), LATE)
        assert (len(found.taken), len(found.rejected), found.repeated) == (0, 0, 1)


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ([("a", "true", "2013-09-02")], ("a", "false", None)),
        ([("a", "true", None), ("a", "false", None)], ("a", "true", None)),
    ],
)
def test_an_undated_correction_that_may_be_the_older_one_is_rejected(before, then):
    found = feedback.accept_labels(dated(then), ANSWERS, taken(*(dated(one) for one in before)), LATE)
    assert found.taken.empty
    assert found.rejected["reason"].tolist() == [
        "a person corrected this row before: give known_at, so that the newer label is known"
    ]


def test_the_service_may_say_what_a_person_corrected_it_to():
    before = taken(labels(("a", "true")), labels(("a", "false"), origin="person"))
    found = feedback.accept_labels(labels(("a", "false")), ANSWERS, before, LATE)
    assert (len(found.taken), len(found.rejected), found.repeated) == (0, 0, 1)


def test_times_of_one_delivery_may_be_written_in_several_ways():
    told = dated(("a", "true", "2013-10-01"), ("b", "true", "2013-10-01T20:00:00+09:00"))
    assert feedback.accept_labels(told, ANSWERS, NONE, LATE).late == 1


def test_late_labels_are_counted_and_taken():
    told = labels(("a", "true"), ("b", "true")).assign(known_at=["2013-10-02T00:00:00Z", "2013-09-02T00:00:00Z"])
    found = feedback.accept_labels(told, ANSWERS, NONE, LATE)
    assert (len(found.taken), found.late) == (2, 1)


def test_the_order_of_delivery_does_not_matter():
    rows = [("a", "true"), ("b", "false"), ("c", "true"), ("x", "true")]
    one, other = (feedback.accept_labels(labels(*told), ANSWERS, NONE, LATE) for told in (rows, rows[::-1]))
    pd.testing.assert_frame_equal(one.taken, other.taken)
    pd.testing.assert_frame_equal(one.rejected, other.rejected)


@pytest.mark.parametrize(
    ("given", "classes", "want"),
    [
        (["1", "False", "yes", "0.0"], ("false", "true"), ["true", "false", "true", "false"]),
        (["red", " blue "], ("red", "blue"), ["red", "blue"]),
        (["1.50", "2"], (), ["1.5", "2"]),
    ],
)
def test_labels_have_one_spelling(given, classes, want):
    delivered = pd.DataFrame({"id": range(len(given)), "label": given})
    made = feedback.conform_labels(delivered, "service", classes, None, "l.csv")
    assert made["label"].tolist() == want
    assert set(made["origin"]) == {"service"}


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"id": ["a"]}, "column 'label' is missing; the file has id"),
        ({"id": ["a", "b"], "label": ["1", "perhaps"]}, "the first has 'perhaps', not one of false, true"),
        ({"id": [None], "label": ["1"]}, "not an id"),
        ({"id": ["a"], "label": ["1"], "origin": ["robot"]}, "the first has 'robot', not one of service, person"),
        ({"id": ["a"], "label": ["1"], "known_at": ["soon"]}, "the first has 'soon', not a time"),
    ],
)
def test_what_is_no_label_stops_the_whole_file(table, what):
    with pytest.raises(UnfitTable) as rejected:
        feedback.conform_labels(pd.DataFrame(table), "service", ("false", "true"), None, "l.csv")
    assert what in rejected.value.what
    assert "l.csv" in rejected.value.where


@pytest.mark.parametrize(
    ("given", "classes", "reading", "want"),
    [
        (["churned ", "stayed", "true"], ("false", "true"), CHURN, ["true", "false", "true"]),
        (["1.234,5", "7"], (), Reading(decimal=",", thousands="."), ["1234.5", "7"]),
        (["RED", "blue"], ("red", "blue"), Reading(spellings={"red": ("RED",)}), ["red", "blue"]),
    ],
)
def test_labels_may_be_written_as_the_targets_cells_are(given, classes, reading, want):
    delivered = pd.DataFrame({"id": range(len(given)), "label": given})
    made = feedback.conform_labels(delivered, "service", classes, reading, "l.csv")
    assert made["label"].tolist() == want
