"""The lists of params.yaml over which dvc.yaml repeats a stage: one word in place of a list stops DVC in its own code.

DVC resolves `matrix: {model: ${candidates}}` before any stage runs, and takes a list alone.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lifecycle.errors import WrongValue
from lifecycle.io.records import read_yaml
from lifecycle.paths import PARAMS

PIPELINE = Path("dvc.yaml")
WHOLE = re.compile(r"\$\{(\w+)\}")


def must_be_lists() -> None:
    """Raise WrongValue for a value in params.yaml that dvc.yaml repeats a stage over and that is no list of words."""
    picks, pipeline = (read_yaml(path) if path.is_file() else None for path in (PARAMS, PIPELINE))
    if not isinstance(picks, dict) or not isinstance(pipeline, dict):
        return
    for stage, name in list_repeated(pipeline.get("stages") or {}):
        value = picks.get(name)
        if name in picks and not (isinstance(value, list) and value):
            raise WrongValue(
                f"{name} is {value!r}, and stage {stage} is repeated for each word of a list",
                where=f"{PARAMS}, key {name}",
                todo=f"write {name}: [{value or 'NAME'}], or for one run: dvc exp run -S '{name}=[{value or 'NAME'}]'",
            )


def list_repeated(stages: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each stage with a matrix, and the parameter whose words it is repeated for."""
    for stage, entry in stages.items():
        matrix = entry.get("matrix") if isinstance(entry, dict) else None
        for values in (matrix or {}).values():
            if isinstance(values, str) and (found := WHOLE.fullmatch(values)):
                yield stage, found.group(1)
