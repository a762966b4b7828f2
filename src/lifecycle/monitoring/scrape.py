"""Metrics as a service exposes them: the text at an address, or in a file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from lifecycle.errors import MissingFile, SourceError
from lifecycle.io.budget import must_fit_bytes, start_pace
from lifecycle.sources.http import call_in_time, read_body

SECONDS = 20
EXAMPLE = "http://127.0.0.1:8000/metrics"


def read_metrics(place: str, key: str) -> str:
    """The text at an http(s) address, requested with the key where there is one, or in a file.

    Raises SourceError where the address does not answer, MissingFile without the file.
    """
    if not place.startswith(("http://", "https://")):
        path = Path(place)
        if not path.is_file():
            raise MissingFile(f"{place} does not exist", where="option --metrics", todo=f"--metrics {EXAMPLE}")
        must_fit_bytes(path.stat().st_size, 0, place)
        return path.read_text(encoding="utf-8", errors="replace")
    import requests
    from urllib3.exceptions import HTTPError

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        pace = start_pace(urlsplit(place).hostname or place)
        response = call_in_time(
            lambda: requests.get(place, headers=headers, timeout=SECONDS, allow_redirects=False, stream=True), pace
        )
        content = read_body(response, pace)
    except (requests.RequestException, HTTPError) as cause:
        raise build_error(place, type(cause).__name__) from None
    if response.status_code != requests.codes.ok:
        raise build_error(place, f"status {response.status_code}")
    return content.decode(errors="replace")


def build_error(place: str, why: str) -> SourceError:
    """The error for an address without metrics; it names the host alone, since the rest may hold a secret."""
    return SourceError(
        f"{urlsplit(place).hostname} gives no metrics ({why})",
        where="option --metrics",
        todo="start the service (lifecycle serve); where it asks for a key, export LIFECYCLE_API_KEY",
    )
