"""A rejected request, as the response says it."""

from collections.abc import Mapping
from typing import Any


class RequestRejected(Exception):
    """A rejected request: the status, the message, the fields that are wrong, and headers of the response."""

    def __init__(
        self,
        status: int,
        message: str,
        wrong: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.wrong, self.headers = status, message, wrong or [], headers or {}


def describe_value(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return kinds[type(value)]
