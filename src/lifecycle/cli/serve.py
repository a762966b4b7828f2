"""serve: the release as a service, until it is stopped."""

import json
import os
import socket
from dataclasses import asdict, replace

from lifecycle import config
from lifecycle.cli.parser import Parser
from lifecycle.errors import WrongValue
from lifecycle.serving.settings import SETTINGS, Config, Serve, apply_platform_port, check_settings, read_environment

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
    version = servable(asked, given.rev)
    settings = replace(asked, port=free_port(asked.host, asked.port))
    os.environ[SETTINGS] = json.dumps({"serve": asdict(settings), "revision": given.rev})
    print(f"serving release {version} at {address(settings)}, a page to try it, until Ctrl-C", flush=True)
    run(settings)
    return 0


def chosen(overrides: list[str]) -> Serve:
    """The settings, checked, with what the environment asks for in their place."""
    picked = overrides if any(word.startswith("serve=") for word in overrides) else ["serve=default", *overrides]
    return apply_platform_port(check_settings(config.load(Config, picked).serve))


def servable(settings: Serve, revision: str | None) -> str:
    """The release's version, once all that a process loads was loaded: raises here what one of several would repeat."""
    from lifecycle.serving.models import load_models, load_served_release

    read_environment()
    return load_models(settings, load_served_release(revision)).model.release.version


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


def run(settings: Serve) -> None:
    """Serve until a signal says stop; what has begun is finished first."""
    import uvicorn

    uvicorn.run(
        "lifecycle.serving.app:create_app_from_environment",
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
