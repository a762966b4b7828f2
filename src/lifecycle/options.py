"""How a configuration class is declared: frozen, keyword-only, and strict when read from YAML."""

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def options(declared: Class) -> Class:
    """A frozen dataclass that rejects unknown keys and converts no type when read from YAML."""
    setattr(declared, "__pydantic_config__", {"extra": "forbid", "strict": True})  # noqa: B010
    return dataclass(frozen=True, kw_only=True)(declared)  # type: ignore[return-value]


@options
class Keyed:
    """A mapping in YAML whose keys between underscores are fields, and all others `arguments`."""

    arguments: dict[str, Any] = field(default_factory=dict)


@options
class Call(Keyed):
    """A callable named in YAML by `_target_`, with the arguments that stand beside it."""

    target: str
