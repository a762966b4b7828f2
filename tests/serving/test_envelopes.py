"""Envelopes of other services' clients: the same rows in each, the response in its form, and faults by their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.release.contract import parse_contract
from lifecycle.release.row_reader import RowReader
from lifecycle.serving.envelopes import open_body
from lifecycle.serving.rejections import RequestRejected

COLUMNS = ["size", "hour"]
DATA = [[1.5, 7], [None, 8]]
RECORDS = [{"size": 1.5, "hour": 7}, {"size": None, "hour": 8}]
LISTS = {"size": [1.5, None], "hour": [7, 8]}
SPLIT = {"columns": COLUMNS, "data": DATA}
INDEXED = SPLIT | {"index": [0, 1]}


def contract_of(*names, **more):
    """A contract of numbers that may be missing, with the id `order`."""
    entry = {"type": ["number", "null"], "description": "a number"}
    return parse_contract(
        {
            "properties": dict.fromkeys(names, entry),
            "required": list(names),
            "x-id": "order",
            "x-forbidden": {},
            "x-task": "regression",
            "x-classes": [],
        }
        | more,
        "contract.json",
    )


PLAIN = contract_of("size", "hour")


def opened(body, agreed=PLAIN, most=10):
    rows = open_body(body, RowReader(agreed), most)
    return rows.records, rows.reply(["p", "q"])


PREDICTIONS = {"predictions": ["p", "q"]}


@pytest.mark.parametrize(
    ("body", "response"),
    [
        (RECORDS, ["p", "q"]),
        ({"instances": RECORDS}, PREDICTIONS),
        ({"instances": RECORDS, "parameters": {"a": 1}}, PREDICTIONS),
        ({"instances": RECORDS, "signature_name": "serving_default"}, PREDICTIONS),
        ({"dataframe_split": SPLIT}, PREDICTIONS),
        ({"dataframe_split": INDEXED, "params": {}}, PREDICTIONS),
        ({"dataframe_records": RECORDS}, PREDICTIONS),
        ({"inputs": RECORDS}, PREDICTIONS),
        ({"inputs": LISTS, "params": None}, PREDICTIONS),
        (SPLIT, PREDICTIONS),
        (INDEXED, PREDICTIONS),
        ({"input_data": INDEXED}, ["p", "q"]),
        ({"input_data": RECORDS}, ["p", "q"]),
        ({"input_data": LISTS, "params": {}}, ["p", "q"]),
        ({"data": RECORDS}, ["p", "q"]),
        ({"data": RECORDS, "method": "predict"}, ["p", "q"]),
        ({"Inputs": {"data": RECORDS}}, {"Results": ["p", "q"]}),
        ({"Inputs": {"data": RECORDS}, "GlobalParameters": {"method": "predict"}}, {"Results": ["p", "q"]}),
        ({"Inputs": {"input1": RECORDS}, "GlobalParameters": 1.0}, {"Results": {"output1": ["p", "q"]}}),
        ({"Inputs": {"WebServiceInput0": RECORDS}}, {"Results": {"WebServiceOutput0": ["p", "q"]}}),
    ],
)
def test_every_envelope_has_the_same_rows_and_its_own_response(body, response):
    assert opened(body) == (RECORDS, response)


def test_one_row_is_answered_by_one_prediction():
    assert opened(RECORDS[0]) == ([RECORDS[0]], "p")


@pytest.mark.parametrize(
    ("names", "body", "records"),
    [
        (["inputs", "data"], {"inputs": 1, "data": 2}, [{"inputs": 1, "data": 2}]),
        (["data", "hour"], {"data": 1, "hour": 2, "order": "a"}, [{"data": 1, "hour": 2, "order": "a"}]),
        (["data", "hour"], {"data": 1, "huor": 2}, [{"data": 1, "huor": 2}]),
        (["data"], {"data": None}, [{"data": None}]),
        (["columns", "data"], {"columns": 1, "data": 2}, [{"columns": 1, "data": 2}]),
        (["instances", "hour"], {"instances": [{"instances": 1, "hour": 2}]}, [{"instances": 1, "hour": 2}]),
        (["inputs"], {"inputs": [{"inputs": 1}, {"inputs": 2}]}, [{"inputs": 1}, {"inputs": 2}]),
        (["inputs"], {"inputs": {"inputs": [1, 2]}}, [{"inputs": 1}, {"inputs": 2}]),
        (["data", "hour"], {"data": [1], "hour": 2}, [{"data": [1], "hour": 2}]),
        (["columns", "data"], {"columns": ["data"], "data": [[3]]}, [{"data": 3}]),
        (["size", "hour"], {"size": 1, "hour": 2, "data": "a note"}, [{"size": 1, "hour": 2, "data": "a note"}]),
        (["size", "hour"], {}, [{}]),
    ],
)
def test_a_field_that_is_called_like_an_envelope_is_a_field(names, body, records):
    assert open_body(body, RowReader(contract_of(*names)), 10).records == records


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("text", "body: got a text, wanted a row or a list of rows"),
        (None, "body: got null, wanted a row or a list of rows"),
        ([], "body: got no rows, wanted 1 or more"),
        ([RECORDS[0], [1, 2]], "body[1]: got a list, wanted an object of fields"),
        ({"instances": {}}, "instances: got an object, wanted a list of rows"),
        ({"instances": [[1.5, 7]]}, "instances[0]: got a list, wanted an object of fields"),
        ({"data": [[1.5, 7]]}, "data[0]: got a list, wanted an object of fields"),
        ({"data": "[]"}, "data: got a text, wanted a list of rows"),
        (
            {"data": RECORDS, "schema": {}},
            "data: got 'schema' beside it, wanted nothing beside it but params or method or GlobalParameters",
        ),
        ({"dataframe_split": [1]}, "dataframe_split: got a list, wanted an object of columns and data"),
        (
            {"dataframe_split": {"columns": COLUMNS}},
            "dataframe_split: got 'columns', wanted 'columns', 'data' and 'index'",
        ),
        ({"dataframe_split": {}}, "dataframe_split: got nothing, wanted 'columns', 'data' and 'index'"),
        ({"dataframe_split": SPLIT | {"columns": "size"}}, "dataframe_split.columns: got a text, wanted a list"),
        ({"dataframe_split": SPLIT | {"columns": ["size", 3]}}, "dataframe_split.columns[1]: got a number, wanted the"),
        (
            {"dataframe_split": {"columns": ["size", "hour", "size"], "data": [[1, 2, 3]]}},
            "dataframe_split.columns[2]: got 'size' again, wanted each column once",
        ),
        (
            {"dataframe_split": {"columns": COLUMNS, "data": [[1, 2], [1]]}},
            "dataframe_split.data[1]: got 1 values, wanted 2, one for each column",
        ),
        (
            {"dataframe_split": {"columns": COLUMNS, "data": [3]}},
            "dataframe_split.data[0]: got a number, wanted a list",
        ),
        ({"dataframe_split": {"columns": COLUMNS, "data": {}}}, "dataframe_split.data: got an object, wanted a list"),
        ({"dataframe_split": {"columns": COLUMNS, "data": []}}, "dataframe_split.data: got no rows, wanted 1 or more"),
        ({"columns": COLUMNS, "data": [[1]]}, "body.data[0]: got 1 values, wanted 2, one for each column"),
        ({"input_data": SPLIT | {"index": [0]}}, "input_data.index: got 1 entries, wanted 2, one for each row"),
        ({"input_data": SPLIT | {"index": 2}}, "input_data.index: got a number, wanted a list"),
        ({"inputs": {}}, "inputs: got no rows, wanted 1 or more"),
        ({"inputs": {"size": []}}, "inputs: got no rows, wanted 1 or more"),
        ({"inputs": {"size": 1.5, "hour": 7}}, "inputs.size: got a number, wanted a list of values"),
        (
            {"inputs": {"size": [1, 2], "hour": [7]}},
            "inputs.hour: got 1 values, wanted 2 as in the columns before",
        ),
        ({"Inputs": RECORDS}, "Inputs: got a list, wanted an object with one of data, input1, WebServiceInput0"),
        ({"Inputs": {"table": RECORDS}}, "Inputs: got an object with 'table', wanted an object with one of data"),
        ({"Inputs": {"data": 3}}, "Inputs.data: got a number, wanted a list of rows"),
        (
            {"signature_name": "a", "payload": []},
            "body: got an object with 'signature_name' and 'payload', which is no row and no known envelope; known are "
            "instances, dataframe_split, dataframe_records, inputs, columns with data, input_data, data, Inputs",
        ),
        (dict.fromkeys("abcdefg", 1), "body: got an object with 'a', 'b', 'c', 'd', 'e' and 2 more, which is no row"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(body, message):
    with pytest.raises(RequestRejected) as caught:
        open_body(body, RowReader(PLAIN), 10)
    assert caught.value.message[: len(message)] == message
    assert caught.value.status == 422


def test_an_unknown_object_is_told_what_a_row_has():
    with pytest.raises(RequestRejected) as caught:
        open_body({"sise": 1}, RowReader(PLAIN), 10)
    assert [one["field"] for one in caught.value.wrong] == ["size", "hour", "sise"]


@pytest.mark.parametrize(
    "body",
    [
        RECORDS,
        {"instances": RECORDS},
        {"dataframe_split": SPLIT},
        SPLIT,
        {"inputs": LISTS},
        {"Inputs": {"data": RECORDS}},
    ],
)
def test_no_envelope_has_more_rows_than_the_limit(body):
    with pytest.raises(RequestRejected, match="got 2 rows, wanted at most 1") as caught:
        open_body(body, RowReader(PLAIN), 1)
    assert caught.value.status == 413


KEYS = [
    *("instances", "dataframe_split", "dataframe_records", "inputs", "columns", "data", "index", "input_data"),
    *("Inputs", "input1", "params", "GlobalParameters", "size", "hour", "order"),
]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(KEYS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(ANY)
def test_whatever_is_sent_is_rows_or_a_rejection(body):
    try:
        rows = open_body(body, RowReader(PLAIN), 2)
    except RequestRejected as why:
        assert why.status in (413, 422)
    else:
        assert 1 <= len(rows.records) <= 2
        assert all(isinstance(record, dict) for record in rows.records)
