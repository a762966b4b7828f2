"""serve: the release as a service, until it is stopped."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lifecycle import config, paths
from lifecycle.cli.parser import Parser
from lifecycle.errors import WrongValue
from lifecycle.serving.settings import SETTINGS, Config, Serve, apply_platform_port, check_settings, read_environment

if TYPE_CHECKING:
    from fastapi import FastAPI

    from lifecycle.release.release import Release
    from lifecycle.serving.candidates import Candidate

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
    os.environ.update(dict.fromkeys(THREADS, "1"))
    asked = chosen(given.overrides)
    from lifecycle.serving.candidates import load_candidate, read_candidate

    candidate = read_candidate(asked, given.rev)
    release = load_candidate(candidate, asked)
    settings = replace(asked, port=free_port(asked.host, asked.port))
    app = build_app(settings, release, given.rev, candidate)
    print(f"serving release {release.version} at {address(settings)}, a page to try it, until Ctrl-C", flush=True)
    run(settings, app)
    return 0


def chosen(overrides: list[str]) -> Serve:
    """The settings, checked, with what the environment asks for in their place."""
    picked = overrides if any(word.startswith("serve=") for word in overrides) else ["serve=default", *overrides]
    return apply_platform_port(check_settings(config.load(Config, picked).serve))


def build_app(settings: Serve, release: Release, revision: str | None, candidate: Candidate) -> FastAPI | str:
    """The application over a candidate's release; the name of what makes it where several processes must load it.

    Raises LifecycleError for what cannot be served, which each of several processes would repeat.
    """
    from lifecycle.feedback.prediction_log import check_folder
    from lifecycle.serving.app import FACTORY, create_app
    from lifecycle.serving.models import load_models
    from lifecycle.serving.service import Service

    around = read_environment()
    if settings.workers == 1:
        return create_app(Service(settings, around, release, revision, candidate.verified_by))
    load_models(settings, release)
    check_folder(paths.SERVED, datetime.now(UTC))
    os.environ[SETTINGS] = json.dumps({"serve": asdict(settings), "revision": revision, "tried": candidate.hash})
    return FACTORY


def free_port(host: str, port: int) -> int:
    """The port itself, or any for 0; raises WrongValue where nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as found:
            return int(found.getsockname()[1])
    except OSError as cause:
        raise WrongValue(
            f"nothing can listen at port {port} of {host} ({str(cause.strerror).split(' (')[0]})",
            where="conf/serve/, keys host and port",
            todo="lifecycle serve serve.host=127.0.0.1 serve.port=0, which takes a free port of this machine",
        ) from cause


def address(settings: Serve) -> str:
    """Where the service is found."""
    return f"http://{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}"


def run(settings: Serve, app: FastAPI | str) -> None:
    """Serve an application, or the one that a function of this name makes, until a signal says stop.

    What has begun is finished first.
    """
    import uvicorn

    from lifecycle.serving.connections import PROTOCOL

    uvicorn.run(
        app,
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        timeout_graceful_shutdown=settings.drain_seconds,
        access_log=False,
        log_level="warning",
        server_header=False,
        http=PROTOCOL,
        ws="none",
        backlog=2048,
    )
