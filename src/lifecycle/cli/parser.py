"""Command lines whose errors have three lines."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from lifecycle.errors import WrongValue
from lifecycle.reporting.text import shorten_text


class Parser(argparse.ArgumentParser):
    """A parser that says its usage after a mistake, in place of a page."""

    def error(self, message: str) -> NoReturn:
        """Raise WrongValue with what argparse says."""
        raise WrongValue(
            shorten_text(message, 200), where="command line", todo=f"{self.usage} …, or: {self.prog} --help"
        )


def reject_arguments(command: str, description: str, arguments: Sequence[str]) -> None:
    """Raise WrongValue for any argument but `--help`."""
    Parser(prog=command, usage=command, description=description).parse_args(arguments)
