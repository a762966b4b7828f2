"""Values as the prediction log has them where it holds keyed hashes in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lifecycle import paths
from lifecycle.erasure.local_files import LOGS
from lifecycle.erasure.search import Search, add_ids, add_values
from lifecycle.feedback.prediction_log import Privacy, build_privacy
from lifecycle.io.records import read_yaml


def add_redacted(search: Search, environment: Mapping[str, str]) -> Search:
    """The search, also for the keyed hashes of its values and ids, where the service logs such.

    Raises WrongValue where it does and the environment has no key of them.
    """
    hashed = {name for name in list_hashed_fields() if name in (search.column, search.id)}
    if not hashed or not any(path for folder in LOGS for path in folder.glob("*.jsonl")):
        return search
    privacy = build_privacy((), sorted(hashed), environment)
    hashes = {one for text in search.texts for one in list_hashes(privacy, min(hashed), text)}
    return add_ids(add_values(search, hashes), hashes)


def list_hashed_fields() -> set[str]:
    """The fields of which some option of conf/serve/ lets the log hold keyed hashes."""
    options = [read_yaml(path) for path in sorted((paths.CONF / "serve").glob("*.yaml"))]
    return {str(name) for option in options for name in option.get("hash") or []}


def list_hashes(privacy: Privacy, name: str, text: str) -> Iterator[str]:
    """The keyed hashes of a value, which differ between a number and its text."""
    values: list[Any] = [text, *([int(text)] if text.isdigit() else [])]
    yield from (str(privacy.redact(name, value)) for value in values)
