"""OpenML: a published data set by name and version, verified by the hash that OpenML publishes."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.io.budget import TABLE, must_fit_table
from lifecycle.options import options
from lifecycle.sources.formats.entry import Entry, ReadContext, ReadResult
from lifecycle.sources.formats.normalize import normalize_table
from lifecycle.sources.http import AGAIN, SECONDS
from lifecycle.sources.retry import FIRST, TransientFailure, call_with_retries


@options
class OpenmlEntry(Entry):
    """`path` is the data set's name on OpenML; a `version` there never changes.

    Files are cached in the folder `cache`, by default scikit-learn's, and not downloaded again.
    """

    version: int
    cache: str = ""

    @property
    def detail(self) -> str:
        """The publisher of the collection, and the version."""
        return f"OpenML, version {self.version}"


def read(entry: OpenmlEntry, context: ReadContext) -> ReadResult:
    """The rows with features and targets, in OpenML's order, and the licence that OpenML states.

    Raises SourceError if the data set cannot be downloaded or does not match its hash.
    """
    data_set = call_with_retries(lambda: fetch_data_set(entry), context.wait)
    frame = pd.DataFrame(data_set.frame)
    must_fit_table(*frame.shape, TABLE.most, f"OpenML, {entry.path}")
    return ReadResult(normalize_table(frame), licence=str(data_set.details.get("licence", "")))


def fetch_data_set(entry: OpenmlEntry) -> Any:
    """One attempt with scikit-learn's reader; raises TransientFailure if a retry may help."""
    from sklearn.datasets import fetch_openml

    where = f"OpenML, {entry.path} version {entry.version}"
    with limit_socket_time(SECONDS), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a broken file in the cache is asked for again
        warnings.filterwarnings("ignore", "A network error occurred", UserWarning)  # likewise
        try:
            return fetch_openml(
                entry.path,
                version=entry.version,
                data_home=str(Path(entry.cache).absolute()) if entry.cache else None,
                as_frame=True,
                n_retries=1,
                delay=FIRST,
            )
        except HTTPError as cause:
            cause.close()  # it holds the connection
            error = SourceError(f"OpenML responds {cause.code} {cause.reason}", where=where, todo="try again later")
            raise (TransientFailure(error) if cause.code in AGAIN else error) from cause
        except (OSError, HTTPException) as cause:
            reason = getattr(cause, "reason", None) or cause
            raise TransientFailure(
                SourceError(f"no response: {reason}", where=where, todo="try again later")
            ) from cause
        except ValueError as cause:
            raise SourceError(
                f"OpenML has no such rows: {' '.join(str(cause).split())[:200]}",
                where=where,
                todo="correct path: and version: as the data set's page on OpenML shows them",
            ) from cause


@contextmanager
def limit_socket_time(seconds: float) -> Iterator[None]:
    """Connections made inside give up after so many seconds without a byte."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
