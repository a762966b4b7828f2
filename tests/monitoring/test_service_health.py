"""Requests and latency from a text typed by hand, and from the service's own telemetry."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lifecycle.errors import UnfitTable
from lifecycle.monitoring.service_health import estimate_quantile, summarize_service
from lifecycle.serving.telemetry import Telemetry

TEXT = """\
# TYPE lifecycle_requests counter
lifecycle_requests_total{route="/predict",status="200"} 90.0
lifecycle_requests_total{route="/predict",status="422"} 6.0
lifecycle_requests_total{route="/predict",status="500"} 4.0
lifecycle_requests_total{route="/ready",status="200"} 100.0
# TYPE lifecycle_request_seconds histogram
lifecycle_request_seconds_bucket{le="0.01"} 100.0
lifecycle_request_seconds_bucket{le="0.02"} 180.0
lifecycle_request_seconds_bucket{le="1.0"} 196.0
lifecycle_request_seconds_bucket{le="+Inf"} 200.0
lifecycle_request_seconds_count 200.0
lifecycle_request_seconds_sum 3.5
"""


def test_requests_are_counted_by_route_with_rejected_and_failed_ones() -> None:
    found = summarize_service(TEXT, "metrics.txt")
    assert found.rows.to_dict("list") == {
        "route": ["/predict", "/ready"],
        "requests": [100.0, 100.0],
        "rejected": [6.0, 0.0],
        "failed": [4.0, 0.0],
        "share failed": [0.04, 0.0],
    }
    assert found.summary == (
        "200 requests since the service started, 2.00% of them failed; latency of all routes: median 10 ms, "
        "90th percentile 20 ms, 99th percentile more than 1e+03 ms."
    )


@pytest.mark.parametrize(("share", "value"), [(0.25, 0.5), (0.5, 1.0), (0.75, 2.0), (1.0, float("inf"))])
def test_a_quantile_lies_on_the_line_between_two_ends(share: float, value: float) -> None:
    assert estimate_quantile([(1.0, 4.0), (3.0, 8.0 - 1e-9), (float("inf"), 8.0)], share) == pytest.approx(value)


def test_the_services_own_counts_are_read() -> None:
    counts = Telemetry(CollectorRegistry())
    counts.requests.labels("/predict", "200").inc(3)
    counts.seconds.observe(0.002)
    found = summarize_service(generate_latest(counts.registry).decode(), "metrics.txt")
    assert found.rows["requests"].tolist() == [3.0]
    assert "3 requests since the service started, 0.00% of them failed" in found.summary


def test_without_buckets_there_is_no_latency() -> None:
    only = "\n".join(line for line in TEXT.splitlines() if "seconds" not in line)
    assert (
        summarize_service(only, "metrics.txt").summary
        == "200 requests since the service started, 2.00% of them failed."
    )


@pytest.mark.parametrize(
    ("text", "message"), [("up 1.0\n", "1 values, none of them"), ("{{{", "not in Prometheus' format")]
)
def test_a_text_without_metrics_of_the_service_is_rejected(text: str, message: str) -> None:
    with pytest.raises(UnfitTable, match=message) as caught:
        summarize_service(text, "metrics.txt")
    assert caught.value.where == "metrics.txt"
