"""Telemetry of the service, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Telemetry:
    """Requests by route and status, their seconds, rows predicted, events, reloads, and the version in use."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter("lifecycle_requests", "Requests", ["route", "status"], registry=registry)
        self.seconds = Histogram(
            "lifecycle_request_seconds", "Seconds a request took", buckets=SECONDS, registry=registry
        )
        self.rows = Counter("lifecycle_rows", "Rows predicted", registry=registry)
        self.reloads = Counter("lifecycle_reloads", "New releases found", ["outcome"], registry=registry)
        self.events = Counter("lifecycle_events", "Events sent", ["outcome"], registry=registry)
        self.release = Gauge("lifecycle_release", "1 for the release in use", ["version"], registry=registry)

    def version(self, version: str) -> None:
        """Set the release in use."""
        self.release.clear()
        self.release.labels(version).set(1)
