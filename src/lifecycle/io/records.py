"""Records as JSON and YAML: keys sorted, floats in a stated number of digits."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lifecycle.errors import CorruptFile
from lifecycle.io.atomic import require_file, write_beside, write_text

DIGITS = 6


def round_floats(value: Any) -> Any:
    """The value with floats cut to six significant digits; NaN and infinity become null.

    Six are far below the noise of any metric and above the last bits that another processor may change.
    """
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): round_floats(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [round_floats(entry) for entry in value]
    return value


def write_json(path: Path, record: Any) -> None:
    """Write a record with sorted keys, two spaces of indentation, floats in six significant digits."""
    write_text(path, json.dumps(round_floats(record), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False))


def read_json(path: Path) -> Any:
    """The record in a JSON file; raises CorruptFile when it is not JSON."""
    try:
        return json.loads(require_file(path).read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as cause:
        raise CorruptFile(
            f"{path} is not valid JSON ({cause})", where=str(path), todo=f"rm {path} && dvc repro {path}"
        ) from cause


def read_yaml(path: Path) -> Any:
    """The record in a YAML file, read without running anything; raises CorruptFile when it is not YAML."""
    import yaml

    try:
        return yaml.safe_load(require_file(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as cause:
        raise CorruptFile(
            f"{path} is not valid YAML ({' '.join(str(cause).split())})", where=str(path), todo=f"correct {path}"
        ) from cause


def edit_yaml(path: Path, edit: Callable[[str], str]) -> None:
    """Put a file's text through an edit of `lifecycle.io.yaml_edit`, every byte beside it as it was."""
    changed = edit(require_file(path).read_bytes().decode("utf-8")).encode("utf-8")
    with write_beside(path) as beside:
        beside.write_bytes(changed)
