"""Options that a version of the engine has renamed, for projects that were written for an earlier one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.io.yaml_edit import rename_key


@dataclass(frozen=True)
class Renamed:
    """A key of the options of a group, by its path within the file, and its name since a version of the engine."""

    version: str
    group: str
    key: tuple[str, ...]
    name: str

    def __str__(self) -> str:
        """The old and the new name."""
        return f"{'.'.join(self.key)} → {'.'.join([*self.key[:-1], self.name])} (since {self.version})"


RENAMED: tuple[Renamed, ...] = ()


def list_renames(options: Mapping[str, Any], group: str, renamed: Iterable[Renamed]) -> list[Renamed]:
    """Those whose old key an option of a group still has."""
    return [one for one in renamed if one.group == group and has_key(options, one.key)]


def has_key(options: Any, path: tuple[str, ...]) -> bool:
    """Whether nested mappings have the key at the end of a path."""
    for key in path:
        if not isinstance(options, Mapping) or key not in options:
            return False
        options = options[key]
    return True


def rename_options(text: str, renames: Iterable[Renamed], where: str) -> str:
    """The text of an option with the new names, all else as it was; raises WrongValue where it has both names."""
    for one in renames:
        text = rename_key(text, one.key, one.name, where)
    return text
