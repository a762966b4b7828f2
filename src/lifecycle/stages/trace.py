"""trace: the code → reports/code/, the files that each stage runs, with their hashes.

A stage depends on its own list, so that it runs again when a file that it runs changes, and only then.
"""

import sys
from pathlib import Path

from lifecycle import paths
from lifecycle.io.records import write_json
from lifecycle.options import options
from lifecycle.stages import runner
from lifecycle.versioning import code_files, code_graph
from lifecycle.versioning.environment import find_environment

STAGES = "lifecycle.stages."
READS_MODELS = "lifecycle.modeling.persistence"
# What a model in a file is made of.
MADE_OF = {"inputs", "reduce", "model"}
# The engine's package whose callables the options of a group may name.
NAMED = {
    "source": "lifecycle.sources",
    "clean": "lifecycle.data.steps",
    "features": "lifecycle.data.features",
    "split": "lifecycle.data.splits",
    "inputs": "lifecycle.modeling.transformers",
    "reduce": "lifecycle.modeling.transformers",
    "augment": "lifecycle.modeling.augment",
    "model": "lifecycle.modeling.estimators",
    "calibration": "lifecycle.modeling.estimators.calibrated",
    "search": "lifecycle.modeling.tuning",
    "metric": "lifecycle.evaluation.metrics",
}
# The module of a project's package that is for one group alone; every other one is for all.
OWN = {
    "source": "source",
    "clean": "steps",
    "features": "features",
    "split": "splits",
    "inputs": "transformers",
    "reduce": "transformers",
    "augment": "augment",
    "model": "estimators",
    "metric": "metrics",
}


@options
class Config:
    """Nothing: the code is what it is."""


def run(config: Config) -> str:
    """Write the list of each stage, and remove those of stages that are there no more."""
    lists = {stage: list_files(stage) for stage in list_stages()}
    for stage, files in lists.items():
        names = [code_files.name_file(path) for path in files]
        write_json(paths.CODE / f"{stage}.json", {name: code_files.hash_file(name) for name in names})
    for path in sorted(paths.CODE.glob("*.json")):
        if path.stem not in lists:
            path.unlink()
    return f"{len(lists)} stages run {len(set().union(*lists.values())) - 1} modules"


def list_stages() -> list[str]:
    """The stages whose code is listed: without this one, whose output the lists are."""
    names = {module.removeprefix(STAGES) for module in code_files.list_code() if module.startswith(STAGES)}
    return sorted(names - {"runner", "trace"})


def list_files(stage: str) -> list[Path]:
    """The environment's lock and every file of the engine and the project that a stage may run, sorted."""
    known = code_files.list_code()
    found = code_graph.list_needed_modules(f"lifecycle.stages.{stage}", known)
    groups = code_graph.list_taken_groups(known[f"{STAGES}{stage}"])
    groups |= MADE_OF if known[READS_MODELS] in found else set()
    for module in known:
        if may_name(module, groups & NAMED.keys()):
            found |= code_graph.list_needed_modules(module, known)
    return sorted({*found, find_environment()})


def may_name(module: str, groups: set[str]) -> bool:
    """Whether the options of one of the groups may name a callable of the module."""
    package, _, inner = module.partition(".")
    if package == "lifecycle":
        return any(module == NAMED[group] or module.startswith(f"{NAMED[group]}.") for group in groups)
    first = inner.split(".")[0]
    return bool(groups) and (first not in OWN.values() or any(OWN.get(group) == first for group in groups))


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("trace", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
