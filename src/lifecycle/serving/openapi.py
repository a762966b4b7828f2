"""What the service says of itself: version, OpenAPI document, and pages that load nothing from elsewhere."""

import html
import json
from functools import cache
from pathlib import Path
from typing import Any

from lifecycle.release.contract import Field
from lifecycle.release.release import Release
from lifecycle.reporting import templates
from lifecycle.serving.scorer import Scorer

OPENAPI = "3.1.0"
REFUSALS = {
    "400": "the body is no JSON",
    "401": "the key is missing or wrong",
    "408": "the body did not come whole in time",
    "413": "the body or the number of rows is too large",
    "415": "the body is not said to be JSON",
    "422": "a field does not fit the contract: field, got, wanted",
    "503": "too many requests; Retry-After says when to come again",
}


@cache
def part(name: str) -> str:
    """A part of the pages, from the file beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def version(scorer: Scorer, revision: str | None, commit: str | None) -> dict[str, Any]:
    """Which release answers, what it was made of, the revision that was asked for, and the commit that has it."""
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


def openapi(release: Release, locked: bool) -> dict[str, Any]:
    """The OpenAPI document, its rows described by the contract."""
    keyed: dict[str, Any] = {"security": [{"key": []}]} if locked else {}
    get = {path: {"get": told(said)} for path, said in (("/health", "alive"), ("/ready", "ready to answer"))}
    return {
        "openapi": OPENAPI,
        "info": {"title": str(release.contract.schema["title"]), "version": release.version},
        "paths": {"/predict": {"post": asking(release) | keyed}, "/version": {"get": told("lineage") | keyed}, **get},
        "components": {
            "schemas": {"Row": row_schema(release), "Answer": answer_schema(), "Rejection": rejection_schema()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def told(said: str) -> dict[str, Any]:
    """A route that tells something as JSON."""
    body = {"application/json": {"schema": {"type": "object"}}}
    return {"responses": {"200": {"description": said, "content": body}, "401": rejected("401")}}


def asking(release: Release) -> dict[str, Any]:
    """The route that answers."""
    row, answer = {"$ref": "#/components/schemas/Row"}, {"$ref": "#/components/schemas/Answer"}
    asked = {"anyOf": [row, {"type": "array", "items": row, "minItems": 1}]}
    given = {"anyOf": [answer, {"type": "array", "items": answer}]}
    example = release.example["request"]
    wanted = {"type": "integer", "minimum": 0, "maximum": 20, "default": 0}
    return {
        "summary": "One row or a list of rows",
        "parameters": [{"name": "reasons", "in": "query", "required": False, "schema": wanted}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked, "example": example}}},
        "responses": {"200": {"description": "an answer per row", "content": {"application/json": {"schema": given}}}}
        | {status: rejected(status) for status in REFUSALS},
    }


def rejected(status: str) -> dict[str, Any]:
    """A response that rejects."""
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Rejection"}}}
    return {"description": REFUSALS[status], "content": body}


def row_schema(release: Release) -> dict[str, Any]:
    """The contract without the keys that are ours alone."""
    kept = ("type", "properties", "patternProperties", "required", "additionalProperties")
    return {key: release.contract.schema[key] for key in kept}


def answer_schema() -> dict[str, Any]:
    """An answer."""
    properties = {"id": {"type": "string"}, "version": {"type": "string"}, "answer": {"type": "object"}}
    return {"type": "object", "properties": properties, "required": list(properties)}


def rejection_schema() -> dict[str, Any]:
    """What a rejection says."""
    properties = {"error": {"type": "string"}, "request": {"type": "string"}, "detail": {"type": "array"}}
    return {"type": "object", "properties": properties, "required": ["error", "request"]}


def docs(release: Release) -> str:
    """The routes and every field, for a person who writes a client."""
    rows = "".join(
        f"<tr><td><code>{html.escape(one.name)}</code></td><td>{html.escape(one.wanted)}</td>"
        f"<td>{html.escape(described(release, one))}</td></tr>"
        for one in release.contract.fields
    )
    example = html.escape(json.dumps(release.example, indent=1, ensure_ascii=False))
    body = (
        f"<h1>{html.escape(str(release.contract.schema['title']))}</h1>"
        f"<p>Release <code>{release.version}</code>. <code>POST /predict</code> takes one row or a list of rows "
        "as JSON; <code>?reasons=5</code> adds why. The same as a document: "
        "<a href='openapi.json'>openapi.json</a>.</p>"
        f"<table><tr><th>field</th><th>takes</th><th>what it is</th></tr>{rows}</table>"
        f"<p>An example:</p><pre>{example}</pre>"
    )
    return whole(release, body)


def page(release: Release) -> str:
    """The page on which a person fills in a row and sees the answer with its reasons."""
    request = release.example["request"]
    fields = "".join(box(release, one, request.get(one.name)) for one in release.contract.fields)
    known = {"fields": {one.name: one.kind for one in release.contract.fields}, "task": release.contract.task}
    data = json.dumps(known | {"threshold": release.threshold}).replace("<", "\\u003c")
    body = part("form.html").format(
        title=html.escape(str(release.contract.schema["title"])), version=release.version, fields=fields
    )
    return whole(
        release, body, f"<script type='application/json' id='known'>{data}</script><script>{part('page.js')}</script>"
    )


def whole(release: Release, body: str, scripts: str = "") -> str:
    """A page around its body."""
    title = str(release.contract.schema["title"])
    return templates.render(__file__, "html", title=title, style=part("page.css"), body=body, scripts=scripts)


def box(release: Release, one: Field, value: Any) -> str:
    """One field to fill in."""
    name, unit = html.escape(one.name), release.contract.schema["properties"][one.name].get("x-unit", "")
    label = f"<label title='{html.escape(described(release, one))}; {html.escape(one.wanted)}'><span>{name}"
    label += f" <i>{html.escape(unit)}</i></span>" if unit else "</span>"
    return f"{label}{entry(one, name, value)}</label>"


def entry(one: Field, name: str, value: Any) -> str:
    """The control of a field: a choice where its values are listed, else a line."""
    if one.kind == "boolean":
        return choice(name, ["true", "false"] + ([""] if one.nullable else []), json.dumps(value))
    if one.categories and one.outside == "reject":
        return choice(name, sorted(one.categories) + ([""] if one.nullable else []), value or "")
    text = "" if value is None else html.escape(str(value))
    kind = "text" if one.kind == "text" else "number"
    return f"<input name='{name}' type='{kind}' step='any' value='{text}' placeholder='missing'>"


def choice(name: str, values: list[str], chosen: str) -> str:
    """A control with listed values."""
    options = "".join(
        f"<option{' selected' if value == chosen else ''}>{html.escape(value)}</option>" for value in values
    )
    return f"<select name='{name}'>{options}</select>"


def described(release: Release, one: Field) -> str:
    """What a field is, in the contract's words."""
    return str(release.contract.schema["properties"][one.name]["description"])
