import warnings

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.modeling.estimators.continued import continue_training
from lifecycle.modeling.persistence import read_model, write_model

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(RANDOM.normal(size=(600, 2)), columns=["x", "y"])
SUM = (TABLE["x"] - TABLE["y"] + RANDOM.normal(size=600) / 3).to_numpy()
CLASSES = np.digitize(SUM, [-0.5, 0.5])
OLD, NEW = slice(0, 300), slice(300, 600)
TREES = {"n_estimators": 5, "random_state": 1, "deterministic": True, "force_row_wise": True, "verbose": -1}
LAYERS = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 1}
KINDS = {
    "LGBMClassifier": (LGBMClassifier(**TREES), CLASSES),
    "LGBMRegressor": (LGBMRegressor(**TREES), SUM),
    "MLPClassifier": (MLPClassifier(**LAYERS), CLASSES),
    "early stopping": (MLPClassifier(early_stopping=True, **LAYERS), CLASSES),
    "MLPRegressor": (MLPRegressor(**LAYERS), SUM),
}


def earlier(name):
    """The estimator fitted on the old rows, and all labels."""
    from sklearn.base import clone

    made, labels = KINDS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(made).fit(TABLE[OLD], labels[OLD]), labels


def loss(model, labels):
    if hasattr(model, "predict_proba"):
        return log_loss(labels[NEW], model.predict_proba(TABLE[NEW]))
    return mean_squared_error(labels[NEW], model.predict(TABLE[NEW]))


@pytest.mark.parametrize("name", KINDS)
def test_it_goes_on_from_what_was_learned_and_leaves_the_earlier_one(name):
    model, labels = earlier(name)
    before = model.predict(TABLE)
    further = continue_training(model, TABLE[NEW], labels[NEW], rounds=5)
    assert loss(further, labels) < loss(model, labels)
    np.testing.assert_array_equal(model.predict(TABLE), before)


@pytest.mark.parametrize("name", KINDS)
def test_from_a_file_it_gives_the_same_bytes(name, tmp_path):
    model, labels = earlier(name)
    write_model(tmp_path / "earlier.skops", {"pipeline": model})
    for path, one in (("a", model), ("b", read_model(tmp_path / "earlier.skops")["pipeline"])):
        write_model(tmp_path / path, {"pipeline": continue_training(one, TABLE[NEW], labels[NEW], rounds=3)})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("name", KINDS)
def test_it_comes_back_from_its_own_file(name, tmp_path):
    model, labels = earlier(name)
    further = continue_training(model, TABLE[NEW], labels[NEW], rounds=3)
    write_model(tmp_path / "further.skops", {"pipeline": further})
    again = read_model(tmp_path / "further.skops")["pipeline"]
    np.testing.assert_array_equal(again.predict(TABLE), further.predict(TABLE))


def test_the_earlier_trees_are_the_first_of_the_new():
    model, labels = earlier("LGBMRegressor")
    further = continue_training(model, TABLE[NEW], labels[NEW], rounds=4)
    assert further.booster_.num_trees() == 9
    np.testing.assert_allclose(further.predict(TABLE, num_iteration=5), model.predict(TABLE))


@pytest.mark.parametrize("name", KINDS)
def test_a_new_class_or_other_columns_are_rejected(name):
    model, labels = earlier(name)
    with pytest.raises(UnfitTable, match=r"the columns are not those .*\['z'\] are new, \['y'\] are not there"):
        continue_training(model, TABLE[NEW].rename(columns={"y": "z"}), labels[NEW], rounds=1)
    if "Regressor" not in name:
        with pytest.raises(
            UnfitTable, match=r"the classes are not those .*\[3\] are new, \[0\] are not there"
        ) as caught:
            continue_training(model, TABLE[NEW], labels[NEW] + 1, rounds=1)
        assert len(str(caught.value).splitlines()) == 3


def test_categories_must_be_the_earlier_ones():
    kind = pd.Categorical(np.where(SUM > 0, "a", "b"))
    table = TABLE.assign(kind=kind)
    model = LGBMRegressor(**TREES).fit(table[OLD], SUM[OLD])
    assert continue_training(model, table[NEW], SUM[NEW], rounds=1).booster_.num_trees() == 6
    other = table.assign(kind=kind.rename_categories(["b", "c"]))
    with pytest.raises(UnfitTable, match="the categories are not those"):
        continue_training(model, other[NEW], SUM[NEW], rounds=1)


def test_other_kinds_cannot_go_on():
    with pytest.raises(WrongValue, match="training of LogisticRegression cannot be continued"):
        continue_training(LogisticRegression().fit(TABLE, CLASSES), TABLE, CLASSES, rounds=1)


def test_no_round_is_too_few():
    with pytest.raises(WrongValue, match="0 rounds"):
        continue_training(earlier("LGBMRegressor")[0], TABLE, SUM, rounds=0)
