"""Connections that hold no place for nothing: limits on their number, on the time and size of a header, and on silence.

uvicorn limits how long a kept connection may be idle, and nothing else: a header may take forever and be of any size,
and its own limit on connections rejects whoever comes next. Its protocol for httptools is extended by the methods that
it documents nowhere, read from uvicorn 0.54.0; tests/contracts/test_private_parts.py holds them against the installed
version.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

# The name of the class below, as a worker process imports it, and of its limits in the state of the application.
PROTOCOL = "lifecycle.serving.connections:Connection"
STATE = "connections"
# Bytes of a request's line and header fields.
MOST_HEADER = 65_536
# Requests of one connection that wait for the response to an earlier one: each takes memory, and uvicorn has no limit.
MOST_PIPELINED = 100


@dataclass
class Connections:
    """The limits of all connections of a process, and those that wait for more of a request, the longest first.

    `header_seconds` is until a header must be complete, `write_seconds` how long a client may take nothing of a
    response.
    """

    most: int
    header_seconds: float
    write_seconds: float
    waiting: dict[Connection, None] = field(default_factory=dict)

    def make_room(self, count: int) -> None:
        """Close the connection that has waited longest, where there are more than the limit."""
        if count > self.most and self.waiting:
            next(iter(self.waiting)).drop()


class Connection(HttpToolsProtocol):
    """One connection; its application's state holds the limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.limits: Connections = app_state[STATE]
        self.header_due: asyncio.TimerHandle | None = None
        self.write_due: asyncio.TimerHandle | None = None
        self.in_body, self.header_bytes = False, 0
        self.answered: RequestResponseCycle | None = None  # of several requests at once, the one that is worked on

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a header."""
        super().connection_made(transport)
        self.limits.waiting[self] = None
        self._expect_header()
        self.limits.make_room(len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timers and of the place, and write no response any more."""
        if self.answered:
            self.answered.disconnected = True  # uvicorn tells the newest request alone
        self.limits.waiting.pop(self, None)
        for due in (self.header_due, self.write_due):
            if due:
                due.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first ones after a response begin the time for the next header."""
        if self.header_due is None and self.cycle is not None and self.cycle.response_complete:
            self._expect_header()
        if not self.in_body:
            self.header_bytes += len(data)
        super().data_received(data)
        if self.header_bytes > MOST_HEADER and not self.transport.is_closing():
            self.send_400_response(f"The header has more than {MOST_HEADER} bytes.")

    def on_headers_complete(self) -> None:
        """Begin a request: its body has limits of its own. One too many at once ends the connection."""
        if len(self.pipeline) >= MOST_PIPELINED:
            self.drop()
            return
        if self.header_due:
            self.header_due.cancel()
        self.header_due, self.in_body, self.header_bytes = None, True, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no longer: the request is whole."""
        self.in_body = False
        self.limits.waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is there."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self.limits.waiting.pop(self, None)
            self.limits.waiting[self] = None

    def pause_writing(self) -> None:
        """Begin the time in which the client must take more of the response."""
        super().pause_writing()
        self.write_due = self.loop.call_later(self.limits.write_seconds, self.drop)

    def resume_writing(self) -> None:
        """End that time."""
        super().resume_writing()
        if self.write_due:
            self.write_due.cancel()

    def drop(self) -> None:
        """Close the connection at once; what is being answered is written nowhere."""
        if self.answered:
            self.answered.disconnected = True
        self.limits.waiting.pop(self, None)
        self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.answered = cycle
        super()._start_asgi_task(cycle, app)

    def _expect_header(self) -> None:
        self.header_due = self.loop.call_later(self.limits.header_seconds, self.drop)
