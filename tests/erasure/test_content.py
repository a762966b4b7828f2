"""Whether content holds a row that must go: by its columns where it has some, by its bytes where it has none."""

import gzip
import json
import zipfile
from base64 import b64encode
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from lifecycle.erasure.content import bytes_hold, keeps_rows
from lifecycle.erasure.search import Search, make_recorded_search, make_search
from lifecycle.versioning.erasures import Erasure, hash_values

NUMBERS = make_search("customer", "order", ["7"], ["17"])
WORDS = make_search("customer", "order", ["C-1029384"], ["2013-01-0003"])


def table(**columns: object) -> bytes:
    stream = BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def archive(**members: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


def array(values: object) -> bytes:
    stream = BytesIO()
    np.save(stream, np.array(values))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "search"),
    [
        (table(customer=[1, 7]), NUMBERS),
        (table(customer=[1.0, 7.0, None]), NUMBERS),
        (table(customer=["1", " 7"]), NUMBERS),
        (table(customer=pd.Categorical(["1", "7"])), NUMBERS),
        (table(order=[16, 17], weight=[1.0, 2.0]), NUMBERS),
        (table(id=["17"], label=["true"], origin=["person"]), NUMBERS),
        (table(**{"id": ["1"], "label": ["true"], "origin": ["person"], "input.customer": [7]}), NUMBERS),
        (table(message=["could not read 2013-01-0003: broken"]), WORDS),
        (table(order=["2013-01-0009", None], message=[None, "could not read 2013-01-0003"]), WORDS),
        (table(parts=[["a"], ["2013-01-0003"]]), WORDS),
        (b'{"order": 17, "weight": 1}', NUMBERS),
        (b'[{"a": {"customer": 7}}]', NUMBERS),
        (b'{"order": 1}\n{"order": 17}\n{"ord', NUMBERS),
        (b'{"id": "17", "inputs": {}, "prediction": 0.5}\n', NUMBERS),
        (b'{"id": "1", "inputs": {"customer": 7}, "prediction": 0.5}\n', NUMBERS),
        (b'{"id": "1", "inputs": {}, "question": {"customer": "7"}, "prediction": 0.5}\n', NUMBERS),
        (json.dumps({"payload": b64encode(b'{"customer": 7}').decode(), "topic": "t"}).encode(), NUMBERS),
        (b"weight,customer\n1,7\n", NUMBERS),
        (b'\xef\xbb\xbfcustomer,note\r\n7,"a\r\nb"\r\n', NUMBERS),
        (b"<td>2013-01-0003</td>", WORDS),
        (b"\x00\x01C-1029384\x00", WORDS),
        (gzip.compress(b"customer\n7\n", mtime=0), NUMBERS),
        (archive(a=b"nothing", b=b'{"customer": 7}'), NUMBERS),
        (archive(a=array(["a", "2013-01-0003"])), WORDS),
        (b"PAR1 broken 2013-01-0003", WORDS),
        (b"PK\x03\x04 broken 2013-01-0003", WORDS),
        (b"\x1f\x8b broken 2013-01-0003", WORDS),
    ],
)
def test_a_row_is_found(data: bytes, search: Search) -> None:
    assert bytes_hold(data, search)


@pytest.mark.parametrize(
    ("data", "search"),
    [
        (table(customer=[1, 70, None], weight=[7, 17, 7]), NUMBERS),
        (table(id=["17"], name=["somebody else's id"]), NUMBERS),
        (table(order=["2013-01-0009"], replaces=["2013-01-0003"]), WORDS),
        (table(day=["2013-01-0004"], customer=["C-10293845"]), WORDS),
        (b'{"weight": 7, "customers": 7, "customer": "70"}', NUMBERS),
        (b'{"id": 17}', NUMBERS),
        (b"weight,other\n7,17\n", NUMBERS),
        (b"7 of 17 rows", NUMBERS),
        (b"12013-01-0003 and 2013-01-00031", WORDS),
        (b"", WORDS),
        (b"PAR1", WORDS),
        (archive(a=array([1.0, 7.0])), NUMBERS),
        (b"\xff\xfe\x00", NUMBERS),
        (b"a line that is far too long for a CSV " * 10_000, WORDS),
    ],
)
def test_nothing_else_is_taken_for_it(data: bytes, search: Search) -> None:
    assert not bytes_hold(data, search)


@pytest.mark.parametrize("text", ["Zoë & Co 17", 'a "quoted" name 1', "tab\there 42"])
def test_a_text_is_found_as_it_is_written_in_json_and_html(text: str) -> None:
    import html

    search = make_search("customer", "order", [text])
    for written in (text, json.dumps(text), json.dumps(text, ensure_ascii=False), html.escape(text)):
        assert bytes_hold(f"<p>{written}</p>".encode(), search)


def test_many_texts_are_found_as_few_are() -> None:
    search = make_search("order", "order", [f"2013-01-{number:04d}" for number in range(500)])
    assert bytes_hold(b"<td>2013-01-0499</td>", search)
    assert not bytes_hold(b"<td>2013-01-0500</td> 12013-01-0003 2013-01-00031", search)


@pytest.mark.parametrize(
    ("name", "kept"), [("_fit_X", True), ("support_vectors_", True), ("coef_", False), ("rows_", True)]
)
def test_a_model_that_keeps_the_rows_it_learned_from_is_known(name: str, kept: bool) -> None:
    schema = json.dumps({"__class__": "some", "content": {name: 1}}, indent=1).encode()
    assert keeps_rows(archive(**{"schema.json": schema})) is kept
    assert not keeps_rows(archive(other=schema))
    assert not keeps_rows(schema)


def test_a_real_model_of_neighbours_is_known() -> None:
    import skops.io
    from sklearn.linear_model import LinearRegression
    from sklearn.neighbors import KNeighborsRegressor

    rows = np.arange(20.0).reshape(10, 2)
    for model, kept in ((KNeighborsRegressor(2), True), (LinearRegression(), False)):
        assert keeps_rows(skops.io.dumps({"pipeline": model.fit(rows, rows[:, 0])})) is kept


def test_what_a_record_names_is_found_by_its_hash() -> None:
    values = hash_values("salt", ["2013-01-0003"])
    record = Erasure(date="2013-04-01", reason="asked", column="order", salt="salt", values=values, id="order")
    search = make_recorded_search(record)
    for data in (
        table(order=["2013-01-0003"]),
        b"<td>2013-01-0003</td>",
        b'{"a": "2013-01-0003."}',
        b"order\n2013-01-0003\n",
    ):
        assert bytes_hold(data, search)
    for data in (table(order=["2013-01-0004"]), b"<td>2013-01-0004</td>", b"2013-01-00031", b"\xff" * 50):
        assert not bytes_hold(data, search)
