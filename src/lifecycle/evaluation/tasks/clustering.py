"""Clusters: their sizes, silhouettes, a projection, and what sets each one apart."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.dataset import list_numeric, list_texts
from lifecycle.evaluation import plots
from lifecycle.evaluation.case import Case, Evaluation
from lifecycle.evaluation.curves import select_evenly
from lifecycle.evaluation.metrics.clustering import MOST_ROWS, compute_silhouettes
from lifecycle.reporting.templates import render

Clusters = npt.NDArray[np.int64]

POINTS = 2000


def evaluate_clustering(case: Case) -> Evaluation:
    """The evaluation of a clustering."""
    clusters, sampled = case.clusters, select_evenly(len(case.truth), MOST_ROWS)
    rows = pd.DataFrame(
        {"cluster": clusters[sampled], "silhouette": compute_silhouettes(case.truth[sampled], clusters[sampled])}
    )
    means = rows.groupby("cluster")["silhouette"].mean()
    described = describe_clusters(case.features, clusters)
    described.insert(3, "silhouette", described["cluster"].map(means))
    points, shares = project_rows(case.truth)
    dots = points.assign(cluster=clusters).iloc[select_evenly(len(clusters), POINTS)]
    figures = {
        "sizes": plots.plot_cluster_sizes(described, "Sizes of the clusters"),
        "silhouette": plots.plot_silhouettes(rows, "Silhouettes by cluster"),
        "projection": plots.plot_projection(dots, "Clusters along the first two principal components", shares),
    }
    tables = {
        "clusters": described,
        "differences": compute_differences(case.features, clusters),
        "silhouette": rows.iloc[select_evenly(len(rows), POINTS)],
        "projection": dots,
    }
    return Evaluation(tables, figures, render(__file__, "md", sentences=list(described["sentence"])))


def project_rows(inputs: Floats) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Each row's place along the first two principal components, `x` and `y`, and their shares of the variance.

    A component points to where its largest weight is positive. What has one column lies on a line.
    """
    from threadpoolctl import threadpool_limits

    centred = np.column_stack([inputs, np.zeros(len(inputs))])
    centred = centred - centred.mean(axis=0)
    with threadpool_limits(1, user_api="blas"):
        variances, axes = np.linalg.eigh(centred.T @ centred)
        axes = axes[:, [-1, -2]]
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
        places = centred @ axes
    total = float(variances.clip(min=0).sum()) or 1.0
    first, second = (max(float(variances[which]), 0.0) / total for which in (-1, -2))
    return pd.DataFrame(places, columns=["x", "y"]), (first, second)


def describe_clusters(features: pd.DataFrame, clusters: Clusters, most: int = 4, least: float = 0.2) -> pd.DataFrame:
    """One row per cluster: `cluster`, `rows`, `share` of all rows, and a `sentence` on what sets it apart.

    The sentence names at most that many traits, and none that differs by less than `least` spreads.
    """
    rows, ranked = [], compute_differences(features, clusters)
    for number, size in zip(*np.unique(clusters, return_counts=True), strict=True):
        own = ranked[(ranked["cluster"] == number) & (ranked["difference"].abs() >= least)].head(most)
        traits = [f"{row.feature} {row.word} ({row.difference:+.1f})" for row in own.itertuples()]
        share = size / len(clusters)
        sentence = f"cluster {number} ({share:.0%} of rows): " + (", ".join(traits) or "like all other rows")
        rows.append({"cluster": int(number), "rows": int(size), "share": float(share), "sentence": sentence})
    return pd.DataFrame(rows)


def compute_differences(features: pd.DataFrame, clusters: Clusters) -> pd.DataFrame:
    """How each cluster's mean differs from that of the rest, in standard deviations: the largest first per cluster.

    `cluster`, `feature` (for text with its value), `difference` and `word`: high or low, often or seldom.
    Traits without spread, and those missing in the whole cluster or the whole rest, are left out.
    """
    amounts, kinds = features[list_numeric(features)], encode_frequent_values(features)
    traits = pd.concat([amounts, kinds], axis=1).reset_index(drop=True)
    deviation = traits.std(ddof=0)
    words = dict.fromkeys(amounts, ("low", "high")) | dict.fromkeys(kinds, ("seldom", "often"))
    rows = []
    for number in np.unique(clusters):
        inner, outer = traits[clusters == number].mean(), traits[clusters != number].mean()
        apart = ((inner - outer) / deviation.where(deviation > 0)).dropna()
        for name in apart.abs().sort_values(ascending=False, kind="stable").index:
            word = words[name][int(apart[name] > 0)]
            rows.append({"cluster": int(number), "feature": name, "difference": float(apart[name]), "word": word})
    return pd.DataFrame(rows, columns=["cluster", "feature", "difference", "word"])


def encode_frequent_values(features: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """For each text column and each of its most frequent values, 1.0 where a row has it and 0.0 elsewhere."""
    columns = {}
    for name in list_texts(features):
        counts = features[name].value_counts().sort_index().sort_values(ascending=False, kind="stable")
        for value in counts.index[:most]:
            columns[f"{name} {value}"] = (features[name] == value).astype("float64")
    return pd.DataFrame(columns, index=features.index)
