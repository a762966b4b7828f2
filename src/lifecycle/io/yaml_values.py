"""The values of a YAML file as OmegaConf reads them, many times as fast."""

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from lifecycle.io.yaml_limits import must_be_plain

TIMESTAMP = "tag:yaml.org,2002:timestamp"
FLOAT = "tag:yaml.org,2002:float"
EXPONENT = re.compile(r"^[-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+$|^[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*[eE][0-9]+$")
Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where libyaml is there


class ValueLoader(Safe):  # type: ignore[misc]
    """The safe loader with dates as text, 1e3 as a number, and an error for a key that stands twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        sign: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
        for sign, resolvers in Safe.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        """The mapping; raises ConstructorError for a key that stands twice."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                what = f"found duplicate key {key.value}"
                raise yaml.constructor.ConstructorError("in a mapping", node.start_mark, what, key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return super().construct_mapping(node, deep=deep)


ValueLoader.add_implicit_resolver(FLOAT, EXPONENT, list("-+0123456789"))


def read_values(path: Path) -> Any:
    """The values of a file; raises yaml.YAMLError or UnicodeDecodeError where it has none, TooLarge for too much."""
    text = path.read_text(encoding="utf-8")
    must_be_plain(text, str(path))
    return yaml.load(text, Loader=ValueLoader)  # noqa: S506 - it is a safe one
