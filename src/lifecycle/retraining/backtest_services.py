"""The months through the code of production: releases in folders, predictions in a log, the monitor."""

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

from lifecycle.data.columns import with_columns
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import predictions, thresholds
from lifecycle.evaluation.metric import Metric
from lifecycle.feedback import labels as feedback
from lifecycle.feedback import prediction_log
from lifecycle.io.atomic import write_folder
from lifecycle.modeling import training_window
from lifecycle.modeling.boosting_rounds import set_boosting_rounds
from lifecycle.modeling.ensembles import find_training_rounds, fit_recipe
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Recipe, make_plan, predict_dataset
from lifecycle.modeling.training import Training
from lifecycle.monitoring.monitor import run_checks
from lifecycle.monitoring.observations import VALIDATION, Basis, Observations, PredictedReference
from lifecycle.monitoring.performance_checks import Criteria
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.windows import build_observations, find_blocks, name_labels
from lifecycle.release import contract, release, row_schema
from lifecycle.release.build import build_example_request, convert_value, infer_kind, list_typical_values
from lifecycle.release.fields import Kind
from lifecycle.retraining.backtest import ScoredRows, ServedMonth
from lifecycle.retraining.known_data import History, Positions
from lifecycle.retraining.policy import Replay


@dataclass(frozen=True)
class BacktestSetup:
    """What is run: the problem, the winner's recipe, training windows, the monitor, and metrics."""

    problem: Problem
    schema: Schema
    recipe: Recipe
    trainings: Mapping[str, Training]
    monitor: Monitor
    metrics: dict[str, Metric]
    seed: int


@dataclass(frozen=True)
class TrainedChallenger:
    """A challenger: the held rows with its validation model and that one's scores, the threshold, the training rows."""

    held: Positions
    model: Any
    scores: Any
    threshold: float | None
    rows: Positions


class TrainingData(NamedTuple):
    """What a model is trained on: the labels known at the end of a month, in the window of an option or all."""

    last: str
    training: str

    @property
    def name(self) -> str:
        """The name of its release's folder."""
        return "-".join(filter(None, self))


@dataclass
class BacktestServices:
    """Releases and logs in `folder`; nothing is trained or served twice."""

    setup: BacktestSetup
    replay: Replay
    history: History
    folder: Path
    challengers: dict[TrainingData, TrainedChallenger] = field(default_factory=dict)
    trained: dict[str, TrainingData] = field(default_factory=dict)
    months: dict[tuple[str, str], ServedMonth] = field(default_factory=dict)

    @property
    def trained_through(self) -> dict[str, str]:
        """The last training month of each release, by its version."""
        return {version: one.last for version, one in self.trained.items()}

    def train(self, last: pd.Period, training: str) -> str:
        """The version of the release that is trained on what is known at the end of a month."""
        one = TrainingData(str(last), training)
        path = self.folder / "releases" / one.name
        if not path.exists():
            write_folder(path, self.pack_files(last, training))
        version = release.load_release(path).version
        self.trained[version] = one
        return version

    def count_labels(self, last: pd.Period) -> int:
        """How many labels are known at the end of a month."""
        return len(self.history.find_known(last))

    def load_release(self, version: str) -> release.Release:
        """A release that was trained."""
        return release.load_release(self.folder / "releases" / self.trained[version].name)

    def train_challenger(self, last: pd.Period, training: str) -> TrainedChallenger:
        """That release's validation model, trained on all but the last `held` days with labels, scores those."""
        one = TrainingData(str(last), training)
        if one not in self.challengers:
            dataset, schema = self.history.dataset, self.setup.schema
            known, before = self.history.find_known(last), self.history.find_known(last, self.replay.held)
            held = np.setdiff1d(known, before)
            plan, model = (
                make_plan(self.setup.problem.task, schema),
                self.fit_recipe(self.select_window(before, training)),
            )
            scores, truth = predict_dataset(plan, model, dataset.take(held))
            costs = self.setup.problem.costs
            threshold = thresholds.choose_threshold(truth, scores, costs).threshold if costs else None
            rows = self.select_window(known, training)
            self.challengers[one] = TrainedChallenger(held, model, scores, threshold, rows)
        return self.challengers[one]

    def select_window(self, positions: Positions, training: str) -> Positions:
        """The training rows among those whose label is known, by their age."""
        time = self.setup.schema.time
        if not training or time is None:
            return positions
        window, times = self.setup.trainings[training], self.history.dataset.context[time].iloc[positions]
        return positions[training_window.select_by_age(times, window.days, window.half_life, self.setup.seed)]

    def fit_recipe(self, positions: Positions) -> Any:
        """The winner's recipe, fitted on these rows."""
        dataset = self.history.dataset.take(positions)
        rounds = find_training_rounds(self.setup.recipe, dataset, self.setup.seed)
        return fit_recipe(set_boosting_rounds(self.setup.recipe, rounds), dataset, self.setup.seed)

    def pack_files(self, last: pd.Period, training: str) -> dict[str, bytes]:
        """The files of a release."""
        challenger = self.train_challenger(last, training)
        dataset, path = self.history.dataset.take(challenger.rows), self.folder / "model.skops"
        write_model(path, {"pipeline": self.fit_recipe(challenger.rows)})
        agreed = self.make_contract(dataset)
        return release.pack_release(
            model=path.read_bytes(),
            agreed=agreed,
            threshold=challenger.threshold,
            request=build_example_request(dataset, contract.parse_contract(agreed, "contract.json"), self.setup.schema),
            page=f"# A release of the replay\n\nIt was trained on {len(challenger.rows):,} rows, known by {last}.\n",
            lineage={"through": str(last), "seed": self.setup.seed},
            forms={},
        )

    def make_contract(self, dataset: Dataset) -> dict[str, Any]:
        """The contract of a release that was trained on this dataset."""
        problem, schema = self.setup.problem, self.setup.schema
        middle = list_typical_values(dataset.features, self.kinds, schema)
        return row_schema.build_contract(problem.question, problem.task, schema, self.kinds, {}, middle)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The features in the model's order with their kinds."""
        return {
            str(name): infer_kind(self.history.features[name], self.setup.schema)
            for name in self.history.dataset.features
        }

    def serve(self, version: str, month: pd.Period) -> ServedMonth:
        """A release's month: every row scored by the service's own code, logged, and monitored at the month's end."""
        key = (version, str(month))
        if key not in self.months:
            positions = self.history.find_rows(month)
            predicted = self.log_predictions(version, month, self.ask_again(month, positions))
            before, criteria = self.observe_training(version), self.make_criteria(version)
            scores = (self.parse_scores(predicted), self.score_by_challenger(version, positions))
            now, compared = (self.observe_month(version, month, positions, one) for one in scores)
            scored, again = (self.attach_truth(one, positions) for one in scores)
            self.months[key] = ServedMonth(version, scored, again, run_checks(before, now, criteria, compared))
        return self.months[key]

    def ask_again(self, month: pd.Period, positions: Positions) -> Dataset:
        """A month's rows, with features that were made when each raw row was asked about, where they can be."""
        rows, questions = self.history.dataset.take(positions), self.history.questions
        if questions is None:
            return rows
        expected = self.history.features.iloc[positions].set_axis(rows.context[self.setup.schema.id].astype("str"))
        found = questions.ask(month, expected)
        made = {name: found[name].astype(rows.features[name].dtype).to_numpy() for name in rows.features}
        return replace(rows, features=pd.DataFrame(made, index=rows.features.index))

    def log_predictions(self, version: str, month: pd.Period, rows: Dataset) -> pd.DataFrame:
        """The logged predictions of a release for these rows, in their order."""
        key, folder = self.setup.schema.id, self.folder / "served" / f"{version}-{month}"
        model = self.load_release(version)
        questions = with_columns(rows.features, {key: rows.context[key].to_numpy()})
        answers = model.predict(questions).drop(columns="id").to_dict("records")
        log = prediction_log.Log(folder, datetime(month.year, month.month, 1, tzinfo=UTC))
        log.append(
            [
                {
                    "id": row[key],
                    "time": str(time),
                    "version": version,
                    "inputs": format_inputs(row, self.kinds),
                    "prediction": answer,
                }
                for row, time, answer in zip(
                    questions.to_dict("records"), rows.context[self.setup.schema.time or key], answers, strict=True
                )
            ]
        )
        log.close()
        logged = feedback.tabulate_log(prediction_log.read_log(folder)).set_index("id")
        logged = logged.loc[rows.context[key].astype("str").tolist()]
        return pd.DataFrame([json.loads(text) for text in logged["prediction"]])

    def parse_scores(self, predicted: pd.DataFrame) -> Any:
        """The scores of a table of predictions."""
        return predictions.parse_scores(predicted, self.setup.problem.task, self.setup.schema.classes)

    def attach_truth(self, scores: Any, positions: Positions) -> ScoredRows:
        """Scores with the actual labels, known or not yet."""
        return ScoredRows(scores, self.history.dataset.take(positions).labels, self.find_blocks(positions))

    def find_blocks(self, positions: Positions) -> pd.Series:
        """The block of each row; rows of one block are correlated."""
        context = self.history.dataset.take(positions).context
        return find_blocks(context, self.setup.problem, self.setup.schema).reset_index(drop=True)

    def observe_rows(self, positions: Positions, known: Any = True) -> Observations:
        """Rows for the monitor; a label that is not `known` is missing."""
        selected, schema = self.history.dataset.take(positions), self.setup.schema
        labels = (
            name_labels(selected.labels, schema)
            .astype("object")
            .where(pd.Series(known, index=range(len(positions))), None)
        )
        features, context = selected.features.reset_index(drop=True), selected.context.reset_index(drop=True)
        return build_observations(features, context, self.setup.problem, schema, self.setup.monitor.every, labels)

    def observe_training(self, version: str) -> Observations:
        """The rows that a release was trained on."""
        return self.observe_rows(self.challengers[self.trained[version]].rows)

    def observe_month(self, version: str, month: pd.Period, positions: Positions, scores: Any) -> Observations:
        """A month's rows with these scores, and the labels that are known at its end."""
        known = np.isin(positions, self.history.find_known(month))
        return self.add_predictions(self.observe_rows(positions, known), scores, version)

    def score_by_challenger(self, version: str, positions: Positions) -> Any:
        """The scores of a release's validation model, with which those of the held rows are compared."""
        challenger, plan = (
            self.challengers[self.trained[version]],
            make_plan(self.setup.problem.task, self.setup.schema),
        )
        return predict_dataset(plan, challenger.model, self.history.dataset.take(positions))[0]

    def add_predictions(self, rows: Observations, scores: Any, version: str) -> Observations:
        """The rows with a release's scores."""
        chosen = self.challengers[self.trained[version]].threshold
        problem = self.setup.problem
        assert rows.labels is not None  # noqa: S101 - the history has labels
        truth = predictions.encode_truth(rows.labels, problem.task, self.setup.schema.classes)
        threshold = predictions.HALF if chosen is None else chosen
        parsed = predictions.Predictions(problem.task, rows.features.index, scores, truth, threshold)
        return replace(rows, predictions=parsed)

    def make_criteria(self, version: str) -> Criteria:
        """The criteria that a release's months are monitored by."""
        challenger = self.challengers[self.trained[version]]
        held = self.add_predictions(self.observe_rows(challenger.held), challenger.scores, version)
        setup, monitor = self.setup, self.setup.monitor
        return Criteria(
            problem=setup.problem,
            metrics=setup.metrics,
            classes=setup.schema.classes,
            reference=PredictedReference(held, Basis(VALIDATION, "held rows")),
            monitor=monitor,
            importance={},
            resamples=monitor.resamples,
            seed=setup.seed,
        )

    def score_held(self, version: str, last: pd.Period, training: str) -> tuple[ScoredRows, ScoredRows]:
        """A challenger's and a release's scores of the newest labelled rows, which neither was trained on."""
        challenger, key = self.train_challenger(last, training), self.setup.schema.id
        rows = self.history.dataset.take(challenger.held)
        predicted = self.load_release(version).predict(with_columns(rows.features, {key: rows.context[key].to_numpy()}))
        scores = (challenger.scores, self.parse_scores(predicted.reset_index(drop=True)))
        first, second = (self.attach_truth(one, challenger.held) for one in scores)
        return first, second


def format_inputs(row: Mapping[Any, Any], kinds: dict[str, Kind]) -> dict[str, Any]:
    """A row's features in a request's types."""
    return {name: convert_value(row[name], kind) for name, kind in kinds.items()}


def empty_folder(folder: Path) -> Path:
    """The folder without the files of an earlier backtest."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
