"""The service's routes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from lifecycle.config import from_record
from lifecycle.errors import LogUnwritable, StoreError
from lifecycle.release.release import Release, build_release
from lifecycle.serving import inference_protocol, pages
from lifecycle.serving import openapi as documents
from lifecycle.serving.candidates import UNKNOWN, load_candidate, read_candidate
from lifecycle.serving.connections import STATE, Connections
from lifecycle.serving.events_route import add_events_route, reject_store_error
from lifecycle.serving.hot_reload import watch_release
from lifecycle.serving.known_facts import find_event_tables
from lifecycle.serving.middleware import AccessLog, write_log_line
from lifecycle.serving.public_view import hide_rows
from lifecycle.serving.rejections import RequestRejected
from lifecycle.serving.service import Service, describe_log_failure, render_json, select_by_path
from lifecycle.serving.settings import SETTINGS, Serve, read_environment

PREDICT = ("/predict", "/invocations", "/score")
HEALTH = ("/health", "/ping")
# What a worker process makes its application with.
FACTORY = "lifecycle.serving.app:create_app_from_environment"


def render_rejection(request: Request, why: RequestRejected) -> Response:
    """The response to a rejected request."""
    response = render_json({"error": why.message, "detail": why.wrong, "request": request.state.id}, why.status)
    response.headers.update(why.headers)
    return response


def explain_no_route(request: Request, why: HTTPException) -> RequestRejected:
    """The rejection of a request for which there is no route, or whose route takes another method."""
    if why.status_code != 405:
        return RequestRejected(
            why.status_code, f"route: got {request.scope['path'][:80]}, which is none; /docs has them"
        )
    methods = sorted((why.headers or {}).get("Allow", "").split(", "))
    message = f"method: got {request.method[:20]}, wanted {' or '.join(methods)}"
    return RequestRejected(405, message, headers={"Allow": ", ".join(methods)})


def create_app(service: Service) -> FastAPI:
    """The routes over a service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        tasks = [asyncio.create_task(sync_log(service))]
        if service.revision is None:
            tasks.append(asyncio.create_task(watch_release(service)))
        settings = service.settings
        write_log_line(describe_served(service))
        yield {STATE: Connections(settings.connections, settings.header_seconds, settings.body_seconds)}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="lifecycle",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a redirect would go to whatever host the request names, before its key is asked for
    )
    app.add_middleware(AccessLog, service=service)

    add_rejections(app)
    for route in dict.fromkeys((*PREDICT, *service.environment.predict)):
        app.add_route(route, service.predict, methods=["POST"])  # takes no parameters that FastAPI would read
    for route in dict.fromkeys((*HEALTH, *service.environment.health)):
        app.add_route(route, report_health)
    add_routes(app, service)
    add_inference_protocol(app, service)
    add_events_route(
        app,
        service,
        lambda: service.facts.store if service.facts else None,
        lambda: find_event_tables(service.scorer.model.release),
    )
    return app


def describe_served(service: Service) -> dict[str, Any]:
    """The line of the access log for what is served from now on, and what verifies it."""
    level, verified_by = ("info", service.verified_by) if service.verified_by else ("warning", UNKNOWN)
    return {"level": level, "serving": service.scorer.model.release.version, "verified by": verified_by}


def add_rejections(app: FastAPI) -> None:
    """The responses to what is rejected, to a route or a method that there is not, and without the store of events."""

    async def rejected(request: Request, why: Exception) -> Response:
        assert isinstance(why, RequestRejected)  # noqa: S101 - what it is registered for
        return render_rejection(request, why)

    async def unrouted(request: Request, why: Exception) -> Response:
        assert isinstance(why, HTTPException)  # noqa: S101 - what it is registered for
        return render_rejection(request, explain_no_route(request, why))

    async def unknown(request: Request, why: Exception) -> Response:
        assert isinstance(why, StoreError)  # noqa: S101 - what it is registered for
        return render_rejection(request, reject_store_error(why, "what is known by now cannot be read"))

    app.add_exception_handler(RequestRejected, rejected)
    app.add_exception_handler(HTTPException, unrouted)
    app.add_exception_handler(StoreError, unknown)


async def report_health(_: Request) -> Response:
    """Report that the process responds."""
    return render_json({"status": "alive"})


def add_routes(app: FastAPI, service: Service) -> None:
    """The routes on the service itself; each takes GET and HEAD."""

    async def is_ready(_: Request) -> Response:
        release, facts = service.scorer.model.release, describe_facts(service)
        if service.log.failure:
            return render_json({"status": "no log", "version": release.version, "why": service.log.failure.what}, 503)
        if facts and facts["stale"] and service.settings.not_ready_when_stale:
            return render_json({"status": "stale", "version": release.version, "facts": facts}, 503)
        return render_json({"status": "ready", "version": release.version})

    async def version(request: Request) -> Response:
        service.must_have_key(request)
        found = documents.describe_version(service.scorer, service.revision, service.commit)
        return render_json(found | {"verified_by": service.verified_by, "facts": describe_facts(service)})

    async def metrics(request: Request) -> Response:
        service.must_have_key(request)
        return Response(generate_latest(service.telemetry.registry), media_type=CONTENT_TYPE_LATEST)

    async def openapi(request: Request) -> Response:
        return render_json(documents.build_openapi(show_release(service, request), bool(service.environment.key)))

    async def docs(request: Request) -> Response:
        return send_page(pages.render_docs(show_release(service, request)))

    async def page(request: Request) -> Response:
        return send_page(pages.render_form_page(show_release(service, request)))

    routes = {"/ready": is_ready, "/version": version, "/metrics": metrics}
    described = {"/openapi.json": openapi, "/docs": docs, "/": page}
    for path, answer in (routes | described).items():
        app.add_route(path, answer)


def show_release(service: Service, request: Request) -> Release:
    """The release as the request may see it; raises RequestRejected for a wrong key."""
    release = service.scorer.model.release
    return release if service.may_see_rows(request) else hide_rows(release)


def send_page(text: str) -> Response:
    """A page, which no other page may show in a frame."""
    return HTMLResponse(text, headers={"Content-Security-Policy": f"{pages.build_policy()}; frame-ancestors 'none'"})


def describe_facts(service: Service) -> dict[str, Any] | None:
    """How new the facts are that the release knows; None where it needs none."""
    return service.facts.describe(service.scorer.model.release, datetime.now(UTC)) if service.facts else None


def add_inference_protocol(app: FastAPI, service: Service) -> None:
    """The routes of the Open Inference Protocol."""

    async def server(_: Request) -> Response:
        return render_json(inference_protocol.describe_server())

    async def live(_: Request) -> Response:
        return render_json({"live": True})

    async def ready(_: Request) -> Response:
        return report_readiness(service)

    async def model(request: Request) -> Response:
        return render_json(inference_protocol.describe_model(select_by_path(service.scorer, request)))

    async def model_ready(request: Request) -> Response:
        select_by_path(service.scorer, request)
        return report_readiness(service, name=request.path_params["name"])

    for path, answer in {"/v2": server, "/v2/health/live": live, "/v2/health/ready": ready}.items():
        app.add_route(path, answer)
    for path in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        app.add_route(path, model)
        app.add_route(f"{path}/ready", model_ready)
        app.add_route(f"{path}/infer", service.infer, methods=["POST"])


def report_readiness(service: Service, **about: str) -> Response:
    """Whether predictions can be given, as the protocol has it: without the log none is."""
    is_ready = service.log.failure is None
    return render_json(about | {"ready": is_ready}, 200 if is_ready else 503)


async def sync_log(service: Service) -> None:
    """Flush the log to the disk periodically, and report when it can no longer be written, or can be again."""
    log, failed, replaced = service.log, False, 0
    while True:
        await asyncio.sleep(service.settings.sync_seconds)
        try:
            await asyncio.to_thread(log.sync)
        except LogUnwritable as cause:
            if not failed:
                write_log_line(describe_log_failure(cause))
            failed = True
        else:
            if failed:
                write_log_line({"level": "info", "log": "predictions can be logged again"})
            failed = False
        if log.replaced > replaced:
            message = "a file of the log was removed, moved or shortened, and what it held is not there"
            write_log_line({"level": "error", "log": message, "next": f"predictions are logged in {log.path}"})
        replaced = log.replaced


def create_app_from_environment() -> FastAPI:
    """The application of a worker process, as the command that started it has left its settings."""
    found = json.loads(os.environ[SETTINGS])
    settings = from_record(Serve, found["serve"])
    revision = found["revision"]
    candidate = read_candidate(settings, revision)
    known = candidate.hash == found["tried"]  # by the command, which has begun this process
    release = build_release(candidate.files, candidate.where) if known else load_candidate(candidate, settings)
    return create_app(Service(settings, read_environment(), release, revision, candidate.verified_by))
