"""How a release is served, from conf/serve/ and the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lifecycle.errors import WrongValue
from lifecycle.options import options

API_KEY = "LIFECYCLE_API_KEY"
# Where the command leaves the settings for the worker processes.
SETTINGS = "LIFECYCLE_SERVE"
SHA256 = re.compile(r"[0-9a-f]{64}")
ROUTE = re.compile(r"/[A-Za-z0-9_./:-]{0,200}")


@options
class Serve:
    """Address, limits, log, releases and events; the file of conf/serve/ says what each key is."""

    host: str
    port: int
    workers: int
    max_bytes: int
    bodies_mib: int
    max_rows: int
    body_seconds: float
    least_bytes: float
    header_seconds: float
    connections: int
    at_once: int
    per_second: float | None
    drop: tuple[str, ...]
    hash: tuple[str, ...]
    file_mib: int
    sync_seconds: float
    watch_seconds: float
    pinned: str | None
    trial_seconds: float
    trial_mib: int
    drain_seconds: int
    shadow: str | None
    canary: str | None
    canary_share: float
    events: str | None
    stale_after: str | None
    not_ready_when_stale: bool

    @property
    def stale_microseconds(self) -> int | None:
        """After how long without a newer fact what is known is stale; None for never. Raises WrongValue."""
        return parse_duration("stale_after", self.stale_after) if self.stale_after is not None else None


@options
class Config:
    """The one group that serving takes."""

    serve: Serve


@dataclass(frozen=True)
class Environment:
    """What the environment says: the key that requests must show, and the routes that a platform asks for."""

    key: str = ""
    health: tuple[str, ...] = ()
    predict: tuple[str, ...] = ()


def check_settings(settings: Serve) -> Serve:
    """The settings themselves; raises WrongValue for one out of its range."""
    least = {
        "workers": 1,
        "max_bytes": 1,
        "bodies_mib": 1,
        "max_rows": 1,
        "at_once": 1,
        "connections": 1,
        "file_mib": 1,
        "trial_mib": 1,
        "drain_seconds": 0,
        "port": 0,
    }
    for name, low in least.items():
        if getattr(settings, name) < low:
            raise build_error(name, getattr(settings, name), f"{low} or more")
    for name in ("body_seconds", "least_bytes", "header_seconds", "sync_seconds", "watch_seconds", "trial_seconds"):
        if not getattr(settings, name) > 0:
            raise build_error(name, getattr(settings, name), "more than 0")
    if settings.pinned is not None and not SHA256.fullmatch(settings.pinned):
        raise build_error("pinned", settings.pinned, "the 64 digits of: sha256sum models/release/manifest.json")
    if settings.port > 65535:
        raise build_error("port", settings.port, "65535 or less")
    if settings.per_second is not None and not settings.per_second > 0:
        raise build_error("per_second", settings.per_second, "more than 0, or null")
    if not 0 <= settings.canary_share <= 1:
        raise build_error("canary_share", settings.canary_share, "from 0 to 1")
    if settings.stale_microseconds is None and settings.not_ready_when_stale:
        raise build_error("stale_after", None, "a duration such as 6h, where not_ready_when_stale is true")
    return settings


def parse_duration(name: str, text: str) -> int:
    """The microseconds in a duration such as 6h or 2D; raises WrongValue for what is none, or not above 0."""
    import pandas as pd

    try:
        found = int(pd.Timedelta(text) / pd.Timedelta(1, "us"))
    except ValueError as cause:
        raise build_error(name, text, "a duration such as 6h or 2D") from cause
    if found <= 0:
        raise build_error(name, text, "more than 0")
    return found


def build_error(name: str, value: object, wanted: str) -> WrongValue:
    """The error for one setting."""
    return WrongValue(f"{name} is {value}, not {wanted}", where=f"conf/serve/, key {name}", todo=f"{name}: {wanted}")


def apply_platform_port(settings: Serve, environment: Mapping[str, str] = os.environ) -> Serve:
    """The settings with the port that Vertex AI asks for in AIP_HTTP_PORT, and then every address listened at."""
    port = environment.get("AIP_HTTP_PORT", "")
    if not port:
        return settings
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise WrongValue(f"AIP_HTTP_PORT is {port!r}", where="the environment", todo="export AIP_HTTP_PORT=8080")
    return replace(settings, port=int(port), host="0.0.0.0")  # noqa: S104 - a container is reached from outside


def read_environment(environment: Mapping[str, str] = os.environ) -> Environment:
    """The key and the routes of the environment; raises WrongValue for a route that is none."""
    found = {name: environment.get(f"AIP_{name}_ROUTE", "") for name in ("HEALTH", "PREDICT")}
    for name, route in found.items():
        if route and not ROUTE.fullmatch(route):
            raise WrongValue(
                f"AIP_{name}_ROUTE is {route!r}",
                where="the environment",
                todo=f"export AIP_{name}_ROUTE=/{name.lower()}",
            )
    return Environment(
        key=environment.get(API_KEY, ""),
        health=tuple(filter(None, [found["HEALTH"]])),
        predict=tuple(filter(None, [found["PREDICT"]])),
    )
