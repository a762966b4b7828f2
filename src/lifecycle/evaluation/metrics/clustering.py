"""Measures of clusters in the prepared inputs: how dense and how far apart they are, and whether they come again."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from lifecycle.evaluation.curves import select_evenly

Floats = npt.NDArray[np.float64]
Clusters = npt.NDArray[np.int64]

MOST_ROWS = 5000
BLOCK = 500


def silhouette(
    inputs: Floats, clusters: Clusters, *, sample_weight: Floats | None = None, rows: int = MOST_ROWS
) -> float:
    """The mean silhouette of the rows, -1 to 1 (Rousseeuw, J. of Computational and Applied Mathematics 20, 1987).

    More than `rows` rows are thinned evenly first. A weight says how often the row's own silhouette
    counts; the distances are those to the rows themselves, each once. NaN where fewer than two clusters
    or no weight are left.
    """
    sampled = select_evenly(len(clusters), rows)
    weights = np.ones(len(sampled)) if sample_weight is None else sample_weight[sampled]
    if not weights.sum() > 0:
        return float("nan")
    values = cache_silhouettes(
        inputs[sampled].astype(np.float64).tobytes(), clusters[sampled].astype(np.int64).tobytes()
    )
    return float(np.average(values, weights=weights))


@lru_cache(maxsize=2)
def cache_silhouettes(inputs: bytes, clusters: bytes) -> Floats:
    """The silhouettes of these rows, worked out once for all the weights of a bootstrap."""
    numbers = np.frombuffer(clusters, dtype=np.int64)
    values = compute_silhouettes(np.frombuffer(inputs, dtype=np.float64).reshape(len(numbers), -1), numbers)
    values.setflags(write=False)
    return values


def compute_silhouettes(inputs: Floats, clusters: Clusters) -> Floats:
    """Each row's silhouette, -1 to 1; 0 for the only row of a cluster, NaN where there is but one cluster.

    Distances are held for a block of rows at a time.
    """
    from scipy.spatial.distance import cdist

    names, codes, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return np.full(len(clusters), np.nan)
    gathered, starts = inputs[np.argsort(codes, kind="stable")], np.cumsum(sizes) - sizes
    blocks = [slice(start, start + BLOCK) for start in range(0, len(codes), BLOCK)]
    sums = [np.add.reduceat(cdist(inputs[block], gathered), starts, axis=1) for block in blocks]
    return separate_clusters(np.concatenate(sums), codes, sizes)


def separate_clusters(sums: Floats, codes: Clusters, sizes: Clusters) -> Floats:
    """Silhouettes from each row's summed distances to the rows of each cluster."""
    rows, others = np.arange(len(codes)), sums / sizes
    inner = sums[rows, codes] / np.maximum(sizes[codes] - 1, 1)
    others[rows, codes] = np.inf
    return np.where(sizes[codes] > 1, compute_contrast(inner, others.min(axis=1)), 0.0)


def compute_contrast(inner: Floats, outer: Floats) -> Floats:
    """How much farther the outer distance is than the inner, as a share of the longer; 0 where both are 0."""
    longer = np.maximum(inner, outer)
    return (outer - inner) / np.where(longer > 0, longer, 1.0)


def compute_simplified_silhouettes(inputs: Floats, clusters: Clusters) -> Floats:
    """Each row's silhouette with distances to centroids in place of rows, -1 to 1; 0 where there is but one cluster.

    Vendramin, Campello and Hruschka, Statistical Analysis and Data Mining 3 (2010).
    """
    from scipy.spatial.distance import cdist

    codes, _, centres = compute_centroids(inputs, clusters, np.ones(len(clusters)))
    if len(centres) < 2:
        return np.zeros(len(clusters))
    rows, distances = np.arange(len(codes)), cdist(inputs, centres)
    inner = distances[rows, codes]
    distances[rows, codes] = np.inf
    return compute_contrast(inner, distances.min(axis=1))


def compute_centroids(inputs: Floats, clusters: Clusters, weights: Floats) -> tuple[Clusters, Floats, Floats]:
    """For rows that all have a weight: each one's place among the clusters, each cluster's mass and centroid."""
    names, codes = np.unique(clusters, return_inverse=True)
    masses = np.bincount(codes, weights, len(names))
    sums = [np.bincount(codes, weights * column, len(names)) for column in inputs.T]
    return codes, masses.astype(np.float64), np.stack(sums, axis=1) / masses[:, None]


def drop_unweighted_rows(inputs: Floats, clusters: Clusters, weights: Floats | None) -> tuple[Floats, Clusters, Floats]:
    """The rows with a weight above 0, with their weights."""
    if weights is None:
        return inputs, clusters, np.ones(len(clusters))
    counted = weights > 0
    return inputs[counted], clusters[counted], weights[counted]


def davies_bouldin(inputs: Floats, clusters: Clusters, *, sample_weight: Floats | None = None) -> float:
    """How close each cluster is to the one most like it, 0 or more (Davies and Bouldin, IEEE PAMI 1, 1979).

    NaN where two clusters have the same centroid.
    """
    from scipy.spatial.distance import cdist

    inputs, clusters, weights = drop_unweighted_rows(inputs, clusters, sample_weight)
    codes, masses, centres = compute_centroids(inputs, clusters, weights)
    away = np.linalg.norm(inputs - centres[codes], axis=1)
    reach = np.bincount(codes, weights * away, len(masses)) / masses
    apart = cdist(centres, centres)
    np.fill_diagonal(apart, np.inf)
    if len(masses) < 2 or apart.min() == 0:
        return float("nan")
    return float(((reach[:, None] + reach) / apart).max(axis=1).mean())


def calinski_harabasz(inputs: Floats, clusters: Clusters, *, sample_weight: Floats | None = None) -> float:
    """Variance between the clusters over that within them, 0 or more; NaN where no cluster has any spread.

    Calinski and Harabasz, Communications in Statistics 3 (1974).
    """
    inputs, clusters, weights = drop_unweighted_rows(inputs, clusters, sample_weight)
    codes, masses, centres = compute_centroids(inputs, clusters, weights)
    middle = np.average(inputs, axis=0, weights=weights)
    between = float((masses * ((centres - middle) ** 2).sum(axis=1)).sum())
    within = float((weights * ((inputs - centres[codes]) ** 2).sum(axis=1)).sum())
    freedom = float(weights.sum()) - len(masses)
    if len(masses) < 2 or within == 0 or freedom <= 0:
        return float("nan")
    return between / (len(masses) - 1) / (within / freedom)


def measure_stability(fit_predict: Callable[[Floats], Clusters], inputs: Floats, seed: int, repeats: int) -> float:
    """The stability of the clusters: 1 the same again, about 0 no more alike than by chance alone.

    The mean adjusted Rand index (Hubert and Arabie, Journal of Classification 2, 1985) between the
    clusters found in all rows and those found anew in random halves of them, as Ben-Hur, Elisseeff and
    Guyon do (Pacific Symposium on Biocomputing, 2002).
    """
    from sklearn.metrics import adjusted_rand_score

    generator, full = np.random.default_rng(seed), fit_predict(inputs)
    indices = []
    for _ in range(repeats):
        half = np.sort(generator.choice(len(inputs), size=-(-len(inputs) // 2), replace=False))
        indices.append(adjusted_rand_score(full[half], fit_predict(inputs[half])))
    return float(np.mean(indices))
