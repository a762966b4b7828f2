"""serve: the release as a service, until it is stopped."""

import json
import os
from dataclasses import asdict

from lifecycle import config
from lifecycle.arguments import Parser
from lifecycle.serving.settings import SETTINGS, Config, Serve, fit, in_place

# One thread answers; more processes use more cores. Threads of the libraries would only wait for each other.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(arguments: list[str]) -> int:
    """Serve at the address of conf/serve/; `--rev` takes an earlier release, other words are Hydra's overrides."""
    parser = Parser(
        prog="lifecycle serve",
        usage="lifecycle serve [--rev REV] [serve.KEY=VALUE]",
        description="Serve the release over HTTP.",
    )
    parser.add_argument(
        "--rev", metavar="REV", help="the release of an earlier revision, fixed until the service stops"
    )
    parser.add_argument("overrides", nargs="*", metavar="serve.KEY=VALUE")
    given = parser.parse_intermixed_args(arguments)
    settings = chosen(given.overrides)
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ[SETTINGS] = json.dumps({"serve": asdict(settings), "revision": given.rev})
    must_load(given.rev)
    run(settings)
    return 0


def chosen(overrides: list[str]) -> Serve:
    """The settings, checked, with what the environment asks for in their place."""
    picked = overrides if any(word.startswith("serve=") for word in overrides) else ["serve=default", *overrides]
    return in_place(fit(config.load(Config, picked).serve))


def must_load(revision: str | None) -> None:
    """Load the release once, so that one that is not there or not right is told before anything listens."""
    from lifecycle.release import load_release, release_at

    if revision:
        release_at(revision)
    else:
        load_release()


def run(settings: Serve) -> None:
    """Serve until a signal says stop; what has begun is finished first."""
    import uvicorn

    uvicorn.run(
        "lifecycle.serving.app:from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        timeout_graceful_shutdown=settings.drain_seconds,
        access_log=False,
        log_level="warning",
        server_header=False,
        backlog=2048,
    )
