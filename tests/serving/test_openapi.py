"""The service keeps what its OpenAPI document says, for odd requests made from that document."""

import json
from pathlib import Path

import pytest
import schemathesis
from builders import releases
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from lifecycle.config import load
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

TOP = Path(__file__).parents[2]

MODEL = "/v2/models/model"
FIELDS = tuple(releases.KINDS)
TOLD = ("/version", "/health", "/ready", "/v2", "/v2/health/live", "/v2/health/ready", MODEL, f"{MODEL}/ready")
INFER = ("POST", f"{MODEL}/infer")
ROUTES = {("POST", "/predict"), INFER, *((method, path) for path in TOLD for method in ("GET", "HEAD"))}


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


def is_beyond_a_schema(case):
    """Whether lists in a body must be as long as each other, or name the row's fields: no schema says that."""
    body = json.dumps(case.body) if isinstance(case.body, dict | list) else ""
    return case.path == INFER[1] or '"columns": [' in body or any(f'"{name}": [' in body for name in FIELDS)


@pytest.mark.parametrize(
    ("route", "mode"),
    [(route, GenerationMode.POSITIVE) for route in sorted(ROUTES)]
    + [(("POST", "/predict"), GenerationMode.NEGATIVE), (INFER, GenerationMode.NEGATIVE)],
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
        beyond = [positive_data_acceptance] if is_beyond_a_schema(case) else []
        refused = [negative_data_rejection] if response.status_code == 413 else []  # a rejection that it does not list
        case.validate_response(response, excluded_checks=[*beyond, *refused])

    holds()
    if route == INFER:  # that tensors are as long as each other is beyond a schema
        assert 422 in statuses
    else:
        assert set(statuses) >= ({200} if mode is GenerationMode.POSITIVE else {400, 422})


def test_the_examples_of_the_document_are_answered(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/predict", INFER[1]):
        example = paths[path]["post"]["requestBody"]["content"]["application/json"]["example"]
        assert client.post(path, json=example).status_code == 200
