"""Raw rows over HTTP: the same answers as of the features that are made of them, in every form of request."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from builders import raw_rows, releases
from fastapi.testclient import TestClient

from lifecycle import config, paths
from lifecycle.errors import UnknownName
from lifecycle.feedback.labels import tabulate_log
from lifecycle.feedback.open_labels import find_open_labels
from lifecycle.feedback.prediction_log import Privacy, read_log
from lifecycle.io.tables import write_table
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.models import check_log_fields
from lifecycle.serving.rate_limit import KeyGuard
from lifecycle.serving.scorer import prepare_model
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment
from lifecycle.serving.shadow import Shadow

TOP = Path(__file__).parents[2]
ASKED, PREPARED = raw_rows.ASKED, raw_rows.PREPARED
ROWS = [ASKED | {"grams": 1000 * place, "place": ["a", None][place % 2]} for place in range(20)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture(scope="module")
def release(plain):
    return raw_rows.with_raw_rows(plain)


@pytest.fixture
def serve(release, tmp_path, monkeypatch):
    monkeypatch.chdir(TOP)
    settings = config.load(Config, ["serve=default"]).serve
    monkeypatch.chdir(tmp_path)

    def made(of=release, **changes):
        return Service(replace(settings, **changes), Environment(), of, "HEAD")

    return made


@pytest.fixture
def client(serve):
    with TestClient(create_app(serve())) as found:
        yield found


def ask(client, body, query=""):
    return client.post(f"/predict{query}", json=body).raise_for_status().json()


def test_a_raw_row_has_the_answer_of_its_features_and_the_id_that_is_made_of_it(client):
    found = ask(client, ASKED)
    assert found["id"] == "b-7"
    assert found["prediction"] == ask(client, PREPARED)["prediction"]


def test_the_log_has_the_features_and_the_raw_row(client, tmp_path):
    asked = ASKED | {"courier": "C"}
    ask(client, asked)
    ask(client, PREPARED | {"order": "o1"})
    raw, prepared = read_log(tmp_path / "data/served")
    assert (raw["id"], raw["inputs"], raw["question"]) == ("b-7", PREPARED, asked)
    assert list(raw) == ["id", "time", "version", "inputs", "question", "prediction", "open"]
    assert (prepared["inputs"], "question" in prepared) == (PREPARED, False)
    assert raw["prediction"] == prepared["prediction"]


@pytest.mark.parametrize("count", [1, 9])
def test_a_raw_row_that_came_after_all_that_was_learned_is_open_and_judged_by_the_tables_label(serve, tmp_path, count):
    write_table(paths.TABLE, pd.DataFrame({"order": pd.Series(["b-7", "o1"], dtype="str"), "late": [True, False]}))
    with TestClient(create_app(serve())) as client:
        ask(client, [ASKED | {"order": "mine"}] * count)
        ask(client, [PREPARED | {"order": "o1"}] * count)
        ask(client, [ASKED] * count)
    records = [*read_log(tmp_path / "data/served")]
    assert [(one["id"], one.get("open"), one.get("row")) for one in records[::count]] == [
        ("mine", True, "b-7"), ("o1", None, None), ("b-7", True, None)
    ]  # fmt: skip
    log = tabulate_log(records).set_index("id", drop=False)
    judged = find_open_labels(log, raw_rows.schema(), Privacy())
    assert judged.dropna().to_dict() == {"mine": True, "b-7": True}


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize(
    "changes",
    [{"horizon": 1_717_140_600_000_000}, {"makes_id": False}],
    ids=["the model may have learned from it", "it is not known which row of the table it is"],
)
def test_another_raw_row_is_not_open(serve, plain, tmp_path, changes, count):
    with TestClient(create_app(serve(raw_rows.with_raw_rows(plain, **changes)))) as client:
        ask(client, [ASKED] * count)
    assert not any({"open", "row"} & record.keys() for record in read_log(tmp_path / "data/served"))


def test_a_raw_row_with_the_id_of_its_raw_table_is_open(serve, plain, tmp_path):
    release = raw_rows.with_raw_rows(plain, makes_id=False)
    release.online.definitions = replace(release.online.definitions, identity=("order",))
    with TestClient(create_app(serve(release))) as client:
        ask(client, ASKED | {"order": "o7"})
        ask(client, ASKED)
    brought, without = read_log(tmp_path / "data/served")
    assert (brought["id"], brought["open"], "row" in brought, "open" in without) == ("o7", True, False, False)


def test_the_tables_id_of_an_open_row_is_hashed_as_its_own_is(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("LIFECYCLE_LOG_KEY", "k" * 16)
    privacy = Privacy(hashed=frozenset({"order"}), key=b"k" * 16)
    with TestClient(create_app(serve(hash=("order",)))) as client:
        ask(client, ASKED | {"order": "mine"})
    (record,) = read_log(tmp_path / "data/served")
    assert (record["id"], record["row"]) == (privacy.redact("order", "mine"), privacy.redact("order", "b-7"))


@pytest.mark.parametrize("count", [1, 3, 20])
def test_lists_and_envelopes_of_raw_rows(client, count):
    rows = ROWS[:count]
    expected = [ask(client, row) for row in rows]
    table = {"columns": [*ASKED], "data": [[row[name] for name in ASKED] for row in rows]}
    columns = {name: [row[name] for row in rows] for name in ASKED}
    assert ask(client, rows) == expected
    assert ask(client, {"instances": rows})["predictions"] == expected
    assert ask(client, {"dataframe_split": table})["predictions"] == expected
    assert ask(client, table)["predictions"] == expected
    assert ask(client, {"inputs": columns})["predictions"] == expected
    assert ask(client, {"input_data": columns}) == expected


@pytest.mark.parametrize("sent_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:30:00Z", "12000-01-01T00:00:00Z"])
@pytest.mark.parametrize("count", [1, 9])
def test_a_time_at_the_edges_of_the_calendar_is_rejected_by_its_name(client, sent_at, count):
    found = client.post("/predict", json=[ASKED | {"sent_at": sent_at}] * count)
    wanted = "a time such as 2024-05-31T14:30:00Z, in the years 1678 to 2261"
    assert found.status_code == 422
    assert found.json()["detail"][0] == {"row": 0, "field": "sent_at", "got": repr(sent_at), "wanted": wanted}


def test_rows_of_both_kinds_in_one_request(client):
    found = ask(client, [PREPARED | {"order": "o1"}, ASKED])
    assert [one["id"] for one in found] == ["o1", "b-7"]
    assert found[0]["prediction"] == found[1]["prediction"]


def test_nested_names_are_logged_as_they_are_read(serve, plain, tmp_path):
    agreed = raw_rows.contract()
    fields = (replace(agreed.fields[0], name="parcel.grams"), *agreed.fields[1:])
    nested = replace(raw_rows.with_raw_rows(plain), raw=replace(agreed, fields=fields))
    nested.online.compute_one = lambda row: raw_rows.Online(nested.online.definitions).compute_one(
        row | {"grams": row["parcel.grams"]}
    )
    row = {name: value for name, value in ASKED.items() if name != "grams"} | {"parcel": {"grams": 1250}}
    service = serve(nested, drop=("parcel.grams",))
    with TestClient(create_app(service)) as client:
        assert ask(client, row)["id"] == "b-7"
    (record,) = read_log(tmp_path / "data/served")
    assert record["question"] == {name: ASKED[name] for name in ("sent_at", "place", "gift")}


def infer(client, rows, query=""):
    tensors = [
        {"name": name, "shape": [len(rows)], "datatype": kind, "data": [row[name] for row in rows]}
        for name, kind in {"grams": "FP64", "sent_at": "BYTES", "place": "BYTES", "gift": "BYTES"}.items()
    ]
    return client.post(f"/v2/models/model/infer{query}", json={"inputs": tensors})


def test_tensors_of_raw_rows(client):
    found = {one["name"]: one["data"] for one in infer(client, ROWS).raise_for_status().json()["outputs"]}
    expected = ask(client, ROWS)
    assert found["id"] == [one["id"] for one in expected]
    assert found["probability"] == [one["prediction"]["probability"] for one in expected]
    assert infer(client, ROWS, "?prepared=true").json()["detail"][0]["field"] == "size"


def test_the_metadata_asks_for_the_raw_columns(client):
    tensors = client.get("/v2/models/model").json()["inputs"]
    required = {one["name"]: one["datatype"] for one in tensors if "parameters" not in one}
    assert required == {"grams": "FP64", "sent_at": "BYTES", "gift": "BYTES"}
    assert {one["name"] for one in tensors} == {*ASKED, *PREPARED, "order"}


@pytest.mark.parametrize(
    ("change", "field", "got"),
    [
        ({"grams": "x"}, "grams", "'x'"),
        ({"grams": 60_000}, "size", "60.0"),
        ({"gram": 1}, "gram", "a value"),
        ({"order": None}, "order", "null"),
    ],
)
def test_a_raw_row_that_does_not_fit_is_rejected_by_name(client, change, field, got):
    done = client.post("/predict", json=ASKED | change)
    assert done.status_code == 422
    (detail,) = done.json()["detail"]
    assert (detail["row"], detail["field"], detail["got"]) == (0, field, got)


def test_an_object_that_is_no_row_is_told_of_the_raw_columns(client):
    done = client.post("/predict", json={"weight": 1})
    assert done.status_code == 422
    assert [one["field"] for one in done.json()["detail"]] == ["grams", "sent_at", "gift", "weight"]


@pytest.mark.parametrize(("query", "status"), [("?prepared=true", 422), ("?prepared=false", 200), ("?prepared=1", 422)])
def test_the_kind_of_rows_can_be_said(client, query, status):
    done = client.post(f"/predict{query}", json=ASKED)
    assert done.status_code == status
    if query == "?prepared=1":
        assert done.json()["error"] == "prepared: got '1', wanted true or false"


def test_an_id_that_is_not_made_is_that_of_the_request(serve, plain):
    with TestClient(create_app(serve(raw_rows.with_raw_rows(plain, makes_id=False)))) as client:
        done = client.post("/predict", json=ASKED, headers={"x-request-id": "r-7"})
    assert done.json()["id"] == "r-7-0"


def test_what_the_log_leaves_out_is_left_out_of_the_raw_row_too(serve, monkeypatch, tmp_path):
    monkeypatch.setenv("LIFECYCLE_LOG_KEY", "k" * 32)
    with TestClient(create_app(serve(drop=("place", "courier"), hash=("gift", "order")))) as client:
        ask(client, ASKED | {"courier": "C", "order": "mine"})
    (record,) = read_log(tmp_path / "data/served")
    assert set(record["question"]) == {"grams", "sent_at", "gift", "order"}
    assert record["question"]["order"] == record["id"] != "mine"
    assert len(record["question"]["gift"]) == 16
    assert "place" not in record["inputs"]
    assert "mine" not in json.dumps(record)


def test_a_name_that_no_row_has_cannot_be_left_out(serve, release):
    with pytest.raises(UnknownName, match="should not have gram"):
        check_log_fields(replace(serve().settings, drop=("gram",)), release)


def shadowed(service, model, client_rows, tmp_path):
    from datetime import UTC, datetime

    service.shadow = Shadow(model, datetime.now(UTC), service.scorer.privacy, tmp_path / "shadow")
    with TestClient(create_app(service)) as client:
        found = [ask(client, row) for row in client_rows]
    return found, [*read_log(tmp_path / "shadow")]


def test_a_shadow_makes_its_own_features_of_the_raw_row(serve, plain, tmp_path):
    other = raw_rows.with_raw_rows(plain)
    heavier = raw_rows.Online(other.online.definitions)
    made = raw_rows.Online(other.online.definitions)
    heavier.compute_one = lambda row: made.compute_one(row | {"grams": 2 * row["grams"]})
    model = prepare_model(replace(other, online=heavier))
    found, records = shadowed(serve(), model, [ASKED, PREPARED, ASKED | {"grams": 30_000}], tmp_path)
    twice = model.predict([next(iter(other.reader.read_records([ASKED | {"grams": 2500}]))).values])[0]
    assert records[0]["shadow"]["prediction"] == twice
    assert records[1]["shadow"]["prediction"] == found[1]["prediction"]
    assert records[2]["shadow"] == {"version": model.release.version, "rejected": "size"}


def test_a_shadow_that_takes_no_raw_rows_gets_the_features(serve, plain, tmp_path):
    found, records = shadowed(serve(), prepare_model(plain), [ASKED], tmp_path)
    assert records[0]["shadow"]["prediction"] == found[0]["prediction"]


def test_an_explanation_says_the_features_in_words(client):
    effects = ask(client, ASKED, "?explain=6")["explanation"]["effects"]
    words = {one["field"]: one.get("text") for one in effects}
    assert words["late_7D"] == "too late for place b in the last 7 days: 25%"
    assert words["place"] == "where it goes: b"
    assert words["size"] is None
    assert ask(client, PREPARED, "?explain=6")["explanation"]["effects"] == effects


def test_the_document_has_both_kinds_of_rows_and_an_example_that_is_answered(client):
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert list(schemas["Question"]["properties"]) == [*ASKED]
    assert list(schemas["Row"]["properties"]) == [*PREPARED]
    for path in ("/predict", "/v2/models/model/infer"):
        route = document["paths"][path]["post"]
        example = route["requestBody"]["content"]["application/json"]["example"]
        assert client.post(path, json=example).status_code == 200
        assert [one["name"] for one in route["parameters"]] == ["explain", "prepared"]
    assert document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["example"] == ASKED


def test_the_pages_ask_for_the_raw_columns_and_suggest_known_values(client):
    page = client.get("/").text
    assert "<input name='grams' type='number' step='any' value='1250'" in page
    assert "<input name='place' type='text' step='any' value='b' placeholder='missing' list='known-2'>" in page
    assert "<datalist id='known-2'><option value='a'><option value='b'></datalist>" in page
    assert "name='size'" not in page
    docs = client.get("/docs").text
    assert docs.index("<td><code>grams</code></td>") < docs.index("prepared=true") < docs.index("<code>size</code>")


def test_a_release_of_features_alone_asks_for_them(serve, plain):
    with TestClient(create_app(serve(plain))) as client:
        assert "<input name='size' type='number' step='any' value='1.25'" in client.get("/").text
        assert "Question" not in client.get("/openapi.json").json()["components"]["schemas"]
        assert "prepared=true" not in client.get("/docs").text


@pytest.mark.parametrize("route", ["/", "/docs", "/openapi.json"])
def test_with_a_key_no_raw_row_of_the_training_data_is_public(release, serve, route):
    own = release.example["question"] | {"grams": 987654}
    found = replace(release, example={**release.example, "question": own})
    service = serve(found)
    assert "987654" in TestClient(create_app(service)).get(route).text
    service.keys = KeyGuard("secret", lambda: 0.0)
    client = TestClient(create_app(service))
    public = client.get(route)
    assert (public.status_code, "987654" in public.text) == (200, False)
    assert "grams" in public.text
    assert "987654" in client.get(route, headers={"x-api-key": "secret"}).text
