"""Retries with exponential backoff, for HTTP, SQL, MongoDB, MQTT and OpenML.

urllib3's Retry, mounted in requests, cannot do it for HTTP: it ends before the body is read, so a response that breaks
off is not requested again; its first retry comes without a pause; and it shortens a Retry-After above its maximum,
where a person should be told. Only its parser of Retry-After is used.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from lifecycle.errors import SourceError, TooLarge
from lifecycle.io.budget import read_budget

TRIES = 4
FIRST = 0.5  # seconds before the second try; twice as long before each that follows
LONGEST = 300.0  # seconds that a server may ask to wait

Wait = Callable[[float], object]
Result = TypeVar("Result")


class TransientFailure(Exception):
    """A failure that a retry may cure: the error to raise if none does, and the seconds that the server asks for."""

    def __init__(self, error: SourceError | TooLarge, seconds: float | None = None) -> None:
        super().__init__(error.what)
        self.error, self.seconds = error, seconds


def call_with_retries(attempt: Callable[[], Result], wait: Wait) -> Result:
    """The result of the attempt, retried after a TransientFailure.

    Raises its error after the last of TRIES, and once attempts have taken the seconds that a source may give nothing.
    """
    spent, tried, most = 0.0, 0, read_budget().wait_seconds
    while True:
        begun = time.monotonic()
        try:
            return attempt()
        except TransientFailure as failure:
            spent, tried = spent + time.monotonic() - begun, tried + 1
            if tried == TRIES or spent >= most:
                raise failure.error from failure.__cause__
            wait(FIRST * 2 ** (tried - 1) if failure.seconds is None else choose_wait(failure))


def choose_wait(failure: TransientFailure) -> float:
    """The seconds that the server asks for; raises its error where that is too long to sit through."""
    seconds = failure.seconds or 0.0
    if seconds > LONGEST:
        error = failure.error
        raise SourceError(
            f"{error.what}, and asks to wait {seconds:,.0f} seconds", where=error.where, todo="try again then"
        ) from failure.__cause__
    return seconds
