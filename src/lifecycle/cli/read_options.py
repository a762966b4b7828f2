"""The option --read: how a file is to be read, where detection is not enough."""

from collections.abc import Sequence

from lifecycle.errors import WrongValue
from lifecycle.reporting.text import shorten_text

HELP = "how to read it, any key of its format in conf/source/: encoding=latin-1, delimiter=;, skip=2, …"


def parse_read_options(texts: Sequence[str]) -> dict[str, str]:
    """The value of each key; raises WrongValue for what is not KEY=VALUE."""
    hints = {}
    for text in texts:
        key, mark, value = text.partition("=")
        if not mark or not key:
            raise WrongValue(
                f"{shorten_text(text)!r} is not KEY=VALUE", where="command line, --read", todo="--read encoding=latin-1"
            )
        hints[key] = value
    return hints
