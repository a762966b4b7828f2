"""Figures of the service from a text typed by hand, and from the service's own counts."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lifecycle.errors import UnfitTable
from lifecycle.monitoring.service_health import quantile, service
from lifecycle.serving.telemetry import Counts

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


def test_requests_are_told_by_route_with_what_was_rejected_and_what_failed() -> None:
    found = service(TEXT, "metrics.txt")
    assert found.rows.to_dict("list") == {
        "route": ["/predict", "/ready"],
        "requests": [100.0, 100.0],
        "rejected": [6.0, 0.0],
        "failed": [4.0, 0.0],
        "share failed": [0.04, 0.0],
    }
    assert found.words == (
        "200 requests since the service began, 2.00% of them failed; all routes together they took 10 ms (median), "
        "20 ms (nine in ten), more than 1e+03 ms (99 in 100)."
    )


@pytest.mark.parametrize(("share", "value"), [(0.25, 0.5), (0.5, 1.0), (0.75, 2.0), (1.0, float("inf"))])
def test_a_quantile_lies_on_the_line_between_two_ends(share: float, value: float) -> None:
    assert quantile([(1.0, 4.0), (3.0, 8.0 - 1e-9), (float("inf"), 8.0)], share) == pytest.approx(value)


def test_the_services_own_counts_are_read() -> None:
    counts = Counts(CollectorRegistry())
    counts.requests.labels("/predict", "200").inc(3)
    counts.seconds.observe(0.002)
    found = service(generate_latest(counts.registry).decode(), "metrics.txt")
    assert found.rows["requests"].tolist() == [3.0]
    assert "3 requests since the service began, 0.00% of them failed" in found.words


def test_no_request_has_taken_no_time() -> None:
    only = "\n".join(line for line in TEXT.splitlines() if "seconds" not in line)
    assert service(only, "metrics.txt").words == "200 requests since the service began, 2.00% of them failed."


@pytest.mark.parametrize(
    ("text", "said"), [("up 1.0\n", "1 values, none of them"), ("{{{", "not in Prometheus' format")]
)
def test_a_text_that_tells_nothing_of_the_service_is_rejected(text: str, said: str) -> None:
    with pytest.raises(UnfitTable, match=said) as caught:
        service(text, "metrics.txt")
    assert caught.value.where == "metrics.txt"
