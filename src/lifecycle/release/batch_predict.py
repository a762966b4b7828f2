"""Predictions of the rows of a file in chunks; finished chunks are kept, so that a killed run resumes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.io.atomic import require_file, write_beside, write_text
from lifecycle.io.progress import Progress
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.release.batch_files import Piece, choose_writer, measure_input, read_ahead, read_pieces
from lifecycle.release.contract import Contract, normalize_id
from lifecycle.release.release import Release

REJECTED = ["row", "field", "got", "wanted"]


@dataclass(frozen=True)
class PredictionJob:
    """A release, the file whose rows it scores, and the file for the predictions."""

    release: Release
    source: Path
    target: Path

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
        return {**mark, "version": self.release.version}


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
        for number, piece in enumerate(read_ahead(read_pieces(batch.source, batch.release.contract))):
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
    """Raise UnfitTable unless the file has the columns of the contract; JSON lines say it row by row."""
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
    found, rejected = predict_rows(batch.release, piece.rows, start)
    write_table(batch.parts / f"{number:06}.rejected", rejected)
    write_table(batch.parts / f"{number:06}.parquet", found)


def predict_rows(release: Release, rows: pd.DataFrame, start: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of the rows that keep the contract, with `row`, counted from `start`; and the rejections."""
    agreed = release.contract
    if list(rows.columns) == ["record"]:
        rows, ids, places, rejected = tabulate_records(rows["record"].tolist(), agreed)
    else:
        ids, places, rejected = rows.get(agreed.id), list(range(len(rows))), pd.DataFrame(columns=REJECTED)
    checked = agreed.check(rows)
    found = release.predict_features(checked.features.reset_index(drop=True))
    if ids is not None:
        found.insert(0, agreed.id, ids.iloc[checked.places].reset_index(drop=True))
    found.insert(0, "row", np.asarray([places[place] + start for place in checked.places], dtype=np.int64))
    more = checked.rejected.assign(row=[places[place] for place in checked.rejected["row"]])
    together = pd.concat([rejected, more]).sort_values("row").astype({"row": "int64"})
    return found, together.assign(row=together["row"] + start).astype(dict.fromkeys(REJECTED[1:], "str"))


Records = tuple[pd.DataFrame, pd.Series | None, list[int], pd.DataFrame]


def tabulate_records(found: list[object], agreed: Contract) -> Records:
    """Objects as a table of features, their ids, which may be missing, and their places; and the others' rejections."""
    places, rejected = [], []
    kept: list[Mapping[str, Any]] = []
    for place, entry in enumerate(found):
        if not isinstance(entry, dict):
            rejected.append({"row": place, "field": "", "got": str(entry)[:60], "wanted": "an object of fields"})
            continue
        record = normalize_id(entry, agreed.id)
        _, wrong = agreed.read(record)
        if wrong:
            one = wrong[0]
            rejected.append({"row": place, "field": one.field, "got": one.got, "wanted": one.wanted})
            continue
        kept.append(record)
        places.append(place)
    table = pd.DataFrame({name: pd.Series([one[name] for one in kept], dtype=object) for name in agreed.names})
    ids = pd.Series([None if agreed.id not in one else str(one[agreed.id]) for one in kept], dtype="str")
    return table, ids, places, pd.DataFrame(rejected, columns=REJECTED)


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
