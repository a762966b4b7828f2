"""What the routes share, and the response to a request: rows in, predictions out, rate-limited and counted."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import Request, Response
from prometheus_client import CollectorRegistry

from lifecycle import paths
from lifecycle.feedback.prediction_log import Log
from lifecycle.release.release import Release
from lifecycle.serving.explanations import explain_row
from lifecycle.serving.models import load_models
from lifecycle.serving.rate_limit import RateLimit
from lifecycle.serving.requests import PredictRequest, RequestRejected, check_content_type, parse_request
from lifecycle.serving.scorer import FEW, Scorer, prepare_model
from lifecycle.serving.settings import Environment, Serve
from lifecycle.serving.shadow import Shadow
from lifecycle.serving.telemetry import Telemetry
from lifecycle.versioning import revisions

MOST_EXPLAINED = 20
STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
Body = dict[str, Any] | list[dict[str, Any]]
Found = TypeVar("Found")


class Service:
    """What the routes share: settings, releases, log, rate limit and telemetry."""

    def __init__(self, settings: Serve, around: Environment, release: Release, revision: str | None) -> None:
        found = load_models(settings, release)
        self.settings, self.environment, self.revision = settings, around, revision
        self.commit = revisions.find_commit(revision)
        self.limits = RateLimit(settings.at_once, settings.per_second, time.monotonic)
        self.telemetry = Telemetry(CollectorRegistry())
        started = datetime.now(UTC)
        self.log = Log(paths.SERVED, started, settings.file_mib * 2**20)
        self.scorer = Scorer(found.model, found.canary, settings.canary_share, self.log, found.privacy)
        self.shadow = Shadow(found.shadow, started, found.privacy) if found.shadow else None
        self.telemetry.version(release.version)

    def take(self, release: Release) -> None:
        """Serve another release from now on; requests in progress keep theirs."""
        old = self.scorer
        self.scorer = Scorer(prepare_model(release), old.canary, old.share, old.log, old.privacy)
        self.commit = revisions.find_commit(None)
        self.telemetry.version(release.version)

    def must_have_key(self, request: Request) -> None:
        """Raise RequestRejected unless the request shows the key, where there is one."""
        if not self.environment.key:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        if not hmac.compare_digest(shown.encode(), self.environment.key.encode()):
            raise RequestRejected(401, "key: wanted Authorization: Bearer KEY")

    async def body(self, request: Request) -> bytes:
        """The request's body; raises RequestRejected for one that is too large, as soon as that is known."""
        most, parts, size = self.settings.max_bytes, [], 0
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise RequestRejected(413, f"body: got {length[:20]} bytes, wanted at most {most:,}")
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                async for part in request.stream():
                    size += len(part)
                    if size > most:
                        raise RequestRejected(413, f"body: got more than {most:,} bytes")
                    parts.append(part)
        except TimeoutError as cause:
            raise RequestRejected(408, f"body: not complete after {self.settings.body_seconds:g} seconds") from cause
        return b"".join(parts)

    async def predict(self, request: Request) -> Response:
        """The predictions of one row or many."""
        self.must_have_key(request)
        check_content_type(request.headers.get("content-type", ""))
        wanted = parse_count(request.query_params.get("explain", "0"))
        self.limits.enter()
        try:
            body = await self.body(request)
            scorer = self.scorer  # one for the whole request: a reload may bring another contract
            rows = await self.rows(body, scorer)
            identity = request.state.id
            found = await run_apart(len(rows.records) > FEW, lambda: scorer.predict(rows, identity, datetime.now(UTC)))
            self.telemetry.rows.inc(len(found))
            if self.shadow:
                self.shadow.offer(rows, found)
            if wanted:
                model = scorer.chosen(found[0]["id"])
                texts = await run_apart(True, lambda: [explain_row(model, row, wanted) for row in rows.values[:FEW]])
                explained = [one | {"explanation": text} for one, text in zip(found[:FEW], texts, strict=True)]
                found = [*explained, *found[FEW:]]
            return render_json(shape_response(rows.form, found))
        finally:
            self.limits.leave()

    async def rows(self, body: bytes, scorer: Scorer) -> PredictRequest:
        """The rows of the request; large bodies are read apart from the loop."""
        agreed, most = scorer.model.release.contract, self.settings.max_rows
        return await run_apart(len(body) > 50_000, lambda: parse_request(body, agreed, most))


async def run_apart(away: bool, work: Callable[[], Found]) -> Found:
    """What the work returns: done here when it is short, in a thread when it is long."""
    return await asyncio.to_thread(work) if away else work()


def parse_count(text: str) -> int:
    """How many effects of features are asked for; raises RequestRejected for what is no such number."""
    if not text.isdecimal() or len(text) > 2 or int(text) > MOST_EXPLAINED:
        raise RequestRejected(422, f"explain: got {text[:20]!r}, wanted a whole number from 0 to {MOST_EXPLAINED}")
    return int(text)


def shape_response(form: str, found: list[dict[str, Any]]) -> Body:
    """The predictions in the form of the request."""
    if form == "one":
        return found[0]
    return found if form == "many" else {"predictions": found}


def render_json(body: Any, status: int = 200) -> Response:
    """A response of compact JSON."""
    return Response(STRICT.encode(body).encode(), status_code=status, media_type="application/json")
