"""What dvc.yaml puts into commands: the shell reads it before any stage could reject it, so it must be plain words.

DVC quotes nothing in `cmd: … problem=${problem}`, so a value with `;` or `$(…)` would be run. `lifecycle picks`, which
`make repro` runs before `dvc repro`, refuses it. `dvc repro` alone runs whatever dvc.yaml and params.yaml say.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lifecycle.errors import WrongValue
from lifecycle.io.records import read_yaml
from lifecycle.paths import PARAMS

PIPELINE = Path("dvc.yaml")
NAMED = re.compile(r"\$\{\s*(\w+)")
WORD = re.compile(r"\w[\w.:+-]*(?:/\w[\w.:+-]*)*|[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")


def must_be_plain_words() -> None:
    """Raise WrongValue for a value in params.yaml that dvc.yaml names and that is more than a plain word.

    Names and numbers are plain, and paths without `..` below this folder.
    """
    picks = read_yaml(PARAMS) if PARAMS.is_file() else None
    if not isinstance(picks, dict) or not PIPELINE.is_file():
        return
    named = {*NAMED.findall(PIPELINE.read_text(encoding="utf-8"))}
    for key, value in list_texts({name: value for name, value in picks.items() if name in named}):
        if not WORD.fullmatch(value):
            raise WrongValue(
                f"{key} has {value!r}, which is no plain word, and {PIPELINE} puts it into a command of the shell",
                where=f"{PARAMS}, key {key}",
                todo="write a word of letters, digits and . _ : + - there; run no dvc repro before",
            )


def list_texts(values: Mapping[Any, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Each text that DVC could put in place of a name: the key it stands at, and the text; keys are such texts too."""
    for name, value in values.items():
        key = f"{above}{name}"
        yield key, str(name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from list_texts(one, f"{key}.")
            elif isinstance(one, list):
                yield from list_texts(dict(enumerate(one)), f"{key}.")
            else:
                yield key, str(one)
