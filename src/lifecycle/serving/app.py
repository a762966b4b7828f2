"""The service's routes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from lifecycle.config import from_record
from lifecycle.serving import openapi as documents
from lifecycle.serving.hot_reload import watch_release
from lifecycle.serving.middleware import AccessLog, write_log_line
from lifecycle.serving.models import load_served_release
from lifecycle.serving.requests import RequestRejected
from lifecycle.serving.service import Service, render_json
from lifecycle.serving.settings import SETTINGS, Serve, read_environment

PREDICT = ("/predict", "/invocations", "/score")
HEALTH = ("/health", "/ping")


def render_rejection(request: Request, why: RequestRejected) -> Response:
    """The response to a rejected request."""
    response = render_json({"error": why.message, "detail": why.wrong, "request": request.state.id}, why.status)
    if why.wait:
        response.headers["Retry-After"] = str(why.wait)
    if why.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def create_app(service: Service) -> FastAPI:
    """The routes over a service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(sync_log(service))]
        if service.revision is None:
            tasks.append(asyncio.create_task(watch_release(service)))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if service.shadow:
            await asyncio.to_thread(service.shadow.close)
        service.log.close()

    app = FastAPI(title="lifecycle", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(AccessLog, service=service)

    async def rejected(request: Request, why: Exception) -> Response:
        assert isinstance(why, RequestRejected)  # noqa: S101 - what it is registered for
        return render_rejection(request, why)

    app.add_exception_handler(RequestRejected, rejected)
    for route in dict.fromkeys((*PREDICT, *service.environment.predict)):
        app.add_route(route, service.predict, methods=["POST"])  # takes no parameters that FastAPI would read
    for route in dict.fromkeys((*HEALTH, *service.environment.health)):
        app.add_api_route(route, report_health, methods=["GET"])
    add_routes(app, service)
    return app


async def report_health() -> Response:
    """Report that the process responds."""
    return render_json({"status": "alive"})


def add_routes(app: FastAPI, service: Service) -> None:
    """The routes on the service itself."""

    @app.get("/ready")
    async def is_ready() -> Response:
        version = service.scorer.model.release.version
        return render_json({"status": "ready", "version": version})

    @app.get("/version")
    async def version(request: Request) -> Response:
        service.must_have_key(request)
        return render_json(documents.describe_version(service.scorer, service.revision, service.commit))

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        service.must_have_key(request)
        return Response(generate_latest(service.telemetry.registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/openapi.json")
    async def openapi() -> Response:
        return render_json(documents.build_openapi(service.scorer.model.release, bool(service.environment.key)))

    @app.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(documents.render_docs(service.scorer.model.release))

    @app.get("/")
    async def page() -> Response:
        return HTMLResponse(documents.render_form_page(service.scorer.model.release))


async def sync_log(service: Service) -> None:
    """Flush the log to the disk periodically."""
    while True:
        await asyncio.sleep(service.settings.sync_seconds)
        try:
            await asyncio.to_thread(service.log.sync)
        except OSError as cause:
            write_log_line({"level": "error", "log": f"not flushed to the disk: {cause}"})


def create_app_from_environment() -> FastAPI:
    """The application of a worker process, as the command that started it has left its settings."""
    found = json.loads(os.environ[SETTINGS])
    settings = from_record(Serve, found["serve"])
    revision = found["revision"]
    return create_app(Service(settings, read_environment(), load_served_release(revision), revision))
