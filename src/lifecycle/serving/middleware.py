"""Each request's id, time and outcome: in its response, in the telemetry and as a line of JSON.

That a matched route is in the request's scope as `endpoint`, and `request.state` as `state`, is documented nowhere
and was read from Starlette 1.10.0; tests/contracts/test_private_parts.py holds it against the installed version.
"""

import json
import re
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from starlette.requests import ClientDisconnect

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Headers = Iterable[tuple[bytes, bytes]]
Send = Callable[[Message], Awaitable[None]]
ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
QUIET = ("/health", "/ping", "/ready", "/metrics", "/v2/health/live", "/v2/health/ready", "/v2/models/{name}/ready")
POLICY = b"content-security-policy"
# What a browser may make of any response: nothing but what its type says, in no frame, with no mention elsewhere.
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
NOTHING = (POLICY, b"default-src 'none'; frame-ancestors 'none'")
# The places of the parts that differ in the only routes that have some.
PARTS = {"name": 3, "version": 5}  # /v2/models/{name}/versions/{version}


class AccessLog:
    """Wraps the application; an error of the service becomes a response with the request's id and a log line."""

    def __init__(self, app: Any, service: Any) -> None:
        self.app, self.telemetry = app, service.telemetry

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        identity = sent.decode() if ID.fullmatch(sent) else token_hex(16)
        scope.setdefault("state", {})["id"] = identity
        started, status = time.perf_counter(), 0

        async def forward(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*secure(message["headers"]), (b"x-request-id", identity.encode())]
            await send(message)

        try:
            await self.app(scope, receive, forward)
        except ClientDisconnect:
            pass  # counted as 499, since no response has begun
        except Exception:
            write_log_line({"level": "error", "request": identity, "traceback": traceback.format_exc()})
            if status:
                raise
            await send_server_error(identity, forward)
        finally:
            self.count(scope, identity, status or 499, time.perf_counter() - started)

    def count(self, scope: Message, identity: str, status: int, seconds: float) -> None:
        """Count the request and write its line."""
        route = name_route(scope)
        self.telemetry.requests.labels(route, str(status)).inc()
        self.telemetry.seconds.observe(seconds)
        if route not in QUIET:
            entry = {"level": "info", "request": identity, "method": scope["method"], "route": route, "status": status}
            write_log_line(entry | {"milliseconds": round(1000 * seconds, 3)})


def secure(headers: Headers) -> Headers:
    """Headers with what a browser must keep to: a page has a policy of its own, all else may do nothing."""
    named = any(name == POLICY for name, _ in headers)
    return [*headers, *SAFE] if named else [*headers, *SAFE, NOTHING]


def name_route(scope: Message) -> str:
    """The route of a request, with names in place of the parts that a client chooses; `none` where none is matched."""
    if "endpoint" not in scope:
        return "none"
    parts = scope["path"].split("/")
    for name in scope.get("path_params", ()):
        parts[PARTS[name]] = f"{{{name}}}"
    return "/".join(parts)


async def send_server_error(identity: str, send: Send) -> None:
    """Send the response to a request on which the service failed."""
    body = json.dumps({"error": "an internal error; the service's log has the traceback", "request": identity}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def write_log_line(entry: dict[str, Any]) -> None:
    """One line of JSON with the time, to standard error."""
    sys.stderr.write(json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds")} | entry) + "\n")
