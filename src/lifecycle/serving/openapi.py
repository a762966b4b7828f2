"""What the service says of itself as JSON: the version, and the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from lifecycle.release.release import Release
from lifecycle.serving.envelopes import PORTS
from lifecycle.serving.inference_protocol import DATATYPES, build_tensors, name_model
from lifecycle.serving.scorer import Scorer

OPENAPI = "3.1.0"
REJECTIONS = {
    "400": "the body is no JSON, has a key twice in one object, or is no gzip where it should be",
    "401": "the key is missing or wrong",
    "408": "the body was not complete in time",
    "413": "the body or the number of rows is too large",
    "415": "the content type is not application/json, or the content encoding is not gzip",
    "422": "the body has no known form, or a field does not fit the contract: field, got, wanted",
    "429": "too many wrong keys came from this address; Retry-After has the seconds to wait",
    "503": "predictions cannot be logged, or too many requests; Retry-After has the seconds to wait",
}
EXPLAIN = {
    "name": "explain",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 0, "maximum": 20, "default": 0},
}
PREPARED = {
    "name": "prepared",
    "in": "query",
    "required": False,
    "description": "true takes every row as one of the model's features, whatever its names",
    "schema": {"type": "boolean", "default": False},
}
# What a row is described by in the document: the contract without the keys that are ours alone.
KEPT = ("type", "properties", "patternProperties", "required", "additionalProperties")


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
                **{name: build_row_schema(schema) for name, schema in list_row_schemas(release).items()},
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


def list_row_schemas(release: Release) -> dict[str, Mapping[str, Any]]:
    """The contracts of the kinds of rows: a raw one first, where the release takes them, then the model's features."""
    return ({"Question": release.raw.schema} if release.raw else {}) | {"Row": release.contract.schema}


def get_example_row(release: Release) -> Mapping[str, Any]:
    """The example row that a caller sees: a raw one where the release takes them."""
    found: Mapping[str, Any] = release.example["question" if release.raw else "request"]
    return found


def describe_predict_route(release: Release) -> dict[str, Any]:
    """The route of predictions."""
    schemas, prediction = list_row_schemas(release), {"$ref": "#/components/schemas/Prediction"}
    kinds = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    row = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    rows, predictions = {"type": "array", "items": row, "minItems": 1}, {"type": "array", "items": prediction}
    columns = [build_columns_schema(build_row_schema(schema)) for schema in schemas.values()]
    schema = {"anyOf": [*kinds, rows, *list_envelope_schemas(rows, columns)]}
    results = {"anyOf": [predictions, {"type": "object", "additionalProperties": predictions}]}
    found = [prediction, predictions, close_object({"predictions": predictions}), close_object({"Results": results})]
    summary, example = "One row, a list of rows, or an envelope around them", get_example_row(release)
    return describe_post(summary, schema, {"anyOf": found}, example) | {"parameters": [EXPLAIN, PREPARED]}


def describe_infer_route(release: Release) -> dict[str, Any]:
    """The route of predictions by the Open Inference Protocol."""
    tensors = {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}, "minItems": 1}
    names = {"type": "array", "items": close_object({"name": {"type": "string"}})}
    request = close_object({"inputs": tensors}, id={"type": "string"}, outputs=names, parameters={"type": "object"})
    response = close_object(
        {"model_name": {"type": "string"}, "model_version": {"type": "string"}, "outputs": tensors},
        id={"type": "string"},
    )
    example = build_tensors(release, get_example_row(release))
    return describe_post("A tensor for each column", request, response, example) | {"parameters": [EXPLAIN, PREPARED]}


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


def list_envelope_schemas(rows: dict[str, Any], columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The envelopes around rows; `lifecycle.serving.envelopes` opens them."""
    names = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    split = {"columns": names, "data": {"type": "array", "items": {"type": "array"}, "minItems": 1}}
    table = {"anyOf": [rows, close_object(split, index={"type": "array"}), *columns]}
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


def build_row_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A contract as the document has it."""
    return {key: schema[key] for key in KEPT if key in schema}


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
