"""The Open Inference Protocol, version 2 over HTTP: one tensor for each column in, one for each output column out.

The binary tensor extension is refused. https://github.com/kserve/open-inference-protocol
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any

from lifecycle.data.cells.plain import quote_value
from lifecycle.release.release import Release
from lifecycle.serving.bodies import parse_body
from lifecycle.serving.envelopes import TENSOR, Predictions, Rows, check_count, list_names, must_be_list
from lifecycle.serving.rejections import RequestRejected, describe_value
from lifecycle.serving.requests import PredictRequest, read_rows
from lifecycle.serving.scorer import Scorer

PLATFORM = "lifecycle"
UNNAMED = "model"
BINARY_HEADER = "inference-header-content-length"
OF_KINDS = {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "text": "BYTES"}
OF_TYPES = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}
KEYS = ("id", "parameters", "inputs", "outputs", "model_name", "model_version")
# Parameters that ask for what is not done here; others, such as the content type pd, change nothing.
REFUSED = ("binary_data", "binary_data_size", "binary_data_output", "classification", "shared_memory_region")
CONTENT_REFUSED = ("base64", "datetime", "hg_json")


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return type(value) in (int, float)


def is_integer_of(low: int, high: int) -> Callable[[Any], bool]:
    """Whether a value is a whole number between two ends."""
    return lambda value: type(value) is int and low <= value <= high


DATATYPES: Mapping[str, Callable[[Any], bool]] = {
    "BOOL": lambda value: type(value) is bool,
    **{f"INT{bits}": is_integer_of(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": is_integer_of(0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": is_number for bits in (16, 32, 64)},
    "BYTES": lambda value: type(value) is str,
}


@dataclass(frozen=True)
class Tensor:
    """One column of a request."""

    name: str
    values: list[Any]


def name_model(release: Release) -> str:
    """The name of the served model: that of its problem, or `model` where its lineage names none."""
    files = map(PurePosixPath, release.lineage.get("configuration", ()))
    return next((file.stem for file in files if file.parent.name == "problem"), UNNAMED)


def select_model(scorer: Scorer, name: str, wanted: str | None) -> Scorer:
    """The scorer for a model's name and, where a version is wanted, for that version alone.

    Raises RequestRejected, 404 with the served name or versions, for others.
    """
    served = name_model(scorer.model.release)
    if name != served:
        raise RequestRejected(404, f"model: got {quote_value(name)}, wanted {served}, the only one that is served")
    if wanted is None:
        return scorer
    if wanted == scorer.model.release.version:
        return replace(scorer, canary=None)
    if scorer.alternate and wanted == scorer.alternate.release.version:
        return replace(scorer, share=1.0)
    raise RequestRejected(404, f"version: got {quote_value(wanted)}, wanted {' or '.join(list_versions(scorer))}")


def list_versions(scorer: Scorer) -> list[str]:
    """The versions that can be asked for."""
    served = (scorer.model, scorer.alternate)
    return list(dict.fromkeys(one.release.version for one in served if one))


def describe_server() -> dict[str, Any]:
    """The server's name, version and extensions."""
    return {"name": PLATFORM, "version": version("lifecycle"), "extensions": []}


def describe_model(scorer: Scorer) -> dict[str, Any]:
    """The model's name, versions, platform, and the tensors that it takes and gives; -1 is any number of rows."""
    release = scorer.model.release
    outputs = [describe_tensor(name, OF_TYPES[type(value)]) for name, value in list_outputs(release).items()]
    return {
        "name": name_model(release),
        "versions": list_versions(scorer),
        "platform": PLATFORM,
        "inputs": list_inputs(release),
        "outputs": [*outputs, describe_tensor("id", "BYTES")],
    }


def list_inputs(release: Release) -> list[dict[str, Any]]:
    """A tensor for each name that a row has, those of raw rows first; one that not every row must have is optional."""
    required = set(release.raw.schema["required"]) if release.raw else set(release.contract.schema["required"])
    return [
        describe_tensor(name, datatype) | ({} if name in required else {"parameters": {"optional": True}})
        for name, datatype in list_datatypes(release).items()
    ]


def list_datatypes(release: Release) -> dict[str, str]:
    """The datatype of each raw column, of each feature, and of the id."""
    raw = [(one.name, OF_KINDS.get(one.type, "BYTES")) for one in (release.raw.fields if release.raw else ())]
    fields = [(one.name, OF_KINDS.get(one.kind, "BYTES")) for one in release.contract.fields]
    found: dict[str, str] = {}
    for name, datatype in (*raw, *fields, (release.contract.id, "BYTES")):
        found.setdefault(name, datatype)
    return found


def describe_tensor(name: str, datatype: str) -> dict[str, Any]:
    """A tensor of one value for each row."""
    return {"name": name, "datatype": datatype, "shape": [-1]}


def build_tensors(release: Release, record: Mapping[str, Any]) -> dict[str, Any]:
    """The request for the prediction of one row."""
    datatypes = list_datatypes(release)
    tensors = [
        {"name": name, "shape": [1], "datatype": datatypes.get(name) or OF_TYPES[type(value)], "data": [value]}
        for name, value in record.items()
    ]
    return {"inputs": tensors}


def list_outputs(release: Release) -> dict[str, Any]:
    """The output columns, each with its value for the release's example."""
    return {name: value for name, value in release.example["prediction"].items() if name != release.contract.id}


def parse_tensors(body: bytes, release: Release, most: int, prepared: bool) -> PredictRequest:
    """The rows in an inference request; raises RequestRejected for what is none.

    `prepared` takes every row as a prepared one.
    """
    found = parse_body(body)
    if not isinstance(found, dict) or "inputs" not in found:
        raise RequestRejected(
            422, f"body: got {describe_value(found)}, wanted an object with inputs, a list of tensors"
        )
    if strangers := [key for key in found if key not in KEYS]:
        raise RequestRejected(422, f"body: got {list_names(strangers)}, wanted {', '.join(KEYS[:4])}")
    identity = found.get("id")
    if identity is not None and not isinstance(identity, str):
        raise RequestRejected(422, f"id: got {describe_value(identity)}, wanted a text")
    check_parameters(found, "parameters")
    records = read_tensors(found["inputs"], most)
    outputs = read_output_names(found.get("outputs"), release)
    model = name_model(release)
    rows = Rows(records, lambda predictions: build_response(predictions, model, identity, outputs))
    return read_rows(rows, release.choose_reader(prepared))


def check_parameters(holder: Mapping[str, Any], where: str) -> None:
    """Raise RequestRejected for parameters that ask for what is not done here."""
    found = holder.get("parameters")
    if found is None:
        return
    if not isinstance(found, dict):
        raise RequestRejected(422, f"{where}: got {describe_value(found)}, wanted an object")
    refused = [name for name in REFUSED if found.get(name)]
    if refused:
        raise RequestRejected(400, f"{where}: got {refused[0]}, which is not supported: wanted data as JSON")
    if found.get("content_type") in CONTENT_REFUSED:
        raise RequestRejected(400, f"{where}: got content_type {found['content_type']}, wanted values as they are")


def read_tensors(found: Any, most: int) -> list[Mapping[str, Any]]:
    """The rows of tensors, each a column."""
    listed = must_be_list(found, "inputs", "a list of tensors")
    columns: dict[str, list[Any]] = {}
    for place, entry in enumerate(listed):
        tensor = read_tensor(entry, f"inputs[{place}]", most)
        where = f"inputs[{place}] {quote_value(tensor.name)}"
        if tensor.name in columns:
            raise RequestRejected(422, f"{where}: got this name again, wanted each column once")
        count = len(next(iter(columns.values()), tensor.values))
        if len(tensor.values) != count:
            raise RequestRejected(422, f"{where}: got {len(tensor.values):,} rows, wanted {count:,} as in inputs[0]")
        columns[tensor.name] = tensor.values
    check_count(len(next(iter(columns.values()), [])), "inputs", most)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def read_tensor(found: Any, where: str, most: int) -> Tensor:
    """One tensor of a request."""
    if not isinstance(found, dict):
        raise RequestRejected(422, f"{where}: got {describe_value(found)}, wanted a tensor")
    check_parameters(found, f"{where}.parameters")
    if found.keys() - {"parameters"} != TENSOR:
        got = list_names(list(found)) if found else "nothing"
        raise RequestRejected(422, f"{where}: got {got}, wanted name, shape, datatype and data")
    name = found["name"]
    if not isinstance(name, str):
        raise RequestRejected(422, f"{where}.name: got {describe_value(name)}, wanted the name of a column")
    where = f"{where} {quote_value(name)}"
    values = flatten_data(found["data"], where)
    check_shape(found["shape"], len(values), where, most)
    check_datatype(found["datatype"], values, where)
    return Tensor(name, values)


def flatten_data(found: Any, where: str) -> list[Any]:
    """The values of a column: a flat list, or a list of lists of one value."""
    values = must_be_list(found, f"{where}: data", "a list of values")
    if any(isinstance(value, list) for value in values):
        ragged = [place for place, value in enumerate(values) if not isinstance(value, list) or len(value) != 1]
        if ragged:
            raise RequestRejected(422, f"{where}: data[{ragged[0]}] is no list of one value, as another one is")
        values = [value[0] for value in values]
    return values


def check_shape(found: Any, count: int, where: str, most: int) -> None:
    """Raise RequestRejected unless a shape is that of a column of so many values."""
    shape = must_be_list(found, f"{where}: shape", "a list, [rows] or [rows, 1]")
    fits = all(type(size) is int and 0 <= size < 2**63 for size in shape) and (len(shape) == 1 or shape[1:] == [1])
    if not fits:
        got = json.dumps(shape)[:60]
        raise RequestRejected(422, f"{where}: got shape {got}, wanted [rows] or [rows, 1]: a tensor for each column")
    check_count(shape[0], where, most)
    if shape[0] != count:
        raise RequestRejected(422, f"{where}: got {count:,} values, wanted {shape[0]:,} by its shape")


def check_datatype(found: Any, values: list[Any], where: str) -> None:
    """Raise RequestRejected unless every value is of the datatype, or null for a missing one."""
    if not isinstance(found, str) or found not in DATATYPES:
        got = quote_value(found)
        raise RequestRejected(422, f"{where}: got datatype {got}, wanted one of {', '.join(DATATYPES)}")
    fits = DATATYPES[found]
    for place, value in enumerate(values):
        if value is not None and not fits(value):
            raise RequestRejected(422, f"{where}: data[{place}] is {quote_value(value)}, wanted {found} or null")


def read_output_names(found: Any, release: Release) -> frozenset[str] | None:
    """The output tensors that are asked for; None for all."""
    if found is None or found == []:
        return None
    known = [*list_outputs(release), "id", "explanation"]
    names = set()
    for place, entry in enumerate(must_be_list(found, "outputs", "a list of tensors' names")):
        where = f"outputs[{place}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise RequestRejected(422, f"{where}: got {describe_value(entry)}, wanted an object with a name")
        check_parameters(entry, f"{where}.parameters")
        if entry["name"] not in known:
            raise RequestRejected(422, f"{where}: got {quote_value(entry['name'])}, wanted one of {', '.join(known)}")
        names.add(entry["name"])
    return frozenset(names)


def build_response(
    found: Predictions, model: str, identity: str | None, wanted: frozenset[str] | None
) -> dict[str, Any]:
    """The predictions as tensors, each row's id among them; explanations, where there are some, as JSON texts."""
    columns = {name: [one["prediction"][name] for one in found] for name in found[0]["prediction"]}
    columns["id"] = [one["id"] for one in found]
    explained = [json.dumps(one["explanation"], ensure_ascii=False) for one in found if "explanation" in one]
    if explained:
        columns["explanation"] = explained
    outputs = [build_tensor(name, values) for name, values in columns.items() if wanted is None or name in wanted]
    head = {"model_name": model, "model_version": found[0]["version"]}
    return head | ({} if identity is None else {"id": identity}) | {"outputs": outputs}


def build_tensor(name: str, values: list[Any]) -> dict[str, Any]:
    """One output column as a tensor."""
    return {"name": name, "datatype": OF_TYPES[type(values[0])], "shape": [len(values)], "data": values}


def refuse_binary(headers: Mapping[str, str]) -> None:
    """Raise RequestRejected for a body that has binary tensors behind its JSON."""
    if BINARY_HEADER in headers:
        raise RequestRejected(415, "body: got binary tensors after its JSON, wanted JSON alone")
