"""Model files and releases as a stranger would change them: with every hash as it should be."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lifecycle.release.release import MANIFEST, build_manifest, encode_json

Files = dict[str, bytes]


def unpack(packed: bytes) -> Files:
    """The files of an archive."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(files: Mapping[str, bytes]) -> bytes:
    """An archive of files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def change_schema(packed: bytes, change: Callable[[Any], None]) -> bytes:
    """A model file with its schema changed in place."""
    files = unpack(packed)
    schema = json.loads(files["schema.json"])
    change(schema)
    return pack(files | {"schema.json": json.dumps(schema).encode()})


def change_array(packed: bytes, node: Mapping[str, Any], change: Callable[[np.ndarray], np.ndarray | None]) -> bytes:
    """A model file with the array of a node changed in place, or replaced by what comes back."""
    files, content = unpack(packed), io.BytesIO()
    array = np.load(io.BytesIO(files[node["file"]])).copy()
    changed = change(array)
    np.save(content, array if changed is None else changed)
    return pack(files | {node["file"]: content.getvalue()})


def read_schema(packed: bytes) -> Any:
    """The schema of a model file."""
    return json.loads(unpack(packed)["schema.json"])


def find_nodes(schema: Any, name: str) -> Iterator[dict[str, Any]]:
    """The nodes of a class in a schema, from the outside in."""
    if isinstance(schema, dict):
        if schema.get("__class__") == name:
            yield schema
        for entry in schema.values():
            yield from find_nodes(entry, name)
    elif isinstance(schema, list):
        for entry in schema:
            yield from find_nodes(entry, name)


def attribute(schema: Any, kind: str, name: str) -> dict[str, Any]:
    """The node of an attribute of the first object of a class that has it."""
    return next(
        node["content"]["content"][name]
        for node in find_nodes(schema, kind)
        if node["__loader__"] == "ObjectNode" and name in node["content"]["content"]
    )


def value(found: Any) -> dict[str, Any]:
    """The node of a plain value."""
    return {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": json.dumps(found),
        "is_json": True,
    }


def set_attribute(packed: bytes, kind: str, name: str, found: Any) -> bytes:
    """A model file in which an attribute has another plain value."""

    def change(schema: Any) -> None:
        node = attribute(schema, kind, name)
        node.clear()
        node.update(value(found))

    return change_schema(packed, change)


def change_text(packed: bytes, change: Callable[[str], str]) -> bytes:
    """A model file in which the text of LightGBM's model is another."""

    def apply(schema: Any) -> None:
        node = attribute(schema, "Booster", "_handle")
        node["content"] = json.dumps(change(json.loads(node["content"])))

    return change_schema(packed, apply)


def sign(files: Mapping[str, bytes]) -> Files:
    """The files of a release with a manifest that has their hashes."""
    kept = {name: content for name, content in files.items() if name != MANIFEST}
    return kept | {MANIFEST: encode_json({"files": build_manifest(kept)})}


def write_release(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A release in a folder of its own."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
