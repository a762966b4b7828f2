"""Shadow deployment: a second release scores the same rows, and its predictions are only logged."""

from __future__ import annotations

import contextlib
import queue
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from lifecycle.feedback.prediction_log import Log, Privacy
from lifecycle.release.rows_read import RowRead
from lifecycle.serving.middleware import write_log_line
from lifecycle.serving.requests import PredictRequest
from lifecycle.serving.scorer import ServedModel

FOLDER = Path("data/shadow")
PATIENCE = 10.0  # seconds that a stopping service waits for it
WAITING = 256  # requests at most; further ones are left out and counted


class Shadow:
    """Scores rows in a thread of its own; where it cannot keep up, requests are left out."""

    def __init__(self, model: ServedModel, started: datetime, privacy: Privacy, folder: Path = FOLDER) -> None:
        self.model, self.privacy, self.left_out = model, privacy, 0
        self.log = Log(folder, started)
        self.waiting: queue.Queue[tuple[PredictRequest, list[dict[str, Any]]] | None] = queue.Queue(WAITING)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def offer(self, request: PredictRequest, predictions: list[dict[str, Any]]) -> None:
        """Queue a request and its predictions, or leave it out."""
        try:
            self.waiting.put_nowait((request, predictions))
        except queue.Full:
            self.left_out += 1

    def close(self, seconds: float = PATIENCE) -> None:
        """Finish what waits, and close the log; a shadow that does not come to an end is left behind."""
        with contextlib.suppress(queue.Full):
            self.waiting.put(None, timeout=seconds)
        self.thread.join(seconds)
        if self.thread.is_alive():
            write_log_line({"level": "error", "shadow": f"did not finish its rows within {seconds:g} seconds"})
        else:
            self.log.close()
        if self.left_out:
            write_log_line({"level": "warning", "shadow_left_out": self.left_out})

    def _work(self) -> None:
        while (entry := self.waiting.get()) is not None:
            try:
                self.log.append(self._compared(*entry))
            except Exception as cause:  # a shadow's failure must reach no response
                write_log_line({"level": "error", "shadow": repr(cause)[:200]})

    def _compared(self, request: PredictRequest, predictions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The predictions beside the shadow's own: of the features that it makes itself, where it takes raw rows."""
        release = self.model.release
        return [
            {
                "id": self.privacy.redact(release.contract.id, prediction["id"]),
                "version": prediction["version"],
                "prediction": prediction["prediction"],
                "shadow": {"version": release.version, **self._predict(row)},
            }
            for row, prediction in zip(request.rows, predictions, strict=True)
        ]

    def _predict(self, row: RowRead) -> dict[str, Any]:
        """The shadow's prediction of a row, or the field for which it rejects the row."""
        release = self.model.release
        asked = row.record if row.question is None or release.raw is None else row.question
        reader = release.choose_reader(row.question is None)
        read = next(iter(reader.read_records([asked])))
        if read.rejections:
            return {"rejected": read.rejections[0].field}
        return {"prediction": self.model.predict([read.values])[0]}
