"""Plain cells and values: how a cell is written without a notation of its own, and what it becomes."""

from collections.abc import Mapping
from typing import Any, Literal

from lifecycle.data.cells.reading import Reading, Type

Kind = Literal["number", "integer", "text", "time", "boolean"]

KINDS: Mapping[Type, Kind] = {
    "number": "number",
    "integer": "integer",
    "text": "text",
    "category": "text",
    "day": "text",
    "image": "text",
    "time": "time",
    "boolean": "boolean",
}
# How cells are written where the schema does not say it.
PLAIN = Reading(thousands="")
WORDS: Mapping[Type, str] = {
    "number": "a number",
    "integer": "a whole number",
    "text": "a text",
    "category": "a text",
    "day": "a day such as 2024-05-31",
    "image": "the path of an image",
    "time": "a time such as 2024-05-31T14:30:00Z",
    "boolean": "true or false",
}
LONGEST_QUOTE = 60


def describe_cell(type: Type, reading: Reading) -> str:
    """What a cell of a type holds, in words."""
    if type == "time" and reading.date_format != "ISO8601":
        return f"a time as {reading.date_format}"
    if type == "boolean" and reading.true_values:
        return f"{reading.true_values[0]} or {(reading.false_values or ('blank',))[0] or 'blank'}"
    return WORDS[type]


def quote_value(value: Any) -> str:
    """A value in few words, whatever it is."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value) if isinstance(value, str | float) else str(value)[: LONGEST_QUOTE + 1]
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"
