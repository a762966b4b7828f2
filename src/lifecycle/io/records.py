"""Records as JSON and YAML: keys sorted, floats in a stated number of digits."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lifecycle.errors import CorruptFile
from lifecycle.io.atomic import require_file, write_beside, write_text
from lifecycle.io.budget import must_fit_bytes
from lifecycle.io.conflicts import must_not_conflict
from lifecycle.io.json_values import must_be_shallow
from lifecycle.io.plain_text import escape_hidden

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
    text = json.dumps(round_floats(record), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, escape_hidden(text))


def read_json(path: Path) -> Any:
    """The record in a JSON file; raises CorruptFile when it is not JSON, or holds the marks of a merge.

    Raises TooLarge for one that is deeper than the budget has.
    """
    try:
        text = read_whole(path)
        must_be_shallow(text, str(path))
        return json.loads(text)
    except (ValueError, UnicodeDecodeError) as cause:
        raise CorruptFile(
            f"{path} is not valid JSON ({cause})", where=str(path), todo=f"rm {path} && dvc repro {path}"
        ) from cause


def read_yaml(path: Path) -> Any:
    """The record in a YAML file, read without running anything; raises CorruptFile as `read_json` does.

    Raises TooLarge for one that is deeper, or whose aliases repeat more, than the budget has.
    """
    import yaml

    from lifecycle.io.yaml_limits import must_be_plain

    try:
        text = read_whole(path)
        must_be_plain(text, str(path))
        return yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as cause:
        raise CorruptFile(
            f"{path} is not valid YAML ({' '.join(str(cause).split())})", where=str(path), todo=f"correct {path}"
        ) from cause


def read_whole(path: Path) -> str:
    """The text of a file; raises MissingFile, CorruptFile where a merge left its marks, TooLarge above the budget."""
    size = require_file(path).stat().st_size
    must_fit_bytes(size, 0, str(path))
    text = path.read_text(encoding="utf-8")
    must_not_conflict(path, text)
    return text


def edit_yaml(path: Path, edit: Callable[[str], str]) -> None:
    """Put a file's text through an edit of `lifecycle.io.yaml_edit`, every byte beside it as it was."""
    text = require_file(path).read_bytes().decode("utf-8")
    must_not_conflict(path, text)
    changed = edit(text).encode("utf-8")
    with write_beside(path) as beside:
        beside.write_bytes(changed)
