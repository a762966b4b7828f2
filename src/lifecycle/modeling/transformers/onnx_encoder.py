"""Encoders as ONNX graphs, run by onnxruntime on one thread: the extra `onnx`.

Sums have one order on one kind of processor; on another, onnxruntime may choose other instructions, and last digits
differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.modeling.transformers.encoder_files import GRAPHS, EncoderFiles, Tensor, import_encoder_package

# Outputs by preference: a vector per input, then a state per token, patch or place.
OUTPUTS = ("sentence_embedding", "image_embeds", "pooler_output", "last_hidden_state", "token_embeddings")
TYPES: Mapping[str, type[np.generic]] = {
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(float)": np.float32,
}
BESIDE = ("_data", ".data")  # what the names of files have that hold the weights of larger graphs


@dataclass(frozen=True)
class Graph:
    """A graph ready to run: the types of its inputs by name, and the output that is taken."""

    session: Any
    inputs: Mapping[str, type[np.generic]]
    output: str
    path: Path

    def run(self, values: Mapping[str, npt.NDArray[Any]]) -> Tensor:
        """The output for one text or image; raises CorruptFile where the graph does not take it."""
        fed = {name: values[name].astype(kind)[None] for name, kind in self.inputs.items()}
        try:
            found = np.asarray(self.session.run([self.output], fed)[0], dtype=np.float32)
        except Exception as cause:  # what onnxruntime raises has no public base class
            raise CorruptFile(
                f"{self.path.name} cannot be run ({' '.join(str(cause).split())[:120]})",
                where=str(self.path),
                todo="export the encoder again, with a batch size and lengths that may vary",
            ) from cause
        if found.ndim < 2 or len(found) != 1:
            raise CorruptFile(
                f"{self.path.name} gives {self.output} of shape {found.shape} for one input",
                where=str(self.path),
                todo=f"export the encoder with one of the outputs {', '.join(OUTPUTS)}",
            )
        return np.asarray(found[0])


def find_graph(files: EncoderFiles) -> str | None:
    """The name of the ONNX file in a folder; None where there is none."""
    return next((name for name in GRAPHS if files.has(name)), None)


def read_graph(files: EncoderFiles, name: str, known: Sequence[str]) -> Graph:
    """The graph of a file, which takes no other inputs than the known ones.

    Raises ConfigError without onnxruntime, CorruptFile for what is no graph, and WrongValue for other inputs and for
    weights in a file beside it.
    """
    beside = [name + end for end in BESIDE if files.has(name + end)]
    if beside:
        raise make_export_error(files, name, f"the weights of {name} are in {beside[0]}", "as one file below 2 GB")
    session = files.parse(name, open_session)
    inputs = {one.name: TYPES.get(one.type) for one in session.get_inputs()}
    types = {key: kind for key, kind in inputs.items() if kind is not None and key in known}
    if len(types) != len(inputs):
        other = ", ".join(sorted({*inputs} - {*types}))
        raise make_export_error(files, name, f"{name} asks for {other}", f"with no inputs but {', '.join(known)}")
    names = [one.name for one in session.get_outputs()]
    output = next((one for one in OUTPUTS if one in names), names[0])
    return Graph(session, types, output, files.folder / name)


def make_export_error(files: EncoderFiles, name: str, what: str, how: str) -> WrongValue:
    """The error for a graph that is not used as it was exported."""
    return WrongValue(what, where=str(files.folder / name), todo=f"export the encoder again {how}")


def open_session(content: bytes) -> Any:
    """What runs a graph, on one thread; raises ConfigError without onnxruntime, which raises its own errors."""
    onnxruntime = import_encoder_package("onnxruntime", "onnx")
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    settings.use_deterministic_compute = True
    settings.log_severity_level = 3
    return onnxruntime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
