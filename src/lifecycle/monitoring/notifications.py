"""Where alerts go: a file, a webhook, e-mail, an issue on GitHub. Secrets come from the environment alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from lifecycle.errors import DeliveryFailed, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.monitoring.alerts import Alert
from lifecycle.options import options

SECONDS = 20
WEBHOOK, MAIL_USER, MAIL_PASSWORD, TOKEN = (
    "LIFECYCLE_WEBHOOK",
    "LIFECYCLE_MAIL_USER",
    "LIFECYCLE_MAIL_PASSWORD",
    "GITHUB_TOKEN",
)


@options
class Mail:
    """A mail server and who writes to whom; `encrypted` asks for STARTTLS before anything is said."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    encrypted: bool


@options
class Channels:
    """Where alerts go, each left out when null: a file of JSON lines, a webhook, e-mail, a GitHub repository."""

    file: str | None = None
    webhook: bool = False
    mail: Mail | None = None
    issue: str | None = None
    api: str = "https://api.github.com"


def deliver(alerts: Sequence[Alert], channels: Channels, environment: Mapping[str, str]) -> list[str]:
    """Send each alert that the file does not know yet everywhere, then note it there; what was done, in words.

    Raises DeliveryFailed when a channel rejects and WrongValue when its secret is not in the environment; the
    file then does not know the alerts, so that the next call sends them again.
    """
    path = Path(channels.file) if channels.file else None
    news = [one for one in alerts if one.key not in (known(path) if path else set())]
    if not news:
        return ["no new alert"]
    done = [f"{len(news)} new alerts"]
    if channels.webhook:
        to_webhook(news, secret(WEBHOOK, environment))
        done.append("sent to the webhook")
    if channels.mail:
        to_mail(news, channels.mail, environment)
        done.append(f"mailed to {', '.join(channels.mail.to)}")
    if channels.issue:
        number = to_issue(news, channels.issue, channels.api, secret(TOKEN, environment))
        done.append(f"issue {number} of {channels.issue}")
    if path:
        note(news, path)
        done.append(f"noted in {path}")
    return done


def known(path: Path) -> set[str]:
    """The keys of the alerts in a file; none where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {str(json.loads(line)["key"]) for line in lines}


def note(alerts: Sequence[Alert], path: Path) -> None:
    """Add a line of JSON per alert to the file."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    write_text(path, before + "\n".join(json.dumps(record(one), sort_keys=True) for one in alerts))


def record(alert: Alert) -> dict[str, str]:
    """An alert as a record."""
    return asdict(alert) | {"key": alert.key}


def secret(name: str, environment: Mapping[str, str]) -> str:
    """A secret from the environment; raises WrongValue where it is not there."""
    if not environment.get(name):
        raise WrongValue(f"{name} is not set", where="the environment", todo=f"export {name}=…, and keep it secret")
    return environment[name]


def title(alerts: Sequence[Alert]) -> str:
    """All alerts in one line."""
    rules = ", ".join(sorted({one.rule for one in alerts}))
    return f"{len(alerts)} new alerts in {max(one.period for one in alerts)}: {rules}"


def body(alerts: Sequence[Alert]) -> str:
    """A line per alert."""
    return "\n".join(f"- {one.rule}, since {one.since}: {one.said}" for one in alerts)


def to_webhook(alerts: Sequence[Alert], address: str) -> None:
    """Post the alerts as one JSON object; raises DeliveryFailed."""
    post(address, {"text": f"{title(alerts)}\n{body(alerts)}", "alerts": [record(one) for one in alerts]}, {})


def to_issue(alerts: Sequence[Alert], repository: str, api: str, token: str) -> int:
    """Open an issue with the alerts and return its number; raises DeliveryFailed."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    answer = post(f"{api}/repos/{repository}/issues", {"title": title(alerts), "body": body(alerts)}, headers)
    return int(answer["number"])


def post(address: str, content: object, headers: Mapping[str, str]) -> dict[str, int]:
    """Post JSON and return the JSON answer, empty where it is none; raises DeliveryFailed without the address.

    An address of a webhook is a secret itself, so no message holds more of it than its host.
    """
    from urllib.parse import urlsplit

    import requests

    host = urlsplit(address).hostname
    try:
        answer = requests.post(address, json=content, headers=dict(headers), timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as cause:
        raise rejected(str(host), type(cause).__name__) from None
    if not 200 <= answer.status_code < 300:
        raise rejected(str(host), f"status {answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def to_mail(alerts: Sequence[Alert], mail: Mail, environment: Mapping[str, str]) -> None:
    """Send one e-mail with the alerts; logs in where the environment names a user; raises DeliveryFailed."""
    import smtplib
    import ssl
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = title(alerts), mail.sender, ", ".join(mail.to)
    message.set_content(body(alerts))
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=SECONDS) as server:
            if mail.encrypted:
                server.starttls(context=ssl.create_default_context())
            if environment.get(MAIL_USER):
                server.login(environment[MAIL_USER], secret(MAIL_PASSWORD, environment))
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as cause:
        raise rejected(f"{mail.host}:{mail.port}", type(cause).__name__) from cause


def rejected(place: str, why: str) -> DeliveryFailed:
    """The error for a channel that does not take the alerts."""
    return DeliveryFailed(
        f"{place} did not take the alerts ({why})",
        where="conf/monitor/, key deliver",
        todo="lifecycle monitor --deliver tries again; nothing was noted as sent",
    )
