"""The planned columns and steps, as they are printed and written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lifecycle.data.schema import Role, Type


@dataclass(frozen=True)
class PlannedStep:
    """A call of a step by its `_target_`, and its reason."""

    target: str
    arguments: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class ColumnPlan:
    """One column of the schema with the reasons for its type and its role; `raw` is False for one that a step makes."""

    name: str
    type: Type
    role: Role
    type_why: str
    role_why: str
    raw: bool = True
    categories: tuple[str, ...] = field(default=())
    reject: bool = False
