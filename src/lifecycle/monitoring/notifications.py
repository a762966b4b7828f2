"""Notifications of alerts: a file, a webhook, e-mail, a GitHub issue. Secrets come from the environment alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from lifecycle.errors import NotificationFailed, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.monitoring.alerts import Alert
from lifecycle.options import options
from lifecycle.reporting.markdown import escape_words
from lifecycle.reporting.references import break_references
from lifecycle.reporting.text import flatten_text
from lifecycle.sources.secret_servers import must_be_confirmed

SECONDS = 20
WHERE = "conf/monitor/, key notify"
WEBHOOK, MAIL_USER, MAIL_PASSWORD, TOKEN = (
    "LIFECYCLE_WEBHOOK",
    "LIFECYCLE_MAIL_USER",
    "LIFECYCLE_MAIL_PASSWORD",
    "GITHUB_TOKEN",
)


@options
class Mail:
    """A mail server, the sender and the recipients; `encrypted` starts TLS before anything is sent."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    encrypted: bool


@options
class Channels:
    """The channels, each left out when null: a file of JSON lines, a webhook, e-mail, issues of a GitHub repository."""

    file: str | None = None
    webhook: bool = False
    mail: Mail | None = None
    issue: str | None = None
    api: str = "https://api.github.com"


def send_notifications(alerts: Sequence[Alert], channels: Channels, environment: Mapping[str, str]) -> list[str]:
    """Send each alert that the file does not record yet to every channel, then record it; a line per step.

    Raises NotificationFailed when a channel rejects, and WrongValue when its secret is not in the environment or not
    confirmed for the server that the configuration names; the file then does not record the alerts, so that the next
    call sends them again.
    """
    path = Path(channels.file) if channels.file else None
    new = [one for one in alerts if one.key not in (read_sent_keys(path) if path else set())]
    if not new:
        return ["no new alert"]
    must_be_confirmed_for_channels(channels, environment)
    done = [f"{len(new)} new alerts"]
    if channels.webhook:
        post_to_webhook(new, read_secret(WEBHOOK, environment))
        done.append("sent to the webhook")
    if channels.mail:
        send_mail(new, channels.mail, environment)
        done.append(f"mailed to {', '.join(channels.mail.to)}")
    if channels.issue:
        number = open_issue(new, channels.issue, channels.api, read_secret(TOKEN, environment))
        done.append(f"issue {number} of {channels.issue}")
    if path:
        record_sent(new, path)
        done.append(f"recorded in {path}")
    return done


def must_be_confirmed_for_channels(channels: Channels, environment: Mapping[str, str]) -> None:
    """Raise WrongValue for a secret that nobody has confirmed for its channel's server.

    The webhook's address is the secret itself, and the token of GitHub is made for GitHub's own API.
    """
    if channels.mail and environment.get(MAIL_USER):
        mail = channels.mail
        server = f"{'smtps' if mail.encrypted else 'smtp'}://{mail.host}:{mail.port}"
        must_be_confirmed(server, (MAIL_USER, MAIL_PASSWORD), f"{WHERE}.mail", environment)
    if channels.issue and channels.api != Channels.api:
        must_be_confirmed(channels.api, (TOKEN,), f"{WHERE}.api", environment)


def read_sent_keys(path: Path) -> set[str]:
    """The keys of the alerts in a file; none where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {str(json.loads(line)["key"]) for line in lines}


def record_sent(alerts: Sequence[Alert], path: Path) -> None:
    """Add a line of JSON per alert to the file."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    write_text(path, before + "\n".join(json.dumps(build_record(one), sort_keys=True) for one in alerts))


def build_record(alert: Alert) -> dict[str, str]:
    """An alert as a record."""
    return asdict(alert) | {"key": alert.key}


def read_secret(name: str, environment: Mapping[str, str]) -> str:
    """A secret from the environment; raises WrongValue without it."""
    if not environment.get(name):
        raise WrongValue(f"{name} is not set", where="the environment", todo=f"export {name}=…, and keep it secret")
    return environment[name]


def render_title(alerts: Sequence[Alert]) -> str:
    """All alerts in one line."""
    rules = ", ".join(sorted({one.rule for one in alerts}))
    return flatten_text(f"{len(alerts)} new alerts in {max(one.period for one in alerts)}: {rules}")


def render_body(alerts: Sequence[Alert]) -> str:
    """A line per alert."""
    return "\n".join(f"- {flatten_text(line)}" for line in describe_alerts(alerts))


def render_markdown(alerts: Sequence[Alert]) -> str:
    """A line per alert as Markdown, in which no name links or mentions."""
    return "\n".join(f"- {escape_words(line)}" for line in describe_alerts(alerts))


def describe_alerts(alerts: Sequence[Alert]) -> list[str]:
    """Each alert in words."""
    return [f"{one.rule}, since {one.since}: {one.message}" for one in alerts]


def post_to_webhook(alerts: Sequence[Alert], address: str) -> None:
    """Post the alerts as one JSON object; raises NotificationFailed."""
    post_json(
        address,
        {
            "text": f"{escape_words(render_title(alerts))}\n{render_markdown(alerts)}",
            "alerts": [build_record(one) for one in alerts],
        },
        {},
    )


def open_issue(alerts: Sequence[Alert], repository: str, api: str, token: str) -> int:
    """Open an issue with the alerts and return its number; raises NotificationFailed."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    answer = post_json(
        f"{api}/repos/{repository}/issues",
        {"title": break_references(render_title(alerts)), "body": render_markdown(alerts)},
        headers,
    )
    return int(answer["number"])


def post_json(address: str, content: object, headers: Mapping[str, str]) -> dict[str, int]:
    """Post JSON and return the JSON answer, empty where it is none; raises NotificationFailed without the address.

    An address of a webhook is a secret itself, so no message holds more of it than its host.
    """
    from urllib.parse import urlsplit

    import requests

    host = urlsplit(address).hostname
    try:
        response = requests.post(address, json=content, headers=dict(headers), timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as cause:
        raise build_error(str(host), type(cause).__name__) from None
    if not 200 <= response.status_code < 300:
        raise build_error(str(host), f"status {response.status_code}")
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def send_mail(alerts: Sequence[Alert], mail: Mail, environment: Mapping[str, str]) -> None:
    """Send one e-mail with the alerts; logs in where the environment names a user; raises NotificationFailed."""
    import smtplib
    import ssl
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = render_title(alerts), mail.sender, ", ".join(mail.to)
    message.set_content(render_body(alerts))
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=SECONDS) as server:
            if mail.encrypted:
                server.starttls(context=ssl.create_default_context())
            if environment.get(MAIL_USER):
                server.login(environment[MAIL_USER], read_secret(MAIL_PASSWORD, environment))
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as cause:
        raise build_error(f"{mail.host}:{mail.port}", type(cause).__name__) from cause


def build_error(place: str, why: str) -> NotificationFailed:
    """The error for a channel that does not accept the alerts."""
    return NotificationFailed(
        f"{place} did not accept the alerts ({why})",
        where=WHERE,
        todo="lifecycle monitor --notify tries again; nothing was recorded as sent",
    )
