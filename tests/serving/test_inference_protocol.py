"""The Open Inference Protocol, version 2: tensors in and out, through the same steps as any other request."""

import gzip
import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from builders import releases
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle import config
from lifecycle.feedback import prediction_log
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.scorer import prepare_model
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment, Serve

TOP = Path(__file__).parents[2]
MODEL = "/v2/models/model"
INFER = f"{MODEL}/infer"
ROWS = [
    {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None},
    {"order": "o2", "size": None, "hour": 8, "place": None, "gift": False, "late_7D": 0.5, "hollow": None},
]
DATATYPES = {
    "order": "BYTES", "size": "FP64", "hour": "INT64", "place": "BYTES", "gift": "BOOL", "late_7D": "FP32",
    "hollow": "FP64",
}  # fmt: skip


def tensor(name, data, datatype=None, **more):
    return {"name": name, "shape": [len(data)], "datatype": datatype or DATATYPES[name], "data": data} | more


TENSORS = [tensor(name, [row[name] for row in ROWS]) for name in ROWS[0]]


def changed(column, **changes):
    """The request with another tensor of a column."""
    return {"inputs": [one | changes if one["name"] == column else one for one in TENSORS]}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def service(release, tmp_path, monkeypatch):
    monkeypatch.chdir(TOP)
    found = config.load(Config, ["serve=default"]).serve
    monkeypatch.chdir(tmp_path)

    def made(around=None, **changes):
        return Service(Serve(**(vars(found) | changes)), around or Environment(), release, "HEAD")

    return made


@pytest.fixture
def client(service):
    with TestClient(create_app(service())) as found:
        yield found


def outputs_of(response):
    return {one["name"]: one for one in response.json()["outputs"]}


def test_tensors_have_the_predictions_of_their_rows(client, release):
    expected = client.post("/predict", json=ROWS).json()
    done = client.post(INFER, json={"id": "r1", "inputs": TENSORS})
    assert done.status_code == 200
    predictions = [one["prediction"] for one in expected]
    assert done.json() == {
        "model_name": "model",
        "model_version": release.version,
        "id": "r1",
        "outputs": [
            tensor("probability", [one["probability"] for one in predictions], "FP64"),
            tensor("predicted", [one["predicted"] for one in predictions], "BOOL"),
            tensor("id", ["o1", "o2"], "BYTES"),
        ],
    }


def test_without_an_id_the_response_has_none(client):
    assert set(client.post(INFER, json={"inputs": TENSORS}).json()) == {"model_name", "model_version", "outputs"}


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [2, 1]},
        {"shape": [2, 1], "data": [[7], [8]]},
        {"data": [[7], [8]]},
        {"datatype": "INT32"},
        {"datatype": "UINT8"},
        {"datatype": "FP32", "data": [7.0, 8.0]},
        {"parameters": {"content_type": "pd"}},
        {"parameters": None},
    ],
)
def test_a_column_is_taken_in_every_notation(client, change):
    expected = outputs_of(client.post(INFER, json={"inputs": TENSORS}))
    done = client.post(INFER, json=changed("hour", **change) | {"parameters": {"content_type": "pd"}})
    assert outputs_of(done) == expected


def test_only_the_outputs_that_are_asked_for_are_given(client):
    request = {"inputs": TENSORS, "outputs": [{"name": "predicted", "parameters": {"binary_data": False}}]}
    assert list(outputs_of(client.post(INFER, json=request))) == ["predicted"]


def test_explanations_are_a_tensor_of_texts(client):
    found = outputs_of(client.post(f"{INFER}?explain=2", json={"inputs": TENSORS}))["explanation"]
    assert (found["datatype"], found["shape"]) == ("BYTES", [2])
    assert len(json.loads(found["data"][0])["effects"]) == 2


def test_what_is_answered_is_logged_and_counted(client, tmp_path):
    client.post(INFER, json={"inputs": TENSORS})
    records = list(prediction_log.read_log(tmp_path / "data/served"))
    assert [record["id"] for record in records] == ["o1", "o2"]
    assert records[1]["inputs"] == {name: value for name, value in ROWS[1].items() if name != "order"}
    assert "lifecycle_rows_total 2.0" in client.get("/metrics").text


def test_compressed_tensors_are_taken(client):
    body = gzip.compress(json.dumps({"inputs": TENSORS}).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post(INFER, content=body, headers=headers).status_code == 200


INPUTS = [
    {"name": "size", "datatype": "FP64", "shape": [-1]},
    {"name": "hour", "datatype": "INT64", "shape": [-1]},
    {"name": "place", "datatype": "BYTES", "shape": [-1]},
    {"name": "gift", "datatype": "BOOL", "shape": [-1]},
    {"name": "late_7D", "datatype": "FP64", "shape": [-1]},
    {"name": "hollow", "datatype": "FP64", "shape": [-1]},
    {"name": "order", "datatype": "BYTES", "shape": [-1], "parameters": {"optional": True}},
]


def test_the_metadata_has_the_tensors(client, release):
    assert client.get(MODEL).json() == client.get(f"{MODEL}/versions/{release.version}").json()
    assert client.get(MODEL).json() == {
        "name": "model",
        "versions": [release.version],
        "platform": "lifecycle",
        "inputs": INPUTS,
        "outputs": [
            {"name": "probability", "datatype": "FP64", "shape": [-1]},
            {"name": "predicted", "datatype": "BOOL", "shape": [-1]},
            {"name": "id", "datatype": "BYTES", "shape": [-1]},
        ],
    }


def test_the_server_is_described(client):
    assert client.get("/v2").json() == {"name": "lifecycle", "version": version("lifecycle"), "extensions": []}
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get(f"{MODEL}/ready").json() == {"name": "model", "ready": True}


OF_CLASSES = ("probability_late", "probability_early", "probability_on time")


@pytest.mark.parametrize(
    ("case", "names"),
    [
        (("multiclass", "lightgbm"), {"predicted": "BYTES"} | dict.fromkeys(OF_CLASSES, "FP64")),
        (("regression", "quantile_regression"), {"predicted": "FP64", "low": "FP64", "high": "FP64"}),
        (("clustering", "kmeans"), {"cluster": "INT64"}),
    ],
)  # fmt: skip
def test_every_task_gives_the_tensors_of_its_metadata(case, names, tmp_path, monkeypatch, service):
    found = load_release(releases.write(tmp_path / "made", *case))
    made = service()
    made.take(found)
    with TestClient(create_app(made)) as client:
        outputs = outputs_of(client.post(INFER, json={"inputs": TENSORS}))
        described = client.get(MODEL).json()["outputs"]
    assert {name: one["datatype"] for name, one in outputs.items()} == names | {"id": "BYTES"}
    assert {one["name"]: one["datatype"] for one in described} == names | {"id": "BYTES"}


def test_the_model_has_the_name_of_its_problem(service, release):
    made = service()
    made.take(replace(release, lineage={"configuration": {"conf/clean/late.yaml": "1", "conf/problem/late.yaml": "2"}}))
    with TestClient(create_app(made)) as client:
        assert client.get("/v2/models/late").json()["name"] == "late"
        done = client.post(INFER, json={"inputs": TENSORS})
    assert (done.status_code, done.json()["error"]) == (
        404,
        "model: got 'model', wanted late, the only one that is served",
    )


def test_a_key_that_is_there_twice_is_rejected_by_name(client):
    body = json.dumps({"inputs": TENSORS})[:-1] + ', "inputs": []}'
    done = client.post(INFER, content=body, headers={"content-type": "application/json"})
    assert (done.status_code, done.json()["error"]) == (
        400,
        "body: got the key 'inputs' twice in one object, wanted it once",
    )


@pytest.mark.parametrize("path", ["/versions/7", "/versions/7/ready", "/versions/7/infer"])
def test_another_version_is_not_found(client, release, path):
    done = client.request("POST" if "infer" in path else "GET", f"{MODEL}{path}", json={"inputs": TENSORS})
    assert (done.status_code, done.json()["error"]) == (404, f"version: got '7', wanted {release.version}")


def test_a_version_that_is_asked_for_is_the_one_that_answers(service, release):
    made = service()
    other = replace(release, version="c" * 12)
    made.scorer = replace(made.scorer, canary=prepare_model(other), share=0.5)
    with TestClient(create_app(made)) as client:
        assert client.get(MODEL).json()["versions"] == [release.version, "c" * 12]
        for wanted in (release.version, "c" * 12):
            for order in ("o1", "o2", "o3", "o4", "o5", "o6"):
                request = changed("order", data=[order, "o9"])
                done = client.post(f"{MODEL}/versions/{wanted}/infer", json=request)
                assert done.json()["model_version"] == wanted


def test_the_key_and_the_limits_hold(service):
    with TestClient(create_app(service(Environment(key="secret")))) as client:
        assert client.post(INFER, json={"inputs": TENSORS}).status_code == 401
        assert client.get(MODEL).status_code == client.get("/v2/health/live").status_code == 200
    with TestClient(create_app(service(max_rows=1))) as client:
        done = client.post(INFER, json={"inputs": TENSORS})
        assert (done.status_code, done.json()["error"]) == (413, "inputs[0] 'order': got 2 rows, wanted at most 1")
    with TestClient(create_app(service(max_bytes=100))) as client:
        assert client.post(INFER, json={"inputs": TENSORS}).status_code == 413


def test_the_route_in_log_and_telemetry_is_bounded(client, capsys):
    for name in ("model", "none", "models", "x" * 90):
        client.post(f"/v2/models/{name}/infer", json={"inputs": TENSORS})
        client.get(f"/v2/models/{name}/versions/{name}")
        client.delete(f"/v2/models/{name}")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    routes = {"/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}", "/v2/models/{name}"}
    assert {line["route"] for line in lines} == routes
    assert 'route="/v2/models/{name}/infer",status="200"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("request_body", "status", "message"),
    [
        ([], 422, "body: got a list, wanted an object with inputs"),
        ({}, 422, "body: got an object, wanted an object with inputs"),
        ({"inputs": TENSORS, "rows": 1}, 422, "body: got 'rows', wanted id, parameters, inputs, outputs"),
        ({"inputs": TENSORS, "id": 7}, 422, "id: got a number, wanted a text"),
        ({"inputs": TENSORS, "parameters": 7}, 422, "parameters: got a number, wanted an object"),
        ({"inputs": {}}, 422, "inputs: got an object, wanted a list of tensors"),
        ({"inputs": []}, 422, "inputs: got no rows, wanted 1 or more"),
        ({"inputs": [3]}, 422, "inputs[0]: got a number, wanted a tensor"),
        ({"inputs": [{}]}, 422, "inputs[0]: got nothing, wanted name, shape, datatype and data"),
        ({"inputs": [{"name": "size"}]}, 422, "inputs[0]: got 'name', wanted name, shape, datatype and data"),
        (changed("size", name=3), 422, "inputs[1].name: got a number, wanted the name of a column"),
        (changed("size", name="hour"), 422, "inputs[2] 'hour': got this name again, wanted each column once"),
        (changed("size", data=3), 422, "inputs[1] 'size': data: got a number, wanted a list of values"),
        (changed("size", data=[[1], 2]), 422, "inputs[1] 'size': data[1] is no list of one value"),
        (changed("size", data=[[1, 2], [3, 4]]), 422, "inputs[1] 'size': data[0] is no list of one value"),
        (changed("size", shape=2), 422, "inputs[1] 'size': shape: got a number, wanted a list"),
        (changed("size", shape=[3]), 422, "inputs[1] 'size': got 2 values, wanted 3 by its shape"),
        (changed("size", shape=[0], data=[]), 422, "inputs[1] 'size': got no rows, wanted 1 or more"),
        (changed("size", shape=[]), 422, "inputs[1] 'size': got shape [], wanted [rows] or [rows, 1]"),
        (changed("size", shape=[1, 2]), 422, "inputs[1] 'size': got shape [1, 2], wanted [rows] or [rows, 1]"),
        (changed("size", shape=[True, 1]), 422, "inputs[1] 'size': got shape [true, 1], wanted [rows]"),
        (changed("size", shape=[-2]), 422, "inputs[1] 'size': got shape [-2], wanted [rows]"),
        (changed("size", shape=[1], data=[3.5]), 422, "inputs[1] 'size': got 1 rows, wanted 2 as in inputs[0]"),
        (changed("size", datatype="FLOAT"), 422, "inputs[1] 'size': got datatype 'FLOAT', wanted one of BOOL, INT8"),
        (changed("size", data=["1", "2"]), 422, "inputs[1] 'size': data[0] is '1', wanted FP64 or null"),
        (changed("hour", data=[7, 8.5]), 422, "inputs[2] 'hour': data[1] is 8.5, wanted INT64 or null"),
        (changed("hour", datatype="INT8", data=[7, 128]), 422, "inputs[2] 'hour': data[1] is 128, wanted INT8 or null"),
        (changed("gift", data=[1, 0]), 422, "inputs[4] 'gift': data[0] is 1, wanted BOOL or null"),
        (changed("place", data=["a", True]), 422, "inputs[3] 'place': data[1] is true, wanted BYTES or null"),
        (
            changed("size", parameters={"binary_data_size": 16}),
            400,
            "inputs[1].parameters: got binary_data_size, which",
        ),
        (changed("place", parameters={"content_type": "base64"}), 400, "inputs[3].parameters: got content_type base64"),
        ({"inputs": TENSORS, "parameters": {"binary_data_output": True}}, 400, "parameters: got binary_data_output"),
        ({"inputs": TENSORS, "outputs": {}}, 422, "outputs: got an object, wanted a list of tensors' names"),
        ({"inputs": TENSORS, "outputs": ["predicted"]}, 422, "outputs[0]: got a text, wanted an object with a name"),
        (
            {"inputs": TENSORS, "outputs": [{"name": "answer"}]},
            422,
            "outputs[0]: got 'answer', wanted one of probability, predicted, id, explanation",
        ),
        (
            {"inputs": TENSORS, "outputs": [{"name": "predicted", "parameters": {"binary_data": True}}]},
            400,
            "outputs[0].parameters: got binary_data, which is not supported",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(client, request_body, status, message):
    done = client.post(INFER, json=request_body)
    assert (done.status_code, done.json()["error"][: len(message)]) == (status, message)


def test_a_value_that_breaks_the_contract_is_named_with_its_row(client):
    done = client.post(INFER, json=changed("hour", data=[7, 24]))
    assert done.status_code == 422
    assert [(one["row"], one["field"], one["got"]) for one in done.json()["detail"]] == [(1, "hour", "24")]


@pytest.mark.parametrize("route", ["/predict", "/invocations"])
def test_tensors_at_another_route_are_told_theirs(client, route):
    done = client.post(route, json={"inputs": TENSORS})
    assert done.status_code == 422
    assert done.json()["error"] == "inputs: got tensors, wanted rows; tensors go to /v2/models/NAME/infer"


def test_binary_tensors_are_refused(client):
    headers = {"content-type": "application/json", "inference-header-content-length": "3"}
    done = client.post(INFER, content=b"{}\0\0", headers=headers)
    assert (done.status_code, done.json()["error"]) == (
        415,
        "body: got binary tensors after its JSON, wanted JSON alone",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TENSOR_PARTS = st.dictionaries(st.sampled_from(["name", "shape", "datatype", "data", "parameters"]), JSON, max_size=2)
NEAR = st.lists(TENSOR_PARTS, min_size=len(TENSORS), max_size=len(TENSORS)).map(
    lambda parts: {"inputs": [one | part for one, part in zip(TENSORS, parts, strict=True)]}
)
REQUESTS = (
    JSON | st.dictionaries(st.sampled_from(["id", "inputs", "outputs", "parameters"]), JSON | st.just(TENSORS)) | NEAR
)


def test_no_request_is_a_mistake_of_ours(client):
    @given(REQUESTS)
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(request):
        done = client.post(INFER, content=json.dumps(request), headers={"content-type": "application/json"})
        assert done.status_code in (200, 400, 413, 422), done.text

    holds()
