"""What --read takes: every key of an entry, in its own type."""

from dataclasses import fields
from typing import Any

import pytest

from lifecycle.errors import UnknownName, WrongValue
from lifecycle.onboarding.detect.reading_options import ELSEWHERE, convert_options, list_options
from lifecycle.sources.files import CLASSES


@pytest.mark.parametrize("format", CLASSES)
def test_every_key_of_every_format_is_an_option(format: str) -> None:
    assert {one.name for one in fields(CLASSES[format])} <= {*list_options(format), *ELSEWHERE}


@pytest.mark.parametrize(
    ("format", "text", "value"),
    [
        ("csv", {"skip": "2"}, {"skip": 2}),
        ("csv", {"header": "false"}, {"header": False}),
        ("csv", {"header": "2"}, {"header": 2}),
        ("csv", {"missing": "?, -9,n/a"}, {"missing": ["?", "-9", "n/a"]}),
        ("csv", {"missing": '["a,b"]'}, {"missing": ["a,b"]}),
        ("csv", {"delimiter": "\\t", "quote": "", "decimal": ","}, {"delimiter": "\t", "quote": "", "decimal": ","}),
        ("csv", {"extra": "last"}, {"extra": "last"}),
        ("excel", {"table": "2020", "drop": "a"}, {"table": "2020", "drop": ["a"]}),
        ("html", {"table": "2", "skip": "1"}, {"table": 2, "skip": 1}),
        ("json", {"each": "lines", "columns": '{"a": "x.y"}'}, {"each": "lines", "columns": {"a": "x.y"}}),
        ("json", {"pause": "0.5", "paging": '{"by": "link"}'}, {"pause": 0.5, "paging": {"by": "link"}}),
        ("parquet", {"key": "a,b"}, {"key": ["a", "b"]}),
        ("sqlite", {"query": "SELECT 1"}, {"query": "SELECT 1"}),
    ],
)
def test_texts_become_values_of_the_declared_type(format: str, text: dict[str, str], value: dict[str, Any]) -> None:
    assert convert_options(format, text) == value
    assert convert_options(format, value) == value


@pytest.mark.parametrize(
    ("format", "key", "value", "todo"),
    [
        ("csv", "skip", "two", "--read skip takes a whole number"),
        ("csv", "header", "yes", "--read header takes true, false, or how many rows hold names"),
        ("csv", "extra", "middle", "--read extra takes one of (empty), first, last"),
        ("html", "table", "2nd", "--table takes a whole number"),
        ("json", "columns", "a", '--read columns takes a JSON object such as {"name": "path"}'),
        ("json", "pause", "long", "--read pause takes a number"),
    ],
)
def test_a_value_of_another_type_says_what_is_wanted(format: str, key: str, value: str, todo: str) -> None:
    with pytest.raises(WrongValue) as caught:
        convert_options(format, {key: value})
    assert caught.value.todo == todo


def test_an_unknown_key_names_the_nearest_of_the_format() -> None:
    with pytest.raises(UnknownName) as caught:
        convert_options("excel", {"sip": "1"})
    assert str(caught.value).splitlines() == [
        "error: excel has no reading option 'sip'",
        "where: command line, --read sip",
        "next:  use 'skip', as --read KEY=VALUE",
    ]
    with pytest.raises(UnknownName) as caught:
        convert_options("parquet", {"delimiter": ";"})
    assert caught.value.todo.startswith("use one of drop, key, ")
