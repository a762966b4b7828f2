"""What is around the rows in a request's body: nothing, or an envelope of another service's clients.

A row never holds a list or an object, so an envelope's key that is also a field's name is told apart by its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.data.cells.plain import quote_value
from lifecycle.release.row_reader import RowReader
from lifecycle.serving.rejections import RequestRejected, describe_value

Predictions = list[dict[str, Any]]
Reply = Callable[[Predictions], Any]
Read = Callable[[Any, str, int], list[Any]]
SPLIT = ("columns", "data", "index")
# The places of rows in Azure ML's `Inputs`, and what the place of their predictions in `Results` is called.
PORTS = {"data": None, "input1": "output1", "WebServiceInput0": "WebServiceOutput0"}
# What a tensor of the Open Inference Protocol has.
TENSOR = {"name", "shape", "datatype", "data"}
# Keys of an unknown object that the message names at most.
MOST_NAMED = 5


@dataclass(frozen=True)
class Rows:
    """The rows of a body, and the form of the response to them."""

    records: list[Mapping[str, Any]]
    reply: Reply


@dataclass(frozen=True)
class Envelope:
    """An object around rows: the keys by which it is known, those that may stand beside, and how it is opened."""

    keys: tuple[str, ...]
    beside: tuple[str, ...]
    open: Callable[[Mapping[str, Any], int], Rows]

    @property
    def name(self) -> str:
        """Its keys, in words."""
        return " with ".join(self.keys)


def open_body(found: Any, reader: RowReader, most: int) -> Rows:
    """The rows of a body, at most `most`; raises RequestRejected where there are none or more."""
    if isinstance(found, list):
        return Rows(read_records(found, "body", most), reply_with_list)
    if not isinstance(found, dict):
        raise RequestRejected(422, f"body: got {describe_value(found)}, wanted a row or a list of rows")
    envelope = find_envelope(found, reader)
    if envelope is None:
        check_row(found, reader)
        return Rows([found], reply_with_one)
    strangers = [name for name in found if name not in (*envelope.keys, *envelope.beside)]
    if strangers:
        beside = f"nothing beside it but {' or '.join(envelope.beside)}"
        raise RequestRejected(422, f"{envelope.name}: got {list_names(strangers)} beside it, wanted {beside}")
    return envelope.open(found, most)


def find_envelope(found: Mapping[str, Any], reader: RowReader) -> Envelope | None:
    """The envelope that an object is; None for a row, whose names are those of rows."""
    for envelope in ENVELOPES:
        if all(key in found for key in envelope.keys) and not is_row(found, envelope, reader):
            return envelope
    return None


def is_row(found: Mapping[str, Any], envelope: Envelope, reader: RowReader) -> bool:
    """Whether an object that has an envelope's keys is a row, whose fields are called like them."""
    holds = all(isinstance(found[key], list | dict) for key in envelope.keys)
    if holds and found.keys() <= {*envelope.keys, *envelope.beside}:
        return False
    return has_field(found, reader)


def has_field(found: Mapping[str, Any], reader: RowReader) -> bool:
    """Whether an object has a name that rows have, of those that say something."""
    return not reader.names.isdisjoint(found)


def check_row(found: Mapping[str, Any], reader: RowReader) -> None:
    """Raise RequestRejected for an object that has none of the names of rows."""
    if not found or has_field(found, reader):
        return
    known = ", ".join(envelope.name for envelope in ENVELOPES)
    row = next(iter(reader.read_records([found])))
    wrong = [{"row": 0, "field": one.field, "got": one.got, "wanted": one.wanted} for one in row.rejections]
    raise RequestRejected(
        422,
        f"body: got an object with {list_names(list(found))}, which is no row and no known envelope; known are {known}",
        wrong,
    )


def list_names(names: list[str]) -> str:
    """Names in a sentence, the first few of many."""
    quoted = [quote_value(name) for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        return f"{', '.join(quoted)} and {len(names) - MOST_NAMED:,} more"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def check_count(count: int, where: str, most: int) -> None:
    """Raise RequestRejected for no rows, or for more than the limit."""
    if not count:
        raise RequestRejected(422, f"{where}: got no rows, wanted 1 or more")
    if count > most:
        raise RequestRejected(413, f"{where}: got {count:,} rows, wanted at most {most:,}")


def read_records(value: Any, where: str, most: int) -> list[Any]:
    """The rows of a list of objects."""
    rows = must_be_list(value, where, "a list of rows")
    check_count(len(rows), where, most)
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            raise RequestRejected(422, f"{where}[{place}]: got {describe_value(row)}, wanted an object of fields")
    return rows


def read_split(value: Any, where: str, most: int) -> list[Any]:
    """The rows of an object of columns' names and lists of values; its index, which names no field, is left out."""
    if not isinstance(value, dict):
        raise RequestRejected(422, f"{where}: got {describe_value(value)}, wanted an object of columns and data")
    if value.keys() - {"index"} != {"columns", "data"}:
        raise RequestRejected(
            422, f"{where}: got {list_names(list(value)) if value else 'nothing'}, wanted 'columns', 'data' and 'index'"
        )
    names = read_column_names(value["columns"], f"{where}.columns")
    rows = must_be_list(value["data"], f"{where}.data", "a list of lists of values")
    check_count(len(rows), f"{where}.data", most)
    check_index(value.get("index"), f"{where}.index", len(rows))
    for place, row in enumerate(rows):
        cells = must_be_list(row, f"{where}.data[{place}]", "a list of values")
        if len(cells) != len(names):
            raise RequestRejected(
                422, f"{where}.data[{place}]: got {len(cells):,} values, wanted {len(names):,}, one for each column"
            )
    return [dict(zip(names, row, strict=True)) for row in rows]


def read_column_names(value: Any, where: str) -> list[str]:
    """The columns' names, each a text and there once."""
    names = must_be_list(value, where, "a list of names")
    seen = set()
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise RequestRejected(422, f"{where}[{place}]: got {describe_value(name)}, wanted the name of a column")
        if name in seen:
            raise RequestRejected(422, f"{where}[{place}]: got {quote_value(name)} again, wanted each column once")
        seen.add(name)
    return names


def check_index(value: Any, where: str, count: int) -> None:
    """Raise RequestRejected unless an index, where there is one, has an entry for each row."""
    if value is None:
        return
    found = len(must_be_list(value, where, "a list"))
    if found != count:
        raise RequestRejected(422, f"{where}: got {found:,} entries, wanted {count:,}, one for each row")


def read_columns(value: Mapping[str, Any], where: str, most: int) -> list[Any]:
    """The rows of an object with a list of values for each column."""
    count = None
    for name, values in value.items():
        place = f"{where}.{name[:60]}"
        found = len(must_be_list(values, place, "a list of values"))
        if count is not None and found != count:
            raise RequestRejected(422, f"{place}: got {found:,} values, wanted {count:,} as in the columns before")
        count = found
    check_count(count or 0, where, most)
    return [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]


def read_table(value: Any, where: str, most: int) -> list[Any]:
    """The rows of a list of objects, of columns' names with lists of values, or of a list for each column."""
    if isinstance(value, dict):
        named = {"columns", "data"} <= value.keys() <= set(SPLIT)
        return read_split(value, where, most) if named else read_columns(value, where, most)
    return read_records(value, where, most)


def read_inputs(value: Any, where: str, most: int) -> list[Any]:
    """The rows of a table; raises RequestRejected for tensors, which have a route of their own."""
    if isinstance(value, list) and any(isinstance(one, dict) and one.keys() >= TENSOR for one in value):
        raise RequestRejected(422, f"{where}: got tensors, wanted rows; tensors go to /v2/models/NAME/infer")
    return read_table(value, where, most)


def must_be_list(value: Any, where: str, wanted: str) -> list[Any]:
    """The list that a value is; raises RequestRejected for anything else."""
    if not isinstance(value, list):
        raise RequestRejected(422, f"{where}: got {describe_value(value)}, wanted {wanted}")
    return value


def reply_with_one(found: Predictions) -> Any:
    """The only prediction."""
    return found[0]


def reply_with_list(found: Predictions) -> Any:
    """The predictions as a list."""
    return found


def reply_with_predictions(found: Predictions) -> Any:
    """The predictions as MLflow, Vertex AI and KServe's first protocol name them."""
    return {"predictions": found}


def around(key: str, beside: tuple[str, ...], read: Read, reply: Reply) -> Envelope:
    """An envelope whose rows are the value of one key."""
    return Envelope((key,), beside, lambda found, most: Rows(read(found[key], key, most), reply))


def open_split(found: Mapping[str, Any], most: int) -> Rows:
    """The rows of a table as pandas splits it."""
    return Rows(read_split({key: found[key] for key in SPLIT if key in found}, "body", most), reply_with_predictions)


def open_inputs(found: Mapping[str, Any], most: int) -> Rows:
    """The rows in Azure ML's `Inputs`; the predictions are in `Results`, under the name that belongs to theirs."""
    ports = found["Inputs"]
    if not isinstance(ports, dict) or len(ports) != 1 or next(iter(ports)) not in PORTS:
        got = (
            f"an object with {list_names(list(ports))}" if ports and isinstance(ports, dict) else describe_value(ports)
        )
        raise RequestRejected(422, f"Inputs: got {got}, wanted an object with one of {', '.join(PORTS)}")
    ((port, value),) = ports.items()
    records = read_table(value, f"Inputs.{port}", most)
    return Rows(records, lambda predictions: {"Results": {out: predictions} if (out := PORTS[port]) else predictions})


PARAMS = ("params", "client_request_id")
ENVELOPES = (
    around("instances", ("parameters", "params", "signature_name"), read_records, reply_with_predictions),
    around("dataframe_split", PARAMS, read_split, reply_with_predictions),
    around("dataframe_records", PARAMS, read_records, reply_with_predictions),
    around("inputs", PARAMS, read_inputs, reply_with_predictions),
    Envelope(("columns", "data"), ("index", *PARAMS), open_split),
    around("input_data", ("params",), read_table, reply_with_list),
    around("data", ("params", "method", "GlobalParameters"), read_table, reply_with_list),
    Envelope(("Inputs",), ("GlobalParameters",), open_inputs),
)
