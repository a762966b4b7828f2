"""What the routes share, and the response to a request: rows in, predictions out, rate-limited and counted."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import Request, Response
from prometheus_client import CollectorRegistry

from lifecycle import paths
from lifecycle.errors import LogUnwritable, StoreError, UnfitTable
from lifecycle.feedback.prediction_log import Log
from lifecycle.release.release import Release
from lifecycle.serving.bodies import Intake, check_content_type, hold_body
from lifecycle.serving.envelopes import Predictions
from lifecycle.serving.explanations import explain_row
from lifecycle.serving.inference_protocol import parse_tensors, refuse_binary, select_model
from lifecycle.serving.known_facts import open_facts
from lifecycle.serving.middleware import write_log_line
from lifecycle.serving.models import load_models
from lifecycle.serving.rate_limit import SOON, KeyGuard, RateLimit
from lifecycle.serving.rejections import RequestRejected
from lifecycle.serving.requests import PredictRequest, parse_request
from lifecycle.serving.scorer import FEW, Scorer, prepare_model
from lifecycle.serving.settings import Environment, Serve
from lifecycle.serving.shadow import Shadow
from lifecycle.serving.telemetry import Telemetry
from lifecycle.versioning import revisions

MOST_EXPLAINED = 20
STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
# Bodies of more bytes are parsed apart from the event loop.
LONG = 50_000
Select = Callable[[Scorer], Scorer]
Parse = Callable[[bytes, Release, int, bool], PredictRequest]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Asked:
    """What a request asks for in its query: how many effects of features, and rows taken as prepared ones."""

    wanted: int
    prepared: bool


class Service:
    """What the routes share: settings, releases, log, rate limit and telemetry."""

    def __init__(
        self,
        settings: Serve,
        around: Environment,
        release: Release,
        revision: str | None,
        verified_by: str | None = None,
    ) -> None:
        found = load_models(settings, release)
        self.facts = open_facts(settings, [one.release for one in (found.model, found.canary, found.shadow) if one])
        self.settings, self.environment, self.revision, self.verified_by = settings, around, revision, verified_by
        self.commit = revisions.find_commit(revision)
        self.limits = RateLimit(settings.at_once, settings.per_second, time.monotonic)
        self.keys = KeyGuard(around.key, time.monotonic) if around.key else None
        self.intake = Intake(
            most=settings.max_bytes,
            seconds=settings.body_seconds,
            least=settings.least_bytes,
            most_held=settings.bodies_mib * 2**20,
        )
        self.telemetry = Telemetry(CollectorRegistry())
        started = datetime.now(UTC)
        self.log = Log(paths.SERVED, started, settings.file_mib * 2**20)
        self.scorer = Scorer(found.model, found.canary, settings.canary_share, self.log, found.privacy)
        self.shadow = Shadow(found.shadow, started, found.privacy) if found.shadow else None
        self.telemetry.version(release.version)

    def take(self, release: Release, verified_by: str | None = None) -> None:
        """Serve another release from now on, which knows what has become known; requests in progress keep theirs."""
        old = self.scorer
        if self.facts:
            self.facts.follow([release])
        else:
            self.facts = open_facts(self.settings, [release])
        self.scorer = Scorer(prepare_model(release), old.canary, old.share, old.log, old.privacy)
        self.commit, self.verified_by = revisions.find_commit(None), verified_by
        self.telemetry.version(release.version)

    def close(self) -> None:
        """Finish what the shadow has to do, and let go of the logs and of the store of events."""
        served = [self.scorer.model, self.scorer.canary]
        if self.shadow:
            self.shadow.close()
            served.append(self.shadow.model)
        self.log.close()
        if self.facts:
            self.facts.close([one.release for one in served if one])

    def must_have_key(self, request: Request) -> None:
        """Raise RequestRejected unless the request shows the key, where there is one."""
        if self.keys:
            self.keys.check(request.client.host if request.client else "", read_key(request))

    def may_see_rows(self, request: Request) -> bool:
        """Whether a request may see a row of the training data: where there is a key, only who shows it.

        Raises RequestRejected for a wrong key.
        """
        if self.keys and not read_key(request):
            return False
        self.must_have_key(request)
        return True

    async def predict(self, request: Request) -> Response:
        """The predictions of one row or many."""
        return await self.respond(request, lambda scorer: scorer, parse_request)

    async def infer(self, request: Request) -> Response:
        """The predictions of tensors, by the model and the version that the path names."""
        refuse_binary(request.headers)
        return await self.respond(request, lambda scorer: select_by_path(scorer, request), parse_tensors)

    async def respond(self, request: Request, select: Select, parse: Parse) -> Response:
        """The response to a request for predictions: every form of request is answered by these steps."""
        self.must_have_key(request)
        check_content_type(request.headers.get("content-type", ""))
        wanted = parse_count(request.query_params.get("explain", "0"))
        prepared = parse_flag("prepared", request.query_params.get("prepared", "false"))
        async with hold_body(request, self.intake) as body:
            return await self.respond_to_body(request, body, select, parse, Asked(wanted, prepared))

    async def respond_to_body(
        self, request: Request, body: bytes, select: Select, parse: Parse, asked: Asked
    ) -> Response:
        """The response to a request of which the whole body is there."""
        self.limits.enter()  # not before it is whole: who holds a body back keeps nobody else waiting
        try:
            async with self.intake.work(len(body)) if len(body) > LONG else nullcontext():
                scorer = select(self.scorer)  # one for the whole request: a reload may bring another contract
                release, most = scorer.model.release, self.settings.max_rows
                rows = await run_apart(len(body) > LONG, lambda: parse(body, release, most, asked.prepared))
                found = await self.score(rows, scorer, request.state.id, asked.wanted)
                return render_json(rows.reply(found))
        except UnfitTable as cause:  # a value that keeps the contract and names no image that can be read
            raise RequestRejected(422, cause.what) from cause
        except LogUnwritable as cause:
            write_log_line(describe_log_failure(cause))
            message = "predictions cannot be logged, so none is made; the service's log has the reason"
            raise RequestRejected(503, message, headers=SOON) from cause
        except StoreError as cause:
            write_log_line({"level": "error", "events": cause.what, "where": cause.where, "next": cause.todo})
            raise RequestRejected(503, "what is known by now cannot be read", headers=SOON) from cause
        finally:
            self.limits.leave()

    async def score(self, rows: PredictRequest, scorer: Scorer, identity: str, wanted: int) -> Predictions:
        """The predictions of rows, logged, counted and, where it is wanted, the first of them explained."""
        found = await run_apart(len(rows.rows) > FEW, lambda: scorer.predict(rows, identity, datetime.now(UTC)))
        self.telemetry.rows.inc(len(found))
        if self.shadow:
            self.shadow.offer(rows, found)
        if not wanted:
            return found
        model = scorer.chosen(found[0]["id"])
        texts = await run_apart(True, lambda: [explain_row(model, row, wanted) for row in rows.rows[:FEW]])
        explained = [one | {"explanation": text} for one, text in zip(found[:FEW], texts, strict=True)]
        return [*explained, *found[FEW:]]


def describe_log_failure(cause: LogUnwritable) -> dict[str, Any]:
    """The line of the access log for a prediction log that cannot be written."""
    return {"level": "error", "log": cause.what, "where": cause.where, "next": cause.todo}


def read_key(request: Request) -> str:
    """The key that a request shows; empty where it shows none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")


def select_by_path(scorer: Scorer, request: Request) -> Scorer:
    """The scorer for the model and the version that a request's path names; raises RequestRejected for others."""
    return select_model(scorer, request.path_params["name"], request.path_params.get("version"))


async def run_apart(away: bool, work: Callable[[], Found]) -> Found:
    """What the work returns: done here when it is short, in a thread when it is long."""
    return await asyncio.to_thread(work) if away else work()


def parse_count(text: str) -> int:
    """How many effects of features are asked for; raises RequestRejected for what is no such number."""
    if not text.isdecimal() or len(text) > 2 or int(text) > MOST_EXPLAINED:
        raise RequestRejected(422, f"explain: got {text[:20]!r}, wanted a whole number from 0 to {MOST_EXPLAINED}")
    return int(text)


def parse_flag(name: str, text: str) -> bool:
    """Whether something is asked for; raises RequestRejected for what says neither."""
    if text not in ("true", "false"):
        raise RequestRejected(422, f"{name}: got {text[:20]!r}, wanted true or false")
    return text == "true"


def render_json(body: Any, status: int = 200) -> Response:
    """A response of compact JSON."""
    return Response(STRICT.encode(body).encode(), status_code=status, media_type="application/json")
