"""Estimators with all preprocessing that learns, built from a recipe and fitted as one."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.data.dataset import Dataset, list_numeric, list_texts
from lifecycle.data.problem import Task
from lifecycle.data.schema import Schema
from lifecycle.errors import WrongValue
from lifecycle.io.processor import processors, threads_to_fit, threads_to_predict
from lifecycle.modeling.lightgbm_internals import is_lightgbm_error
from lifecycle.modeling.sklearn_internals import is_deprecated, parameter_error
from lifecycle.options import Call, Keyed, options
from lifecycle.target_kinds import AUGMENTATION, ESTIMATOR, TRANSFORMER, Kind

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[Any]


@options
class Inputs:
    """The steps that each kind of column goes through before the estimator, in order.

    `text` is for free text and `image` for paths of images; without steps for them, they do not reach the estimator.
    """

    numeric: tuple[Call, ...]
    categorical: tuple[Call, ...]
    text: tuple[Call, ...] = ()
    image: tuple[Call, ...] = ()


@options
class Steps:
    """Steps for all prepared columns together, in order: transformers, or functions of inputs and labels."""

    steps: tuple[Call, ...]


@options
class Stopping:
    """Boosting stops when `rounds` rounds bring nothing; `argument` is the estimator's number of rounds."""

    rounds: int
    argument: str


@options
class Dimension:
    """Values to search for one argument: a range, or choices.

    `log` searches the range by order of magnitude, `integer` keeps to whole numbers, and a grid takes
    `make_steps` values of it.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    integer: bool = False
    steps: int = 3
    choices: tuple[str | float | int | bool | None, ...] = ()


@options
class Form(Call):
    """The estimator of a family for one kind of task, with what differs from the family's own keys."""

    inputs: str = ""
    space: dict[str, Dimension] = field(default_factory=dict)
    portfolio: tuple[dict[str, Any], ...] = ()
    stopping: Stopping | None = None

    def list_searched(self) -> list[str]:
        """The names of the arguments that a search sets: those of the space, then the portfolio's others."""
        return list(dict.fromkeys([*self.space, *(name for one in self.portfolio for name in one)]))


@options
class Model(Keyed):
    """A candidate: a family of estimators, with a form for each kind of task that it can do.

    `rank` orders candidates from the simplest, 1, upwards. `arguments`, `inputs`, what to search (`portfolio`:
    sets of arguments that are tried as they stand; `space`) and `stopping` are those of every form that says
    nothing else.
    """

    option: str
    rank: int
    inputs: str
    space: dict[str, Dimension] = field(default_factory=dict)
    portfolio: tuple[dict[str, Any], ...] = ()
    stopping: Stopping | None = None
    classes: Form | None = None
    numbers: Form | None = None
    clusters: Form | None = None

    def get_form(self, task: Task) -> Form | None:
        """The family's estimator for a task, complete; None where it has none."""
        own = {"regression": self.numbers, "clustering": self.clusters}.get(task, self.classes)
        return own and Form(
            target=own.target,
            arguments=self.arguments | own.arguments,
            inputs=own.inputs or self.inputs,
            space=self.space | own.space,
            portfolio=own.portfolio or self.portfolio,
            stopping=own.stopping or self.stopping,
        )


@options
class Plan:
    """What goes around every estimator: the task, its classes, columns of text and images, reduction and augmentation.

    `classes` counts the columns of probabilities that the estimator must return; 0 where it predicts no class.
    `ordered`: the rows are in the order of time, so that what is held back of them is the last ones.
    """

    task: Task = "binary"
    classes: int = 2
    texts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    ordered: bool = False
    reduce: tuple[Call, ...] = ()
    augment: tuple[Call, ...] = ()


@options
class Recipe:
    """All that it takes to build a pipeline again.

    An ensemble has `members`, and neither estimator nor inputs of its own. `calibration` corrects its probabilities.
    """

    option: str
    estimator: Call
    inputs: Inputs
    plan: Plan = field(default_factory=Plan)
    stopping: Stopping | None = None
    members: tuple[Member, ...] = ()
    calibration: Call | None = None


@options
class Member:
    """A recipe in an ensemble, and the weight of its predictions; the weights of all add up to 1."""

    recipe: Recipe
    weight: float


@options
class Winner:
    """reports/winner.json: the candidate that was selected, and its recipe."""

    candidate: str
    recipe: Recipe


def make_recipe(option: str, form: Form, inputs: Inputs, plan: Plan, arguments: dict[str, Any]) -> Recipe:
    """The recipe of a candidate with these arguments in place of its own."""
    estimator = Call(target=form.target, arguments=form.arguments | arguments)
    return Recipe(option=option, estimator=estimator, inputs=inputs, plan=plan, stopping=form.stopping)


def make_inputs(recipe: Recipe, features: pd.DataFrame, seed: int) -> Pipeline:
    """The unfitted preprocessing for features with these columns; its output is a table of numbers.

    A numeric column without any value is left out: nothing can be learned from it, and not every
    estimator takes it. The prepared columns have names that every library takes.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    from lifecycle.modeling.transformers.names import EncodedNames

    numeric = [name for name in list_numeric(features) if features[name].notna().any()]
    written = list_texts(features)
    text, image = ([name for name in written if name in own] for own in (recipe.plan.texts, recipe.plan.images))
    categorical = [name for name in written if name not in (*text, *image)]
    kinds = [
        ("numeric", recipe.inputs.numeric, numeric),
        ("categorical", recipe.inputs.categorical, categorical),
        ("text", recipe.inputs.text, text if recipe.inputs.text else []),
        ("image", recipe.inputs.image, image if recipe.inputs.image else []),
    ]
    columns = [(kind, make_steps(calls, recipe.plan, seed), names) for kind, calls, names in kinds if names]
    prepared = ColumnTransformer(columns, verbose_feature_names_out="{feature_name}")
    reduction = [
        (f"reduce_{place}", make_seeded(call, "conf/reduce/", recipe.plan, seed))
        for place, call in enumerate(recipe.plan.reduce)
    ]
    steps = [("columns", prepared), ("names", EncodedNames()), *reduction]
    return Pipeline(steps).set_output(transform="pandas")


def trace_features(inputs: Any) -> list[str] | None:
    """The feature that each prepared column is a form of; None where a column is made of several, or of a value."""
    from lifecycle.modeling.transformers.names import decode_name

    if not hasattr(inputs, "steps"):  # of an ensemble, whose members prepare the columns each in its own way
        return None
    columns, _, *reduction = [step for _, step in inputs.steps]
    parts = [(list(names), step) for _, step, names in columns.transformers_ if step != "drop" and len(names)]
    one_each = all(list(step.get_feature_names_out(names)) == names for names, step in parts)
    if not one_each or not all(hasattr(step, "get_support") for step in reduction):
        return None
    return [decode_name(str(name)) for name in inputs.get_feature_names_out()]


def make_estimator(recipe: Recipe, seed: int) -> Any:
    """The unfitted estimator; LightGBM's has as many threads as OpenMP has then, where the option names no number."""
    estimator = make_seeded(recipe.estimator, f"conf/model/{recipe.option}.yaml", recipe.plan, seed, ESTIMATOR)
    if recipe.estimator.target.startswith("lightgbm.") and estimator.n_jobs is None:
        estimator.set_params(n_jobs=0)
    return estimator


def make_steps(calls: tuple[Call, ...], plan: Plan, seed: int) -> Pipeline | Literal["passthrough"]:
    """The transformers in a row, of which each hands on every name once; columns without any pass as they are."""
    from sklearn.pipeline import make_pipeline

    from lifecycle.modeling.transformers.names import DistinctNames

    made = [make_seeded(call, "conf/inputs/", plan, seed, TRANSFORMER) for call in calls]
    return make_pipeline(*(step for one in made for step in (one, DistinctNames()))) if made else "passthrough"


def make_seeded(call: Call, where: str, plan: Plan, seed: int, kind: Kind = TRANSFORMER) -> Any:
    """The transformer or estimator, with the seed where it takes one."""
    parameters = inspect.signature(targets.resolve(call.target, where, kind)).parameters
    if "random_state" not in parameters or "random_state" in call.arguments:
        return targets.call(call, where, kind=kind)
    if is_deprecated(parameters["random_state"]):
        return make_target_encoder(call, where, plan, seed)
    return targets.call(call, where, kind=kind, random_state=seed)


def make_target_encoder(call: Call, where: str, plan: Plan, seed: int) -> Any:
    """The target encoder, which takes its seed in its folds: `cv` of them, with each class's share where there are.

    Whole numbers as targets are numbers too: left to itself, the encoder makes a column for each value of theirs.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    kind, target_type = (StratifiedKFold, "auto") if plan.classes else (KFold, "continuous")
    arguments = {"cv": 5, "target_type": target_type} | call.arguments
    folds = kind(arguments.pop("cv"), shuffle=True, random_state=seed)
    return targets.call(Call(target=call.target, arguments=arguments), where, kind=TRANSFORMER, cv=folds)


def fit_pipeline(recipe: Recipe, examples: Dataset, seed: int) -> Pipeline:
    """A pipeline fitted on all the examples; raises WrongValue where the estimator rejects an argument."""
    from sklearn.pipeline import Pipeline

    with run_deterministically(recipe, len(examples.labels)):
        inputs = make_inputs(recipe, examples.features, seed)
        prepared = inputs.fit_transform(examples.features, examples.labels)
    return Pipeline([("inputs", inputs), ("estimator", fit_estimator(recipe, prepared, examples.labels, seed))])


def fit_estimator(recipe: Recipe, inputs: pd.DataFrame, labels: Labels, seed: int) -> Any:
    """The estimator alone, fitted on inputs that went through the preprocessing, augmented as planned."""
    import joblib

    forest = {"backend": "threading", "n_jobs": processors()}
    with run_deterministically(recipe, len(labels)), joblib.parallel_config(**forest):
        rows, augmented = augment_rows(recipe, inputs, labels, seed)
        return make_estimator(recipe, seed).fit(rows, augmented)


def augment_rows(recipe: Recipe, inputs: pd.DataFrame, labels: Labels, seed: int) -> tuple[pd.DataFrame, Labels]:
    """The rows that the estimator learns from: those given, through the plan's steps of augmentation."""
    for place, call in enumerate(recipe.plan.augment):
        inputs, labels = targets.call(
            call, f"conf/augment/, key steps.{place}", inputs, labels, kind=AUGMENTATION, seed=seed
        )
    return inputs, labels


@contextmanager
def run_deterministically(recipe: Recipe, count: int) -> Iterator[None]:
    """Fitting on `count` rows with sums in one order on any number of cores, and the library's rejections in our words.

    That an estimator stops after the iterations it was given is no news.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    targets.resolve(
        recipe.estimator.target, f"conf/model/{recipe.option}.yaml", ESTIMATOR
    )  # loads what the limits must reach
    try:
        with threadpool_limits({"blas": 1, "openmp": threads_to_fit(count)}), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            yield
    except parameter_error() as cause:
        raise translate_rejection(recipe, cause) from cause
    except ValueError as cause:
        raise WrongValue(
            f"{recipe.option} cannot learn from its prepared columns: {' '.join(str(cause).split())[:300]}",
            where=f"conf/model/{recipe.option}.yaml, key _inputs_, and conf/reduce/",
            todo=suggest_inputs(recipe),
        ) from cause
    except Exception as cause:
        if not is_lightgbm_error(cause):
            raise
        raise translate_rejection(recipe, cause) from cause


def suggest_inputs(recipe: Recipe) -> str:
    """The preprocessing that gives every column of the plan to the estimator, as numbers without gaps."""
    if recipe.plan.images and not recipe.inputs.image:
        return "_inputs_: scaled_embeddings, which has steps for images and text (docs/your-data.md)"
    if recipe.plan.texts and not recipe.inputs.text:
        return "_inputs_: tfidf or scaled_embeddings, which have steps for text (docs/your-data.md)"
    return "_inputs_: scaled, which fills gaps and turns categories into numbers"


def translate_rejection(recipe: Recipe, cause: Exception) -> WrongValue:
    """The error for an argument that the estimator does not accept."""
    return WrongValue(
        f"{recipe.estimator.target} rejects its arguments: {' '.join(str(cause).split())[:300]}",
        where=f"conf/model/{recipe.option}.yaml",
        todo="correct the argument named above",
    )


def predict_scores(plan: Plan, fitted: Any, inputs: pd.DataFrame) -> Scores:
    """The scores of each row, in the shape that `lifecycle.evaluation.metric` states for the task."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits({"blas": 1, "openmp": threads_to_predict(len(inputs))}):
        if not plan.classes:
            return np.asarray(fitted.predict(inputs), dtype=np.float64)
        known = np.asarray(fitted.predict_proba(inputs), dtype=np.float64)
    probabilities = np.zeros((len(inputs), plan.classes))
    probabilities[:, fitted.classes_] = known
    return probabilities[:, 1] if plan.task == "binary" else probabilities


def select_truth(plan: Plan, labels: Labels, prepared: pd.DataFrame) -> Labels:
    """What predictions are held against: the labels, or for clusters the prepared inputs as numbers."""
    return prepared.to_numpy(dtype=np.float64) if plan.task == "clustering" else labels


def predict_dataset(plan: Plan, fitted: Pipeline, examples: Dataset) -> tuple[Scores, Labels]:
    """A fitted pipeline's scores of examples, and the truth to hold them against."""
    prepared = fitted["inputs"].transform(examples.features)
    return predict_scores(plan, fitted["estimator"], prepared), select_truth(plan, examples.labels, prepared)


def make_plan(task: Task, schema: Schema) -> Plan:
    """The plan for a task on a schema that asks for its target, without reduction and augmentation."""
    return Plan(
        task=task,
        classes=len(schema.classes),
        texts=tuple(schema.free_texts),
        images=tuple(schema.images),
        ordered=schema.time is not None,
    )
