"""YAML with a comment on each key, equal for Hydra and for plain YAML readers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.errors import UnfitTable
from lifecycle.io.plain_text import escape_hidden
from lifecycle.onboarding.infer.missing_codes import UNWRITABLE
from lifecycle.reporting.text import shorten_text

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_]|[A-Za-z_]")
WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"])
COMMENT = 400  # characters of a comment at most
LONGEST_KEY = 1000  # characters of a key on the line of its value; YAML allows 1,024


@dataclass(frozen=True)
class Commented:
    """A value with the comment beside its key."""

    value: Any
    why: str


def render_document(title: str, content: Mapping[str, Any]) -> str:
    """The file: its title as a comment, then the keys. Raises UnfitTable for a text that cannot be written."""
    return "\n".join(
        [*(f"# {shorten_text(line, COMMENT)}" for line in title.splitlines()), *render_mapping(content, 0), ""]
    )


def render_mapping(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    """The lines of a mapping, each key with its comment."""
    for key, entry in content.items():
        value, why = (entry.value, entry.why) if isinstance(entry, Commented) else (entry, "")
        comment = f" # {shorten_text(why, COMMENT)}" if why else ""
        yield from render_pair(render_key(str(key), "  " * depth), value, comment, depth)


def render_key(key: str, indent: str) -> str:
    """A key with its colon; a long one stands after `? ` on a line of its own, since YAML limits the others."""
    text = render_text(key, False)
    return f"{indent}{text}:" if len(text) <= LONGEST_KEY else f"{indent}? {text}\n{indent}:"


def render_pair(start: str, value: Any, comment: str, depth: int) -> Iterator[str]:
    """The lines of one key."""
    if isinstance(value, Mapping) and value and not is_inline_mapping(value):
        yield start + comment
        yield from render_mapping(value, depth + 1)
    elif isinstance(value, (list, tuple)) and value and not is_inline_list(value):
        yield start + comment
        for entry in value:
            yield from render_item(entry, depth + 1)
    else:
        yield f"{start} {render_scalar(value)}{comment}"


def render_item(entry: Any, depth: int) -> Iterator[str]:
    """The lines of one entry of a list: its first line with a dash."""
    if not isinstance(entry, Mapping) or not entry:
        yield f"{'  ' * depth}- {render_scalar(entry)}"
        return
    first, *rest = render_mapping(entry, depth + 1)
    yield f"{'  ' * depth}- {first.lstrip(' ')}"
    yield from rest


def is_inline_mapping(value: Mapping[str, Any]) -> bool:
    """Whether a mapping only holds short lists and fits on one line."""
    return (
        all(isinstance(entry, (list, tuple)) and is_inline_list(entry) for entry in value.values())
        and len(render_scalar(value)) <= 80
    )


def is_inline_list(values: list[Any] | tuple[Any, ...]) -> bool:
    """Whether a list is short enough for one line."""
    return not any(isinstance(entry, Mapping) for entry in values) and len(render_scalar(values)) <= 80


def render_scalar(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return render_text(value, True)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(f"{render_text(str(key), False)}: {render_scalar(entry)}" for key, entry in value.items())
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(render_scalar(entry) for entry in value) + "]"
    return render_number(value) if isinstance(value, float) else str(value)


def render_number(value: float) -> str:
    """A float that every reader takes for one: with a point, also before an exponent."""
    mantissa, mark, exponent = repr(value).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + mark + exponent


def render_text(words: str, resolved: bool) -> str:
    """Text that every reader takes for text; where values are resolved, `${` is kept from naming another value."""
    import yaml

    if resolved and words == UNWRITABLE:
        raise UnfitTable(
            f"the text {UNWRITABLE} cannot be written in conf/, where it means that a value is still to be given",
            where="the data, a class of the target or a code",
            todo="write another text for it in the source",
        )
    if PLAIN.fullmatch(words) and words.lower() not in WORDS:
        return words
    safe = re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + r"\${", words) if resolved else words
    return escape_hidden(yaml.safe_dump(safe, default_style='"', allow_unicode=True, width=float("inf")).rstrip("\n"))
