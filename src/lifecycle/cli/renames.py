"""renames: write options that the engine has renamed by their new names, and say which."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lifecycle.cli.parser import reject_arguments
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_yaml
from lifecycle.onboarding.renames import RENAMED, Renamed, list_renames, rename_options
from lifecycle.paths import CONF


def main(arguments: list[str]) -> int:
    """Rewrite the files of conf/ that have an old name, all of them or none, and print each change."""
    reject_arguments("lifecycle renames", "Write options that the engine has renamed by their new names.", arguments)
    found = dict(find_renames())
    for path, text in rewrite(found).items():
        write_text(path, text)
    for path, renames in found.items():
        print("\n".join(f"{path}: {one}" for one in renames))
    print("next: make repro, then make review BASE=HEAD says what the new engine does to the numbers")
    return 0


def find_renames() -> Iterator[tuple[Path, list[Renamed]]]:
    """The files of conf/ that have old names, with what was renamed."""
    for path in sorted(CONF.glob("*/*.yaml")):
        if renames := list_renames(read_yaml(path), path.parent.name, RENAMED):
            yield path, renames


def rewrite(found: Mapping[Path, list[Renamed]]) -> dict[Path, str]:
    """The new text of each file; raises WrongValue where one has an old and a new name."""
    return {
        path: rename_options(path.read_bytes().decode("utf-8"), renames, str(path)) for path, renames in found.items()
    }
