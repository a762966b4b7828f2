"""Asking again: what may pass is waited for, longer each time, and not for ever."""

from collections.abc import Callable
from typing import TypeVar

from lifecycle.errors import SourceError

TRIES = 4
FIRST = 0.5  # seconds before the second try; twice as long before each that follows
LONGEST = 300.0  # seconds that a server may ask to wait

Wait = Callable[[float], object]
Result = TypeVar("Result")


class Passing(Exception):
    """A failure that may pass: the error to raise if it does not, and the seconds that the server asks to wait."""

    def __init__(self, error: SourceError, seconds: float | None = None) -> None:
        super().__init__(error.what)
        self.error, self.seconds = error, seconds


def patiently(attempt: Callable[[], Result], wait: Wait) -> Result:
    """What the attempt gives, made again after it raised Passing; raises its error after the last of TRIES."""
    for pause in (FIRST * 2**number for number in range(TRIES - 1)):
        try:
            return attempt()
        except Passing as failure:
            wait(pause if failure.seconds is None else bearable(failure))
    try:
        return attempt()
    except Passing as failure:
        raise failure.error from failure.__cause__


def bearable(failure: Passing) -> float:
    """The seconds that the server asks for; raises its error where that is too long to sit through."""
    seconds = failure.seconds or 0.0
    if seconds > LONGEST:
        error = failure.error
        raise SourceError(
            f"{error.what}, and asks to wait {seconds:,.0f} seconds", where=error.where, todo="try again then"
        ) from failure.__cause__
    return seconds
