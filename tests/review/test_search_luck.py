"""What two searches may pick of the trials on record, and how much that moves a measure."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders.sides import (
    BASE,
    HEAD,
    Beside,
    ask,
    name_rows,
    part_rows,
    recipe_of,
    write_picks,
    write_rows,
    write_search,
    write_side,
)

from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.modeling.tuning import Trial
from lifecycle.review.paired_predictions import Pair, pair_predictions
from lifecycle.review.refit import RefitTerms
from lifecycle.review.search_luck import compute_luck, compute_probabilities, deal_searches
from lifecycle.review.versions import HEAD as WORKSPACE
from lifecycle.review.versions import Gaps

QUESTION = ask("binary", ["x"])
LOGISTIC = "sklearn.linear_model.LogisticRegression"
MEASURED = (
    "The intervals cover the luck of the search: the 3 best of the recipes that both versions tried were fitted and "
    "compared."
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def trial(score: float, **arguments: float) -> Trial:
    return Trial(arguments=arguments, scores=[score, score], losses=[score, score], rounds=[None, None])


def searched(folder: Path, trials: list[Trial], **fixed: object) -> None:
    best = max(trials, key=lambda one: one.score)
    write_search(folder, recipe_of(QUESTION, LOGISTIC, fixed | best.arguments), trials, best)
    write_picks(folder)


def deal() -> tuple[list[float], list[float]]:
    found = deal_searches(Beside("base"), WORKSPACE, 1)
    return [recipe.estimator.arguments["C"] for recipe in found.recipes], found.probabilities


def test_the_best_of_all_is_picked_by_one_and_by_the_other_the_best_that_it_was_dealt():
    searched(BASE, [trial(0.7, C=1.0), trial(0.8, C=2.0)])
    searched(HEAD, [trial(0.75, C=3.0), trial(0.6, C=4.0)])
    assert deal() == ([2.0, 3.0, 1.0, 4.0], pytest.approx([2 / 3, 1 / 3, 0.0]))


def test_scores_of_other_folds_are_made_level_by_the_recipes_that_both_tried():
    searched(BASE, [trial(0.9, C=1.0), trial(0.8, C=2.0)])
    searched(HEAD, [trial(0.7, C=1.0), trial(0.72, C=4.0)])
    assert deal()[0] == [4.0, 1.0, 1.0, 2.0]


def test_at_most_six_picks_are_looked_at():
    searched(BASE, [trial(0.1 * number, C=float(number)) for number in range(1, 6)])
    searched(HEAD, [trial(0.1 * number + 0.01, C=10.0 + number) for number in range(1, 6)])
    picks, chances = deal()
    assert picks == [15.0, 5.0, 14.0, 4.0, 13.0, 3.0]
    assert sum(chances) == pytest.approx(1.0)


def test_searches_of_another_kind_cannot_be_dealt():
    searched(BASE, [trial(0.7, C=1.0)])
    searched(HEAD, [trial(0.7, C=1.0)], max_iter=50)
    with pytest.raises(UnfitTable, match="do not search in the same way"):
        deal()


def test_no_search_on_record_is_said():
    for folder in (BASE, HEAD):
        write_picks(folder)
        (folder / "params.yaml").write_text("seed: 1\n", encoding="utf-8")
    with pytest.raises(UnfitTable, match="no search on record"):
        deal()


def test_a_damaged_table_of_trials_is_said():
    for folder in (BASE, HEAD):
        searched(folder, [trial(0.7, C=1.0)])
    Path("reports/tune/tested/trials.csv").write_text("", encoding="utf-8")
    with pytest.raises(CorruptFile, match="is no table of trials"):
        deal()


def test_two_trials_leave_one_other_pick():
    assert compute_probabilities(2, 1) == [1.0]
    assert compute_probabilities(4, 0) == []


def test_luck_is_the_root_mean_square_difference_to_the_best():
    assert compute_luck([0.5, 0.6, 0.3], [0.75, 0.25]) == pytest.approx(math.sqrt(0.75 * 0.01 + 0.25 * 0.04))
    assert compute_luck([0.5, math.nan, 0.3], [0.75, 0.25]) == pytest.approx(0.2)
    assert compute_luck([0.5], []) == compute_luck([math.nan, 0.5], [1.0]) == 0.0


def write_versions(seed: int, same_search: object = 100) -> Pair:
    """Two versions with the same test rows, of which head has this seed."""
    generator = np.random.default_rng(4)
    x = generator.normal(size=200)
    positive = pd.array(x + generator.normal(size=200) > 0, dtype="boolean")
    write_rows(pd.DataFrame({"id": name_rows(200), "x": x, "y": positive}), QUESTION)
    for folder, strength, of in ((BASE, 0.001, 1), (HEAD, 0.01, seed)):
        recipe = recipe_of(QUESTION, LOGISTIC, {"C": strength})
        write_side(folder, part_rows(200, np.arange(150, 200)), recipe, QUESTION, of)
        most = same_search if folder == HEAD else 100
        best = trial(0.8, C=strength)
        write_search(
            folder, recipe_of(QUESTION, LOGISTIC, {"C": strength, "max_iter": most}), [best, trial(0.7, C=0.1)], best
        )
    found = pair_predictions(Beside("base"), QUESTION, RefitTerms(1000, 3), Gaps()).deciding
    assert found is not None
    return found


def test_another_seed_lets_the_search_lie_between_the_versions():
    found = write_versions(seed=2)
    assert (found.rows, found.rivals.note) == ("the same 50 test rows", MEASURED)
    assert len(found.rivals.predictions) == 4
    assert all(list(one.ids) == list(found.head.ids) for one in found.rivals.predictions)


def test_the_same_seed_lets_no_search_lie_between_them():
    assert write_versions(seed=1).rivals.note == ""


def test_what_keeps_luck_from_being_measured_is_said():
    assert write_versions(seed=2, same_search=50).rivals.note == (
        "The intervals do not cover what another search would have found: the versions do not search in the same way."
    )
