"""Which engine runs the tasks: by `engine` in params.yaml or LIFECYCLE_ENGINE in the environment.

No result depends on it, so it is no field of a stage's configuration, and dvc.yaml does not know it.
"""

import os
from dataclasses import replace
from typing import Any, Literal

from lifecycle import config
from lifecycle.errors import UnknownName, WrongValue, suggest_name
from lifecycle.options import options

OPTION, ADDRESS = "LIFECYCLE_ENGINE", "LIFECYCLE_ENGINE_ADDRESS"


@options
class Tls:
    """Paths of the certificate of the authority, and of this side's own certificate and key, in PEM format."""

    ca: str
    certificate: str
    key: str


@options
class Engine:
    """Where tasks run. `option` names the file; the other keys are those of a cluster.

    `address` is that of a scheduler, from the environment alone; without one, `workers` processes of this machine are
    started, or as many as there are processors, each with `memory` at most. `wait_seconds` is how
    long a scheduler and its first worker may take.
    """

    option: str
    runs_on: Literal["threads", "dask"]
    address: str | None = None
    workers: int | None = None
    memory: str = "auto"
    wait_seconds: int = 60
    tls: Tls | None = None


@options
class Config:
    """The engine alone."""

    engine: Engine


def read_engine() -> Engine:
    """The engine that is asked for, with the address from the environment where there is one.

    Where nothing names an engine, it is `local`. Raises ConfigError naming the file or the variable, and the key;
    for an address in a file, too: whoever runs a scheduler runs code here, and files come with pull requests.
    """
    option = read_option()
    if option is None:
        return Engine(option="local", runs_on="threads")
    engine = config.load(Config, [f"engine={option}"]).engine
    if engine.address is not None:
        raise WrongValue(
            f"address is {engine.address!r}: whoever can change a file could have code run here, by their scheduler",
            where=f"conf/engine/{option}.yaml, key address",
            todo=f"take the key out, and where you trust the address: export {ADDRESS}={engine.address}",
        )
    return replace(engine, address=os.environ.get(ADDRESS) or None)


def read_option() -> Any:
    """The name of the engine's option; None where there is none. Raises UnknownName for a variable that names none."""
    option = os.environ.get(OPTION)
    if not option:
        return config.read_parameters().get("engine")
    known = config.list_options("engine")
    if option not in known:
        raise UnknownName(
            f"engine: there is no option {option!r}",
            where=f"{OPTION} in the environment",
            todo=suggest_name(option, known),
        )
    return option
