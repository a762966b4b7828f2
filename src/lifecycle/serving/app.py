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
from lifecycle.serving.hot_reload import watch
from lifecycle.serving.middleware import Trail, write
from lifecycle.serving.models import released
from lifecycle.serving.requests import Refused
from lifecycle.serving.service import Service, as_json
from lifecycle.serving.settings import SETTINGS, Serve, surroundings

PREDICT = ("/predict", "/invocations", "/score")
HEALTH = ("/health", "/ping")


def rejection(request: Request, why: Refused) -> Response:
    """The response to a request that is not answered."""
    response = as_json({"error": why.said, "detail": why.wrong, "request": request.state.id}, why.status)
    if why.wait:
        response.headers["Retry-After"] = str(why.wait)
    if why.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def application(service: Service) -> FastAPI:
    """The routes over a service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(keep_synced(service))]
        if service.revision is None:
            tasks.append(asyncio.create_task(watch(service)))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if service.shadow:
            await asyncio.to_thread(service.shadow.close)
        service.log.close()

    app = FastAPI(title="lifecycle", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Trail, service=service)

    async def rejected(request: Request, why: Exception) -> Response:
        assert isinstance(why, Refused)  # noqa: S101 - what it is registered for
        return rejection(request, why)

    app.add_exception_handler(Refused, rejected)
    for route in dict.fromkeys((*PREDICT, *service.around.predict)):
        app.add_route(route, service.predict, methods=["POST"])  # takes no parameters that FastAPI would read
    for route in dict.fromkeys((*HEALTH, *service.around.health)):
        app.add_api_route(route, alive, methods=["GET"])
    add_pages(app, service)
    return app


async def alive() -> Response:
    """Says that the process answers."""
    return as_json({"status": "alive"})


def add_pages(app: FastAPI, service: Service) -> None:
    """The routes that tell of the service."""

    @app.get("/ready")
    async def is_ready() -> Response:
        version = service.scorer.model.release.version
        return as_json({"status": "ready", "version": version})

    @app.get("/version")
    async def version(request: Request) -> Response:
        service.must_have_key(request)
        return as_json(documents.version(service.scorer, service.revision, service.commit))

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        service.must_have_key(request)
        return Response(generate_latest(service.counts.registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/openapi.json")
    async def openapi() -> Response:
        return as_json(documents.openapi(service.scorer.model.release, bool(service.around.key)))

    @app.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(documents.docs(service.scorer.model.release))

    @app.get("/")
    async def page() -> Response:
        return HTMLResponse(documents.page(service.scorer.model.release))


async def keep_synced(service: Service) -> None:
    """Put the log on the disk again and again."""
    while True:
        await asyncio.sleep(service.settings.sync_seconds)
        try:
            await asyncio.to_thread(service.log.sync)
        except OSError as cause:
            write({"level": "error", "log": f"not put on the disk: {cause}"})


def from_environment() -> FastAPI:
    """The application of a worker process, as the command that started it has left its settings."""
    found = json.loads(os.environ[SETTINGS])
    settings = from_record(Serve, found["serve"])
    revision = found["revision"]
    return application(Service(settings, surroundings(), released(revision), revision))
