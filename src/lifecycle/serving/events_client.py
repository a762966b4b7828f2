"""Events sent to a service: again where it is busy or out of reach, since those that are there are taken once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from lifecycle.errors import SourceError
from lifecycle.online.event_store import Appended
from lifecycle.sources.http import parse_retry_after
from lifecycle.sources.retry import TransientFailure, Wait, call_with_retries
from lifecycle.sources.secrets import mask_secrets

ROUTE = "/events"
SECONDS = 60.0


def send_events(url: str, records: Sequence[Mapping[str, Any]], key: str, wait: Wait = time.sleep) -> Appended:
    """What became of events at the service of a URL; raises SourceError where it takes none."""
    body = "".join(json.dumps(record, allow_nan=False) + "\n" for record in records).encode()
    headers = {"Content-Type": "application/x-ndjson"} | ({"Authorization": f"Bearer {key}"} if key else {})
    found = call_with_retries(lambda: post(url.rstrip("/") + ROUTE, body, headers), wait)
    return Appended(found["taken"], found["repeated"], tuple(found["refused"]))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The service's response to one attempt; raises TransientFailure if a retry may help."""
    import requests

    try:
        response = requests.post(url, data=body, headers=dict(headers), timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as cause:
        raise TransientFailure(build_error(url, type(cause).__name__)) from cause
    found = parse_response(response.text)
    if response.status_code == 503:
        wait = parse_retry_after(response.headers.get("Retry-After"))
        raise TransientFailure(build_error(url, describe_response(503, found)), wait)
    if response.status_code != 200 or "taken" not in found:
        raise build_error(url, describe_response(response.status_code, found))
    return found


def parse_response(text: str) -> dict[str, Any]:
    """The JSON object of a response; empty for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def describe_response(status: int, found: Mapping[str, Any]) -> str:
    """What a service says of a request that it rejects, with the first field that is wrong."""
    first = "".join(
        f"; {one['field']}: got {one['got']}, wanted {one['wanted']}" for one in found.get("detail", [])[:1]
    )
    return f"{found.get('error', f'status {status}')}{first}"


def build_error(url: str, why: str) -> SourceError:
    """The error for a service that takes no events."""
    return SourceError(
        f"the service takes no events ({why})",
        where=mask_secrets(url),
        todo="start it (lifecycle serve), and export LIFECYCLE_API_KEY where it asks for a key",
    )
