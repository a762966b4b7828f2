"""A secret goes where a person has confirmed that it may go, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from lifecycle.errors import LifecycleError, WrongValue
from lifecycle.monitoring.alerts import Alert
from lifecycle.monitoring.notifications import Channels, Mail, send_notifications
from lifecycle.online.redis_store import RedisStore
from lifecycle.sources import files, secret_servers
from lifecycle.sources.secret_servers import list_servers, must_be_confirmed, read_confirmed

VARIABLE = "LIFECYCLE_SECRETS_FOR"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing confirmed in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("SHOP_TOKEN", "hunter2")
    return tmp_path / "home"


def rejected(work: Any) -> LifecycleError:
    """The error of a call, of three lines and without the secret."""
    with pytest.raises(LifecycleError) as caught:
        work()
    assert len(str(caught.value).splitlines()) == 3
    assert "hunter2" not in str(caught.value)
    return caught.value


def read(**entry: Any) -> Any:
    """The rows of one entry."""
    return list(files.read(tables={"t": entry}, wait=lambda seconds: None))


def test_the_confirmation_is_a_line_to_paste(web: Any, reply: Any, home: Path) -> None:
    entry = {"path": f"{web.address}/a?t=${{SHOP_TOKEN}}", "format": "json"}
    server = f"http://127.0.0.1:{web.address.rpartition(':')[2]}"
    error = rejected(lambda: read(**entry))
    assert str(error).splitlines() == [
        f"error: SHOP_TOKEN would be sent to {server}, which nobody has confirmed",
        f"where: {server}/a?t=${{SHOP_TOKEN}}",
        f"next:  mkdir -p ~/.config/lifecycle && printf '%s\\n' 'SHOP_TOKEN@{server}' >> ~/.config/lifecycle/secrets",
    ]
    assert web.asked == []
    (home / ".config/lifecycle").mkdir(parents=True)
    (home / ".config/lifecycle/secrets").write_text(f"# of the shop\nSHOP_TOKEN@{server}\n")
    web.one_by_one(reply(b'[{"id": 1}]'))
    assert len(read(**entry)) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "https://evil.example/a?t=${SHOP_TOKEN}", "format": "csv"},
        {"path": "https://evil.example/${SHOP_TOKEN}", "format": "html", "table": 1},
        {"path": r"https://\${SHOP_TOKEN}@evil.example/a", "format": "json"},
        {"path": "https://evil.example/a", "format": "rest", "headers": {"X-Token": "${SHOP_TOKEN}"}},
        {"path": "https://evil.example/a", "format": "rest", "parameters": {"q": "${SHOP_TOKEN}"}},
        {"path": "https://${SHOP_TOKEN}@evil.example", "format": "selectors", "rows": "p", "columns": {"n": "p"}},
        {"path": "postgresql://u:${SHOP_TOKEN}@evil.example/a", "format": "sql", "table": "t"},
        {"path": "mysql://u:${SHOP_TOKEN}@evil.example/a", "format": "sql", "query": "select 1"},
        {"path": "mssql+pyodbc://u:${SHOP_TOKEN}@evil.example/a", "format": "sql", "table": "t"},
        {"path": "mongodb://u:${SHOP_TOKEN}@evil.example/a", "format": "mongodb", "table": "t"},
        {"path": "mongodb+srv://u:${SHOP_TOKEN}@evil.example/a", "format": "mongodb", "table": "t"},
        {"path": "mqtts://u:${SHOP_TOKEN}@evil.example", "format": "mqtt", "topic": "t"},
        {"path": "ssh://u:${SHOP_TOKEN}@evil.example/a.csv", "format": "csv"},
        {"path": "s3://evil.example/${SHOP_TOKEN}", "format": "csv"},
    ],
    ids=lambda entry: f"{entry['format']}-{entry['path'].partition(':')[0]}",
)
def test_no_kind_of_source_sends_what_nobody_has_confirmed(entry: dict[str, Any]) -> None:
    error = rejected(lambda: read(**entry))
    assert error.what == "SHOP_TOKEN would be sent to evil.example, which nobody has confirmed"
    assert error.todo.endswith("'SHOP_TOKEN@evil.example' >> ~/.config/lifecycle/secrets")


@pytest.mark.parametrize(
    "path",
    [
        "https://${SHOP_TOKEN}.evil.example/a",
        "https://${SHOP_TOKEN}/a",
        "https://host:${SHOP_TOKEN}/a",
        "https://api.example@evil.example/a?t=${SHOP_TOKEN}@api.example",
        "https://u:p@evil.example@api.example/?t=${SHOP_TOKEN}",
        "https://evil.example\\@api.example/?t=${SHOP_TOKEN}",
        "https://api.example\\.evil.example/?t=${SHOP_TOKEN}",
        "https://api.example?@evil.example/${SHOP_TOKEN}",
        "https://api.example#@evil.example/${SHOP_TOKEN}",
        "https://api.example\t.evil.example/?t=${SHOP_TOKEN}",
        " https://api.example/?t=${SHOP_TOKEN}",
        "https:/evil.example/${SHOP_TOKEN}",
        "https:///evil.example/${SHOP_TOKEN}",
        "${SHOP_TOKEN}://evil.example",
        "https://api.examp\u212ae/?t=${SHOP_TOKEN}",
        "postgresql:///a?password=${SHOP_TOKEN}",
        "postgresql://api.example?x@evil.example/${SHOP_TOKEN}",
    ],
)
def test_an_address_that_does_not_name_its_server_plainly_is_refused(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "SHOP_TOKEN@api.example SHOP_TOKEN@evil.example")
    form = {"format": "sql", "table": "t"} if path.startswith("postgresql") else {"format": "json"}
    rejected(lambda: read(path=path, **form))
    error = rejected(lambda: list_servers(path.replace("${SHOP_TOKEN}", "~"), "…"))
    assert error.what == "the address with a secret does not name its server plainly"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("postgresql://u:${SHOP_TOKEN}@api.example/a?host=evil.example", "host"),
        ("postgresql://u:${SHOP_TOKEN}@api.example/a?sslmode=require&h%6fstaddr=10.0.0.1", "hostaddr"),
        ("postgresql://u:${SHOP_TOKEN}@api.example/a?service=evil", "service"),
        ("mysql://u:${SHOP_TOKEN}@api.example/a?unix_socket=/run/evil", "unix_socket"),
        ("mysql://u:${SHOP_TOKEN}@api.example/a?read_default_file=evil.cnf", "read_default_file"),
        ("mysql://u:${SHOP_TOKEN}@api.example/a?local_infile=1", "local_infile"),
        ("mssql+pyodbc://u:${SHOP_TOKEN}@api.example/a?driver=x&Server=evil.example", "Server"),
        ("mssql+pyodbc://u:${SHOP_TOKEN}@api.example/a?odbc_connect=Server%3Devil", "odbc_connect"),
        ("mongodb://u:${SHOP_TOKEN}@api.example/a?ssl=true;proxyHost=evil.example", "proxyHost"),
    ],
)
def test_a_parameter_leads_no_driver_elsewhere(path: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "SHOP_TOKEN@api.example")
    form = {"format": "mongodb", "table": "t"} if path.startswith("mongodb") else {"format": "sql", "table": "t"}
    error = rejected(lambda: read(path=path, **form))
    assert error.what == f"the address with a secret has the parameter {key}, which may name another server or a file"


@pytest.mark.parametrize(
    ("confirmed", "address", "enough"),
    [
        ("A@api.example", "https://api.example/x", True),
        ("A@API.example", "https://Api.Example:443", True),
        ("A@api.example:443", "https://api.example/x", True),
        ("B@api.example", "https://api.example", False),
        ("a@api.example", "https://api.example", False),
        ("A@api.example", "https://api.example:8443", False),
        ("A@api.example:8443", "https://api.example", False),
        ("A@api.example:8443", "https://api.example:8443", True),
        ("A@api.example:8443", "http://api.example:8443", False),
        ("A@api.example", "http://api.example", False),
        ("A@http://api.example", "http://api.example/x", True),
        ("A@http://api.example", "https://api.example", False),
        ("A@api.example", "https://api.example.evil.example", False),
        ("A@api.example", "https://evil.api.example", False),
        ("A@api.example", "https://xapi.example", False),
        ("A@*", "https://api.example", False),
        ("A@", "https://api.example", False),
        ("A", "https://api.example", False),
        ("A@db.example", "postgresql+psycopg://u:~@db.example:5432/x", True),
        ("A@db.example:5432", "postgresql://db.example/x", True),
        ("A@db.example", "postgresql://good.example,db.example/x", False),
        ("A@a.example,A@b.example", "mongodb://u:~@a.example,b.example:27017/x", True),
        ("A@a.example", "mongodb://u:~@a.example,b.example/x", False),
        ("A@mqtts.example", "mqtts://mqtts.example", True),
        ("A@mqtts.example", "mqtt://mqtts.example", False),
        ("A@[::1]:8000", "https://[::1]:8000/x", True),
    ],
)
def test_name_and_server_are_compared_as_a_whole(confirmed: str, address: str, enough: bool) -> None:
    environment = {VARIABLE: confirmed}
    if enough:
        must_be_confirmed(address, ["A"], address, environment)
    else:
        error = rejected(lambda: must_be_confirmed(address, ["A"], address, environment))
        assert "which nobody has confirmed" in error.what
        pasted = error.todo.split("'")[3::2]
        must_be_confirmed(address, ["A"], address, {VARIABLE: " ".join([confirmed, *pasted])})


def test_every_variable_is_named_at_once() -> None:
    error = rejected(lambda: must_be_confirmed("mongodb://a.example,b.example/x", ["A", "B"], "mongodb://…", {}))
    assert error.what == "A, B would be sent to a.example, b.example, which nobody has confirmed"
    assert error.todo == (
        "mkdir -p ~/.config/lifecycle && printf '%s\\n' 'A@a.example' 'B@a.example' 'A@b.example' 'B@b.example'"
        " >> ~/.config/lifecycle/secrets"
    )


def test_an_address_without_a_secret_needs_no_confirmation() -> None:
    must_be_confirmed("https://anywhere.example@elsewhere.example", [], "…", {})
    assert list_servers("data/a.csv", "") == list_servers("sqlite:///a.sqlite", "") == []


def test_an_address_that_is_one_variable_names_its_server_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "hunter2")
    error = rejected(lambda: read(path="${SHOP_TOKEN}", format="sql", table="t"))
    assert error.what.startswith("this is no database address")


def test_a_password_that_a_driver_takes_from_the_environment_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    error = rejected(lambda: read(path="postgresql://u@evil.example/a", format="sql", table="t"))
    assert error.what == "PGPASSWORD would be sent to evil.example, which nobody has confirmed"


def test_a_mechanism_that_shows_what_a_machine_is_is_confirmed() -> None:
    path = "mongodb://evil.example/a?authMechanism=MONGODB-OIDC&authMechanismProperties=ENVIRONMENT:azure"
    error = rejected(lambda: read(path=path, format="mongodb", table="t"))
    assert error.what == "MONGODB-OIDC would be sent to evil.example, which nobody has confirmed"


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("OSS_SESSION_TOKEN", "oss://oss.evil.example/bucket/a.csv"),
        ("AZURE_STORAGE_SAS_TOKEN", "abfs://box@evil.blob.core.windows.net/a.csv"),
    ],
)
def test_a_storages_credentials_are_confirmed_where_the_address_names_a_server(
    variable: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "hunter2")
    error = rejected(lambda: read(path=path, format="csv"))
    assert error.what.startswith(f"{variable} would be sent to ")


def test_an_address_in_an_address_is_no_storage() -> None:
    assert (
        "is no file, no web page and no storage"
        in rejected(lambda: read(path="s3://shop/a.csv::https://evil.example/${SHOP_TOKEN}", format="csv")).what
    )


def test_events_go_to_a_confirmed_server() -> None:
    error = rejected(lambda: RedisStore("rediss://:${SHOP_TOKEN}@evil.example:6379"))
    assert error.what == "SHOP_TOKEN would be sent to evil.example, which nobody has confirmed"


ALERT = Alert("drift", "drift", "price", "2013-09", "2013-09", "price: 0.4")


@pytest.mark.parametrize(
    ("channels", "what"),
    [
        (
            Channels(issue="o/r", api="https://api.github.com@evil.example"),
            "GITHUB_TOKEN would be sent to evil.example, which nobody has confirmed",
        ),
        (
            Channels(issue="o/r", api="http://api.github.com"),
            "GITHUB_TOKEN would be sent to http://api.github.com, which nobody has confirmed",
        ),
        (
            Channels(mail=Mail(host="evil.example", port=587, sender="a@b.c", to=("d@e.f",), encrypted=True)),
            "LIFECYCLE_MAIL_USER, LIFECYCLE_MAIL_PASSWORD would be sent to evil.example:587, which nobody has"
            " confirmed",
        ),
        (
            Channels(mail=Mail(host="evil.example", port=25, sender="a@b.c", to=("d@e.f",), encrypted=False)),
            "LIFECYCLE_MAIL_USER, LIFECYCLE_MAIL_PASSWORD would be sent to smtp://evil.example:25, which nobody has"
            " confirmed",
        ),
    ],
)
def test_notifications_go_to_a_confirmed_server(channels: Channels, what: str) -> None:
    names = ("GITHUB_TOKEN", "LIFECYCLE_MAIL_USER", "LIFECYCLE_MAIL_PASSWORD")
    environment = dict.fromkeys(names, "hunter2")
    assert rejected(lambda: send_notifications([ALERT], channels, environment)).what == what


def test_a_line_of_the_file_may_have_a_remark(home: Path) -> None:
    path = secret_servers.FILE.expanduser()
    path.parent.mkdir(parents=True)
    path.write_text("A@a.example # of the shop\n\n  B@B.example,C@c.example\nnothing\n")
    assert path.is_relative_to(home)
    assert read_confirmed({VARIABLE: "D@d.example"}) == {"A@a.example", "B@b.example", "C@c.example", "D@d.example"}


PIECES = [*"@/?#:\\[]~.,;%& ", "api.example", "evil.example", "::1", "443", "8443", "%40", "u:p@", "//", "\t"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_is_confirmed_is_what_the_client_connects_to(rest: str) -> None:
    address = f"https://{rest}"
    try:
        servers = list_servers(address, address)
    except WrongValue:
        return
    assume(servers)
    found = parse_url(address)
    port = "" if found.port in (None, 443) else f":{found.port}"
    assert ",".join(servers) == f"{found.host}{port}"
