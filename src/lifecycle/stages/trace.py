"""trace: the code → reports/code/, the files that each stage runs, with their hashes.

A stage depends on its own list, so that it runs again when a file that it runs changes, and only then.
"""

import sys
from pathlib import Path

from lifecycle import paths
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import write_json
from lifecycle.options import options
from lifecycle.stages import runner
from lifecycle.targets import list_project_packages
from lifecycle.versioning import code_files, code_graph
from lifecycle.versioning.environment import find_environment

STAGES = Path(code_files.ENGINE) / "stages"
READS_MODELS = Path(code_files.ENGINE) / "modeling" / "persistence.py"
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
    stages = sorted(path.stem for path in (code_files.find_engine() / STAGES).glob("*.py"))
    lists = {stage: list_files(stage) for stage in stages if stage not in list_excluded()}
    for stage, files in lists.items():
        write_json(paths.CODE / f"{stage}.json", {code_files.name_file(path): hash_sha256(path) for path in files})
    for path in sorted(paths.CODE.glob("*.json")):
        if path.stem not in lists:
            path.unlink()
    return f"{len(lists)} stages run {len(set().union(*lists.values())) - 1} modules"


def list_excluded() -> set[str]:
    """The modules beside the stages that are none, and this one."""
    return {"__init__", "runner", "trace"}


def list_files(stage: str) -> list[Path]:
    """The environment's lock and every file of the engine and the project that a stage may run, sorted."""
    engine = code_files.find_engine()
    known = code_graph.list_modules(engine, (code_files.ENGINE,))
    known |= code_graph.list_modules(paths.SOURCE, list_project_packages())
    found = code_graph.list_needed_modules(f"lifecycle.stages.{stage}", known)
    groups = code_graph.list_taken_groups(engine / STAGES / f"{stage}.py")
    groups |= MADE_OF if engine / READS_MODELS in found else set()
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
