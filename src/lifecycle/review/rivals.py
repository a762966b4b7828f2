"""What another search might have picked, fitted and scored on the rows that are compared: the measure of its luck."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lifecycle import paths
from lifecycle.errors import LifecycleError, UnfitTable
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.evaluation.predictions import Predictions
from lifecycle.io.progress import track
from lifecycle.review.deciding_rows import Candidates, RowSelection, Sides
from lifecycle.review.refit import RefitTerms, SharedRows, read_shared_rows
from lifecycle.review.search_luck import compute_luck, deal_searches
from lifecycle.review.versions import HEAD
from lifecycle.versioning.version import Version


@dataclass(frozen=True)
class Rivals:
    """The predictions of what two searches may pick, the best first, and the probability of each of the others.

    `note` says in a sentence what the intervals cover of the search, or why not; it is empty where no search is
    between the versions.
    """

    predictions: tuple[Predictions, ...] = ()
    probabilities: tuple[float, ...] = ()
    note: str = ""

    def take(self, places: npt.NDArray[np.intp]) -> "Rivals":
        """The predictions at these positions."""
        return replace(self, predictions=tuple(one.take(places) for one in self.predictions))

    def measure_luck(self, name: str, metric: Metric) -> float:
        """The standard deviation that luck gives to the difference of a metric, in its unit; 0 without predictions."""
        values = [compute_metric(name, metric, one.truth, one.scores, one.threshold) for one in self.predictions]
        return compute_luck(values, self.probabilities) if values else 0.0


def find_rivals(both: Candidates, sides: Sides, selection: RowSelection | None, terms: RefitTerms) -> Rivals:
    """What two searches may pick, scored on the rows of both sides, where a search lies between the versions.

    One does where the seed differs, or where the recipes are compared after a refit.
    """
    refitted = selection is not None and selection.outcome == "refitted"
    if not refitted and read_seed(both.base) == read_seed(HEAD):
        return Rivals()
    try:
        return score_rivals(both, sides, terms)
    except LifecycleError as error:
        return Rivals(note=f"The intervals do not cover what another search would have found: {error.what}.")


def read_seed(version: Version) -> object:
    """The seed of a version; None where it has none."""
    return version.read_record(paths.PARAMS).get("seed")


def score_rivals(both: Candidates, sides: Sides, terms: RefitTerms) -> Rivals:
    """The picks, fitted on the training rows that both versions share and scored on the rows of both sides.

    The best decides at base's threshold, the others at head's: a threshold is found on valid rows, which a seed draws.
    """
    deal = deal_searches(both.base, HEAD, terms.sign)
    shared = read_shared_rows(both.base, both.new.ids, sides.head.ids, both.question, terms)
    must_learn_alike(shared)
    head = sides.head.select(shared.ids)
    known: dict[str, Predictions] = {}
    with track("search", deal.recipes, "models") as recipes:
        for recipe in recipes:
            if repr(recipe) not in known:
                scores, truth = shared.score_recipe(recipe, shared.head)
                known[repr(recipe)] = replace(head, scores=scores, truth=truth).select(sides.head.ids)
    first, *others = (known[repr(recipe)] for recipe in deal.recipes)
    return Rivals(
        predictions=(replace(first, threshold=sides.base.threshold), *others),
        probabilities=tuple(deal.probabilities),
        note=f"The intervals cover the luck of the search: the {len(known)} best of the recipes that both versions "
        "tried were fitted and compared.",
    )


def must_learn_alike(shared: SharedRows) -> None:
    """Raise UnfitTable unless both versions learn from the same features by the same training window."""
    base, head = shared.base, shared.head
    if base.contract["features"] != head.contract["features"] or base.training != head.training:
        raise UnfitTable(
            "the versions do not learn from the same features and rows",
            where=str(paths.TRAINING),
            todo="change the features or the training window in a change of its own",
        )
