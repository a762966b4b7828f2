"""Whether the rows that are left, where some were left out, are like all of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from lifecycle.arrays import Booleans, Floats, Integers
from lifecycle.data.problem import Task
from lifecycle.evaluation.predictions import Predictions
from lifecycle.options import options
from lifecycle.statistics.distances import measure_gap, total_variation_distance
from lifecycle.statistics.hypothesis_tests import chi_square_test, kolmogorov_smirnov_p_value

Measure = Literal["total variation distance", "Kolmogorov-Smirnov distance"]

# At least this share of the rows must be left.
LEAST_SHARE = 0.5
# So far, of 1, the target's distribution in the rows left may be from that in all rows, whatever the reason.
NEAR = 0.05
# So far it may be where chance explains it, which a p-value below the least one rules out.
FARTHEST = 0.1
LEAST_P_VALUE = 0.01


@options
class Level:
    """A figure of the target's distribution: of all rows, and of those that are left."""

    name: str
    whole: float
    left: float


@options
class Likeness:
    """How far the target's distribution in the rows left is from that in all rows, 0 to 1, and whether by chance.

    `p_value` is the probability of so large a difference between the rows left and those left out, had these been
    drawn at random. `levels` are the shares of classes or clusters, or mean, standard deviation and quantiles.
    """

    measure: Measure
    distance: float
    p_value: float
    levels: list[Level]

    @property
    def alike(self) -> bool:
        """Whether the rows left stand for all of them.

        Rows may be left out where they are missing completely at random, which is tested by comparing the rows with
        and without them (Little, J. American Statistical Association 83, 1988). Neither figure does alone (Sullivan
        and Feinn, J. Graduate Medical Education 4, 2012): in many rows the p-value finds differences that move no
        metric, in few rows it overlooks one that moves all. So the rows left are unlike the whole where the distance
        is above `NEAR` and no chance, by a p-value below `LEAST_P_VALUE`, and where it is above `FARTHEST` in any
        case. Rows of a block depend on each other, which makes the p-value too small and the answer more careful.
        """
        return self.distance <= NEAR or (self.distance <= FARTHEST and self.p_value >= LEAST_P_VALUE)


def measure_likeness(head: Predictions, kept: Booleans, classes: Sequence[str]) -> Likeness:
    """How like all of head's rows the kept ones are, of which there is one or more; one or more is left out.

    Judged by the true class or the true number of each row, by its cluster where rows have no truth.
    """
    return MEASURES[head.task](head, kept, classes)


def compare_binary(head: Predictions, kept: Booleans, classes: Sequence[str]) -> Likeness:
    """By the two classes."""
    return compare_classes(head.truth.astype(np.int64), kept, ("no", "yes"))


def compare_multiclass(head: Predictions, kept: Booleans, classes: Sequence[str]) -> Likeness:
    """By the classes."""
    return compare_classes(head.truth.astype(np.int64), kept, classes)


def compare_clusters(head: Predictions, kept: Booleans, classes: Sequence[str]) -> Likeness:
    """By the clusters that head's model puts the rows in: the rows have no truth."""
    clusters, codes = np.unique(head.scores.astype(np.int64), return_inverse=True)
    return compare_classes(codes, kept, [f"cluster {number}" for number in clusters])


def compare_classes(codes: Integers, kept: Booleans, names: Sequence[str]) -> Likeness:
    """By the shares of classes; those too rare for the chi-square test are pooled for it."""
    whole, left = (np.bincount(some, minlength=len(names)) for some in (codes, codes[kept]))
    return Likeness(
        measure="total variation distance",
        distance=total_variation_distance(left, whole),
        p_value=chi_square_test(left, whole - left).p_value,
        levels=[
            Level(name=name, whole=float(one), left=float(other))
            for name, one, other in zip(names, whole / whole.sum(), left / left.sum(), strict=True)
        ],
    )


def compare_numbers(head: Predictions, kept: Booleans, classes: Sequence[str]) -> Likeness:
    """By the distribution of the true numbers."""
    whole, left, out = (np.sort(some) for some in (head.truth, head.truth[kept], head.truth[~kept]))
    between = measure_gap(left, out).kolmogorov_smirnov
    return Likeness(
        measure="Kolmogorov-Smirnov distance",
        distance=measure_gap(left, whole).kolmogorov_smirnov,
        p_value=kolmogorov_smirnov_p_value(between, left, out),
        levels=[Level(name=name, whole=figure(whole), left=figure(left)) for name, figure in FIGURES.items()],
    )


def find_quantile(share: float) -> Callable[[Floats], float]:
    """The function that returns a quantile of numbers."""
    return lambda numbers: float(np.quantile(numbers, share))


FIGURES: Mapping[str, Callable[[Floats], float]] = {
    "mean": lambda numbers: float(numbers.mean()),
    "standard deviation": lambda numbers: float(numbers.std()),
    "10 % quantile": find_quantile(0.1),
    "median": find_quantile(0.5),
    "90 % quantile": find_quantile(0.9),
}
MEASURES: Mapping[Task, Callable[[Predictions, Booleans, Sequence[str]], Likeness]] = {
    "binary": compare_binary,
    "multiclass": compare_multiclass,
    "regression": compare_numbers,
    "clustering": compare_clusters,
}
