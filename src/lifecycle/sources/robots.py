"""Web pages read according to robots.txt: disallowed pages are rejected, and requests are paused."""

from __future__ import annotations

import time
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from lifecycle.errors import SourceError
from lifecycle.sources.fetch import parse_scheme, read_contents
from lifecycle.sources.http import AGENT, HttpResponse, HttpSession, PageNotFound, open_session
from lifecycle.sources.retry import Wait


class RobotsSession:
    """A session that respects robots.txt, with its `Crawl-delay` if that is longer than the session's pause."""

    def __init__(self, session: HttpSession) -> None:
        self.session = session
        self.rules = RobotFileParser()
        try:
            rules = session.get("/robots.txt").data.decode("utf-8", errors="replace")
        except PageNotFound:
            rules = ""  # none, so nothing is forbidden: RFC 9309, 2.3.1.3
        self.rules.parse(rules.splitlines())
        session.pause = max(session.pause, float(self.rules.crawl_delay(AGENT) or 0))

    def get(self, url: str = "") -> HttpResponse:
        """A page; raises SourceError if robots.txt disallows it."""
        page = urljoin(self.session.start, url)
        if not self.rules.can_fetch(AGENT, page):
            raise SourceError(
                f"robots.txt of this server forbids {AGENT} to read the page",
                where=self.session.shown(page),
                todo="ask the owner for the data or an API",
            )
        return self.session.get(url)


def fetch_page(address: str, wait: Wait = time.sleep) -> bytes:
    """The bytes of one page, according to robots.txt if it is on the web."""
    if parse_scheme(address) not in ("http", "https"):
        return read_contents(address, wait)
    with open_session(address, wait=wait) as session:
        return RobotsSession(session).get().data
