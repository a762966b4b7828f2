"""Which target is shown for which task."""

from collections.abc import Mapping

from lifecycle.exploration.binary import Binary
from lifecycle.exploration.clustering import Clustering
from lifecycle.exploration.multiclass import Multiclass
from lifecycle.exploration.regression import Regression
from lifecycle.exploration.target import Target
from lifecycle.exploration.view import View
from lifecycle.problem import Task

TARGETS: Mapping[Task, type[Target]] = {
    "binary": Binary,
    "multiclass": Multiclass,
    "regression": Regression,
    "clustering": Clustering,
}


def target_of(view: View) -> Target:
    """The target of the rows in view, as the problem's task sees it."""
    return TARGETS[view.problem.task](view)
