"""The winner from fold scores typed by hand."""

import pytest

from lifecycle.modeling.selection import CandidateScores, Selection, choose_winner

BEST, SIMPLEST = (Selection(prefer=prefer, level=0.95) for prefer in ("best", "simplest"))
FOREST = CandidateScores("random_forest", 5, (0.70, 0.72, 0.74))
LINEAR = CandidateScores("linear", 2, (0.70, 0.71, 0.74))
BASELINE = CandidateScores("baseline", 1, (0.50, 0.50, 0.50))


def test_best_takes_the_highest_mean_and_says_who_came_close():
    found = choose_winner([BASELINE, LINEAR, FOREST], BEST, 0.5)
    assert found.winner == "random_forest"
    assert found.reason == "random_forest has the best mean score over the folds, 0.7200; within its noise: linear"
    assert [one.option for one in found.comparisons] == ["random_forest", "linear", "baseline"]
    assert [one.within_noise for one in found.comparisons] == [True, True, False]


def test_simplest_takes_the_lowest_rank_within_the_noise():
    found = choose_winner([BASELINE, FOREST, LINEAR], SIMPLEST, 0.5)
    assert found.winner == "linear"
    assert found.reason.startswith(
        "linear is the simplest (rank 2) of 2 candidates within the noise of random_forest: 0.0033 behind, interval "
    )


def test_the_interval_is_the_corrected_t_interval():
    # Differences 0, 0.01, 0: mean 1/300, variance 1/30000; t with 2 degrees of freedom 4.302653.
    found = choose_winner([FOREST, LINEAR], BEST, 0.5).comparisons[1]
    reach = 4.302653 * (1 / 30000) ** 0.5 * (1 / 3 + 0.5) ** 0.5
    assert found.behind == pytest.approx(1 / 300)
    assert (found.low, found.high) == pytest.approx((1 / 300 - reach, 1 / 300 + reach), rel=1e-6)


def test_a_larger_share_of_valid_rows_widens_the_noise():
    steady = CandidateScores("steady", 1, (0.68, 0.71, 0.72))
    narrow, wide = (choose_winner([FOREST, steady], SIMPLEST, share) for share in (0.01, 1.0))
    assert narrow.comparisons[1].low > wide.comparisons[1].low
    assert (narrow.winner, wide.winner) == ("random_forest", "steady")


def test_without_a_near_rival_both_take_the_best():
    assert choose_winner([BASELINE, FOREST], BEST, 0.5).reason.endswith("; no other is within its noise")
    found = choose_winner([BASELINE, FOREST], SIMPLEST, 0.5)
    assert found.winner == "random_forest"
    assert "no simpler candidate is within its noise" in found.reason


@pytest.mark.parametrize("selection", [BEST, SIMPLEST])
def test_equal_scores_are_settled_by_rank_then_by_name(selection):
    scores = (0.7, 0.7)
    same = [CandidateScores("c", 3, scores), CandidateScores("b", 2, scores), CandidateScores("a", 2, scores)]
    assert choose_winner(same, selection, 0.5).winner == "a"
    assert choose_winner(same[:2], selection, 0.5).winner == "b"


def test_one_fold_has_no_noise():
    found = choose_winner([CandidateScores("x", 1, (0.6,)), CandidateScores("y", 2, (0.7,))], SIMPLEST, 0.5)
    assert found.winner == "y"
    assert found.comparisons[1].low == found.comparisons[1].high == pytest.approx(0.1)


def test_a_single_candidate_wins():
    assert choose_winner([LINEAR], SIMPLEST, 0.5).winner == "linear"


@pytest.mark.parametrize("selection", [BEST, SIMPLEST])
def test_where_lower_is_better_scores_are_told_as_the_metric_has_them(selection):
    errors = [CandidateScores("mean", 1, (-9.0, -8.0, -9.0)), CandidateScores("ridge", 2, (-2.0, -3.0, -2.5))]
    found = choose_winner(errors, selection, 0.5, sign=-1)
    assert found.winner == "ridge"
    assert [one.score for one in found.comparisons] == [2.5, pytest.approx(26 / 3)]
    assert found.comparisons[1].behind == pytest.approx(26 / 3 - 2.5)
    assert ", 2.5000" in found.reason
