"""What the service says of itself: version, OpenAPI document, and pages that load nothing from elsewhere."""

import html
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lifecycle.release.fields import Field
from lifecycle.release.release import Release
from lifecycle.reporting import templates
from lifecycle.serving.envelopes import PORTS
from lifecycle.serving.inference_protocol import DATATYPES, build_tensors, name_model
from lifecycle.serving.scorer import Scorer

OPENAPI = "3.1.0"
REJECTIONS = {
    "400": "the body is no JSON, or no gzip where it should be",
    "401": "the key is missing or wrong",
    "408": "the body was not complete in time",
    "413": "the body or the number of rows is too large",
    "415": "the content type is not application/json, or the content encoding is not gzip",
    "422": "the body has no known form, or a field does not fit the contract: field, got, wanted",
    "503": "too many requests; Retry-After has the seconds to wait",
}
EXPLAIN = {
    "name": "explain",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 0, "maximum": 20, "default": 0},
}


@cache
def read_part(name: str) -> str:
    """A part of the pages, from the file beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def describe_version(scorer: Scorer, revision: str | None, commit: str | None) -> dict[str, Any]:
    """The release in use, its lineage, the requested revision, and the commit that has it."""
    release = scorer.model.release
    return {
        "version": release.version,
        "revision": revision,
        "commit": commit,
        "task": release.contract.task,
        "row_by_row": scorer.model.alone is not None,
        "canary": scorer.canary and {"version": scorer.canary.release.version, "share": scorer.share},
        "lineage": release.lineage,
    }


def build_openapi(release: Release, locked: bool) -> dict[str, Any]:
    """The OpenAPI document, its rows described by the contract."""
    keyed: dict[str, Any] = {"security": [{"key": []}]} if locked else {}
    model = f"/v2/models/{name_model(release)}"
    texts = {"/health": "alive", "/ready": "ready to predict", "/v2/health/live": "alive", "/v2/health/ready": "ready"}
    texts |= {"/v2": "the server", model: "the model's tensors", f"{model}/ready": "ready"}
    return {
        "openapi": OPENAPI,
        "info": {"title": str(release.contract.schema["title"]), "version": release.version},
        "paths": {
            "/predict": {"post": describe_predict_route(release) | keyed},
            f"{model}/infer": {"post": describe_infer_route(release) | keyed},
            "/version": {method: route | keyed for method, route in describe_routes("lineage").items()},
            **{path: describe_routes(text) for path, text in texts.items()},
        },
        "components": {
            "schemas": {
                "Row": build_row_schema(release),
                "Prediction": build_prediction_schema(),
                "Rejection": build_rejection_schema(),
                "Tensor": build_tensor_schema(),
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def describe_routes(text: str) -> dict[str, Any]:
    """The methods of a route that tells something as JSON."""
    body = {"application/json": {"schema": {"type": "object"}}}
    head = {"responses": {"200": {"description": text}, "401": {"description": REJECTIONS["401"]}}}
    get = {"responses": {"200": {"description": text, "content": body}, "401": describe_rejection("401")}}
    return {"get": get, "head": head}


def describe_predict_route(release: Release) -> dict[str, Any]:
    """The route of predictions."""
    row, prediction = {"$ref": "#/components/schemas/Row"}, {"$ref": "#/components/schemas/Prediction"}
    rows, predictions = {"type": "array", "items": row, "minItems": 1}, {"type": "array", "items": prediction}
    schema = {"anyOf": [row, rows, *list_envelope_schemas(rows, build_columns_schema(build_row_schema(release)))]}
    results = {"anyOf": [predictions, {"type": "object", "additionalProperties": predictions}]}
    found = [prediction, predictions, close_object({"predictions": predictions}), close_object({"Results": results})]
    summary, example = "One row, a list of rows, or an envelope around them", release.example["request"]
    return describe_post(summary, schema, {"anyOf": found}, example) | {"parameters": [EXPLAIN]}


def describe_infer_route(release: Release) -> dict[str, Any]:
    """The route of predictions by the Open Inference Protocol."""
    tensors = {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}, "minItems": 1}
    names = {"type": "array", "items": close_object({"name": {"type": "string"}})}
    request = close_object({"inputs": tensors}, id={"type": "string"}, outputs=names, parameters={"type": "object"})
    response = close_object(
        {"model_name": {"type": "string"}, "model_version": {"type": "string"}, "outputs": tensors},
        id={"type": "string"},
    )
    example = build_tensors(release, release.example["request"])
    return describe_post("A tensor for each column", request, response, example) | {"parameters": [EXPLAIN]}


def describe_post(
    summary: str, request: dict[str, Any], response: dict[str, Any], example: Mapping[str, Any]
) -> dict[str, Any]:
    """A route that takes and gives JSON."""
    answer = {"description": "a prediction per row", "content": {"application/json": {"schema": response}}}
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": request, "example": example}}},
        "responses": {"200": answer} | {status: describe_rejection(status) for status in REJECTIONS},
    }


def close_object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """The schema of an object with these keys and no others."""
    properties = required | optional
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def list_envelope_schemas(rows: dict[str, Any], columns: dict[str, Any]) -> list[dict[str, Any]]:
    """The envelopes around rows; `lifecycle.serving.envelopes` opens them."""
    names = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    split = {"columns": names, "data": {"type": "array", "items": {"type": "array"}, "minItems": 1}}
    table = {"anyOf": [rows, close_object(split, index={"type": "array"}), columns]}
    ports = [close_object({port: table}) for port in PORTS]
    return [
        close_object({"instances": rows}, parameters={}),
        close_object({"dataframe_split": close_object(split, index={"type": "array"})}, params={}),
        close_object({"dataframe_records": rows}, params={}),
        close_object({"inputs": table}, params={}),
        close_object(split, index={"type": "array"}, params={}),
        close_object({"input_data": table}, params={}),
        close_object({"data": table}, params={}),
        close_object({"Inputs": {"anyOf": ports}}, GlobalParameters={}),
    ]


def build_tensor_schema() -> dict[str, Any]:
    """One column of a request, or one output column."""
    shape = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2}
    kinds = {"name": {"type": "string"}, "shape": shape, "datatype": {"enum": [*DATATYPES]}, "data": {"type": "array"}}
    return close_object(kinds, parameters={"type": "object"})


def describe_rejection(status: str) -> dict[str, Any]:
    """A response that rejects."""
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Rejection"}}}
    return {"description": REJECTIONS[status], "content": body}


def build_row_schema(release: Release) -> dict[str, Any]:
    """The contract without the keys that are ours alone."""
    kept = ("type", "properties", "patternProperties", "required", "allOf", "additionalProperties")
    return {key: release.contract.schema[key] for key in kept if key in release.contract.schema}


def build_columns_schema(row: dict[str, Any]) -> dict[str, Any]:
    """An object with a list of values for each field of a row."""
    lists = {
        key: {name: {"type": "array", "items": one, "minItems": 1} for name, one in row[key].items()}
        for key in ("properties", "patternProperties")
    }
    return row | lists


def build_prediction_schema() -> dict[str, Any]:
    """A prediction."""
    properties = {"id": {"type": "string"}, "version": {"type": "string"}, "prediction": {"type": "object"}}
    return {"type": "object", "properties": properties, "required": list(properties)}


def build_rejection_schema() -> dict[str, Any]:
    """What a rejection says."""
    properties = {"error": {"type": "string"}, "request": {"type": "string"}, "detail": {"type": "array"}}
    return {"type": "object", "properties": properties, "required": ["error", "request"]}


def render_docs(release: Release) -> str:
    """The routes and every field, for a person who writes a client."""
    rows = "".join(
        f"<tr><td><code>{html.escape(one.name)}</code></td><td>{html.escape(one.wanted)}</td>"
        f"<td>{html.escape(describe_field(release, one))}</td></tr>"
        for one in release.contract.fields
    )
    example = html.escape(json.dumps(release.example, indent=1, ensure_ascii=False))
    body = (
        f"<h1>{html.escape(str(release.contract.schema['title']))}</h1>"
        f"<p>Release <code>{release.version}</code>. <code>POST /predict</code> takes one row, a list of rows "
        "or an envelope around them as JSON; <code>?explain=5</code> adds an explanation; "
        f"<code>POST /v2/models/{html.escape(name_model(release))}/infer</code> takes a tensor for each column. "
        "The same as a document: <a href='openapi.json'>openapi.json</a>.</p>"
        f"<table><tr><th>field</th><th>takes</th><th>what it is</th></tr>{rows}</table>"
        f"<p>An example:</p><pre>{example}</pre>"
    )
    return render_page(release, body)


def render_form_page(release: Release) -> str:
    """The page on which a person fills in a row and sees its prediction with the explanation."""
    request = release.example["request"]
    fields = "".join(render_field(release, one, request.get(one.name)) for one in release.contract.fields)
    known = {"fields": {one.name: one.kind for one in release.contract.fields}, "task": release.contract.task}
    data = json.dumps(known | {"threshold": release.threshold}).replace("<", "\\u003c")
    body = read_part("form.html").format(
        title=html.escape(str(release.contract.schema["title"])), version=release.version, fields=fields
    )
    return render_page(
        release,
        body,
        f"<script type='application/json' id='known'>{data}</script><script>{read_part('page.js')}</script>",
    )


def render_page(release: Release, body: str, scripts: str = "") -> str:
    """A page around its body."""
    title = str(release.contract.schema["title"])
    return templates.render(__file__, "html", title=title, style=read_part("page.css"), body=body, scripts=scripts)


def render_field(release: Release, one: Field, value: Any) -> str:
    """One field to fill in."""
    name, unit = html.escape(one.name), release.contract.schema["properties"][one.name].get("x-unit", "")
    label = f"<label title='{html.escape(describe_field(release, one))}; {html.escape(one.wanted)}'><span>{name}"
    label += f" <i>{html.escape(unit)}</i></span>" if unit else "</span>"
    return f"{label}{render_control(one, name, value)}</label>"


def render_control(one: Field, name: str, value: Any) -> str:
    """The control of a field: a choice where its values are listed, else a line."""
    if one.kind == "boolean":
        return render_select(name, ["true", "false"] + ([""] if one.nullable else []), json.dumps(value))
    if one.categories and one.outside == "reject":
        return render_select(name, sorted(one.categories) + ([""] if one.nullable else []), value or "")
    text = "" if value is None else html.escape(str(value))
    kind = "text" if one.kind == "text" else "number"
    return f"<input name='{name}' type='{kind}' step='any' value='{text}' placeholder='missing'>"


def render_select(name: str, values: list[str], chosen: str) -> str:
    """A control with listed values."""
    options = "".join(
        f"<option{' selected' if value == chosen else ''}>{html.escape(value)}</option>" for value in values
    )
    return f"<select name='{name}'>{options}</select>"


def describe_field(release: Release, one: Field) -> str:
    """What a field is, in the contract's words."""
    return str(release.contract.schema["properties"][one.name]["description"])
