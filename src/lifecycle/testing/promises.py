"""What a contract test says when a promise is broken: three lines, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lifecycle.errors import ConfigError, LifecycleError


def must(kept: object, what: str, *, where: str, todo: str) -> None:
    """Raise ConfigError unless the promise is kept."""
    if not kept:
        raise ConfigError(what, where=where, todo=todo)


@contextmanager
def plainly() -> Iterator[None]:
    """Let the engine's errors fail the test with their three lines and no traceback; also a decorator."""
    try:
        yield
    except LifecycleError as error:
        pytest.fail(str(error), pytrace=False)
