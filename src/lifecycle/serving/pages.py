"""Pages that load nothing from elsewhere: the fields and routes, and a form for one row."""

import hashlib
import html
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lifecycle.release.fields import Field
from lifecycle.release.raw_contract import RawField
from lifecycle.release.release import Release
from lifecycle.reporting import templates
from lifecycle.serving.inference_protocol import name_model

# How a form's value is read: as JSON has it, where it is a number or a boolean.
Input = Literal["number", "boolean", "text"]
MISSING = ""


@dataclass(frozen=True)
class FormField:
    """One field of a form: what a person reads of it, the listed or the suggested values, and the one at the start."""

    name: str
    input: Input
    description: str
    wanted: str
    unit: str
    listed: tuple[str, ...]
    suggested: tuple[str, ...]
    value: Any


@cache
def read_part(name: str) -> str:
    """A part of the pages, from the file beside this one."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def build_policy() -> str:
    """What a page may do, as Content-Security-Policy has it: its own style and script, and questions to the service.

    The two are named by their hashes, so that nothing that gets into a page from a release runs.
    """
    style, script = (hash_inline(text) for text in ("\n" + read_part("page.css"), read_part("page.js")))
    return (
        f"default-src 'none'; connect-src 'self'; img-src data:; style-src {style}; script-src {script}; "
        "base-uri 'none'; form-action 'none'"
    )


def hash_inline(text: str) -> str:
    """The source expression that allows an inline element of exactly this text."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def list_form_fields(release: Release) -> list[FormField]:
    """The fields of a row: the raw columns where the release takes them, else the features."""
    example = release.example["question" if release.raw else "request"]
    if release.raw:
        return [describe_raw_field(one, example.get(one.name)) for one in release.raw.fields]
    entries = release.contract.schema["properties"]
    return [describe_feature_field(one, entries[one.name], example.get(one.name)) for one in release.contract.fields]


def describe_raw_field(one: RawField, value: Any) -> FormField:
    """A raw column; a notation of its own is typed as text."""
    plain = one.reading is None
    is_boolean = plain and one.type == "boolean"
    is_number = plain and one.type in ("number", "integer")
    spellings = (one.cells.true_values[:1] + one.cells.false_values[:1]) if one.type == "boolean" else ()
    return FormField(
        name=one.name,
        input="boolean" if is_boolean else "number" if is_number else "text",
        description=one.description,
        wanted=one.wanted,
        unit=one.unit,
        listed=list_choices(("true", "false"), one.nullable) if is_boolean else (),
        suggested=one.known or spellings,
        value=value,
    )


def describe_feature_field(one: Field, entry: Mapping[str, Any], value: Any) -> FormField:
    """A feature, with a choice where its values are listed."""
    listed = ("true", "false") if one.kind == "boolean" else tuple(sorted(one.categories))
    is_listed = one.kind == "boolean" or one.outside == "reject"
    return FormField(
        name=one.name,
        input="number" if one.kind == "integer" else one.kind,
        description=str(entry["description"]),
        wanted=one.wanted,
        unit=str(entry.get("x-unit", "")),
        listed=list_choices(listed, one.nullable) if listed and is_listed else (),
        suggested=(),
        value=value,
    )


def list_choices(values: Sequence[str], nullable: bool) -> tuple[str, ...]:
    """The values to choose from, with none of them where the field may be missing."""
    return (*values, MISSING) if nullable else tuple(values)


def render_docs(release: Release) -> str:
    """The routes and every field, for a person who writes a client."""
    title = html.escape(str(release.contract.schema["title"]))
    prepared = (
        "<p>A row of the model's own features is taken too, and as such alone with <code>?prepared=true</code>:</p>"
    )
    raw = render_table([(one.name, one.wanted, one.description) for one in release.raw.fields]) if release.raw else ""
    body = (
        f"<h1>{title}</h1>"
        f"<p>Release <code>{release.version}</code>. <code>POST /predict</code> takes one row, a list of rows "
        "or an envelope around them as JSON; <code>?explain=5</code> adds an explanation; "
        f"<code>POST /v2/models/{html.escape(name_model(release))}/infer</code> takes a tensor for each column. "
        "The same as a document: <a href='openapi.json'>openapi.json</a>.</p>"
        f"{raw + prepared if raw else ''}{render_table(list_features(release))}"
        f"<p>An example:</p><pre>{html.escape(json.dumps(release.example, indent=1, ensure_ascii=False))}</pre>"
    )
    return render_page(release, body)


def list_features(release: Release) -> list[tuple[str, str, str]]:
    """Each feature's name, what it takes, and what it is."""
    entries = release.contract.schema["properties"]
    return [(one.name, one.wanted, str(entries[one.name]["description"])) for one in release.contract.fields]


def render_table(fields: Sequence[tuple[str, str, str]]) -> str:
    """Fields with what each takes and is."""
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(wanted)}</td>"
        f"<td>{html.escape(description)}</td></tr>"
        for name, wanted, description in fields
    )
    return f"<table><tr><th>field</th><th>takes</th><th>what it is</th></tr>{rows}</table>"


def render_form_page(release: Release) -> str:
    """The page on which a person fills in a row and sees its prediction with the explanation."""
    fields = list_form_fields(release)
    known = {"fields": {one.name: one.input for one in fields}, "task": release.contract.task}
    data = json.dumps(known | {"threshold": release.threshold}).replace("<", "\\u003c")
    body = read_part("form.html").format(
        title=html.escape(str(release.contract.schema["title"])),
        version=release.version,
        fields="".join(render_field(one, f"known-{place}") for place, one in enumerate(fields)),
    )
    script = f"<script type='application/json' id='known'>{data}</script><script>{read_part('page.js')}</script>"
    return render_page(release, body, script)


def render_page(release: Release, body: str, scripts: str = "") -> str:
    """A page around its body."""
    title = str(release.contract.schema["title"])
    parts = {"style": read_part("page.css"), "body": body, "scripts": scripts, "policy": build_policy()}
    return templates.render(__file__, "html", title=title, **parts)


def render_field(one: FormField, list_id: str) -> str:
    """One field to fill in; `list_id` is the name of its suggestions in the page."""
    unit = f" <i>{html.escape(one.unit)}</i>" if one.unit else ""
    title = html.escape(f"{one.description}; {one.wanted}")
    control = render_select(one) if one.listed else render_line(one, list_id)
    return f"<label title='{title}'><span>{html.escape(one.name)}{unit}</span>{control}</label>"


def render_line(one: FormField, list_id: str) -> str:
    """A control with a line to write on, and suggestions where there are some."""
    text = "" if one.value is None else html.escape(str(one.value))
    options = "".join(f"<option value='{html.escape(value)}'>" for value in one.suggested)
    known = f"<datalist id='{list_id}'>{options}</datalist>" if options else ""
    listed = f" list='{list_id}'" if options else ""
    kind = "number" if one.input == "number" else "text"
    name = html.escape(one.name)
    return f"<input name='{name}' type='{kind}' step='any' value='{text}' placeholder='missing'{listed}>{known}"


def render_select(one: FormField) -> str:
    """A control with listed values."""
    chosen = json.dumps(one.value) if isinstance(one.value, bool) else one.value or MISSING
    options = "".join(
        f"<option{' selected' if value == chosen else ''}>{html.escape(value)}</option>" for value in one.listed
    )
    return f"<select name='{html.escape(one.name)}'>{options}</select>"
