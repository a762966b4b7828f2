"""The labels that were delivered: which deliveries the data version lists, and what they hold."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lifecycle import config, paths
from lifecycle.feedback import labels
from lifecycle.io.records import read_yaml
from lifecycle.io.tables import read_table

READS = "lifecycle.sources.feedback.read"


def find_source() -> Path:
    """The file that says where the problem's rows come from."""
    return paths.CONF / "source" / f"{config.read_parameters()['problem']}.yaml"


def is_connected(entry: Path) -> bool:
    """Whether the problem's source takes deliveries."""
    return bool(read_yaml(entry).get("_target_") == READS)


def list_deliveries(entry: Path) -> list[str]:
    """The deliveries of the data version; none where the source takes none."""
    return [str(name) for name in read_yaml(entry).get("batches", [])] if is_connected(entry) else []


def read_labels(names: list[str]) -> pd.DataFrame:
    """The labels of these deliveries, as `lifecycle.feedback.labels.FIXED` names their columns."""
    parts = [read_table(paths.FEEDBACK / f"{name}.parquet", labels.FIXED) for name in names]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=labels.FIXED, dtype="str")
