"""The service by its own metrics: requests by route, rejected and failed ones, and their latency."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from lifecycle.errors import UnfitTable
from lifecycle.monitoring.label_coverage import ReportTable

REQUESTS, BUCKETS = "lifecycle_requests_total", "lifecycle_request_seconds_bucket"
FIRST_REJECTED, FIRST_FAILED = 400, 500
QUANTILES = {"median": 0.5, "90th percentile": 0.9, "99th percentile": 0.99}


def summarize_service(text: str, where: str) -> ReportTable:
    """Requests and latency from a text in Prometheus' format, counted since the service started.

    Raises UnfitTable where the text is none, or is not one of the service.
    """
    from prometheus_client.parser import text_string_to_metric_families

    try:
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    except ValueError as cause:
        raise build_error(
            f"the text is not in Prometheus' format ({' '.join(str(cause).split())[:100]})", where
        ) from cause
    requests = [(one.labels["route"], int(one.labels["status"]), one.value) for one in samples if one.name == REQUESTS]
    if not requests:
        raise build_error(f"the text has {len(samples):,} values, none of them {REQUESTS}", where)
    counts = sorted((float(one.labels["le"]), one.value) for one in samples if one.name == BUCKETS)
    rows = count_by_route(pd.DataFrame(requests, columns=["route", "status", "requests"]))
    formats = {"route": "", "requests": ",.0f", "rejected": ",.0f", "failed": ",.0f", "share failed": ".2%"}
    return ReportTable("service", "Service", describe_requests(rows, counts), rows, formats)


def build_error(what: str, where: str) -> UnfitTable:
    """The error for a text without metrics of the service."""
    return UnfitTable(what, where=where, todo="lifecycle monitor --metrics http://127.0.0.1:8000/metrics")


def count_by_route(requests: pd.DataFrame) -> pd.DataFrame:
    """Requests by route: all, `rejected` (status 400 to 499), `failed` (500 or more), and the share of those."""
    status, count = requests["status"], requests["requests"]
    marked = requests.assign(
        rejected=count.where(status.between(FIRST_REJECTED, FIRST_FAILED - 1), 0.0),
        failed=count.where(status >= FIRST_FAILED, 0.0),
    )
    found = marked.groupby("route", as_index=False)[["requests", "rejected", "failed"]].sum()
    return found.assign(**{"share failed": found["failed"] / found["requests"]})


def describe_requests(rows: pd.DataFrame, counts: Sequence[tuple[float, float]]) -> str:
    """All requests in a sentence."""
    total, failed = rows["requests"].sum(), rows["failed"].sum()
    summary = f"{total:,.0f} requests since the service started, {failed / total:.2%} of them failed"
    if not counts or not counts[-1][1]:
        return f"{summary}."
    latency = ", ".join(f"{name} {describe_quantile(counts, share)}" for name, share in QUANTILES.items())
    return f"{summary}; latency of all routes: {latency}."


def describe_quantile(counts: Sequence[tuple[float, float]], share: float) -> str:
    """The milliseconds within which a share of the requests were answered, with their unit."""
    seconds = estimate_quantile(counts, share)
    return f"more than {counts[-2][0] * 1000:.3g} ms" if seconds == float("inf") else f"{seconds * 1000:.3g} ms"


def estimate_quantile(counts: Sequence[tuple[float, float]], share: float) -> float:
    """The value below which a share lies, by cumulative counts at upper ends; linear between two ends.

    As Prometheus' `histogram_quantile`, but infinite beyond the last finite end.
    """
    wanted = share * counts[-1][1]
    for (low, below), (high, upto) in pairwise([(0.0, 0.0), *counts]):
        if upto >= wanted and upto > below:
            return low + (high - low) * (wanted - below) / (upto - below)
    return counts[-1][0]
