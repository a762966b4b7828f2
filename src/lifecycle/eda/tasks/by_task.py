"""The target class of each task."""

from collections.abc import Mapping

from lifecycle.data.problem import Task
from lifecycle.eda.target import Target
from lifecycle.eda.tasks.binary import Binary
from lifecycle.eda.tasks.clustering import Clustering
from lifecycle.eda.tasks.multiclass import Multiclass
from lifecycle.eda.tasks.regression import Regression
from lifecycle.eda.view import View

TARGETS: Mapping[Task, type[Target]] = {
    "binary": Binary,
    "multiclass": Multiclass,
    "regression": Regression,
    "clustering": Clustering,
}


def create_target(view: View) -> Target:
    """The target of the rows in view, as the problem's task sees it."""
    return TARGETS[view.problem.task](view)
