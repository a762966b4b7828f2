"""Records: the same record gives the same bytes, and a file that is none is rejected."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.records import edit_yaml, read_json, read_yaml, round_floats, write_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


def test_keys_are_sorted_and_floats_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"b": [1, 2.00000049], "a": {"z": math.nan, "é": 0.1 + 0.2}, 3: (True, None)})
    assert path.read_text(encoding="utf-8") == (
        '{\n  "3": [\n    true,\n    null\n  ],\n  "a": {\n    "z": null,\n    "é": 0.3\n  },\n'
        '  "b": [\n    1,\n    2.0\n  ]\n}\n'
    )
    assert read_json(path) == {"3": [True, None], "a": {"z": None, "é": 0.3}, "b": [1, 2.0]}


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        (123456.7, 123457.0),
        (0.00012345678, 0.000123457),
        (np.float64(1 / 3), 0.333333),
        (math.inf, None),
        (-math.inf, None),
        (123456789, 123456789),
        ("0.123456789", "0.123456789"),
        (True, True),
    ],
)
def test_rounded(value: object, cut: object) -> None:
    assert round_floats(value) == cut
    assert type(round_floats(value)) is type(cut)


@given(FLOATS)
def test_rounding_is_close_and_final(value: float) -> None:
    once = round_floats(value)
    assert math.isclose(once, value, rel_tol=5.1e-6)
    assert round_floats(once) == once


@given(FLOATS, FLOATS)
def test_rounding_keeps_the_order(one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert round_floats(low) <= round_floats(high)


RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(record=RECORDS)
def test_what_is_written_is_read_back_rounded(tmp_path_factory: pytest.TempPathFactory, record: object) -> None:
    path = tmp_path_factory.mktemp("records") / "a.json"
    write_json(path, record)
    assert read_json(path) == round_floats(record)


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"{'a': 1}"])
def test_what_is_no_json_is_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match="is not valid JSON") as caught:
        read_json(path)
    assert len(str(caught.value).splitlines()) == 3
    assert caught.value.todo == f"rm {path} && dvc repro {path}"


@pytest.mark.parametrize("content", [b"a: [1\n", b"\xff\xfe", b"!!python/object/apply:os.system [exit]\n"])
def test_what_is_no_plain_yaml_is_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match="is not valid YAML") as caught:
        read_yaml(path)
    assert len(str(caught.value).splitlines()) == 3


def test_yaml_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: [1, 2.5, x]\nb: {c: null}\n")
    assert read_yaml(path) == {"a": [1, 2.5, "x"], "b": {"c": None}}


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_a_file_that_is_not_there_is_missing(tmp_path: Path, read) -> None:
    with pytest.raises(MissingFile):
        read(tmp_path / "nothing")


def test_a_record_that_json_cannot_hold_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1}


def test_an_edit_keeps_line_breaks_and_lines_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("# é\r\na: 1 # one\r\n\r\n\r\n".encode())
    edit_yaml(path, lambda text: text.replace("1", "2"))
    assert path.read_bytes() == "# é\r\na: 2 # one\r\n\r\n\r\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]
