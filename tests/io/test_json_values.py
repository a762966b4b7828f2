"""JSON in which every key says one thing."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.io.json_values import RepeatedKey, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\\\u00e9", max_size=2), inner, max_size=3),
)


@given(JSON)
def test_what_json_writes_is_read_back(value):
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"a": 1, "\\u0061": 2}', "a"),
        (b'[{"b": 1}, [{"c": {"d": 1, "e": 2, "d": 3}}]]', "d"),
        (b'{"": 1, "": 2}', ""),
    ],
)
def test_a_key_that_is_there_twice_is_an_error_that_names_it(text, key):
    with pytest.raises(RepeatedKey) as caught:
        parse_json(text)
    assert caught.value.key == key


def test_one_key_in_two_objects_is_none_twice():
    assert parse_json(b'[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]


@pytest.mark.parametrize("text", [b"", b"NaN", b'{"a": 1', b'"\\ud800"', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_an_error(text):
    with pytest.raises(ValueError, match="at line 1 column"):
        parse_json(text)


def test_numbers_of_thousands_of_digits_are_taken_as_the_parser_has_them():
    assert parse_json(b'{"a": ' + b"1" * 4000 + b"}") == {"a": int("1" * 4000)}


def test_a_repeated_key_among_many_is_found_in_no_more_time_than_it_takes_to_read_them():
    text = ('{"first": 0,' + ",".join(f'"k{number}": 0' for number in range(100_000)) + ',"k99999": 1}').encode()
    started = time.process_time()
    with pytest.raises(RepeatedKey):
        parse_json(text)
    assert time.process_time() - started < 5  # comparing each with all would take minutes
