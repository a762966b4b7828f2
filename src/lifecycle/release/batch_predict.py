"""Predictions of the rows of a file in chunks; finished chunks are kept, so that a killed run resumes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.io.atomic import require_file, write_beside, write_text
from lifecycle.io.progress import Progress
from lifecycle.io.records import read_json
from lifecycle.io.tables import protect_texts, read_table, write_table
from lifecycle.release.batch_files import Piece, choose_writer, measure_input, read_ahead, read_pieces
from lifecycle.release.contract import normalize_id
from lifecycle.release.release import Release
from lifecycle.release.row_reader import RowReader
from lifecycle.release.rows_read import REJECTED, RowRead, RowsRead, tabulate_values


@dataclass(frozen=True)
class PredictionJob:
    """A release, the file whose rows it scores, the file for the predictions, and hints on how the rows are read.

    `prepared` takes every row as a prepared one. `facts` is the number of the newest event that the release knows.
    """

    release: Release
    source: Path
    target: Path
    hints: Mapping[str, Any] = field(default_factory=dict)
    prepared: bool = False
    facts: int = 0

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
        mark |= {"version": self.release.version, "facts": self.facts}
        return {**mark, "read": dict(self.hints), "prepared": self.prepared}


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
        start, reader = 1, batch.release.choose_reader(batch.prepared)
        for number, piece in enumerate(read_ahead(read_pieces(batch.source, reader, batch.hints))):
            if number == 0:
                check_columns(batch, piece)
            if number >= done:
                predict_piece(batch, number, start, piece)
            start += len(piece.rows)
            progress.advance(piece.read)
    return *join_pieces(batch), done


def open_progress(batch: PredictionJob) -> Progress:
    """The progress in rows of a Parquet file, in bytes of other files."""
    rows = batch.source.suffix.lower() == ".parquet"
    return Progress("predict", measure_input(batch.source), "rows" if rows else "bytes", scaled=True)


def check_columns(batch: PredictionJob, piece: Piece) -> None:
    """Raise UnfitTable unless the file has the contract's columns; JSON lines say it row by row."""
    if list(piece.rows.columns) != ["record"]:
        batch.release.must_have_columns(piece.rows, prepared=batch.prepared)


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
    write_table(batch.parts / f"{number:06}.rejected", protect_texts(rejected))
    write_table(batch.parts / f"{number:06}.parquet", found)


def predict_rows(release: Release, piece: Piece, start: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of the rows that keep the contract, with `row`, counted from `start`; and the rejections.

    A row's id is in the column `id`, whatever its own name is: no column of the user is called like one of ours.
    """
    is_records = list(piece.rows.columns) == ["record"]
    read = read_lines(piece.rows["record"], piece.reader) if is_records else piece.reader.read_table(piece.rows)
    found = release.predict_features(read.features)
    if read.ids is not None:
        found.insert(0, "id", read.ids)
    found.insert(0, "row", read.places + start)
    rejected = read.rejected.assign(row=read.rejected["row"].astype("int64") + start)
    return found, rejected.astype(dict.fromkeys(REJECTED[1:], "str"))


def read_lines(lines: pd.Series, reader: RowReader) -> RowsRead:
    """The rows of the lines that are objects, and the rejections of the other lines."""
    entries = dict(enumerate(lines))
    objects = {place: entry for place, entry in entries.items() if isinstance(entry, dict)}
    rejected = [refuse_line(place, entry) for place, entry in entries.items() if place not in objects]
    kept: dict[int, RowRead] = {}
    for place, row in zip(objects, read_objects([*objects.values()], reader), strict=True):
        if row.rejections:
            rejected.append({"row": place, **asdict(row.rejections[0])})
        else:
            kept[place] = row
    ids = [None if (one := row.record.get(reader.contract.id)) is None else str(one) for row in kept.values()]
    return RowsRead(
        features=tabulate_values([row.values for row in kept.values()], reader.contract.fields),
        ids=pd.Series(ids, dtype="str"),
        places=np.array(list(kept), dtype=np.int64),
        rejected=pd.DataFrame(rejected, columns=[*REJECTED]).sort_values("row", ignore_index=True),
    )


def read_objects(objects: Sequence[Mapping[str, Any]], reader: RowReader) -> Iterable[RowRead]:
    """The rows of objects, all of the one kind that their names together are of.

    A field that other prepared rows have is missing where one lacks it, the id too.
    """
    rows = [normalize_id(reader.fold_names(entry), reader.contract.id) for entry in objects]
    names = dict.fromkeys(name for row in rows for name in row)
    if raw := reader.find_raw(names.keys()):
        return raw.read_records(rows)
    fields = {*reader.contract.names}
    absent = dict.fromkeys(name for name in names if name in fields)
    return reader.of_prepared.read_records([{**absent, **row} for row in rows])


def refuse_line(place: int, entry: object) -> dict[str, Any]:
    """The rejection of a line that is no object."""
    return {"row": place, "field": "", "got": str(entry)[:60], "wanted": "an object of fields, each named once"}


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
