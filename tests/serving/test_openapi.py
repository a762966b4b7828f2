"""The service keeps what its OpenAPI document says, for odd requests made from that document."""

from pathlib import Path

import pytest
import schemathesis
from builders import releases
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from lifecycle.config import load
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

TOP = Path(__file__).parents[2]

ROUTES = {("POST", "/predict"), ("GET", "/version"), ("GET", "/health"), ("GET", "/ready")}


@pytest.fixture(scope="module", params=[("binary", "lightgbm"), ("regression", "quantile_regression")])
def client(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(TOP)
        asked = load(Config, ["serve=default"]).serve
        patch.chdir(folder)
        release = load_release(releases.write(folder, *request.param))
        with TestClient(create_app(Service(asked, Environment(), release, "HEAD"))) as found:
            yield found


def operations(client):
    document = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    return {(one.method.upper(), one.path): one for one in (found.ok() for found in document.get_all_operations())}


def test_the_document_has_the_routes(client):
    assert operations(client).keys() == ROUTES


@pytest.mark.parametrize(
    ("route", "mode"),
    [(route, GenerationMode.POSITIVE) for route in sorted(ROUTES)] + [(("POST", "/predict"), GenerationMode.NEGATIVE)],
)
@pytest.mark.slow
def test_what_is_asked_by_the_document_is_answered_by_the_document(client, route, mode, tmp_path):
    statuses = []

    @given(operations(client)[route].as_strategy(generation_mode=mode))
    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case):
        asked = case.as_transport_kwargs(base_url="http://testserver")
        assert not asked.pop("cookies")
        response = client.request(content=asked.pop("data", None), **asked)
        statuses.append(response.status_code)
        case.validate_response(response)

    holds()
    assert set(statuses) >= ({200} if mode is GenerationMode.POSITIVE else {400, 422})
