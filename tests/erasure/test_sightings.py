"""Where values are seen in the prediction log: in the features, and in the raw row that was asked."""

import json

import pytest

from lifecycle.erasure.search import make_search
from lifecycle.erasure.sightings import Sightings, see_log

SEARCH = make_search("customer", "order", ["7"])


@pytest.mark.parametrize(
    ("parts", "ids"),
    [
        ({"inputs": {"customer": 7}}, {"o1"}),
        ({"inputs": {"size": 1}, "question": {"customer": "7"}}, {"o1"}),
        ({"inputs": {"size": 1}, "question": {"customer": "70"}}, set()),
        ({"inputs": {"size": 1}, "question": None}, set()),
    ],
)
def test_the_ids_of_logged_rows_with_the_value_are_seen(parts: dict[str, object], ids: set[str]) -> None:
    seen = Sightings()
    see_log([json.dumps({"id": "o1", **parts, "prediction": 0.5}).encode(), b'{"torn'], SEARCH, seen)
    assert seen.ids == ids
