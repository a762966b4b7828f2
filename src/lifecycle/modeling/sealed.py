"""The sealed test part with the released model's scores, for the stage that writes them and for who checks them."""

from lifecycle import paths
from lifecycle.data.dataset import Dataset
from lifecycle.data.dataset_files import read_labels
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.results import Rules
from lifecycle.io.records import read_json
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import Labels, Scores, make_plan, predict_dataset


def score_rows(rules: Rules, examples: Dataset) -> tuple[Scores, Labels]:
    """The released model's scores of rows, and the truth to hold them against."""
    pipeline = read_model(paths.MODEL)["pipeline"]
    return predict_dataset(make_plan(rules.problem.task, rules.schema), pipeline, examples)


def build_case(rules: Rules, examples: Dataset, scores: Scores, truth: Labels) -> Case:
    """The test rows with their scores, at the threshold that evaluate chose."""
    return Case(
        task=rules.problem.task,
        truth=truth,
        scores=scores,
        context=examples.context,
        features=examples.features,
        classes=rules.schema.classes,
        target=rules.schema.target,
        threshold=read_json(paths.THRESHOLD)["threshold"],
        labels_train=read_labels(rules.schema, "train"),
    )
