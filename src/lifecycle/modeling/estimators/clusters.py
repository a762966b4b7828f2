"""Clusterings that scikit-learn has, made to place new rows, and to be the same on any number of cores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class StableKMeans(KMeans):  # type: ignore[misc]
    """scikit-learn's KMeans on one core: it adds up each core's share of the rows apart, which rounds otherwise."""

    def fit(self, X: pd.DataFrame, y: Any = None, sample_weight: Any = None) -> Self:  # noqa: N803
        """Find the centres."""
        with threadpool_limits(1):
            super().fit(X, y, sample_weight)
        return self


class _Nearest(ClusterMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Clusters of at most `most` rows drawn at random; any row belongs to the cluster of the nearest of them.

    `rows_` are the drawn rows that have a cluster and `clusters_` their numbers, from 0.
    """

    most: int
    random_state: int | None

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Cluster the drawn rows; raises ValueError for columns that are no numbers or have gaps."""
        values = validate_data(self, X, dtype=np.float64)
        if len(values) > self.most:
            sampled = np.random.default_rng(self.random_state).choice(len(values), self.most, replace=False)
            values = values[np.sort(sampled)]
        clusters = self._clusters(values)
        if (clusters < 0).all():
            clusters = np.zeros(len(values), dtype=np.int64)
        self.rows_, self.clusters_ = values[clusters >= 0], clusters[clusters >= 0]
        return self

    def predict(self, X: pd.DataFrame) -> Integers:  # noqa: N803
        """The number of each row's cluster, from 0."""
        from sklearn.metrics import pairwise_distances_argmin

        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        with threadpool_limits(1):  # which of equally near rows comes first must not depend on the cores
            nearest = pairwise_distances_argmin(values, self.rows_)
        return np.asarray(self.clusters_[nearest], dtype=np.int64)

    def fit_predict(self, X: pd.DataFrame, y: Any = None, **more: Any) -> Integers:  # noqa: N803
        """Fit, and the number of each row's cluster."""
        return self.fit(X, **more).predict(X)

    @abstractmethod
    def _clusters(self, values: Floats) -> Integers:
        """The number of each row's cluster; below 0 for a row of none."""


class StableAgglomerative(_Nearest):
    """Clusters joined from the bottom up, until there are `n_clusters` (Ward 1963 by default)."""

    def __init__(
        self,
        n_clusters: int = 8,
        linkage: Literal["ward", "complete", "average", "single"] = "ward",
        most: int = 4000,
        random_state: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.most = most
        self.random_state = random_state

    def _clusters(self, values: Floats) -> Integers:
        from sklearn.cluster import AgglomerativeClustering

        if len(values) < 2:
            return np.zeros(len(values), dtype=np.int64)
        count = min(self.n_clusters, len(values))
        return np.asarray(AgglomerativeClustering(count, linkage=self.linkage).fit(values).labels_, dtype=np.int64)


class StableHDBSCAN(_Nearest):
    """Clusters of dense places with at least `min_cluster_size` rows (HDBSCAN; Campello et al. 2013).

    A row of no cluster belongs to the nearest one; where there is none at all, every row to one.
    """

    def __init__(self, min_cluster_size: int = 50, most: int = 10000, random_state: int | None = None) -> None:
        self.min_cluster_size = min_cluster_size
        self.most = most
        self.random_state = random_state

    def _clusters(self, values: Floats) -> Integers:
        from sklearn.cluster import HDBSCAN

        if len(values) < self.min_cluster_size:
            return np.zeros(len(values), dtype=np.int64)
        model = HDBSCAN(min_cluster_size=self.min_cluster_size, copy=True).fit(values)
        return np.asarray(model.labels_, dtype=np.int64)
