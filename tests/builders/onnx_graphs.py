"""ONNX graphs of one node, written by the format of their protocol buffers (onnx.proto)."""

import numpy as np

FLOAT, INT64 = 1, 7


def varint(number):
    found = b""
    while number > 127:
        found, number = found + bytes([number & 127 | 128]), number >> 7
    return found + bytes([number])


def field(number, value):
    """A field: a whole number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def describe(name, kind, rank):
    """A value of the graph with sides of any length."""
    shape = b"".join(field(1, field(2, f"{name}_{place}")) for place in range(rank))
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def tensor(name, values):
    dims = b"".join(field(1, side) for side in values.shape)
    return dims + field(2, FLOAT) + field(8, name) + field(9, values.astype("<f4").tobytes())


def write_graph(path, operator, fed, inputs, output, weights=None):
    """A graph of one operator that is fed by these names; `inputs` has the kind and rank of each, `output` its rank."""
    node = b"".join(field(1, name) for name in fed) + field(2, output[0]) + field(4, operator)
    graph = field(1, node) + field(2, "graph")
    graph += b"".join(field(5, tensor(name, values)) for name, values in (weights or {}).items())
    graph += b"".join(field(11, describe(name, *kind)) for name, kind in inputs.items())
    graph += field(12, describe(output[0], FLOAT, output[1]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)))


def write_text_graph(path, vectors, inputs=("input_ids", "attention_mask")):
    """A graph whose state of a token is the token's own vector."""
    kinds = dict.fromkeys(inputs, (INT64, 2))
    write_graph(path, "Gather", ("vectors", "input_ids"), kinds, ("last_hidden_state", 3), {"vectors": vectors})


def write_image_graph(path):
    """A graph that gives each channel's mean."""
    write_graph(path, "GlobalAveragePool", ("pixel_values",), {"pixel_values": (FLOAT, 4)}, ("features", 4))


def draw_vectors(count, width, seed=3):
    """Random vectors of tokens."""
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
