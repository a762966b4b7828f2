"""One key of a YAML text changed and not a byte beside it: comments, quotes, order and line breaks stay as they were.

ruamel.yaml's parser says where each key and value stands, and its emitter writes the new value. Its round trip would
write the whole text anew: line breaks, blanks within brackets, and comments below a removed key would change too.
An edit is read again before it is given out, so a layout that this module does not foresee ends in an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from lifecycle.errors import CorruptFile, WrongValue

Value = str | int  # so also True and False
Keys = Sequence[str]  # of keys, from the top

ROOT = 2  # the place of the first document's value, behind the start of the stream and of the document


@dataclass(frozen=True)
class Event:
    """What the parser saw from character `start` up to `end`: a scalar, an alias, or one end of a collection."""

    kind: str
    value: str | None
    anchor: str | None
    tag: str | None
    quoted: bool
    start: int
    end: int
    column: int

    @property
    def meaning(self) -> tuple[object, ...]:
        """All but the place."""
        return self.kind, self.value, self.anchor, self.tag, self.quoted


@dataclass(frozen=True)
class Document:
    """A text with its events, and its name in errors."""

    text: str
    where: str
    events: Sequence[Event]


@dataclass(frozen=True)
class YamlEntry:
    """A key: the places of its first event, of its value's first event, and of the event that follows the value."""

    key: int
    value: int
    after: int


def set_key(text: str, path: Keys, value: Value, where: str) -> str:
    """The text with another value of the key at the end of the path; `where` names the text in errors.

    Raises WrongValue unless there is exactly one such key and it can be changed alone, CorruptFile for no YAML.
    """
    document = parse(text, where)
    written = write_value(value)
    entry = find(document, path, f"{path[-1]}: {written}")
    start, end = document.events[entry.value].start, end_of_text(document, entry.after)
    lead = "" if end > start else " "  # nothing stands behind the colon
    return replaced(document, path, (entry.value, entry.after), written, (start, end), lead + written)


def insert_key(text: str, path: Keys, value: Value, where: str, comment: str = "") -> str:
    """The text with a new key as the first of its mapping, with a comment behind it where the mapping is a block.

    Raises WrongValue unless there is such a mapping without that key, CorruptFile for no YAML.
    """
    document = parse(text, where)
    line = f"{path[-1]}: {write_value(value)}"
    parent = find(document, path[:-1], line).value
    if count := len(named(document, parent, path)):
        raise WrongValue(f"{where} has {count} keys {dotted(path)} already", where=where, todo=f"correct {where}")
    first = document.events[parent + 1]
    if not is_flow(document, parent):
        new = line + (f" # {comment}" if comment else "") + newline(text) + " " * first.column
    else:
        new = line if first.kind == "MappingEnd" else f"{line}, "
    return replaced(document, path, (parent + 1, parent + 1), line, (first.start, first.start), new)


def remove_key(text: str, path: Keys, where: str) -> str:
    """The text without a key, its value and the comment behind it on its line.

    Raises WrongValue unless there is exactly one such key and its mapping has others, CorruptFile for no YAML.
    """
    document = parse(text, where)
    entry = find(document, path, f"correct {where}")
    start, end = document.events[entry.key].start, end_of_text(document, entry.after)
    if text[line_start(text, start) : start].strip():  # within braces, or behind a dash
        following = document.events[entry.after]
        end = following.start if following.kind != "MappingEnd" else end
    else:
        start, end = line_start(text, start), line_end(text, end)
    return replaced(document, path, (entry.key, entry.after), "", (start, end), "")


def rename_key(text: str, path: Keys, name: str, where: str) -> str:
    """The text with another name of the key at the end of the path, its value and all else as they were.

    Raises WrongValue unless there is exactly one such key and none of that name yet, CorruptFile for no YAML.
    """
    document = parse(text, where)
    entry = find(document, path, f"correct {where}")
    new = [*path[:-1], name]
    if named(document, find(document, path[:-1], "").value, new):
        raise WrongValue(
            f"{where} has {dotted(path)} and {dotted(new)}, the new name of the same",
            where=where,
            todo=f"take one of both out of {where}",
        )
    event = document.events[entry.key]
    return replaced(document, path, (entry.key, entry.key + 1), name, (event.start, event.end), name)


def append_item(text: str, path: Keys, value: Value, where: str) -> str:
    """The text with one more item at the end of a list, in brackets or with dashes.

    Raises WrongValue unless there is exactly one such key and it holds a list, CorruptFile for no YAML.
    """
    document = parse(text, where)
    entry = find(document, path, f"{path[-1]}: []")
    opening, closing = document.events[entry.value], entry.after - 1
    if opening.kind != "SequenceStart":
        raise WrongValue(f"{dotted(path)} in {where} is no list", where=where, todo=f"{path[-1]}: []")
    at, new = end_of_text(document, closing), write_value(value)
    if not is_flow(document, entry.value):
        at = line_end(text, at)
        lead = "" if text[:at].endswith("\n") else newline(text)
        new = f"{lead}{' ' * opening.column}- {new}{newline(text)}"
    elif closing > entry.value + 1:
        new = f", {new}"
    return replaced(document, path, (closing, closing), write_value(value), (at, at), new)


def replace_item(text: str, path: Keys, before: str, after: str, where: str) -> str:
    """The text with another item in the place of one of a list.

    Raises WrongValue unless there is exactly one such key and its list has the item once, CorruptFile for no YAML.
    """
    document = parse(text, where)
    _, place = find_item(document, path, before, after)
    event, written = document.events[place], write_value(after)
    return replaced(document, path, (place, place + 1), written, (event.start, event.end), written)


def remove_item(text: str, path: Keys, value: str, where: str) -> str:
    """The text without an item of a list, and without the comment behind it where each item has its line.

    Raises WrongValue unless there is exactly one such key and its list has the item once, CorruptFile for no YAML.
    """
    document = parse(text, where)
    entry, place = find_item(document, path, value, "")
    events, alone = document.events, entry.after - entry.value == 3
    if not is_flow(document, entry.value) and alone:
        start = text.index(":", events[entry.key].end) + 1
        span = start, end_of_text(document, entry.after)
        return replaced(document, path, (entry.value, entry.after), "[]", span, " []")
    if not is_flow(document, entry.value):
        span = line_start(text, events[place].start), line_end(text, events[place].end)
    elif alone or place + 2 < entry.after:  # up to the next item, or to the bracket
        span = events[place].start, events[place + 1].start
    else:
        span = events[place - 1].end, events[place].end
    return replaced(document, path, (place, place + 1), "", span, "")


def find_item(document: Document, path: Keys, value: str, todo: str) -> tuple[YamlEntry, int]:
    """A list and the place of one of its items; raises WrongValue unless it has the item once."""
    entry = find(document, path, f"{path[-1]}: []")
    inner = range(entry.value + 1, entry.after - 1)
    found = [place for place in inner if document.events[place].value == value]
    if document.events[entry.value].kind != "SequenceStart" or len(found) != 1:
        raise WrongValue(
            f"{dotted(path)} in {document.where} has {value} {len(found)} times",
            where=document.where,
            todo=f"edit {document.where} by hand: {value} becomes {todo or 'nothing'}",
        )
    return entry, found[0]


def write_value(value: Value) -> str:
    """A value on one line; text is in quotes, so that no reader takes it for a number, a date or a truth value."""
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    emitter, stream, item = YAML(pure=True), StringIO(), value
    emitter.default_flow_style, emitter.width = True, 1 << 30
    if isinstance(value, str):
        item = (SingleQuotedScalarString if value.isprintable() else DoubleQuotedScalarString)(value)
    emitter.dump([item], stream)
    return stream.getvalue().strip().removeprefix("[").removesuffix("]")


def parse(text: str, where: str) -> Document:
    """The text as a YAML 1.2 parser sees it; raises CorruptFile where it is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        events = [as_event(seen) for seen in YAML(typ="safe", pure=True).parse(text)]
    except YAMLError as cause:
        raise CorruptFile(
            f"{where} is not valid YAML ({' '.join(str(cause).split())})", where=where, todo=f"correct {where}"
        ) from cause
    return Document(text, where, [*events[:1], *(behind_key(text, *two) for two in pairwise(events))])


def behind_key(text: str, before: Event, event: Event) -> Event:
    """The event; a value that is not there, which the parser sees where it goes on, stands behind the key's colon."""
    blank, colon, _ = text[before.end : event.start].partition(":")
    if event.kind != "Scalar" or event.end > event.start or not colon or blank.strip():
        return event
    place = before.end + len(blank) + 1
    return replace(event, start=place, end=place)


def as_event(seen: Any) -> Event:
    """The parser's event as ours."""
    return Event(
        kind=type(seen).__name__.removesuffix("Event"),
        value=getattr(seen, "value", None),
        anchor=getattr(seen, "anchor", None),
        tag=str(tag) if (tag := getattr(seen, "tag", None)) else None,
        quoted=bool(getattr(seen, "style", None)),
        start=seen.start_mark.index,
        end=seen.end_mark.index,
        column=seen.start_mark.column,
    )


def find(document: Document, path: Keys, todo: str) -> YamlEntry:
    """The key at the end of a path, of an empty one the whole; raises WrongValue unless each key is there once."""
    entry = YamlEntry(key=0, value=ROOT, after=len(document.events) - 2)
    for depth in range(1, len(path) + 1):
        found = named(document, entry.value, path[:depth])
        if len(found) != 1:
            what = f"{document.where} has {len(found)} keys {dotted(path[:depth])}"
            raise WrongValue(what, where=document.where, todo=todo)
        (entry,) = found
    return entry


def named(document: Document, mapping: int, path: Keys) -> list[YamlEntry]:
    """The entries of a mapping whose key is the last of the path; raises WrongValue where it is no mapping."""
    if mapping >= len(document.events) or document.events[mapping].kind != "MappingStart":
        holder = f"{dotted(path[:-1])} in {document.where}" if path[1:] else document.where
        raise WrongValue(
            f"{holder} is no mapping, so it has no key {path[-1]}",
            where=document.where,
            todo=f"correct {document.where}",
        )
    return [entry for entry in entries(document, mapping) if document.events[entry.key].value == path[-1]]


def entries(document: Document, mapping: int) -> Iterator[YamlEntry]:
    """The entries of a mapping."""
    key = mapping + 1
    while document.events[key].kind != "MappingEnd":
        value = node_end(document, key)
        after = node_end(document, value)
        yield YamlEntry(key, value, after)
        key = after


def node_end(document: Document, first: int) -> int:
    """The place behind the last event of a scalar, an alias or a whole collection."""
    depth, place = 0, first
    while True:
        kind = document.events[place].kind
        depth += kind.endswith("Start") - kind.endswith("End")
        place += 1
        if not depth:
            return place


def is_flow(document: Document, first: int) -> bool:
    """Whether a collection stands between brackets or braces; the end of a block has no sign."""
    last = document.events[node_end(document, first) - 1]
    return last.end > last.start


def end_of_text(document: Document, after: int) -> int:
    """Where the text of what ends before a place ends; blanks and comments below it belong to what follows."""
    place = after - 1
    while document.events[place].kind.endswith("End") and document.events[place].start == document.events[place].end:
        place -= 1
    start, end = document.events[place].start, document.events[place].end
    return start + len(document.text[start:end].rstrip())


def replaced(
    document: Document, path: Keys, places: tuple[int, int], meaning: str, span: tuple[int, int], fragment: str
) -> str:
    """The text with a fragment at a span of characters, which puts the events of `meaning` at some places of events.

    Raises WrongValue where the text then says anything else, or where an alias would change along.
    """
    text = document.text[: span[0]] + fragment + document.text[span[1] :]
    events, (first, last) = document.events, places
    new = body(parse(meaning, document.where)) if meaning else []
    meant = [*events[:first], *new, *events[last:]]
    if is_shared(document, first, last) or not says(text, meant):
        raise WrongValue(
            f"{dotted(path)} in {document.where} cannot be changed without changing what stands beside it",
            where=document.where,
            todo=f"edit {document.where} by hand",
        )
    return text


def body(document: Document) -> Sequence[Event]:
    """The events of a value, or of the one entry of a mapping."""
    inner = document.events[ROOT:-2]
    return inner[1:-1] if inner[0].kind == "MappingStart" else inner


def says(text: str, meant: Sequence[Event]) -> bool:
    """Whether a text has these events, wherever they stand."""
    try:
        return [event.meaning for event in parse(text, "").events] == [event.meaning for event in meant]
    except CorruptFile:
        return False


def is_shared(document: Document, first: int, last: int) -> bool:
    """Whether an alias elsewhere means what stands at these places, or what holds them."""
    events = document.events
    around = [place for place in range(ROOT, first) if events[place].anchor and node_end(document, place) > first]
    anchors = {events[place].anchor for place in [*around, *range(first, last)] if events[place].kind != "Alias"}
    return any(event.kind == "Alias" and event.anchor in anchors for event in [*events[:first], *events[last:]])


def dotted(path: Keys) -> str:
    """A path of keys as one name."""
    return ".".join(path)


def newline(text: str) -> str:
    """The line break that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"


def line_start(text: str, place: int) -> int:
    """Where the line of a place begins."""
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    """Where the next line begins."""
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1
