"""trace: the code → reports/code/, the files that each stage runs, with their hashes.

A stage depends on its own list, so that it runs again when a file that it runs changes, and only then.
"""

import sys
from pathlib import Path

from lifecycle import entry, imports, paths
from lifecycle.files.hashes import sha256
from lifecycle.files.records import write_json
from lifecycle.options import options

SOURCE = Path("src")
STAGES = SOURCE / "lifecycle" / "stages"
READS_MODELS = SOURCE / "lifecycle" / "files" / "model.py"
# What a model in a file is made of.
MADE_OF = {"inputs", "reduce", "model"}
# The package whose callables the options of a group may name.
NAMED = {
    "source": "lifecycle.sources",
    "clean": "lifecycle.steps",
    "features": "lifecycle.features",
    "split": "lifecycle.split",
    "inputs": "lifecycle.transformers",
    "reduce": "lifecycle.transformers",
    "augment": "lifecycle.augment",
    "model": "lifecycle.estimators",
    "search": "lifecycle.search",
    "metric": "lifecycle.measures",
}


@options
class Config:
    """Nothing: the code is what it is."""


def run(config: Config) -> str:
    """Write the list of each stage, and remove those of stages that are there no more."""
    lists = {path.stem: listed(path.stem) for path in sorted(STAGES.glob("*.py")) if path.stem not in unlisted()}
    for stage, files in lists.items():
        write_json(paths.CODE / f"{stage}.json", {path.as_posix(): sha256(path) for path in files})
    for path in sorted(paths.CODE.glob("*.json")):
        if path.stem not in lists:
            path.unlink()
    return f"{len(lists)} stages run {len(set().union(*lists.values())) - 1} modules"


def unlisted() -> set[str]:
    """The modules beside the stages that are none, and this one."""
    return {"__init__", "trace"}


def listed(stage: str) -> list[Path]:
    """The environment's lock and every file of the package that a stage may run, sorted."""
    found = imports.needed(f"lifecycle.stages.{stage}", SOURCE)
    groups = imports.takes(STAGES / f"{stage}.py") | (MADE_OF if READS_MODELS in found else set())
    packages = [NAMED[group] for group in sorted(groups & NAMED.keys())]
    for module in imports.modules(SOURCE):
        if any(module == package or module.startswith(f"{package}.") for package in packages):
            found |= imports.needed(module, SOURCE)
    return sorted({*found, paths.ENVIRONMENT})


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("trace", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
