"""Packages of the extras in pyproject.toml, imported where they are used.

No `_target_` can name the function: its module is not on the allow-list, and to import a module is to run it.
"""

from importlib import import_module
from typing import Any

from lifecycle.errors import ConfigError


def import_package(name: str, *, extra: str, user: str, where: str) -> Any:
    """The module of an optional package; raises ConfigError, with the `extra` to install, where it is not installed.

    `user` is the class that needs it, and `where` the place that asks for that class.
    """
    try:
        return import_module(name)
    except ImportError as cause:
        raise ConfigError(
            f"{user} needs the package {name.partition('.')[0]}, which is not installed",
            where=where,
            todo=f'pip install "lifecycle[{extra}]"',
        ) from cause
