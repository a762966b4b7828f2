"""Clusters of few rows."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.case import Case
from lifecycle.evaluation.tasks.clustering import (
    compute_differences,
    describe_clusters,
    encode_frequent_values,
    evaluate_clustering,
    project_rows,
)

INPUTS = np.array([[0.0, 1.0], [2.0, -1.0], [10.0, 0.0], [14.0, 0.0]])
CLUSTERS = np.array([0, 0, 3, 3])
FEATURES = pd.DataFrame(
    {
        "rain": [0.0, 2.0, 10.0, 14.0],
        "place": pd.Series(["x", "x", None, "y"], dtype="str"),
        "same": 1.0,
        "nothing": np.nan,
    }
).set_axis([7, 8, 9, 10])


def case(inputs=INPUTS, clusters=CLUSTERS, features=FEATURES):
    return Case(
        task="clustering",
        truth=np.asarray(inputs),
        scores=np.asarray(clusters, dtype=float),
        context=features,
        features=features,
    )


def test_indicators_of_texts():
    assert encode_frequent_values(FEATURES).to_dict("list") == {
        "place x": [1.0, 1.0, 0.0, 0.0],
        "place y": [0.0, 0.0, 0.0, 1.0],
    }


def test_differences_by_hand():
    found = compute_differences(FEATURES, CLUSTERS)
    # Rain: means 1 and 12, deviation of all √32.75. Place x: 1 and 0, deviation ½. Place y: 0 and ½, √3 / 4.
    expected = [("place x", 2.0), ("rain", -11 / 32.75**0.5), ("place y", -2 / 3**0.5)]
    first = found[found["cluster"] == 0]
    assert first["feature"].tolist() == [name for name, _ in expected]
    assert first["difference"].tolist() == pytest.approx([value for _, value in expected])
    assert first["word"].tolist() == ["often", "low", "seldom"]
    assert found["cluster"].tolist() == [0, 0, 0, 3, 3, 3]


def test_profiles_in_words():
    found = describe_clusters(FEATURES, CLUSTERS, most=2)
    assert found[["cluster", "rows", "share"]].values.tolist() == [[0, 2, 0.5], [3, 2, 0.5]]
    assert found["sentence"].tolist() == [
        "cluster 0 (50% of rows): place x often (+2.0), rain low (-1.9)",
        "cluster 3 (50% of rows): place x seldom (-2.0), rain high (+1.9)",
    ]


def test_small_differences_are_not_told():
    features = pd.DataFrame({"a": [0.0, 1.0, 0.0, 1.0]})
    assert (
        describe_clusters(features, CLUSTERS)["sentence"].tolist()[0] == "cluster 0 (50% of rows): like all other rows"
    )


def test_the_plane_keeps_distances_and_signs():
    places, shares = project_rows(INPUTS)
    assert shares[0] > 0.9 and sum(shares) == pytest.approx(1.0)
    assert (places.iloc[3] - places.iloc[0]).pow(2).sum() == pytest.approx(14**2 + 1)
    assert places["x"].iloc[3] > places["x"].iloc[0]
    again, _ = project_rows(-INPUTS)
    assert again.to_numpy() == pytest.approx(-places.to_numpy())


@pytest.mark.parametrize("inputs", [np.array([[1.0], [2.0]]), np.array([[1.0, 2.0]]), np.ones((3, 4))])
def test_the_plane_of_little(inputs):
    places, shares = project_rows(inputs)
    assert np.isfinite(places.to_numpy()).all()
    assert all(0 <= share <= 1 for share in shares)


def test_tables_plots_and_section():
    found = evaluate_clustering(case())
    assert sorted(found.tables) == ["clusters", "differences", "projection", "silhouette"]
    assert sorted(found.plots) == ["projection", "silhouette", "sizes"]
    assert all(f"]({stem}.png)" in found.section for stem in found.plots)
    assert "- cluster 0 (50% of rows): place x often (+2.0)" in found.section
    means = found.tables["silhouette"].groupby("cluster")["silhouette"].mean()
    assert found.tables["clusters"]["silhouette"].tolist() == means.tolist()
    assert found.tables["projection"]["cluster"].tolist() == CLUSTERS.tolist()
    assert len(found.confusion) == 0


@pytest.mark.parametrize("clusters", [[0, 0, 0, 0], [0, 1, 2, 3], [-1, -1, -1, 5]])
def test_one_cluster_and_clusters_of_one_row(clusters):
    found = evaluate_clustering(case(clusters=clusters))
    assert found.tables["clusters"]["rows"].sum() == 4
    assert found.tables["clusters"]["silhouette"].isna().all() == (len(set(clusters)) == 1)


def test_rows_above_the_most_are_thinned_for_distances_and_dots():
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(5003, 2))
    found = evaluate_clustering(case(inputs, (inputs[:, 0] > 0) * 1, pd.DataFrame(inputs, columns=["a", "b"])))
    assert found.tables["clusters"]["rows"].sum() == 5003
    assert len(found.tables["silhouette"]) == len(found.tables["projection"]) == 2000
