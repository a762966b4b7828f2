"""How a network for tables is trained: the recipe of RealMLP-TD-S, by the package torch, the extra `networks`.

Holzmüller, Grinsztajn and Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data"
(NeurIPS 2024), appendix A: a learned scale for each column, weights in the neural tangent parametrization, an output
that starts at 0, Adam with squared-gradient decay 0.95, and a learning rate that rises and falls four times.
Randomness comes from NumPy, sums are in the order of one thread, and torch's own settings are put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lifecycle.arrays import Floats, Labels
from lifecycle.modeling.optional_packages import import_package

Matrix = npt.NDArray[np.float32]
Layer = tuple[Matrix, Matrix]  # weights of shape (inputs, outputs), and a bias for each output
Activation = Literal["selu", "mish"]
Rows = tuple[Floats, Labels]
SCALE_RATE, BIAS_RATE = 6.0, 0.1  # learning rates of scales and biases, over that of the weights
BETAS = (0.9, 0.95)


@dataclass(frozen=True)
class TrainingPlan:
    """The network and how it learns.

    `outputs` counts the classes whose cross-entropy is minimized, labels smoothed by `smoothing`; 0 for numbers and
    their squared error. `rate` is the highest learning rate.
    """

    hidden: Sequence[int]
    activation: Activation
    outputs: int
    rate: float
    epochs: int
    batch: int
    smoothing: float = 0.0


def train_network(plan: TrainingPlan, train: Rows, valid: Rows, seed: int) -> list[Layer]:
    """The layers after the epoch that is best on the valid rows, or after the last where there are none.

    Classes are codes from 0, numbers are standardized. Raises ConfigError where torch is not installed.
    """
    torch = load_torch()
    generator = np.random.default_rng(seed)
    with hold_settings(torch):
        scale, layers = initialize(torch, plan, train[0].shape[1], generator)
        rows, judged = (as_tensors(torch, plan, part) for part in (train, valid))
        optimizer = make_optimizer(torch, scale, layers)
        best, kept = np.inf, fold_layers(scale, layers)
        for epoch in range(plan.epochs):
            run_epoch(torch, plan, (scale, layers), optimizer, rows, epoch, generator)
            loss = judge(torch, plan, (scale, layers), judged) if len(valid[0]) else -epoch
            if loss <= best:  # of equally good ones the last
                best, kept = loss, fold_layers(scale, layers)
    return kept


def load_torch() -> Any:
    """The package torch; raises ConfigError where it is not installed."""
    where = "conf/model/, lifecycle.modeling.estimators.tabular_network"
    return import_package("torch", extra="networks", user="TabularNetwork", where=where)


@contextmanager
def hold_settings(torch: Any) -> Iterator[None]:
    """One thread and no algorithm whose result may vary; then what was set before."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(strict)
        torch.set_num_threads(threads)


def initialize(torch: Any, plan: TrainingPlan, columns: int, generator: np.random.Generator) -> tuple[Any, list[Any]]:
    """The scales of the columns, all 1, and weights and biases of each layer: standard normal, the last layer's 0."""
    widths = [columns, *plan.hidden, plan.outputs or 1]
    layers = []
    for place, (inner, outer) in enumerate(pairwise(widths)):
        shown = 0.0 if place == len(plan.hidden) else 1.0
        drawn = [shown * generator.standard_normal(shape, dtype=np.float32) for shape in ((inner, outer), (outer,))]
        layers.append([torch.tensor(values.astype(np.float32), requires_grad=True) for values in drawn])
    return torch.ones(columns, requires_grad=True), layers


def make_optimizer(torch: Any, scale: Any, layers: Sequence[Any]) -> Any:
    """Adam with three groups of parameters: the scales, the weights and the biases."""
    groups = [[scale], [weights for weights, _ in layers], [bias for _, bias in layers]]
    return torch.optim.Adam([{"params": group, "lr": 0.0} for group in groups], betas=BETAS)


def as_tensors(torch: Any, plan: TrainingPlan, rows: Rows) -> tuple[Any, Any]:
    """Inputs and labels as torch takes them."""
    kind = np.int64 if plan.outputs else np.float32
    return torch.tensor(rows[0].astype(np.float32)), torch.tensor(np.asarray(rows[1]).astype(kind))


def compute_rate(progress: float) -> float:
    """The learning rate at this share of the training, from 0 to 1, over the highest one: coslog4 of the paper."""
    return float(0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + 15 * progress)))


def run_epoch(
    torch: Any,
    plan: TrainingPlan,
    network: tuple[Any, list[Any]],
    optimizer: Any,
    rows: tuple[Any, Any],
    epoch: int,
    generator: np.random.Generator,
) -> None:
    """One pass over the rows in a drawn order, in whole batches."""
    count = len(rows[0])
    size = min(plan.batch, count)
    batches, order = count // size, torch.from_numpy(generator.permutation(count))
    for number in range(batches):
        rate = plan.rate * compute_rate((epoch * batches + number) / (plan.epochs * batches))
        for group, factor in zip(optimizer.param_groups, (SCALE_RATE, 1.0, BIAS_RATE), strict=True):
            group["lr"] = factor * rate
        chosen = order[number * size : (number + 1) * size]
        optimizer.zero_grad()
        compute_loss(torch, plan, network, (rows[0][chosen], rows[1][chosen]), plan.smoothing).backward()
        optimizer.step()


def compute_loss(
    torch: Any, plan: TrainingPlan, network: tuple[Any, list[Any]], rows: tuple[Any, Any], smoothing: float
) -> Any:
    """The mean loss of the rows: cross-entropy of classes, or the squared error of numbers."""
    functions = torch.nn.functional
    found = compute_outputs(functions, plan, network, rows[0])
    if plan.outputs:
        return functions.cross_entropy(found, rows[1], label_smoothing=smoothing)
    return functions.mse_loss(found[:, 0], rows[1])


def compute_outputs(functions: Any, plan: TrainingPlan, network: tuple[Any, list[Any]], inputs: Any) -> Any:
    """What the last layer gives, of shape (rows, outputs)."""
    scale, layers = network
    values = inputs * scale
    for place, (weights, bias) in enumerate(layers):
        values = values @ weights / weights.shape[0] ** 0.5 + bias
        if place < len(plan.hidden):
            values = getattr(functions, plan.activation)(values)
    return values


def judge(torch: Any, plan: TrainingPlan, network: tuple[Any, list[Any]], rows: tuple[Any, Any]) -> float:
    """The mean loss of rows that are not learned from, without smoothing."""
    with torch.no_grad():
        return float(compute_loss(torch, plan, network, rows, 0.0))


def fold_layers(scale: Any, layers: Sequence[Any]) -> list[Layer]:
    """The layers as plain arrays, with the scales and the factors of the parametrization in the weights."""
    arrays = [(weights.detach().numpy() / np.sqrt(np.float32(len(weights))), bias) for weights, bias in layers]
    first = scale.detach().numpy()[:, None] * arrays[0][0]
    weights = [first, *(one for one, _ in arrays[1:])]
    return [(one, bias.detach().numpy().copy()) for one, (_, bias) in zip(weights, arrays, strict=True)]
