"""Which rows decide, by which predictions, where base has learned from some of head's test rows; small tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders.sides import BASE, HEAD, Beside, ask, name_rows, part_rows, recipe_of, write_picks, write_rows, write_side

from lifecycle import paths
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.modeling.pipeline import fit_pipeline
from lifecycle.options import Call
from lifecycle.review.likeness import Level
from lifecycle.review.paired_predictions import PairedPredictions, pair_predictions
from lifecycle.review.refit import RefitTerms
from lifecycle.review.versions import Gaps

ROWS = 200
LOGISTIC = "sklearn.linear_model.LogisticRegression"
ENOUGH = RefitTerms(work=10_000, seed=7)
EARLY, MIDDLE, LATE = np.arange(40), np.arange(80, 120), np.arange(160, 200)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(count: int = ROWS) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    return pd.DataFrame({"id": name_rows(count), "x": generator.normal(size=count), "z": generator.normal(size=count)})


def binary_rows(positive: np.ndarray) -> pd.DataFrame:
    return drawn().assign(y=pd.array(positive, dtype="boolean"))


ALTERNATING = np.arange(ROWS) % 2 == 0
BINARY = ask("binary", ["x", "z"])
WEAK, STRONG = (recipe_of(BINARY, LOGISTIC, {"C": strength}) for strength in (0.01, 10.0))


def write_binary(positive: np.ndarray, base_test: np.ndarray, head_test: np.ndarray) -> None:
    write_rows(binary_rows(positive), BINARY)
    write_side(BASE, part_rows(ROWS, base_test), WEAK, BINARY, threshold=0.3)
    write_side(HEAD, part_rows(ROWS, head_test), STRONG, BINARY, threshold=0.6)


def compare(question=BINARY, terms: RefitTerms = ENOUGH) -> tuple[PairedPredictions, list[str]]:
    gaps = Gaps()
    return pair_predictions(Beside("base"), question, terms, gaps), [gap.what for gap in gaps.found]


def test_the_same_test_rows_are_compared_as_they_were_predicted():
    write_binary(ALTERNATING, LATE, LATE)
    found, gaps = compare()
    assert (gaps, found.selection, found.other) == ([], None, None)
    assert found.deciding.rows == "the same 40 test rows"
    for side, folder in ((found.deciding.base, BASE), (found.deciding.head, HEAD)):
        assert side.scores.tolist() == read_table(folder / paths.TEST_PREDICTIONS)["probability"].tolist()


def test_decisions_are_made_at_each_versions_own_threshold():
    write_binary(ALTERNATING, LATE, LATE)
    found, _ = compare()
    assert (found.deciding.base.threshold, found.deciding.head.threshold) == (0.3, 0.6)


def test_recorded_decisions_of_another_threshold_are_a_gap():
    write_binary(ALTERNATING, LATE, LATE)
    write_json(BASE / paths.THRESHOLD, {"threshold": 1.0})
    found, gaps = compare()
    assert found.deciding.base.threshold == 1.0
    assert gaps == [
        "base: 40 of 40 test rows are not predicted as the threshold 1 of reports/evaluate/threshold.json says, "
        "which is used"
    ]


def test_a_row_that_stands_twice_is_a_gap():
    write_binary(ALTERNATING, LATE, LATE)
    table = read_table(BASE / paths.TEST_PREDICTIONS)
    write_table(BASE / paths.TEST_PREDICTIONS, pd.concat([table, table.iloc[:1]], ignore_index=True))
    _, gaps = compare()
    assert gaps == [
        "base: predictions not compared: 1 of 41 rows of data/predictions/test.parquet stand there more than once"
    ]


def test_rows_that_are_new_to_base_are_scored_by_its_model():
    write_binary(ALTERNATING, np.concatenate([EARLY, LATE]), LATE)
    found, gaps = compare()
    assert (gaps, found.selection) == ([], None)
    assert found.deciding.rows == "head's 40 test rows, scored by base's model"
    recorded = read_table(BASE / paths.TEST_PREDICTIONS).set_index("id")["probability"]
    assert found.deciding.base.scores == pytest.approx(recorded[found.deciding.base.ids].to_numpy())


def test_rows_that_base_learned_from_are_left_out_where_what_is_left_is_like_the_whole():
    write_binary(ALTERNATING, np.concatenate([EARLY, LATE]), np.concatenate([MIDDLE[:20], LATE]))
    found, gaps = compare()
    assert gaps == []
    assert found.deciding.rows == (
        "head's 40 test rows, scored by base's model (20 more that it has learned from are left out)"
    )
    assert (found.selection.whole, found.selection.left, found.selection.outcome) == (60, 40, "left out")
    assert found.selection.likeness.levels == [
        Level(name="no", whole=0.5, left=0.5),
        Level(name="yes", whole=0.5, left=0.5),
    ]


def test_where_all_rows_left_out_are_positive_both_are_fitted_anew():
    positive = ALTERNATING.copy()
    positive[MIDDLE[:20]] = True
    write_binary(positive, np.concatenate([EARLY, LATE]), np.concatenate([MIDDLE[:20], LATE]))
    found, gaps = compare()
    assert gaps == []
    assert found.deciding.rows == "all of head's 60 test rows, both fitted anew on the 100 training rows they share"
    assert found.selection.outcome == "refitted"
    assert found.selection.likeness.levels[1] == Level(name="yes", whole=pytest.approx(2 / 3), left=0.5)
    assert found.selection.likeness.distance == pytest.approx(1 / 6)


def test_a_refit_is_the_recipe_of_each_on_the_shared_training_rows_under_one_seed():
    write_binary(ALTERNATING, EARLY, LATE)
    found, gaps = compare()
    assert gaps == []
    assert found.deciding.rows == "all of head's 40 test rows, both fitted anew on the 120 training rows they share"
    assert (found.selection.left, found.selection.likeness) == (0, None)
    train, judged = (BINARY.read_rows(pd.Index(name_rows(ROWS))[places]) for places in (np.arange(40, 160), LATE))
    for side, recipe in ((found.deciding.base, WEAK), (found.deciding.head, STRONG)):
        assert side.scores.tolist() == BINARY.predict(fit_pipeline(recipe, train, 7), judged)[0].tolist()
    assert (found.deciding.base.threshold, found.deciding.head.threshold) == (0.3, 0.6)
    assert found.deciding.base.truth.tolist() == judged.labels.tolist()


def test_a_refit_gives_the_same_bytes_twice():
    write_rows(binary_rows(ALTERNATING), BINARY)
    forest = recipe_of(BINARY, "sklearn.ensemble.RandomForestClassifier", {"n_estimators": 5})
    write_side(BASE, part_rows(ROWS, EARLY), forest, BINARY, seed=1)
    write_side(HEAD, part_rows(ROWS, LATE), forest, BINARY, seed=2)
    one, two = (compare()[0].deciding for _ in "ab")
    assert one.base.scores.tobytes() == two.base.scores.tobytes() == one.head.scores.tobytes()


def test_a_refit_resamples_as_the_recipe_does():
    write_rows(binary_rows(np.arange(ROWS) % 4 == 0), BINARY)
    fewer = Call(target="lifecycle.modeling.augment.resampling.undersample", arguments={})
    balanced = recipe_of(BINARY, LOGISTIC, {}, [fewer])
    write_side(BASE, part_rows(ROWS, EARLY), recipe_of(BINARY, LOGISTIC, {}), BINARY)
    write_side(HEAD, part_rows(ROWS, LATE), balanced, BINARY)
    found, gaps = compare()
    assert gaps == []
    assert found.deciding.base.scores.mean() == pytest.approx(0.25, abs=0.05)
    assert found.deciding.head.scores.mean() == pytest.approx(0.5, abs=0.1)


def test_a_refit_learns_from_the_rows_of_each_training_window():
    question = ask("binary", ["x", "z"])
    write_binary(ALTERNATING, EARLY, LATE)
    write_picks(HEAD, training="parts: [train, valid]\ndays: 30\n")
    _, gaps = compare(question)
    assert gaps == [
        "base: head's 40 test rows, 40 of which it has learned from, not compared: rows without a time have no age "
        "to be learned from by"
    ]


def test_a_refit_that_is_too_much_work_leaves_nothing_to_compare():
    write_binary(ALTERNATING, EARLY, LATE)
    found, gaps = compare(terms=RefitTerms(work=239, seed=1))
    assert (found.deciding, found.other) == (None, None)
    assert found.selection.outcome == "not comparable"
    assert gaps == [
        "base: head's 40 test rows, 40 of which it has learned from, not compared: a refit on 120 rows of 2 features "
        "is 240 values, above 239"
    ]
    assert compare(terms=RefitTerms(work=240, seed=1))[0].deciding is not None


def test_too_few_shared_training_rows_leave_nothing_to_compare():
    write_binary(ALTERNATING, np.arange(110), np.arange(90, 200))
    found, gaps = compare()
    assert found.deciding is None
    assert gaps == [
        "base: head's 110 test rows, 90 of which it has learned from, not compared: both share 0 training rows beside "
        "them, of 90 and 90, too few for a refit"
    ]
    assert found.other.rows == "the 20 test rows that both share"


def test_a_model_that_starts_from_an_earlier_one_cannot_be_fitted_anew(monkeypatch):
    write_binary(ALTERNATING, EARLY, LATE)
    winner = read_json(paths.WINNER)
    winner["recipe"]["estimator"]["arguments"]["warm_start_from"] = "abcdef0123"
    write_json(paths.WINNER, winner)
    monkeypatch.setattr("lifecycle.review.learned_rows.read_seen_ids", lambda commit, key: pd.Series(["old row"]))
    found, gaps = compare()
    assert found.deciding is None
    assert gaps[0].endswith("its model starts from that of abcdef0, which cannot be fitted anew")


def test_a_feature_that_head_lacks_leaves_the_shared_rows_which_decide_where_they_are_like_the_whole():
    write_rows(binary_rows(ALTERNATING), BINARY)
    write_side(BASE, part_rows(ROWS, np.concatenate([EARLY, LATE])), WEAK, BINARY)
    fewer = ask("binary", ["x"])
    write_rows(binary_rows(ALTERNATING), fewer)
    write_side(HEAD, part_rows(ROWS, np.concatenate([MIDDLE[:20], LATE])), recipe_of(fewer, LOGISTIC, {}), fewer)
    found, gaps = compare(fewer)
    assert gaps == ["base: its model on head's test rows not compared: head has no feature z"]
    assert found.deciding.rows == "the 40 test rows that both share"
    assert (found.selection.why, found.selection.outcome) == ("base has no predictions of the others", "left out")
    write_side(HEAD, part_rows(ROWS, np.concatenate([MIDDLE, LATE[:20]])), recipe_of(fewer, LOGISTIC, {}), fewer)
    found, gaps = compare(fewer)
    assert (found.deciding, found.other.rows) == (None, "the 20 test rows that both share")
    assert gaps[0].endswith("head has no feature z")


def test_classes_are_compared_after_a_refit_where_one_is_left_out():
    question = ask("multiclass", ["x", "z"])
    codes = np.arange(ROWS) % 3
    codes[MIDDLE[:20]] = 2
    write_rows(drawn().assign(y=np.array(["a", "b", "c"])[codes]), question)
    recipe = recipe_of(question, LOGISTIC, {})
    write_side(BASE, part_rows(ROWS, np.concatenate([EARLY, LATE])), recipe, question)
    write_side(HEAD, part_rows(ROWS, np.concatenate([MIDDLE[:20], LATE])), recipe, question)
    found, gaps = compare(question)
    assert gaps == []
    assert [level.name for level in found.selection.likeness.levels] == ["a", "b", "c"]
    assert (found.selection.outcome, found.deciding.base.scores.shape) == ("refitted", (60, 3))
    assert np.array_equal(found.deciding.base.scores, found.deciding.head.scores)


def test_numbers_are_compared_after_a_refit_where_the_large_ones_are_left_out():
    question = ask("regression", ["x", "z"])
    numbers = np.arange(ROWS) % 10.0
    numbers[MIDDLE[:20]] += 100
    write_rows(drawn().assign(y=numbers), question)
    recipe = recipe_of(question, "sklearn.linear_model.Ridge", {})
    write_side(BASE, part_rows(ROWS, np.concatenate([EARLY, LATE])), recipe, question)
    write_side(HEAD, part_rows(ROWS, np.concatenate([MIDDLE[:20], LATE])), recipe, question)
    found, gaps = compare(question)
    assert gaps == []
    likeness = found.selection.likeness
    assert (likeness.measure, likeness.levels[0]) == (
        "Kolmogorov-Smirnov distance",
        Level(name="mean", whole=pytest.approx((40 * 4.5 + 20 * 104.5) / 60), left=4.5),
    )
    assert (found.selection.outcome, len(found.deciding.base.ids)) == ("refitted", 60)


def test_clusters_are_judged_by_what_heads_refit_prepares():
    question = ask("clustering", ["x", "z"])
    write_rows(drawn(), question)
    kmeans = "lifecycle.modeling.estimators.clusters.StableKMeans"
    write_side(BASE, part_rows(ROWS, EARLY), recipe_of(question, kmeans, {"n_clusters": 2}), question)
    write_side(HEAD, part_rows(ROWS, LATE), recipe_of(question, kmeans, {"n_clusters": 3}), question)
    found, gaps = compare(question)
    assert (gaps, found.selection.outcome) == ([], "refitted")
    assert [len(set(side.scores)) for side in (found.deciding.base, found.deciding.head)] == [2, 3]
    assert found.deciding.base.truth.tolist() == drawn()[["x", "z"]].to_numpy()[LATE].tolist()
