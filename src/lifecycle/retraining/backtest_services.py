"""The months through the code that serves and watches in real life: releases in folders, answers in a log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import predictions, thresholds
from lifecycle.evaluation.metric import Metric
from lifecycle.feedback import labels as feedback
from lifecycle.feedback import prediction_log
from lifecycle.io.atomic import write_folder
from lifecycle.modeling import training_window
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Recipe, predict_dataset, fit_pipeline, make_plan, set_boosting_rounds
from lifecycle.modeling.training import Training, find_training_rounds
from lifecycle.monitoring.monitor import run_checks
from lifecycle.monitoring.observations import Observations
from lifecycle.monitoring.performance_checks import Criteria
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.windows import build_observations, find_blocks, name_labels
from lifecycle.release import contract, release
from lifecycle.release.build import as_kind, kind_of, request, typical
from lifecycle.release.contract import Kind
from lifecycle.retraining.backtest import Answered, Served
from lifecycle.retraining.known_data import Places, World
from lifecycle.retraining.policy import Replay


@dataclass(frozen=True)
class Asked:
    """What is played: the problem, the winner's recipe, windows to learn from, what is watched for, and metrics."""

    problem: Problem
    schema: Schema
    recipe: Recipe
    trainings: Mapping[str, Training]
    monitor: Monitor
    metrics: dict[str, Metric]
    seed: int


@dataclass(frozen=True)
class Learned:
    """A challenger: its validation model's answers to the held rows, the threshold, and the rows that it learned from."""

    held: Places
    scores: Any
    threshold: float | None
    seen: Places


class Taught(NamedTuple):
    """What a model learned from: the labels known at the end of a month, in the window of an option, or all of them."""

    last: str
    training: str

    @property
    def name(self) -> str:
        """The name of its release's folder."""
        return "-".join(filter(None, self))


@dataclass
class Live:
    """Releases and logs in `folder`; what was trained or served once is not done again."""

    asked: Asked
    replay: Replay
    world: World
    folder: Path
    learned: dict[Taught, Learned] = field(default_factory=dict)
    taught: dict[str, Taught] = field(default_factory=dict)
    months: dict[tuple[str, str], Served] = field(default_factory=dict)

    @property
    def trained_through(self) -> dict[str, str]:
        """The month at whose end each release learned, by its version."""
        return {version: one.last for version, one in self.taught.items()}

    def train(self, last: pd.Period, training: str) -> str:
        """The version of the release that learns from what is known at the end of a month."""
        one = Taught(str(last), training)
        path = self.folder / "releases" / one.name
        if not path.exists():
            write_folder(path, self.packed(last, training))
        version = release.load_release(path).version
        self.taught[version] = one
        return version

    def known(self, last: pd.Period) -> int:
        """How many labels are known at the end of a month."""
        return len(self.world.known(last))

    def opened(self, version: str) -> release.Release:
        """A release that was trained."""
        return release.load_release(self.folder / "releases" / self.taught[version].name)

    def challenger(self, last: pd.Period, training: str) -> Learned:
        """The validation model of that release: it learns from all but the last `held` days with labels, and answers those."""
        one = Taught(str(last), training)
        if one not in self.learned:
            examples, schema = self.world.examples, self.asked.schema
            known, before = self.world.known(last), self.world.known(last, self.replay.held)
            held = np.setdiff1d(known, before)
            plan, fitted = make_plan(self.asked.problem.task, schema), self.fitted(self.windowed(before, training))
            scores, truth = predict_dataset(plan, fitted, examples.take(held))
            costs = self.asked.problem.costs
            cut = thresholds.choose_threshold(truth, scores, costs).threshold if costs else None
            self.learned[one] = Learned(held, scores, cut, self.windowed(known, training))
        return self.learned[one]

    def windowed(self, places: Places, training: str) -> Places:
        """The rows to learn from among those whose label is known, by their age."""
        time = self.asked.schema.time
        if not training or time is None:
            return places
        asked, times = self.asked.trainings[training], self.world.examples.context[time].iloc[places]
        return places[training_window.select_by_age(times, asked.days, asked.half_life, self.asked.seed)]

    def fitted(self, places: Places) -> Any:
        """The winner's recipe, fitted on these rows."""
        examples = self.world.examples.take(places)
        rounds = find_training_rounds(self.asked.recipe, examples, self.asked.seed)
        return fit_pipeline(set_boosting_rounds(self.asked.recipe, rounds), examples, self.asked.seed)

    def packed(self, last: pd.Period, training: str) -> dict[str, bytes]:
        """The files of a release."""
        learned = self.challenger(last, training)
        examples, path = self.world.examples.take(learned.seen), self.folder / "model.skops"
        write_model(path, {"pipeline": self.fitted(learned.seen)})
        agreed = self.agreement(examples)
        return release.packed(
            model=path.read_bytes(),
            agreed=agreed,
            threshold=learned.threshold,
            request=request(examples, contract.parsed(agreed, "contract.json"), self.asked.schema),
            page=f"# A release of the replay\n\nIt learned from {len(learned.seen):,} rows, known by {last}.\n",
            lineage={"through": str(last), "seed": self.asked.seed},
            forms={},
        )

    def agreement(self, examples: Dataset) -> dict[str, Any]:
        """The contract of a release that learned from these examples."""
        problem, schema = self.asked.problem, self.asked.schema
        features = examples.features
        middle = {name: typical(features[name], kind) for name, kind in self.kinds.items()}
        return contract.made(problem.question, problem.task, schema, self.kinds, {}, middle)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The features in the model's order with their kinds."""
        return {str(name): kind_of(self.world.made[name], self.asked.schema) for name in self.world.examples.features}

    def serve(self, version: str, month: pd.Period) -> Served:
        """A release's month: every row asked of the service's own code, logged, and watched at the month's end."""
        key = (version, str(month))
        if key not in self.months:
            places = self.world.of(month)
            said = self.logged(version, month, self.world.examples.take(places))
            found = run_checks(self.before(version), self.now(version, month, places, said), self.judge(version))
            self.months[key] = Served(version, self.answered(said, places), found)
        return self.months[key]

    def logged(self, version: str, month: pd.Period, rows: Dataset) -> pd.DataFrame:
        """What the log holds after a release has answered these rows, in their order."""
        key, folder = self.asked.schema.id, self.folder / "served" / f"{version}-{month}"
        opened = self.opened(version)
        asking = rows.features.assign(**{key: rows.context[key].to_numpy()})
        told = opened.predict(asking).drop(columns=key).to_dict("records")
        log = prediction_log.Log(folder, datetime(month.year, month.month, 1, tzinfo=UTC))
        log.append(
            [
                {
                    "id": row[key],
                    "time": str(time),
                    "version": version,
                    "inputs": inputs(row, self.kinds),
                    "answer": answer,
                }
                for row, time, answer in zip(
                    asking.to_dict("records"), rows.context[self.asked.schema.time or key], told, strict=True
                )
            ]
        )
        log.close()
        found = (
            feedback.tabulate_log(prediction_log.read_log(folder)).set_index("id").loc[rows.context[key].astype("str").tolist()]
        )
        return pd.DataFrame([json.loads(text) for text in found["answer"]])

    def scores(self, said: pd.DataFrame) -> Any:
        """The scores of a table of answers."""
        return predictions.parse_scores(said, self.asked.problem.task, self.asked.schema.classes)

    def answered(self, said: pd.DataFrame, places: Places) -> Answered:
        """Answers with what happened in truth, known or not yet."""
        rows = self.world.examples.take(places)
        return Answered(self.scores(said), rows.labels, self.blocks(places))

    def blocks(self, places: Places) -> pd.Series:
        """Which rows share their luck."""
        found = find_blocks(self.world.examples.take(places).context, self.asked.problem, self.asked.schema)
        return found.reset_index(drop=True)

    def rows(self, places: Places, known: Any = True) -> Observations:
        """Rows as the monitor takes them; a label that is not `known` is missing."""
        some, schema = self.world.examples.take(places), self.asked.schema
        labels = name_labels(some.labels, schema).astype("object").where(pd.Series(known, index=range(len(places))), None)
        features, context = some.features.reset_index(drop=True), some.context.reset_index(drop=True)
        return build_observations(features, context, self.asked.problem, schema, self.asked.monitor.every, labels)

    def before(self, version: str) -> Observations:
        """The rows that a release learned from."""
        return self.rows(self.learned[self.taught[version]].seen)

    def now(self, version: str, month: pd.Period, places: Places, said: pd.DataFrame) -> Observations:
        """A month's rows with their answers, and the labels that are known at its end."""
        known = np.isin(places, self.world.known(month))
        return self.with_answers(self.rows(places, known), self.scores(said), version)

    def with_answers(self, rows: Observations, scores: Any, version: str) -> Observations:
        """The rows with a release's scores."""
        cut = self.learned[self.taught[version]].threshold
        problem = self.asked.problem
        assert rows.labels is not None  # noqa: S101 - the world has labels
        truth = predictions.encode_truth(rows.labels, problem.task, self.asked.schema.classes)
        threshold = predictions.HALF if cut is None else cut
        stated = predictions.Predictions(problem.task, rows.features.index, scores, truth, threshold)
        return replace(rows, predictions=stated)

    def judge(self, version: str) -> Criteria:
        """What a release's months are judged by."""
        learned = self.learned[self.taught[version]]
        held = self.with_answers(self.rows(learned.held), learned.scores, version)
        asked = self.asked
        return Criteria(asked.problem, asked.metrics, asked.schema.classes, held, asked.monitor, {}, asked.seed)

    def held(self, version: str, last: pd.Period, training: str) -> tuple[Answered, Answered]:
        """A challenger's and a release's answers on the newest labelled rows, which neither has learned from."""
        learned, key = self.challenger(last, training), self.asked.schema.id
        rows = self.world.examples.take(learned.held)
        said = self.opened(version).predict(rows.features.assign(**{key: rows.context[key].to_numpy()}))
        challenger = Answered(learned.scores, rows.labels, self.blocks(learned.held))
        return challenger, self.answered(said.reset_index(drop=True), learned.held)


def inputs(row: Mapping[Any, Any], kinds: dict[str, Kind]) -> dict[str, Any]:
    """A row's features as a request has them."""
    return {name: as_kind(row[name], kind) for name, kind in kinds.items()}


def emptied(folder: Path) -> Path:
    """The folder without what an earlier replay left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
