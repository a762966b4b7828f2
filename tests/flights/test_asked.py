"""The flights asked for real: six columns at a served release, which knows what has become known by then.

A release of the flights through August is asked about departures of September, and told what happens to all of them:
every feature has the bits that the data through September gives it, every probability is that of the batch.
"""

import bisect
import contextlib
import itertools
import os
import random
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import conftest
import httpx
import pandas as pd
import pytest
from builders import asked, raw_problems
from builders.asked import Fact, Question, Service
from builders.effort import count_rounds

from lifecycle import paths
from lifecycle.feedback.prediction_log import read_log
from lifecycle.online.event_records import read_events
from lifecycle.online.event_store import SqliteStore
from lifecycle.online.event_tables import list_event_tables
from lifecycle.release.release import Release, list_records, load_release
from lifecycle.release.rows_read import tabulate_values

pytestmark = pytest.mark.slow  # two versions of the flights, and services of real processes

FIRST = pd.Timestamp("2013-09-01", tz="America/New_York")
# Departures that are asked about, and kills of each kind.
DEPARTURES, KILLS = count_rounds(1000, 5000), count_rounds(2, 5)
REDIS = shutil.which("redis-server") or shutil.which("valkey-server")


@dataclass(frozen=True)
class September:
    """A release through August, what is asked and becomes known in September, and the answers expected by id."""

    release: Path
    questions: Sequence[Question]
    facts: Sequence[Fact]
    features: Mapping[str, dict[str, str]]
    predictions: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory) -> Iterator[September]:
    repository = conftest.make(tmp_path_factory.mktemp("august") / "repository")
    before = Path.cwd()
    os.chdir(repository.folder)
    definitions = asked.read_definitions()  # before the stages' picks are written
    with ThreadPoolExecutor(1) as pool:  # the stages are processes of their own
        built = pool.submit(raw_problems.run_stages, "flight_delay", repository, "2013-08-31")
        version = asked.build_version(definitions, date(2013, 9, 30))
        built.result()
    release = load_release()
    questions = asked.list_questions(version, FIRST)
    features = version.features.loc[[question.id for question in questions]]
    typed = release.contract.check(features.reset_index()).features
    yield September(
        release=repository.folder / paths.RELEASE,
        questions=questions,
        facts=asked.list_facts(version, FIRST),
        features=dict(zip(features.index, map(asked.list_bits, list_records(features[[*typed]])), strict=True)),
        predictions=dict(zip(features.index, list_records(release.predict_features(typed)), strict=True)),
    )
    os.chdir(before)


def draw_questions(questions: Sequence[Question], count: int, seed: int) -> list[Question]:
    """Departures drawn by seed, each with all that are asked about at the same moment, in the order of time."""
    drawn, by_moment = set[int](), {moment: [*some] for moment, some in group_by_moment(questions)}
    found = 0
    for one in random.Random(seed).sample(questions, len(questions)):
        if found < count and one.moment not in drawn:
            drawn.add(one.moment)
            found += len(by_moment[one.moment])
    return [question for question in questions if question.moment in drawn][:count]


def group_by_moment(questions: Sequence[Question]) -> Iterator[tuple[int, Iterator[Question]]]:
    return itertools.groupby(questions, key=lambda question: question.moment)


def list_first_days(september: September, days: int, count: int) -> list[Question]:
    """Departures of the first days."""
    end = int((FIRST + pd.Timedelta(days, "D")).timestamp() * 1e6)
    return draw_questions([one for one in september.questions if one.moment < end], count, seed=days)


def list_known(facts: Sequence[Fact], after: int, until: int) -> Sequence[Fact]:
    """What became known after a moment and until another."""
    start, end = (bisect.bisect_right(facts, moment, key=lambda fact: fact.known_at) for moment in (after, until))
    return facts[start:end]


def ask_in_order(service: Service, september: September, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The answers to questions, each asked alone once everything is posted that became known before it."""
    answers, last = [], 0
    for moment, some in group_by_moment(questions):
        service.post(list_known(september.facts, last, moment))
        answers += [service.ask(question) for question in some]
        last = moment
    return answers


def check(service: Service, september: September, questions: Sequence[Question], answers: Sequence[Any]) -> None:
    """The answers have the ids and predictions of the batch, and the log the bits of its features."""
    assert [one["id"] for one in answers] == [question.id for question in questions]
    assert [one["prediction"] for one in answers] == [september.predictions[question.id] for question in questions]
    logged = {record["id"]: asked.list_bits(record["inputs"]) for record in read_log(service.folder / paths.SERVED)}
    assert {one.id: logged[one.id] for one in questions} == {one.id: september.features[one.id] for one in questions}


def test_departures_have_the_features_and_probabilities_of_the_batch(september: September, tmp_path: Path) -> None:
    questions = draw_questions(september.questions, DEPARTURES, seed=1)
    with asked.serve(september.release, tmp_path / "service") as service:
        check(service, september, questions, ask_in_order(service, september, questions))
    assert len(questions) == len({question.id for question in questions}) == DEPARTURES


def test_events_out_of_order_repeated_and_late(september: September, tmp_path: Path) -> None:
    chance, questions = random.Random(3), list_first_days(september, 3, 500)
    with asked.serve(september.release, tmp_path / "service") as service:
        late, last = list[Fact](), 0
        for _, some in itertools.groupby(questions, key=lambda question: question.moment // 86_400_000_000):
            day = [*some]
            facts = [*list_known(september.facts, last, day[-1].moment)]
            held = set(chance.sample(range(len(facts)), len(facts) // 10))
            sent = [fact for place, fact in enumerate(facts) if place not in held]
            again = chance.sample(sent, len(sent) // 10)
            shuffled = chance.sample([*sent, *again], len(sent) + len(again))
            assert service.post(shuffled) == {"taken": len(sent), "repeated": len(again)}
            for question in day:
                assert service.ask(question)["id"] == question.id
            late, last = [*late, *(facts[place] for place in sorted(held))], day[-1].moment
        assert service.post(chance.sample(late, len(late))) == {"taken": len(late), "repeated": 0}
        check(service, september, questions, [service.ask(question) for question in questions])


def test_two_workers_know_what_either_was_told(september: September, tmp_path: Path) -> None:
    questions = list_first_days(september, 2, 300)
    with asked.serve(september.release, tmp_path / "service", "serve.workers=2") as service:
        service.client.headers["connection"] = "close"  # so that any of them takes the next request
        check(service, september, questions, ask_in_order(service, september, questions))
        logs = [path.stat().st_size for path in (service.folder / paths.SERVED).iterdir()]
    assert len(logs) == 2
    assert min(logs) > 0


@pytest.mark.skipif(REDIS is None, reason="needs redis-server or valkey-server")
def test_events_in_redis(september: September, tmp_path: Path) -> None:
    assert REDIS is not None
    questions = list_first_days(september, 2, 300)
    with (
        asked.run_redis(REDIS, tmp_path) as address,
        asked.serve(september.release, tmp_path / "service", f"serve.events={address}") as service,
    ):
        check(service, september, questions, ask_in_order(service, september, questions))
    assert not (tmp_path / "service/data/events").exists()


class Interrupted:
    """A service that is killed during some of its requests, and once more while it starts again."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self.service, self.chance = service, chance
        self.acknowledged, self.kills = set[str](), 0

    def post(self, facts: Sequence[Fact], *, kill: bool) -> None:
        self._send("/events", [fact.record for fact in facts], kill=kill)
        self.acknowledged |= {fact.record["id"] for fact in facts}

    def ask(self, question: Question, *, kill: bool) -> dict[str, Any]:
        return dict(self._send("/predict", question.row, kill=kill).json())

    def _send(self, route: str, body: Any, *, kill: bool) -> httpx.Response:
        """The response to a request, which is sent again where none came."""
        found = self._try_while_killed(route, body) if kill else None
        return found or self.service.client.post(route, json=body).raise_for_status()

    def _try_while_killed(self, route: str, body: Any) -> httpx.Response | None:
        found: httpx.Response | None = None
        killer = threading.Timer(self.chance.uniform(0, 0.1), self.service.kill)
        killer.start()
        with contextlib.suppress(httpx.TransportError):
            found = self.service.client.post(route, json=body).raise_for_status()
        killer.join()
        self.service.launch()
        time.sleep(self.chance.uniform(0, 4))
        self.service.kill()
        self.service.start()
        self.kills += 2
        return found


def test_a_service_that_is_killed_again_and_again_forgets_nothing(september: September, tmp_path: Path) -> None:
    questions, chance = list_first_days(september, 2, 100), random.Random(7)
    moments = [moment for moment, _ in group_by_moment(questions)]
    posts, asks = set(chance.sample(moments, KILLS)), set(chance.sample([one.id for one in questions], KILLS))
    with asked.serve(september.release, tmp_path / "service") as service:
        client, answers, last = Interrupted(service, chance), list[dict[str, Any]](), 0
        for moment, some in group_by_moment(questions):
            client.post(list_known(september.facts, last, moment), kill=moment in posts)
            answers += [client.ask(question, kill=question.id in asks) for question in some]
            last = moment
        check(service, september, questions, answers)
    assert client.kills == 4 * KILLS
    assert list_stored(service) == sorted(client.acknowledged)


def list_stored(service: Service) -> list[str]:
    """The ids of the events in the store of a service."""
    store = SqliteStore(service.folder / "data/events")
    kept = [event.id for _, event in store.read_after(0)]
    store.close()
    return sorted(kept)


def change_outcome(fact: Fact, chance: random.Random) -> Fact | None:
    """Another outcome, known no earlier: longer delays, or none at all; and another weather."""
    row = dict(fact.record["row"])
    if chance.random() < 0.2 and not fact.record["id"].startswith("timetable"):
        return None
    for name in ("dep_delay", "arr_delay", "air_time", "temp", "wind_speed", "pressure"):
        if row.get(name) is not None:
            row[name] += chance.randint(1, 300)
    return replace(fact, record=fact.record | {"row": row})


def learn(release: Release, facts: Sequence[Fact]) -> None:
    """Let a release know these facts."""
    assert release.online is not None
    tables = list_event_tables(release.online.definitions)
    events, rejections = read_events([fact.record for fact in facts], tables, asked.count_now())
    assert rejections == []
    release.online.apply(events)


def test_nothing_that_becomes_known_later_changes_an_earlier_answer(september: September) -> None:
    moment = int((FIRST + pd.Timedelta("60h")).timestamp() * 1e6)
    questions = [question for question in september.questions if question.moment <= moment]
    known, later = (
        list_known(september.facts, 0, moment),
        list_known(september.facts, moment, moment + 2 * 86_400_000_000),
    )
    chance = random.Random(11)
    expected = [{"flight_id": question.id} | september.features[question.id] for question in questions]
    other = [changed for fact in later if (changed := change_outcome(fact, chance))]
    for facts in (known, [*known, *later], [*known, *other]):
        release = load_release(september.release)
        learn(release, facts)
        read = [*release.reader.read_records([question.row for question in questions])]
        assert [*map(asked.list_bits, (row.record for row in read))] == expected
        predictions = release.predict_features(tabulate_values([row.values for row in read], release.contract.fields))
        assert list_records(predictions) == [september.predictions[question.id] for question in questions]
    assert len(other) < len(later)
