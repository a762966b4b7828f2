"""The service's routes: right answers, rejections with field, got and wanted, and never a 500."""

import asyncio
import gzip
import html
import json
import math
import os
import re
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from builders import releases
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle import config
from lifecycle.errors import LifecycleError, WrongValue
from lifecycle.feedback import prediction_log
from lifecycle.release.release import list_records, load_release
from lifecycle.serving import rate_limit
from lifecycle.serving.app import create_app
from lifecycle.serving.rate_limit import KeyGuard, RateLimit
from lifecycle.serving.rejections import RequestRejected
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment, Serve, apply_platform_port, check_settings, read_environment

TOP = Path(__file__).parents[2]

ROW = {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None}
JSON = {"content-type": "application/json"}


def asked(**changes):
    before = Path.cwd()
    os.chdir(TOP)
    try:
        found = config.load(Config, ["serve=default"]).serve
    finally:
        os.chdir(before)
    return Serve(**(vars(found) | changes))


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def service(release, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def made(around=None, **changes):
        return Service(asked(**changes), around or Environment(), release, "HEAD")

    return made


@pytest.fixture
def client(service):
    with TestClient(create_app(service()), raise_server_exceptions=True) as found:
        yield found


def answer_of(release, row):
    import pandas as pd

    found = list_records(release.predict(pd.DataFrame([row])))[0]
    return {name: value for name, value in found.items() if name != "id"}


@pytest.mark.parametrize("route", ["/predict", "/invocations", "/score"])
def test_one_row_has_one_answer_with_its_id_and_version(client, release, route):
    done = client.post(route, json=ROW)
    assert done.status_code == 200
    assert done.json() == {"id": "o1", "version": release.version, "prediction": answer_of(release, ROW)}


def test_rows_have_answers_in_their_order(client, release):
    rows = [ROW | {"order": f"x{number}", "hour": number} for number in range(20)]
    done = client.post("/predict", json=rows).json()
    assert [one["id"] for one in done] == [row["order"] for row in rows]
    assert [one["prediction"] for one in done] == [answer_of(release, row) for row in rows]


def test_instances_have_predictions(client, release):
    done = client.post("/predict", json={"instances": [ROW]}).json()
    assert done == {"predictions": [{"id": "o1", "version": release.version, "prediction": answer_of(release, ROW)}]}


def test_a_row_without_an_id_gets_that_of_its_request(client):
    row = {name: value for name, value in ROW.items() if name != "order"}
    done = client.post("/predict", json=row, headers={"x-request-id": "r-7"})
    assert done.json()["id"] == "r-7-0"
    assert done.headers["x-request-id"] == "r-7"


@pytest.mark.parametrize(("told", "identity"), [(7, "7"), (7.0, "7"), ("7.0", "7.0")])
def test_an_id_goes_through(client, told, identity):
    assert client.post("/predict", json=ROW | {"order": told}).json()["id"] == identity


@pytest.mark.parametrize("told", [7.5, 2.0**63, None, "x" * 201])
def test_an_id_of_another_kind_is_rejected(client, told):
    assert client.post("/predict", json=ROW | {"order": told}).json()["detail"][0]["field"] == "order"


def test_what_is_answered_is_logged(client, release, tmp_path):
    done = client.post("/predict", json=ROW).json()
    (record,) = prediction_log.read_log(tmp_path / "data/served")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record.pop("time"))
    inputs = {name: value for name, value in ROW.items() if name != "order"}
    assert record == {"id": "o1", "version": release.version, "inputs": inputs, "prediction": done["prediction"]}


def test_an_answer_that_is_no_number_is_neither_given_nor_logged(service, tmp_path):
    made = service()
    broken = replace(made.scorer.model, alone=lambda row: np.array([math.nan]))
    made.scorer = replace(made.scorer, model=broken)
    with TestClient(create_app(made)) as client:
        assert client.post("/predict", json=ROW).status_code == 500
    assert list(prediction_log.read_log(tmp_path / "data/served")) == []


def test_private_fields_stay_out_of_the_log(service, tmp_path, monkeypatch):
    monkeypatch.setenv("LIFECYCLE_LOG_KEY", "k" * 32)
    with TestClient(create_app(service(drop=("size",), hash=("place", "order")))) as client:
        assert client.post("/predict", json=ROW).json()["id"] == "o1"
    (record,) = prediction_log.read_log(tmp_path / "data/served")
    assert "size" not in record["inputs"]
    assert re.fullmatch("[0-9a-f]{16}", record["inputs"]["place"])
    assert re.fullmatch("[0-9a-f]{16}", record["id"])


@pytest.mark.parametrize(
    ("changes", "field", "got", "wanted"),
    [
        ({"size": "big"}, "size", "'big'", "a number from -50 to 50, or null"),
        ({"hour": 24}, "hour", "24", "a whole number from 0 to 23"),
        ({"tuck": 3}, "tuck", "a value", "no such field; use one of gift, hollow, hour, late_7D, place, size"),
    ],
)
def test_a_row_that_breaks_the_contract_is_told_how(client, changes, field, got, wanted):
    done = client.post("/predict", json=[ROW, ROW | changes])
    assert done.status_code == 422
    assert done.json()["detail"] == [{"row": 1, "field": field, "got": got, "wanted": wanted}]


def test_columns_that_the_model_does_not_use_are_left_aside(client, release):
    done = client.post("/predict", json=ROW | {"took": 3, "answer": True})
    assert done.json()["prediction"] == answer_of(release, ROW)


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"{", JSON, 400, "body: got no valid JSON"),
        (b'{"size": NaN}', JSON, 400, "body: got no valid JSON"),
        (b"\xff\xfe", JSON, 400, "body: got no valid JSON"),
        (b"[" * 100_000, JSON, 400, "body: got no valid JSON"),
        (b"3", JSON, 422, "body: got a number, wanted a row or a list of rows"),
        (b"[]", JSON, 422, "body: got no rows, wanted 1 or more"),
        (b"[3]", JSON, 422, "body[0]: got a number, wanted an object of fields"),
        (b'{"instances": 3}', JSON, 422, "instances: got a number, wanted a list of rows"),
        (b"{}", {"content-type": "text/csv"}, 415, "content type: got text/csv, wanted application/json"),
        (b"{}", {"content-type": "application/json; charset=latin-1"}, 415, "content type: got"),
        (b"{}", {}, 415, "content type: got none, wanted application/json"),
    ],
)
def test_a_body_that_is_none_is_rejected(client, body, headers, status, said):
    done = client.post("/predict", content=body, headers=headers)
    assert (done.status_code, done.json()["error"][: len(said)]) == (status, said)
    assert set(done.json()) == {"error", "detail", "request"}


PAIRS = '"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": true, "late_7D": null, "hollow": null'
TWICE = f'{PAIRS}, "size": 2.5'


@pytest.mark.parametrize(
    "body",
    [
        f"{{{TWICE}}}",
        f"[{{{PAIRS}}}, {{{TWICE}}}]",
        f'{{"instances": [{{{TWICE}}}]}}',
        f'{{"dataframe_records": [{{{TWICE}}}]}}',
        f'{{"inputs": [{{{TWICE}}}]}}',
        f'{{"input_data": [{{{TWICE}}}]}}',
        f'{{"Inputs": {{"data": [{{{TWICE}}}]}}}}',
        f"{{{PAIRS}, {json.dumps('size').replace('s', chr(92) + 'u0073')}: 2.5}}",
    ],
)
def test_a_field_that_is_there_twice_is_rejected_by_name_at_every_form_of_request(client, body, tmp_path):
    assert json.loads(body)  # most readers take the last
    done = client.post("/predict", content=body, headers=JSON)
    assert (done.status_code, done.json()["error"]) == (
        400,
        "body: got the key 'size' twice in one object, wanted it once",
    )
    assert list(prediction_log.read_log(tmp_path / "data/served")) == []


def test_an_envelope_that_is_there_twice_is_rejected(client):
    body = f'{{"instances": [{{{PAIRS}}}], "instances": []}}'
    done = client.post("/predict", content=body, headers=JSON)
    assert (done.status_code, "the key 'instances' twice" in done.json()["error"]) == (400, True)


def test_a_body_may_begin_with_a_byte_order_mark(client, release):
    done = client.post("/predict", content=b"\xef\xbb\xbf" + json.dumps(ROW).encode(), headers=JSON)
    assert done.json()["prediction"] == answer_of(release, ROW)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", "identity"])
def test_a_compressed_body_has_the_same_answer(client, release, encoding):
    body = json.dumps(ROW).encode()
    content = body if encoding == "identity" else gzip.compress(body)
    done = client.post("/predict", content=content, headers=JSON | {"content-encoding": encoding})
    assert done.json()["prediction"] == answer_of(release, ROW)


@pytest.mark.parametrize(
    ("encoding", "content", "status", "said"),
    [
        ("gzip", b"{}", 400, "body: got no valid gzip"),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-3], 400, "body: got 19 bytes of gzip that end too early"),
        ("gzip", gzip.compress(b" " * 2000, mtime=0), 413, "body: got more than 1,000 bytes once decompressed"),
        ("gzip", gzip.compress(b"{", mtime=0), 400, "body: got no valid JSON"),
        ("br", b"{}", 415, "content encoding: got br, wanted gzip or identity"),
    ],
)
def test_a_compressed_body_that_is_none_is_rejected(service, encoding, content, status, said):
    with TestClient(create_app(service(max_bytes=1000))) as client:
        done = client.post("/predict", content=content, headers=JSON | {"content-encoding": encoding})
    assert (done.status_code, done.json()["error"][: len(said)]) == (status, said)
    assert done.headers.get("accept-encoding") == ("gzip, identity" if status == 415 else None)


@pytest.mark.parametrize("route", ["/predict", "/invocations", "/score"])
def test_envelopes_are_opened_at_every_route(client, release, route):
    rows = [ROW, ROW | {"order": "o2", "hour": 20}]
    expected = client.post(route, json=rows).json()
    split = {"columns": list(ROW), "index": [0, 1], "data": [list(row.values()) for row in rows]}
    assert client.post(route, json={"dataframe_split": split}).json() == {"predictions": expected}
    assert client.post(route, json={"input_data": split}).json() == expected
    assert client.post(route, json={"Inputs": {"data": rows}}).json() == {"Results": expected}


def test_an_unknown_envelope_is_named(client):
    done = client.post("/predict", json={"signature_name": "a", "payload": [ROW]})
    assert done.status_code == 422
    assert done.json()["error"].startswith("body: got an object with 'signature_name' and 'payload', which is no row")


GETS = ("/health", "/ping", "/ready", "/version", "/metrics", "/docs", "/openapi.json", "/", "/v2/health/live")


@pytest.mark.parametrize("route", GETS)
def test_head_has_the_headers_of_get_and_no_body(client, route):
    identity = {"x-request-id": "r1"}
    head, get = client.head(route, headers=identity), client.get(route, headers=identity)
    assert (head.status_code, head.content) == (200, b"")
    varying = {"content-length"} if route == "/metrics" else set()  # it counts the requests
    assert {name: head.headers[name] for name in head.headers if name not in varying} == {
        name: get.headers[name] for name in get.headers if name not in varying
    }


@pytest.mark.parametrize(
    ("method", "route", "allowed"),
    [("HEAD", "/predict", "POST"), ("GET", "/score", "POST"), ("POST", "/health", "GET, HEAD")],
)
def test_another_method_is_told_those_that_are_taken(client, method, route, allowed):
    done = client.request(method, route)
    assert (done.status_code, done.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert done.json()["error"] == f"method: got {method}, wanted {allowed.replace(', ', ' or ')}"


def test_an_unknown_route_is_told(client):
    done = client.get("/nowhere")
    assert (done.status_code, done.json()["error"]) == (404, "route: got /nowhere, which is none; /docs has them")


@pytest.mark.parametrize("route", ["/predict/", "/docs/", "/events/", "/v2/models/late/infer/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_route_with_a_slash_too_many_is_none_and_sends_nobody_elsewhere(service, method, route):
    with TestClient(create_app(service(Environment(key="secret"))), follow_redirects=False) as client:
        done = client.request(method, route, headers={"host": "evil.example"})
    assert (done.status_code, done.json()["error"]) == (404, f"route: got {route}, which is none; /docs has them")
    assert "location" not in done.headers


def test_a_large_body_is_rejected_before_it_is_read(service):
    with TestClient(create_app(service(max_bytes=1000))) as client:
        assert client.post("/predict", content=b" " * 1001, headers=JSON).status_code == 413
        parts = (b" " * 100 for _ in range(20))
        assert client.post("/predict", content=parts, headers=JSON).status_code == 413
        assert client.post("/predict", json=ROW).status_code == 200


def test_too_many_rows_are_rejected(service):
    with TestClient(create_app(service(max_rows=2))) as client:
        assert client.post("/predict", json=[ROW] * 3).json()["error"] == "body: got 3 rows, wanted at most 2"


def test_above_the_rate_requests_are_told_to_come_again(service):
    with TestClient(create_app(service(per_second=2.0))) as client:
        found = [client.post("/predict", json=ROW) for _ in range(4)]
    assert [one.status_code for one in found[:2]] == [200, 200]
    assert found[3].status_code == 503
    assert found[3].headers["retry-after"] == "1"


def test_requests_in_work_and_rate_are_counted_by_the_clock_given():
    now = [0.0]
    limits = RateLimit(2, 4.0, lambda: now[0])
    for _ in range(2):
        limits.enter()
    with pytest.raises(RequestRejected, match="busy: 2 requests are in work"):
        limits.enter()
    limits.leave()
    limits.enter()
    limits.leave()
    limits.enter()
    limits.leave()
    with pytest.raises(RequestRejected, match="busy: more than 4 requests a second"):
        limits.enter()
    now[0] = 0.25
    limits.enter()


def test_with_a_key_only_its_holder_is_answered(service):
    with TestClient(create_app(service(Environment(key="secret")))) as client:
        assert client.post("/predict", json=ROW).status_code == 401
        assert client.post("/predict", json=ROW, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.post("/predict", json=ROW, headers={"authorization": "Bearer sécret".encode()}).status_code == 401
        assert client.post("/predict", json=ROW, headers={"authorization": "Bearer secret"}).status_code == 200
        assert client.post("/predict", json=ROW, headers={"x-api-key": "secret"}).status_code == 200
        assert client.get("/version").status_code == client.get("/metrics").status_code == 401
        assert client.get("/health").status_code == client.get("/ready").status_code == 200


def test_an_address_with_too_many_wrong_keys_is_not_looked_at_and_others_are():
    now = [0.0]
    guard = KeyGuard("secret", lambda: now[0])

    def status(address, shown):
        try:
            guard.check(address, shown)
        except RequestRejected as why:
            return why.status
        return 200

    assert [status("10.0.0.1", f"guess {number}") for number in range(12)] == [401] * 10 + [429] * 2
    assert status("10.0.0.1", "secret") == 429  # else the right one would still be found
    assert [status("10.0.0.2", "secret"), status("10.0.0.1", "")] == [200, 401]
    now[0] = 3.0
    assert [status("10.0.0.1", f"later {number}") for number in range(4)] == [401] * 3 + [429]
    now[0] = 4.0
    assert status("10.0.0.1", "secret") == 200


def test_who_shares_an_address_with_one_who_guesses_is_answered():
    guard = KeyGuard("secret", lambda: 0.0)
    guard.check("10.0.0.1", "secret")
    for _ in range(100):
        with pytest.raises(RequestRejected, match="key: wanted"):
            guard.check("10.0.0.1", "wrong")
        guard.check("10.0.0.1", "secret")


def test_the_addresses_of_one_network_are_one_and_their_number_is_limited(monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_PEERS", 3)
    guard = KeyGuard("secret", lambda: 0.0)
    for address in ("2001:db8::1", "2001:db8::2", "::ffff:10.0.0.1", "10.0.0.1", "fe80::1%eth0", "no address", ""):
        with pytest.raises(RequestRejected):
            guard.check(address, "wrong")
    assert [*guard.peers] == ["fe80::/64", "no address", ""]


def test_wrong_keys_are_limited_at_every_route_that_asks_for_one(service):
    with TestClient(create_app(service(Environment(key="secret")))) as client:
        for route in ("/docs", "/", "/openapi.json", "/version", "/metrics") * 2:
            assert client.get(route, headers={"x-api-key": "wrong"}).status_code == 401
        done = client.post("/predict", json=ROW, headers={"x-api-key": "wrong"})
        assert (done.status_code, done.headers["retry-after"]) == (429, "1")
        assert client.get("/docs").status_code == client.get("/ready").status_code == 200


def texts_of_a_real_row(tmp_path):
    """A release whose example row has values of its own."""
    folder = releases.write(tmp_path / "release")
    found = load_release(folder)
    own = {"order": "order-of-ms-smith", "size": 41.75, "hour": 23}
    return replace(found, example={**found.example, "request": found.example["request"] | own})


@pytest.mark.parametrize("route", ["/", "/docs", "/openapi.json"])
def test_with_a_key_a_row_of_the_training_data_is_shown_to_its_holder_alone(tmp_path, monkeypatch, route):
    monkeypatch.chdir(tmp_path)
    found = texts_of_a_real_row(tmp_path)
    with TestClient(create_app(Service(asked(), Environment(key="secret"), found, "HEAD"))) as client:
        public, holder = client.get(route), client.get(route, headers={"x-api-key": "secret"})
    assert public.status_code == holder.status_code == 200
    assert "41.75" in holder.text
    assert "41.75" not in public.text
    assert "order-of-ms-smith" not in public.text
    assert "hour" in public.text


def test_without_a_key_the_example_is_that_of_the_release(client, release):
    content = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert content["application/json"]["example"] == release.example["request"]


def test_the_example_of_typical_values_is_a_row_and_has_no_text_of_one_row(service, release):
    with TestClient(create_app(service(Environment(key="secret")))) as client:
        content = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]["content"]
        example = content["application/json"]["example"]
        assert set(example) == set(ROW) - {"order"}
        assert client.post("/predict", json=example, headers={"x-api-key": "secret"}).status_code == 200


def test_the_routes_of_a_platform_are_answered(service):
    around = read_environment({"AIP_HEALTH_ROUTE": "/v1/live", "AIP_PREDICT_ROUTE": "/v1/models/m:predict"})
    with TestClient(create_app(service(around))) as client:
        assert client.get("/v1/live").status_code == client.get("/ping").status_code == 200
        assert client.head("/v1/live").status_code == 200
        done = client.post("/v1/models/m:predict", json={"instances": [ROW]})
        assert list(done.json()) == ["predictions"]


def test_settings_of_the_environment():
    assert apply_platform_port(asked(), {}) == asked()
    found = apply_platform_port(asked(), {"AIP_HTTP_PORT": "8080"})
    assert (found.port, found.host) == (8080, "0.0.0.0")
    for variables in ({"AIP_HTTP_PORT": "many"}, {"AIP_HTTP_PORT": "70000"}):
        with pytest.raises(WrongValue, match="AIP_HTTP_PORT"):
            apply_platform_port(asked(), variables)
    with pytest.raises(WrongValue, match="AIP_PREDICT_ROUTE"):
        read_environment({"AIP_PREDICT_ROUTE": "predict me"})


@pytest.mark.parametrize(
    ("key", "value"), [("workers", 0), ("sync_seconds", 0.0), ("per_second", 0.0), ("canary_share", 1.5)]
)
def test_settings_out_of_range_are_rejected(key, value):
    with pytest.raises(WrongValue, match=f"{key} is {value}"):
        check_settings(asked(**{key: value}))


def test_version_tells_the_lineage(client, release):
    found = client.get("/version").json()
    assert found["version"] == release.version
    assert found["lineage"] == release.lineage
    assert found["row_by_row"] is True


def test_metrics_count_requests_and_rows(client, release):
    client.post("/predict", json=[ROW, ROW])
    client.post("/predict", content=b"{", headers=JSON)
    client.get("/predict")
    client.get("/no/such/route")
    said = client.get("/metrics").text
    assert 'lifecycle_requests_total{route="/predict",status="405"} 1.0' in said
    assert 'lifecycle_requests_total{route="none",status="404"} 1.0' in said
    assert 'lifecycle_requests_total{route="/predict",status="200"} 1.0' in said
    assert 'lifecycle_requests_total{route="/predict",status="400"} 1.0' in said
    assert "lifecycle_rows_total 2.0" in said
    assert f'lifecycle_release{{version="{release.version}"}} 1.0' in said


def test_every_request_leaves_a_line_with_its_id(client, capsys):
    client.post("/predict", json=ROW, headers={"x-request-id": "abc"})
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["request"], line["route"], line["status"]) == ("abc", "/predict", 200)


EXPLAINED = [
    ("binary", "lightgbm"),
    ("binary", "linear"),
    ("multiclass", "lightgbm"),
    ("multiclass", "hist_gradient_boosting"),
    ("regression", "quantile_regression"),
    ("clustering", "kmeans"),
]


@pytest.mark.parametrize("case", EXPLAINED)
def test_reasons_name_the_features_that_move_the_answer(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load_release(releases.write(tmp_path, *case))
    with TestClient(create_app(Service(asked(), Environment(), found, "HEAD"))) as client:
        explanation = client.post("/predict?explain=3", json=ROW).json()["explanation"]
        assert client.post("/predict?explain=21", json=ROW).status_code == 422
    assert explanation["method"] == ("contributions" if case[1] == "lightgbm" else "occlusion")
    sizes = [abs(one["effect"]) for one in explanation["effects"]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 3
    if case[0] != "clustering":
        assert {"hour", "place", "size"} & {one["field"] for one in explanation["effects"]}
        assert sizes[0] > 0


def test_a_feature_at_its_typical_value_has_no_effect_by_occlusion(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load_release(releases.write(tmp_path, "binary", "linear"))
    row = {name: entry["x-typical"] for name, entry in found.contract.schema["properties"].items()}
    with TestClient(create_app(Service(asked(), Environment(), found, "HEAD"))) as client:
        explanation = client.post("/predict?explain=6", json=row | {"hour": 20}).json()["explanation"]
    assert [one["field"] for one in explanation["effects"] if one["effect"]] == ["hour"]


def test_pages_load_nothing_from_elsewhere(client):
    for route in ("/", "/docs"):
        done = client.get(route)
        assert done.status_code == 200
        assert not re.findall(r"""(?:src|href)=['"](?:https?:)?//""", done.text)
        assert "How late?" in done.text


SOURCES = re.compile(r"(style|script)-src '(sha256-[^']*)'")


def hashes_of(page):
    """The hash of each inline element that a browser would take or run, as a policy names it."""
    found = re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
    return [(kind, "sha256-" + b64encode(sha256(text.encode()).digest()).decode()) for kind, text in found]


@pytest.mark.parametrize(("route", "inline"), [("/", ["style", "script"]), ("/docs", ["style"])])
def test_a_page_names_what_it_runs_and_nothing_else_may(client, route, inline):
    done = client.get(route)
    policy = done.headers["content-security-policy"]
    assert "unsafe-inline" not in policy + done.text
    assert policy.startswith("default-src 'none'; connect-src 'self'; ")
    assert policy.endswith("; frame-ancestors 'none'")
    assert [kind for kind, _ in hashes_of(done.text)] == inline
    assert {*hashes_of(done.text)} <= {*SOURCES.findall(policy)}
    assert (
        html.unescape(re.search('Security-Policy" content="([^"]*)"', done.text)[1]) + "; frame-ancestors 'none'"
        == policy
    )


@pytest.mark.parametrize("route", [*GETS, "/nowhere", "/predict"])
def test_a_browser_takes_a_response_for_what_it_is_and_shows_it_in_no_frame(client, route):
    headers = client.get(route).headers
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert len(headers.get_list("content-security-policy")) == 1


def test_the_document_describes_the_row_by_the_contract(client, release):
    found = client.get("/openapi.json").json()
    assert found["components"]["schemas"]["Row"]["properties"] == release.contract.schema["properties"]


def test_a_canary_answers_its_share_of_the_ids_and_always_the_same(service, release, tmp_path):
    from lifecycle.serving.scorer import prepare_model

    made = service()
    other = replace(release, version="c" * 12)
    made.scorer = replace(made.scorer, canary=prepare_model(other), share=0.3)
    ids = [f"id-{number}" for number in range(400)]
    with TestClient(create_app(made)) as client:
        rounds = [
            [client.post("/predict", json=ROW | {"order": one}).json()["version"] for one in ids[:50]] for _ in (1, 2)
        ]
    assert rounds[0] == rounds[1]
    share = sum(made.scorer.chosen(one).release is other for one in ids) / len(ids)
    assert 0.2 < share < 0.4


def with_fields_turned_round(release):
    from lifecycle.release import contract

    document = json.loads(json.dumps(release.contract.schema))
    document["properties"] = dict(reversed(document["properties"].items()))
    document["required"] = list(document["properties"])
    return replace(release, version="d" * 12, contract=contract.parse_contract(document, "contract.json"))


def test_a_canary_that_takes_other_fields_is_rejected_at_the_start(service, release, monkeypatch):
    turned = with_fields_turned_round(release)
    monkeypatch.setattr("lifecycle.serving.models.load_candidate_at", lambda settings, revision: turned)
    with pytest.raises(WrongValue, match="the release of v2 takes other fields"):
        service(canary="v2")


def test_a_canary_that_takes_other_fields_after_a_reload_answers_nothing(service, release):
    from lifecycle.serving.scorer import prepare_model

    made = service()
    made.scorer = replace(made.scorer, canary=prepare_model(release), share=1.0)
    made.take(with_fields_turned_round(release))
    assert made.scorer.chosen("o1").release.version == "d" * 12


def test_a_reload_between_reading_and_answering_changes_no_value(service, release, monkeypatch):
    from lifecycle.serving import service as module

    made, read = service(), module.parse_request

    def then_reloaded(body, agreed, most, prepared):
        found = read(body, agreed, most, prepared)
        made.take(with_fields_turned_round(release))
        return found

    monkeypatch.setattr(module, "parse_request", then_reloaded)
    with TestClient(create_app(made)) as client:
        given_answer = client.post("/predict", json=ROW).json()
    assert (given_answer["version"], given_answer["prediction"]) == (release.version, answer_of(release, ROW))


def test_rows_beyond_those_told_with_reasons_are_answered_without_them(client):
    found = client.post("/predict?explain=2", json=[ROW] * 20).json()
    assert ["explanation" in one for one in found] == [True] * 8 + [False] * 12
    assert all(one["prediction"] == found[0]["prediction"] for one in found)


@pytest.mark.parametrize("value", [1e39, -1.7e308, 10**31])
def test_a_number_too_large_for_some_models_is_rejected_by_all(client, value):
    answer = client.post("/predict", json=ROW | {"late_7D": value})
    assert (answer.status_code, answer.json()["detail"][0]["field"]) == (422, "late_7D")


def test_thousands_of_unknown_names_are_answered_by_the_first_few(client):
    answer = client.post("/predict", json=ROW | {f"name{number}": 1 for number in range(2000)})
    assert (answer.status_code, len(answer.json()["detail"])) == (422, 20)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drop": ("gfit",)}, "the log should not have gfit, which is no field of the release"),
        ({"hash": ("gfit",)}, "the log should not have gfit, which is no field of the release"),
        ({"drop": ("order",)}, "order is the id, by which labels are joined to predictions"),
    ],
)
def test_what_the_log_leaves_out_is_a_field(service, changes, said):
    with pytest.raises(LifecycleError, match=said):
        service(**changes)


async def never_whole():
    yield b"{"
    await asyncio.sleep(60)


def test_a_body_that_does_not_come_is_not_waited_for(service):
    import httpx

    made = service(body_seconds=0.05, at_once=1)

    async def sent():
        transport = httpx.ASGITransport(create_app(made))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            late = await client.post("/predict", content=never_whole(), headers=JSON)
            return late, await client.post("/predict", json=ROW)

    late, next_one = asyncio.run(sent())
    assert (late.status_code, late.json()["error"]) == (408, "body: not complete after 0.05 seconds, 1 bytes are there")
    assert next_one.status_code == 200


def test_a_client_that_leaves_is_no_mistake_of_ours(service, capsys):
    made = service()

    async def left():
        sent = []
        parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

        async def receive():
            return parts.pop(0)

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/predict", "raw_path": b"/predict", "query_string": b"",
            "headers": [(b"content-type", b"application/json")], "asgi": {"version": "3.0"}, "scheme": "http",
            "http_version": "1.1", "server": ("service", 80), "client": ("someone", 1), "root_path": "",
        }  # fmt: skip
        await create_app(made)(scope, receive, send)
        return sent

    assert asyncio.run(left()) == []
    (line,) = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    assert (line["level"], line["status"]) == ("info", 499)


def test_a_log_that_cannot_be_flushed_is_reported_and_tried_again(service, capsys, monkeypatch):
    made, tries = service(sync_seconds=0.01), []

    def full(_):
        tries.append(1)
        raise OSError(28, "No space left on device")

    with TestClient(create_app(made)) as client, monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        while len(tries) < 2:
            assert client.get("/health").status_code == 200
    assert "predictions cannot be logged (no space left on device)" in capsys.readouterr().err


def test_a_shadow_is_logged_beside_the_answer_and_changes_nothing(service, release, tmp_path):
    from datetime import UTC, datetime

    from lifecycle.serving.scorer import prepare_model
    from lifecycle.serving.shadow import Shadow

    made = service()
    other = replace(release, version="5" * 12, threshold=0.0)
    made.shadow = Shadow(prepare_model(other), datetime(2026, 1, 1, tzinfo=UTC), made.scorer.privacy)
    with TestClient(create_app(made)) as client:
        given_answer = client.post("/predict", json=ROW).json()
    (record,) = prediction_log.read_log(tmp_path / "data/shadow")
    assert record["prediction"] == given_answer["prediction"] == answer_of(release, ROW)
    assert record["shadow"] == {"version": "5" * 12, "prediction": record["prediction"] | {"predicted": True}}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NEAR = st.dictionaries(st.sampled_from(list(ROW)), ANY, max_size=3).map(lambda changes: ROW | changes)
ENVELOPED = ("instances", "dataframe_split", "dataframe_records", "inputs", "data", "input_data", "Inputs")
BODIES = (
    st.binary(max_size=60)
    | ANY.map(lambda value: json.dumps(value).encode())
    | (NEAR | st.lists(NEAR | ANY, max_size=3)).map(lambda value: json.dumps(value).encode())
    | NEAR.map(lambda value: json.dumps({"instances": [value]}).encode())
    | st.tuples(st.sampled_from(ENVELOPED), NEAR | ANY).map(lambda made: json.dumps({made[0]: made[1]}).encode())
    | st.tuples(st.sampled_from(ENVELOPED), NEAR).map(lambda made: json.dumps({made[0]: [made[1]]}).encode())
)


def test_no_body_is_a_mistake_of_ours(client):
    statuses = set()

    @given(BODIES, st.sampled_from(["", "?explain=2", "?explain=x"]), st.sampled_from(["", "gzip", "broken"]))
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(body, query, encoding):
        content = gzip.compress(body) if encoding == "gzip" else body
        headers = JSON | ({"content-encoding": "gzip"} if encoding else {})
        done = client.post(f"/predict{query}", content=content, headers=headers)
        assert done.status_code in (200, 400, 422), (body, done.text)
        statuses.add(done.status_code)

    holds()
    assert statuses == {200, 400, 422}


# Pages of other origins, and clocks

ELSEWHERE = {"origin": "https://elsewhere.example"}


@pytest.mark.parametrize("route", ["/predict", "/invocations", "/events", "/v2/models/serve/infer"])
def test_a_page_of_another_origin_may_ask_nothing(client, route):
    preflight = ELSEWHERE | {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    done = client.options(route, headers=preflight)
    assert done.status_code == 405
    assert not [name for name in done.headers if name.startswith("access-control")]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_what_a_browser_sends_without_asking_is_not_taken(client, kind):
    sent = ELSEWHERE | ({"content-type": kind} if kind else {})
    for route in ("/predict", "/events"):
        done = client.post(route, content=json.dumps(ROW).encode(), headers=sent)
        assert done.status_code in (404, 415)
        assert "access-control-allow-origin" not in done.headers
    assert not list(prediction_log.read_log())


def test_a_clock_that_jumps_changes_nothing_but_the_times_in_the_log(service, monkeypatch):
    hours = iter([0, 30 * 24, -20 * 365 * 24, 1, 0])

    class Jumping(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 1, tzinfo=tz) + timedelta(hours=next(hours))

    made = service(per_second=0.001, sync_seconds=0.01)
    with TestClient(create_app(made)) as client:
        monkeypatch.setattr("lifecycle.serving.service.datetime", Jumping)
        assert client.post("/predict", json=ROW).status_code == 200
        limited = client.post("/predict", json=ROW)  # a jump ahead brings no further request
        made.limits.per_second = None
        answers = [client.post("/predict", json=ROW).json()["prediction"] for _ in range(4)]
        assert client.get("/ready").status_code == 200
    assert limited.status_code == 503
    assert all(answer == answers[0] for answer in answers)
    times = [record["time"][:4] for record in prediction_log.read_log()]
    assert times == ["2026", "2026", "2006", "2026", "2026"]
