"""Predictions of the rows of a file in chunks; finished chunks are kept, so that a killed run resumes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.io.atomic import require_file, write_beside, write_text
from lifecycle.io.progress import Progress
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.release.batch_files import Piece, choose_writer, measure_input, read_ahead, read_pieces
from lifecycle.release.contract import Contract, normalize_id
from lifecycle.release.fields import Value
from lifecycle.release.release import Release, get_dtype

REJECTED = ["row", "field", "got", "wanted"]


@dataclass(frozen=True)
class PredictionJob:
    """A release, the file whose rows it scores, the file for the predictions, and hints on how the rows are read."""

    release: Release
    source: Path
    target: Path
    hints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> Path:
        """The folder of the pieces that are done, beside the target until it is whole."""
        return self.target.with_name(f".{self.target.name}.parts")

    @property
    def rejected(self) -> Path:
        """The file of the rejected rows, beside the target."""
        return self.target.with_name(f"{self.target.stem}.rejected.csv")

    def mark(self) -> dict[str, object]:
        """What a run must have in common with an earlier one to go on with its pieces."""
        stat = self.source.stat()
        mark = {"input": str(self.source.resolve()), "bytes": stat.st_size, "changed": stat.st_mtime_ns}
        return {**mark, "version": self.release.version, "read": dict(self.hints)}


def predict_file(batch: PredictionJob) -> tuple[int, int, int]:
    """The numbers of predicted rows, of rejected rows, and of pieces that an earlier run had done."""
    require_file(batch.source)
    if batch.source.resolve() in (batch.target.resolve(), batch.rejected.resolve()):
        raise WrongValue(
            f"{batch.source.name} would be overwritten by its own predictions",
            where=f"--output {batch.target}",
            todo=f"--output {batch.target.with_stem(batch.target.stem + '_predictions')}",
        )
    done = resume_pieces(batch)
    with open_progress(batch) as progress:
        start = 1
        for number, piece in enumerate(read_ahead(read_pieces(batch.source, batch.release.contract, batch.hints))):
            if number == 0:
                check_columns(batch.release, piece)
            if number >= done:
                predict_piece(batch, number, start, piece)
            start += len(piece.rows)
            progress.advance(piece.read)
    return *join_pieces(batch), done


def open_progress(batch: PredictionJob) -> Progress:
    """The progress in rows of a Parquet file, in bytes of other files."""
    rows = batch.source.suffix.lower() == ".parquet"
    return Progress("predict", measure_input(batch.source), "rows" if rows else "bytes", scaled=True)


def check_columns(release: Release, piece: Piece) -> None:
    """Raise UnfitTable unless the file has the contract's columns; JSON lines say it row by row."""
    if list(piece.rows.columns) != ["record"]:
        release.must_have_columns(piece.rows)


def resume_pieces(batch: PredictionJob) -> int:
    """How many pieces are done already; those of another input or release are removed."""
    mark = batch.parts / "mark.json"
    if not mark.exists() or read_json(mark) != batch.mark():
        shutil.rmtree(batch.parts, ignore_errors=True)
        write_text(mark, json.dumps(batch.mark()))
    done = {path.stem for path in batch.parts.glob("*.parquet")}
    return next(number for number in range(len(done) + 1) if f"{number:06}" not in done)


def predict_piece(batch: PredictionJob, number: int, start: int, piece: Piece) -> None:
    """Predict a piece and write predictions and rejections; the predictions last, since they mark the piece as done."""
    found, rejected = predict_rows(batch.release, piece, start)
    write_table(batch.parts / f"{number:06}.rejected", rejected)
    write_table(batch.parts / f"{number:06}.parquet", found)


def predict_rows(release: Release, piece: Piece, start: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of the rows that keep the contract, with `row`, counted from `start`; and the rejections.

    A row's id is in the column `id`, whatever its own name is: no column of the user is called like one of ours.
    """
    read = read_records if list(piece.rows.columns) == ["record"] else read_table_rows
    features, ids, places, rejected = read(piece.rows, piece.contract)
    found = release.predict_features(features)
    if ids is not None:
        found.insert(0, "id", ids)
    found.insert(0, "row", places + start)
    return found, rejected.assign(row=rejected["row"].astype("int64") + start).astype(
        dict.fromkeys(REJECTED[1:], "str")
    )


ReadRows = tuple[pd.DataFrame, pd.Series | None, npt.NDArray[np.int64], pd.DataFrame]


def read_table_rows(rows: pd.DataFrame, agreed: Contract) -> ReadRows:
    """The features, ids and places of the rows of a table that keep the contract, and the rejections of the others."""
    checked = agreed.check(rows)
    ids = rows[agreed.id].iloc[checked.places].reset_index(drop=True) if agreed.id in rows else None
    return checked.features.reset_index(drop=True), ids, checked.places, checked.rejected


def read_records(rows: pd.DataFrame, agreed: Contract) -> ReadRows:
    """The same of objects; a field that other objects have is missing where one lacks it, the id too."""
    lines = dict(enumerate(rows["record"]))
    fields = {*agreed.names, *(one.source for one in agreed.derived)}
    absent = dict.fromkeys(
        name for entry in lines.values() if isinstance(entry, dict) for name in fields & entry.keys()
    )
    objects = {
        place: normalize_id(absent | entry, agreed.id) for place, entry in lines.items() if isinstance(entry, dict)
    }
    rejected = [refuse_line(place, entry) for place, entry in lines.items() if place not in objects]
    kept: dict[int, list[Value]] = {}
    for place, (values, wrong) in zip(objects, agreed.read_many([*objects.values()]), strict=True):
        if wrong:
            rejected.append({"row": place, **asdict(wrong[0])})
        else:
            kept[place] = values
    ids = [None if (one := objects[place].get(agreed.id)) is None else str(one) for place in kept]
    refused = pd.DataFrame(rejected, columns=REJECTED).sort_values("row", ignore_index=True)
    places = np.array(list(kept), dtype=np.int64)
    return tabulate_values([*kept.values()], agreed), pd.Series(ids, dtype="str"), places, refused


def refuse_line(place: int, entry: object) -> dict[str, Any]:
    """The rejection of a line that is no object."""
    return {"row": place, "field": "", "got": str(entry)[:60], "wanted": "an object of fields"}


def tabulate_values(rows: list[list[Value]], agreed: Contract) -> pd.DataFrame:
    """Rows of values in the model's order as its features."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in agreed.fields)
    features = {
        one.name: pd.Series(list(values), dtype=get_dtype(one.kind))
        for one, values in zip(agreed.fields, columns, strict=True)
    }
    return pd.DataFrame(features, index=range(len(rows)))


def join_pieces(batch: PredictionJob) -> tuple[int, int]:
    """Write the pieces as one file, and the rejected rows as another; how many rows each has."""
    counts = [0, 0]
    for place, (target, pattern) in enumerate(((batch.target, "*.parquet"), (batch.rejected, "*.rejected"))):
        with write_beside(target) as beside:
            into = choose_writer(target)(beside)
            for table in read_tables(batch.parts, pattern):
                into.write(table)
                counts[place] += len(table)
            into.close()
    if not counts[1]:
        batch.rejected.unlink()
    shutil.rmtree(batch.parts)
    return counts[0], counts[1]


def read_tables(folder: Path, pattern: str) -> Iterator[pd.DataFrame]:
    """The tables of the pieces, in their order."""
    for path in sorted(folder.glob(pattern)):
        yield read_table(path)
