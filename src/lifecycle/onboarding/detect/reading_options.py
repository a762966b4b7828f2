"""What `--read` takes: the keys of an entry in conf/source/ for a format, with values of the declared types."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from lifecycle.errors import UnknownName, WrongValue, suggest_name
from lifecycle.reporting.text import shorten_text
from lifecycle.sources.files import CLASSES
from lifecycle.sources.secrets import mask_secrets

ELSEWHERE = ("path", "format")  # said by --data, and by the format itself
OWN_OPTIONS = ("table", "query")  # beside --read
WANTED: tuple[tuple[Any, str], ...] = (
    (bool | int, "true, false, or how many rows hold names"),
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (tuple[str, ...], "values with commas between them"),
)


def convert_options(format: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with texts converted to the types of the format's entry; values of other types stay.

    Raises UnknownName for a key that the format does not have, WrongValue for a text that is no such value.
    """
    kinds = list_options(format)
    for key in options:
        if key not in kinds:
            raise UnknownName(
                f"{format} has no reading option {key!r}",
                where=f"command line, {name_option(key)}",
                todo=f"{suggest_name(key, kinds)}, as --read KEY=VALUE",
            )
    return {
        key: convert_text(key, value, kinds[key]) if isinstance(value, str) else value for key, value in options.items()
    }


def list_options(format: str) -> dict[str, Any]:
    """The keys that an entry of the format has, with their types; those of JSON may be the ones of an API."""
    classes = [CLASSES[name] for name in (format, *(["rest"] if format == "json" else []))]
    kinds = {one.name: get_type_hints(kind)[one.name] for kind in classes for one in fields(kind)}
    return {name: kind for name, kind in kinds.items() if name not in ELSEWHERE}


def convert_text(key: str, text: str, kind: Any) -> Any:
    """The value that a text says, as JSON has it; raises WrongValue where it says none of that type."""
    from pydantic import TypeAdapter, ValidationError

    try:
        value = parse_text(text, kind)
        TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
    except (ValueError, ValidationError, RecursionError) as cause:
        raise WrongValue(
            f"{key} is {shorten_text(mask_secrets(text))}",
            where=f"command line, {name_option(key)}",
            todo=f"{name_option(key)} takes {describe_kind(kind)}",
        ) from cause
    return value


def parse_text(text: str, kind: Any) -> Any:
    """The value of a text: itself for a text, its parts for a list, else what it says in JSON."""
    if kind is str or all(isinstance(choice, str) for choice in get_args(kind) or [kind]):
        return {"\\t": "\t"}.get(text, text)
    if kind == tuple[str, ...] and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    return json.loads(text)


def describe_kind(kind: Any) -> str:
    """What is wanted, in words."""
    choices = [str(choice) or "(empty)" for choice in get_args(kind) if isinstance(choice, str)]
    plain = next((words for one, words in WANTED if one == kind), 'a JSON object such as {"name": "path"}')
    return f"one of {', '.join(choices)}" if choices else plain


def name_option(key: str) -> str:
    """The option of the command line that says a key."""
    return f"--{key}" if key in OWN_OPTIONS else f"--read {key}"
