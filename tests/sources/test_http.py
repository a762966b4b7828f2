"""How long a server asks to wait."""

import pytest

from lifecycle.sources.http import parse_retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 3600 ", 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("9" * 5000, None),
    ],
)
def test_retry_after_holds_seconds_or_a_date(header: str | None, seconds: int | None) -> None:
    assert parse_retry_after(header) == seconds
