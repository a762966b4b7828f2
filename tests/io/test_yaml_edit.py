"""A key of a YAML text changed: what stands beside it stays, byte for byte."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.io.yaml_edit import append_item, insert_key, remove_item, remove_key, replace_item, set_key

TOP = Path(__file__).resolve().parents[2]
FILES = [TOP / "params.yaml", TOP / "dvc.yaml", *sorted(TOP.glob("conf/*/*.yaml"))]
FILE = "some.yaml"


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a: 1\nday: '1' # the day\n\nb: 2\n", "day", "a: 1\nday: 'new' # the day\n\nb: 2\n"),
        ('"day":   "1"   # the day\n', "day", "\"day\":   'new'   # the day\n"),
        ("# day: 0\r\nday: 1\r\nb: |\r\n  day: 2\r\n", "day", "# day: 0\r\nday: 'new'\r\nb: |\r\n  day: 2\r\n"),
        ("a: {day: 1,b: [ 1,2 ]}", "a.day", "a: {day: 'new',b: [ 1,2 ]}"),
        ("a:\n    day: [1, 2] # two\n    b: *x\n", "a.day", "a:\n    day: 'new' # two\n    b: *x\n"),
        ("day: &day 1\nb: 2\n", "day", "day: 'new'\nb: 2\n"),
        ("a: &day 1\nday: *day\nb: *day\n", "day", "a: &day 1\nday: 'new'\nb: *day\n"),
        ("day: >-\n  many\n  words\n\n# b\nb: 1\n", "day", "day: 'new'\n\n# b\nb: 1\n"),
        ("day:\nb: 1\n", "day", "day: 'new'\nb: 1\n"),
        ("day: # none yet\nb: 1\n", "day", "day: 'new' # none yet\nb: 1\n"),
        ("\ufeffday: 1\n", "day", "\ufeffday: 'new'\n"),
        (f"a: [{'word, ' * 60}word]\nday: {'x ' * 90}x\n", "day", f"a: [{'word, ' * 60}word]\nday: 'new'\n"),
    ],
)
def test_a_value_is_replaced_where_it_stands(before: str, path: str, after: str) -> None:
    assert set_key(before, path.split("."), "new", FILE) == after


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2013-09-30", "'2013-09-30'"),
        ("0123", "'0123'"),
        ("12e3", "'12e3'"),
        ("yes", "'yes'"),
        ("it's", "'it''s'"),
        ("a: [b] # c", "'a: [b] # c'"),
        ("two\nlines", '"two\\nlines"'),
        ("x " * 200, f"'{'x ' * 200}'"),
        (True, "true"),
        (7, "7"),
    ],
)
def test_both_readers_take_what_is_written_for_what_it_is(value: str | int, written: str) -> None:
    text = set_key("a: 1\n", ["a"], value, FILE)
    assert text == f"a: {written}\n"
    assert yaml.safe_load(text) == YAML(typ="safe", pure=True).load(text) == {"a": value}


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("# top\n\nb: 1\n", "a", "# top\n\na: true # why\nb: 1\n"),
        ("s:\n  # of t\n  t:\n      b: 1\n", "s.t.a", "s:\n  # of t\n  t:\n      a: true # why\n      b: 1\n"),
        ("t:\r\n  b: 1\r\n", "t.a", "t:\r\n  a: true # why\r\n  b: 1\r\n"),
        ("t: {b: 1} # t\n", "t.a", "t: {a: true, b: 1} # t\n"),
        ("t: {}\n", "t.a", "t: {a: true}\n"),
    ],
)
def test_a_key_is_inserted_before_the_others(before: str, path: str, after: str) -> None:
    assert insert_key(before, path.split("."), True, FILE, comment="why") == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("t:\n  a: true # why\n\n  # of b\n  b: 1\n", "t.a", "t:\n\n  # of b\n  b: 1\n"),
        ("t:\n  b: 1\n  a: true # why\n# of u\nu: 1", "t.a", "t:\n  b: 1\n# of u\nu: 1"),
        ("a:\r\n  - 1\r\n  # two\r\n  - 2\r\nb: 1\r\n", "a", "b: 1\r\n"),
        ("t: {a: 1, b: 2}\n", "t.a", "t: {b: 2}\n"),
        ("b: 1\na: 2", "a", "b: 1\n"),
    ],
)
def test_a_key_is_removed_with_its_line(before: str, path: str, after: str) -> None:
    assert remove_key(before, path.split("."), FILE) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: [] # none\n", "a: ['new'] # none\n"),
        ("a: [b,  c ]", "a: [b,  c, 'new' ]"),
        ("a: [\n  b, # one\n  c # two\n]\n", "a: [\n  b, # one\n  c, 'new' # two\n]\n"),
        ("a:\n- b # one\n\n# of c\nc: 1\n", "a:\n- b # one\n- 'new'\n\n# of c\nc: 1\n"),
        (
            "a:\r\n    - b\r\n    - c: 1\r\n      d: 2\r\n",
            "a:\r\n    - b\r\n    - c: 1\r\n      d: 2\r\n    - 'new'\r\n",
        ),
        ("a:\n- b", "a:\n- b\n- 'new'\n"),
        ("a:\n  - b\n  - c: # two\n  -\nd: 1\n", "a:\n  - b\n  - c: # two\n  -\n  - 'new'\nd: 1\n"),
        ("a:\n- b:\n\n# of c\nc: 1\n", "a:\n- b:\n- 'new'\n\n# of c\nc: 1\n"),
    ],
)
def test_an_item_is_appended(before: str, after: str) -> None:
    assert append_item(before, ["a"], "new", FILE) == after


def rejected(edit: Callable[[], str]) -> str:
    """What is said of an edit that cannot be made."""
    with pytest.raises(WrongValue) as caught:
        edit()
    assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]
    assert caught.value.where == FILE
    return caught.value.what


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        ("b: 1\n", "a", "some.yaml has 0 keys a"),
        ("a: 1\na: 2\n", "a", "some.yaml has 2 keys a"),
        ("a: {b: 1}\n", "a.c", "some.yaml has 0 keys a.c"),
        ("a: {b: 1}\n", "c.b", "some.yaml has 0 keys c"),
        ("a: 1\n", "a.b", "a in some.yaml is no mapping, so it has no key b"),
        ("- a\n", "a", "some.yaml is no mapping, so it has no key a"),
        ("# nothing\n", "a", "some.yaml is no mapping, so it has no key a"),
        ("a: &x 1\nb: *x\n", "a", "a in some.yaml cannot be changed without changing what stands beside it"),
        ("t: &x {a: 1}\nb: *x\n", "t.a", "t.a in some.yaml cannot be changed without changing what stands beside it"),
        ("a:\n- 1\n- 2\nb: 1\n", "a", "a in some.yaml cannot be changed without changing what stands beside it"),
    ],
)
def test_what_cannot_be_set_is_said(text: str, path: str, said: str) -> None:
    assert rejected(lambda: set_key(text, path.split("."), "new", FILE)) == said


def test_what_cannot_be_inserted_removed_or_appended_is_said() -> None:
    beside = "cannot be changed without changing what stands beside it"
    assert rejected(lambda: insert_key("a: 1\n", ["a"], 2, FILE)) == "some.yaml has 1 keys a already"
    assert rejected(lambda: insert_key("a:\n", ["a", "b"], 2, FILE)) == (
        "a in some.yaml is no mapping, so it has no key b"
    )
    assert rejected(lambda: remove_key("a:\n  b: 1\n", ["a", "b"], FILE)) == f"a.b in some.yaml {beside}"
    assert rejected(lambda: remove_key("b: 1\n", ["a"], FILE)) == "some.yaml has 0 keys a"
    assert rejected(lambda: append_item("a: b\n", ["a"], "c", FILE)) == "a in some.yaml is no list"
    assert rejected(lambda: append_item("a: &x []\nb: *x\n", ["a"], "c", FILE)) == f"a in some.yaml {beside}"


def test_what_is_no_yaml_is_said() -> None:
    with pytest.raises(CorruptFile, match=r"some\.yaml is not valid YAML"):
        set_key("a: [\n", ["a"], "new", FILE)


LINES = st.sampled_from(["", "# words: [", "  # words", "#"])
GAPS = st.sampled_from([" ", "  "])
COMMENTS = st.one_of(st.just(""), st.tuples(GAPS, st.sampled_from(["# words", "#: '\""])).map("".join))
VALUES = st.sampled_from(
    ["1", "1.50", "'it''s'", '"q\\n"', "plain words", "[ 1,2 ]", "{k:  v}", "!!str 1", "&anchor 1", "0o17", "~", "''"]
)
OTHERS = st.one_of(
    VALUES,
    st.sampled_from(
        [
            "|\n    text: 1\n\n    # text",
            ">-\n    text",
            "\n    - 1\n    - k: 1 # c\n\n      l: 2",
            "\n    k:  1\n\n    l: 2",
        ]
    ),
)


@st.composite
def mappings(draw: st.DrawFn) -> tuple[list[str], int, tuple[str, str, str]]:
    """The parts of a block mapping's text, the place of one that holds a value on its line, and that one's parts."""
    count = draw(st.integers(1, 4))
    place = draw(st.integers(0, count - 1))
    parts, target = [], ("", "", "")
    for number in range(count):
        above = "".join(f"{line}\n" for line in draw(st.lists(LINES, max_size=2)))
        lead, comment = f"{above}  key{number}:{draw(GAPS)}", f"{draw(COMMENTS)}\n"
        if number == place:
            target = (lead, draw(VALUES), comment)
            parts.append("".join(target))
        else:
            value = draw(OTHERS).replace("anchor", f"anchor{number}")
            parts.append(lead + value + (comment if "\n" not in value else "\n"))
    return parts, place, target


@settings(max_examples=200, deadline=None)
@given(mappings(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n\n# end", "\nafter: [ 1 ]"]))
def test_an_edit_changes_nothing_else(found: Any, newline: str, tail: str) -> None:
    parts, place, (lead, _, comment) = found

    def text(middle: str) -> str:
        made = "top:\n" + "".join([*parts[:place], middle, *parts[place + 1 :]]) + "  last: 1" + tail
        return made.replace("\n", newline)

    path = ["top", f"key{place}"]
    before = text(parts[place])
    assert set_key(before, path, "new", FILE) == text(f"{lead}'new'{comment}")
    above = lead[: lead.rindex("  key")]
    assert remove_key(before, path, FILE) == text(above)
    added = insert_key(before, ["top", "new"], True, FILE, comment="why")
    assert remove_key(added, ["top", "new"], FILE) == before
    assert len(added) == len(before) + len(f"  new: true # why{newline}")


def values(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The path and the value of each key that mappings alone lead to."""
    for key, value in content.items() if isinstance(content, dict) else ():
        if isinstance(key, str):
            yield (*path, key), value
            yield from values(value, (*path, key))


def changed(before: str, after: str) -> int:
    """How many lines differ from the first to the last that does, in the text before."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    same = next((place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(old))
    below = 0
    while below < min(len(old), len(new)) - same and old[-1 - below] == new[-1 - below]:
        below += 1
    return len(old) - below - same


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_an_edit_of_a_file_that_ships_touches_one_line(file: Path) -> None:
    before = file.read_bytes().decode()
    whole = yaml.safe_load(before)
    every = list(values(whole))
    for path, value in every[:: 1 + len(every) // 5]:
        if isinstance(value, list) and value:
            after = append_item(before, path, "new", FILE)
            assert (dict(values(yaml.safe_load(after)))[path], changed(before, after) <= 1) == ([*value, "new"], True)
        elif not isinstance(value, dict):
            after = set_key(before, path, "new", FILE)
            assert (dict(values(yaml.safe_load(after)))[path], changed(before, after) <= 1) == ("new", True)
        elif value:
            after = insert_key(before, [*path, "new"], 1, FILE)
            assert changed(before, after) <= 1
            assert remove_key(after, [*path, "new"], FILE) == before


@pytest.mark.parametrize(
    ("before", "replaced", "removed"),
    [
        ("a: 1\nb: [x, 'y', z] # c\nd: 2\n", "a: 1\nb: [x, 'new', z] # c\nd: 2\n", "a: 1\nb: [x, z] # c\nd: 2\n"),
        ("b: ['y'] # c\n", "b: ['new'] # c\n", "b: [] # c\n"),
        ("b: [x, y]\n", "b: [x, 'new']\n", "b: [x]\n"),
        ("b: [y, x]", "b: ['new', x]", "b: [x]"),
        ("b:\n- x # one\n- y # two\n- z\n", "b:\n- x # one\n- 'new' # two\n- z\n", "b:\n- x # one\n- z\n"),
        ("b:\n  - y # only\nc: 3\n", "b:\n  - 'new' # only\nc: 3\n", "b: [] # only\nc: 3\n"),
    ],
)
def test_an_item_is_replaced_or_removed_where_it_stands(before: str, replaced: str, removed: str) -> None:
    assert replace_item(before, ["b"], "y", "new", FILE) == replaced
    assert remove_item(before, ["b"], "y", FILE) == removed


@pytest.mark.parametrize("text", ["b: [x]\n", "b: [y, y]\n", "b: y\n"])
def test_an_item_that_is_not_there_once_is_named(text: str) -> None:
    for edit in (lambda: replace_item(text, ["b"], "y", "new", FILE), lambda: remove_item(text, ["b"], "y", FILE)):
        with pytest.raises(WrongValue, match=r"b in some\.yaml has y [02] times"):
            edit()
