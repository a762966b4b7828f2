"""The network for tables: what it predicts, by hand and without torch, and how it is trained, where torch is there."""

import subprocess
import sys
from math import exp, log, tanh

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from lifecycle.errors import ConfigError, WrongValue
from lifecycle.modeling import network_training
from lifecycle.modeling.estimators import tabular_network
from lifecycle.modeling.estimators.tabular_network import (
    TabularNetworkClassifier,
    TabularNetworkRegressor,
    compute_mish,
    compute_selu,
    draw_held_back,
)
from lifecycle.modeling.network_training import TrainingPlan, compute_rate
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.serving.row_estimators import compile_estimator

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(RANDOM.normal(size=(400, 3)), columns=["a", "b", "c"])
NUMBERS = 1000.0 + 50.0 * (TABLE["a"].to_numpy() + TABLE["b"].to_numpy() ** 2 + 0.2 * RANDOM.normal(size=400))
THREE = np.digitize(NUMBERS, [1000.0, 1080.0]).astype(np.int64)
SMALL = {"hidden_layer_sizes": [32, 32], "n_epochs": 80, "batch_size": 64, "random_state": 1}


def by_hand(kind):
    """A network of two columns, two hidden units and as many outputs as it needs, with its weights written down."""
    network = kind(hidden_layer_sizes=[2])
    outputs = np.array([[1.0, 0.0, -1.0], [0.5, 0.0, 2.0]])
    biases = np.array([0.0, 0.25, 0.0])
    if kind is TabularNetworkClassifier:
        network.classes_ = np.array([0, 1, 2])
    else:
        outputs, biases = outputs[:, :1], biases[:1]
        network.target_mean_, network.target_scale_ = 100.0, 10.0
    network.coefs_ = [np.array([[1.0, 0.0], [0.0, 2.0]]), outputs]
    network.intercepts_ = [np.array([0.0, -1.0]), biases]
    network.n_features_in_, network.feature_names_in_ = 2, np.array(["a", "b"], dtype=object)
    return network


ROWS = pd.DataFrame({"a": [2.0, -1.0], "b": [1.0, 0.25]})  # the units get 2 and 1, and -1 and -0.5


def selu(value):
    return 1.0507009873554805 * (value if value > 0 else 1.6732632423543772 * (exp(value) - 1))


def mish(value):
    return value * tanh(log(1 + exp(value)))


def test_activations_are_those_of_their_papers():
    values = [-3.0, -0.5, 0.0, 0.7, 4.0]
    assert compute_selu(np.array(values)) == pytest.approx([selu(value) for value in values])
    assert compute_mish(np.array(values)) == pytest.approx([mish(value) for value in values])
    extremes = np.array([-1e9, 1e9])
    assert compute_mish(extremes).tolist() == [0.0, 1e9]
    assert compute_selu(extremes)[0] == pytest.approx(-1.7580993408473766)


def test_numbers_are_predicted_in_the_labels_unit():
    expected = [100 + 10 * (mish(one) + 0.5 * mish(other)) for one, other in ((2.0, 1.0), (-1.0, -0.5))]
    assert by_hand(TabularNetworkRegressor).predict(ROWS) == pytest.approx(expected)


def test_classes_have_the_softmax_of_the_outputs():
    found = by_hand(TabularNetworkClassifier).predict_proba(ROWS)
    for row, (one, other) in zip(found, ((2.0, 1.0), (-1.0, -0.5)), strict=True):
        outputs = [selu(one) + 0.5 * selu(other), 0.25, -selu(one) + 2 * selu(other)]
        assert row == pytest.approx([exp(value) / sum(map(exp, outputs)) for value in outputs])
    assert by_hand(TabularNetworkClassifier).predict(ROWS).tolist() == found.argmax(axis=1).tolist()


@pytest.mark.parametrize("kind", [TabularNetworkClassifier, TabularNetworkRegressor])
def test_a_file_gives_the_same_predictions(kind, tmp_path):
    network = by_hand(kind)
    write_model(tmp_path / "model.skops", {"pipeline": network})
    again = read_model(tmp_path / "model.skops")["pipeline"]
    assert again.predict(ROWS).tolist() == network.predict(ROWS).tolist()
    assert all((one == other).all() for one, other in zip(again.coefs_, network.coefs_, strict=True))


WITHOUT_TORCH = """
import sys
class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NoTorch())
from pathlib import Path
import pandas as pd
from lifecycle.modeling.persistence import read_model
network = read_model(Path(sys.argv[1]))["pipeline"]
print(repr(float(network.predict(pd.DataFrame({"a": [2.0], "b": [1.0]}))[0])))
"""


def test_predictions_need_no_torch(tmp_path):
    write_model(tmp_path / "model.skops", {"pipeline": by_hand(TabularNetworkRegressor)})
    command = [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path / "model.skops")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert float(printed) == by_hand(TabularNetworkRegressor).predict(ROWS)[0]


def test_many_rows_are_predicted_as_few_are(monkeypatch):
    network = by_hand(TabularNetworkRegressor)
    many = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 2)), columns=["a", "b"])
    whole = network.predict(many)
    monkeypatch.setattr(tabular_network, "ROWS_AT_ONCE", 7)
    assert network.predict(many) == pytest.approx(whole, rel=1e-14)


@pytest.mark.parametrize(
    ("kind", "task"), [(TabularNetworkClassifier, "multiclass"), (TabularNetworkRegressor, "regression")]
)
def test_one_row_without_a_table_has_the_tables_scores(kind, task):
    network = by_hand(kind)
    alone = compile_estimator(network, task)
    together = network.predict_proba(ROWS) if task == "multiclass" else network.predict(ROWS)
    for place in range(2):
        assert alone(ROWS.to_numpy()[[place]]) == pytest.approx(together[[place]], rel=1e-14)


def test_columns_with_gaps_or_other_names_are_rejected():
    network = by_hand(TabularNetworkRegressor)
    with pytest.raises(ValueError, match="contains NaN"):
        network.predict(ROWS.assign(a=np.nan))
    with pytest.raises(ValueError, match="feature names"):
        network.predict(ROWS.rename(columns={"a": "other"}))


def test_rows_that_are_held_back_leave_every_class_to_learn_from():
    labels = np.array([0] * 40 + [1] * 40 + [2])
    for seed in range(20):
        held_back = draw_held_back(labels, 0.25, seed, classes=True)
        assert set(labels[~held_back]) == {0, 1, 2}
        assert held_back.sum() in (19, 20)
    assert not draw_held_back(labels, 0.0, 1, classes=True).any()
    assert draw_held_back(np.arange(80.0), 0.25, 1, classes=False).sum() == 20


def test_the_learning_rate_falls_to_nothing_four_times():
    turns = [(2**place - 1) / 15 for place in range(5)]
    assert [compute_rate(turn) for turn in turns] == pytest.approx([0] * 5, abs=1e-12)
    assert [compute_rate((2 ** (place + 0.5) - 1) / 15) for place in range(4)] == pytest.approx([1] * 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden_layer_sizes": [16, 0]},
        {"n_epochs": 0},
        {"batch_size": 0},
        {"learning_rate_init": 0.0},
        {"validation_fraction": 1.0},
        {"label_smoothing": -0.1},
    ],
)
def test_arguments_out_of_their_range_are_rejected(wrong):
    with pytest.raises(WrongValue, match="TabularNetworkClassifier has") as caught:
        TabularNetworkClassifier(**wrong).fit(TABLE, THREE)
    assert caught.value.todo


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match="needs the package torch, which is not installed") as caught:
        TabularNetworkClassifier().fit(TABLE, THREE)
    assert caught.value.todo == 'pip install "lifecycle[networks]"'


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


CASES = {"classes": (TabularNetworkClassifier(**SMALL), THREE), "numbers": (TabularNetworkRegressor(**SMALL), NUMBERS)}
every_case = pytest.mark.parametrize("case", CASES)


@every_case
def test_it_learns_what_no_line_tells(torch, case):
    network, labels = CASES[case]
    assert clone(network).fit(TABLE[:300], labels[:300]).score(TABLE[300:], labels[300:]) > 0.85  # accuracy, or R²


@every_case
def test_threads_change_no_byte_and_torch_keeps_its_settings(torch, case, tmp_path):
    network, labels = CASES[case]
    before, written = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            state = torch.random.get_rng_state()
            write_model(tmp_path / "model.skops", {"pipeline": clone(network).fit(TABLE, labels)})
            written.append((tmp_path / "model.skops").read_bytes())
            assert torch.get_num_threads() == threads
            assert not torch.are_deterministic_algorithms_enabled()
            assert torch.equal(torch.random.get_rng_state(), state)
    finally:
        torch.set_num_threads(before)
    assert written[0] == written[1]


@every_case
def test_the_arrays_predict_what_torch_computes(torch, case):
    values = TABLE.to_numpy()
    outputs = 3 if case == "classes" else 0
    plan = TrainingPlan(
        hidden=[8, 8], activation="selu" if outputs else "mish", outputs=outputs, rate=0.05, epochs=3, batch=64
    )
    scale, layers = network_training.initialize(torch, plan, 3, np.random.default_rng(1))
    with torch.no_grad():
        scale *= torch.tensor([0.5, 2.0, -1.0])
        layers[-1][0] += 0.3
        inputs = torch.tensor(values.astype(np.float32))
        expected = network_training.compute_outputs(torch.nn.functional, plan, (scale, layers), inputs).numpy()
    network = clone(CASES[case][0])
    folded = network_training.fold_layers(scale, layers)
    network.coefs_, network.intercepts_ = [one for one, _ in folded], [one for _, one in folded]
    np.testing.assert_allclose(network.compute_outputs(values), expected, rtol=2e-5, atol=2e-5)


def test_the_epoch_that_is_best_on_the_rows_held_back_is_kept(torch, monkeypatch):
    losses = iter([3.0, 1.0, 1.0, 2.0])
    kept = []
    fold = network_training.fold_layers
    monkeypatch.setattr(network_training, "judge", lambda *_: next(losses))
    monkeypatch.setattr(network_training, "fold_layers", lambda *parts: kept.append(fold(*parts)) or kept[-1])
    plan = TrainingPlan(hidden=[4], activation="mish", outputs=0, rate=0.05, epochs=4, batch=64)
    rows = (TABLE.to_numpy(), NUMBERS / 1000)
    found = network_training.train_network(plan, rows, rows, seed=1)
    assert len(kept) == 4  # the start, and three epochs that are as good as any before
    assert found is kept[-1]


def test_without_rows_held_back_the_last_epoch_is_kept(torch):
    plan = TrainingPlan(hidden=[4], activation="mish", outputs=0, rate=0.05, epochs=3, batch=64)
    rows, none = (TABLE.to_numpy(), NUMBERS / 1000), (TABLE.to_numpy()[:0], NUMBERS[:0])
    longer = TrainingPlan(hidden=[4], activation="mish", outputs=0, rate=0.05, epochs=4, batch=64)
    one, again, other = (network_training.train_network(asked, rows, none, seed=1) for asked in (plan, plan, longer))
    assert all((left[0] == right[0]).all() for left, right in zip(one, again, strict=True))
    assert not (one[0][0] == other[0][0]).all()


def test_few_rows_and_one_class_alone_are_learned(torch):
    network = TabularNetworkClassifier(hidden_layer_sizes=[4], n_epochs=2, random_state=1)
    assert network.fit(TABLE[:5], THREE[:5] * 0).predict_proba(TABLE[:2]).tolist() == [[1.0], [1.0]]
