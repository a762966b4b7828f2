"""What a contract test says when a promise is broken: three lines, without a traceback."""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from lifecycle.errors import ConfigError, LifecycleError


def must(kept: object, what: str, *, where: str, todo: str) -> None:
    """Raise ConfigError unless the promise is kept."""
    if not kept:
        raise ConfigError(what, where=where, todo=todo)


def plainly(test: Callable[..., None]) -> Callable[..., None]:
    """The test, failing with the three lines of the engine's errors and no traceback."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        try:
            test(*arguments, **named)
        except LifecycleError as error:
            pytest.fail(str(error), pytrace=False)

    return run
