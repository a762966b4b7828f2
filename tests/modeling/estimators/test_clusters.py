import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, KMeans

from lifecycle.modeling.estimators.clusters import StableAgglomerative, StableHDBSCAN, StableKMeans

RANDOM = np.random.default_rng(0)
HEAPS = pd.DataFrame(np.vstack([RANDOM.normal(at, 0.5, (60, 2)) for at in (0, 10, 30)]), columns=["x", "y"])
KINDS = [StableAgglomerative(3), StableHDBSCAN(10), StableKMeans(3, random_state=1)]


@pytest.mark.parametrize("made", KINDS, ids=repr)
def test_each_heap_is_a_cluster(made):
    found = clone(made).fit(HEAPS).predict(HEAPS)
    assert [len(set(found[start : start + 60])) for start in (0, 60, 120)] == [1, 1, 1]
    assert set(found) == {0, 1, 2}


@pytest.mark.parametrize("made", KINDS, ids=repr)
def test_a_new_row_belongs_to_the_nearest_heap(made):
    fitted = clone(made).fit(HEAPS)
    asked = pd.DataFrame({"x": [4.0, 21.0, 1e6], "y": [4.0, 21.0, -1e5]})
    assert fitted.predict(asked).tolist() == fitted.predict(HEAPS)[[0, 120, 120]].tolist()
    assert fitted.n_features_in_ == 2


@pytest.mark.parametrize("kind", [StableAgglomerative, StableHDBSCAN])
def test_no_more_rows_than_asked_are_remembered(kind):
    one, same, other = (kind(most=50, random_state=seed).fit(HEAPS) for seed in (1, 1, 2))
    assert len(one.rows_) <= 50
    np.testing.assert_array_equal(one.rows_, same.rows_)
    assert one.rows_.shape != other.rows_.shape or (one.rows_ != other.rows_).any()


def test_fit_predict_is_both():
    assert (
        StableAgglomerative(3).fit_predict(HEAPS).tolist() == StableAgglomerative(3).fit(HEAPS).predict(HEAPS).tolist()
    )


@pytest.mark.parametrize("linkage", ["ward", "complete", "average", "single"])
def test_linkage_is_scikit_learns(linkage):
    rows = pd.DataFrame(np.random.default_rng(5).normal(size=(50, 2)))
    expected = AgglomerativeClustering(4, linkage=linkage).fit_predict(rows)
    np.testing.assert_array_equal(StableAgglomerative(4, linkage=linkage).fit_predict(rows), expected)


def test_fewer_rows_than_clusters_are_a_cluster_each():
    assert sorted(StableAgglomerative(8).fit_predict(HEAPS.iloc[[0, 60]])) == [0, 1]
    assert StableAgglomerative(8).fit_predict(HEAPS.iloc[[0]]).tolist() == [0]


def test_noise_alone_is_one_cluster():
    spread = pd.DataFrame({"x": np.random.default_rng(5).uniform(size=60)})
    assert set(StableHDBSCAN(40).fit_predict(spread)) == {0}
    assert StableHDBSCAN(40).fit_predict(HEAPS.iloc[:5]).tolist() == [0] * 5


def test_a_row_of_no_cluster_belongs_to_the_nearest():
    lonely = pd.concat([HEAPS, pd.DataFrame({"x": [16.0], "y": [14.0]})], ignore_index=True)
    found = StableHDBSCAN(10).fit_predict(lonely)
    assert found[-1] == found[60]


def test_centres_are_scikit_learns():
    one, other = StableKMeans(3, random_state=1).fit(HEAPS), KMeans(3, random_state=1).fit(HEAPS)
    np.testing.assert_allclose(one.cluster_centers_, other.cluster_centers_)


def test_gaps_are_rejected():
    with pytest.raises(ValueError, match="contains NaN"):
        StableHDBSCAN().fit(HEAPS.mask(HEAPS > 30))
