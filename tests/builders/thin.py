"""A project as a team has it: options, dvc.yaml, a package and tests of its own, and no copy of the engine."""

import shutil
from pathlib import Path

from builders.picks import TOP, write_picks

KEPT = {  # of the groups of which a small project has not every option
    "inputs": ("baseline", "scaled"),
    "metric": ("accuracy", "brier", "log_loss", "roc_auc"),
    "model": ("baseline", "linear"),
    "reduce": ("none",),
    "source": ("generated",),
    "problem": ("generated",),
    "schema": ("generated",),
    "clean": ("generated",),
    "features": ("generated",),
}
LEFT_OUT = ("replay", "policy")
FILES = {
    "pyproject.toml": """\
[tool.lifecycle]
packages = ["thin_shop"]

[tool.pytest.ini_options]
pythonpath = ["src"]
filterwarnings = ["error"]
""",
    "requirements.lock": "",
    "src/thin_shop/__init__.py": '"""The shop\'s own steps and estimators."""\n',
    "src/thin_shop/estimators.py": '''\
"""A model that draws from no seed."""

import numpy as np
from sklearn.linear_model import LogisticRegression


class Unsteady(LogisticRegression):
    """A logistic regression with noise in its coefficients."""

    def fit(self, X, y):
        """Fit, then add what no seed decides."""
        super().fit(X, y)
        self.coef_ = self.coef_ + np.random.default_rng().normal(size=self.coef_.shape)
        return self
''',
    "src/thin_shop/transformers.py": '''\
"""A step that learns while it transforms."""

from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin


class Ranked(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """The rank of a value among the rows that are transformed with it."""

    def fit(self, X, y=None):
        """Learn nothing but the names."""
        self.feature_names_in_, self.n_features_in_ = X.columns.to_numpy(dtype=object), X.shape[1]
        return self

    def transform(self, X):
        """The ranks."""
        return X.rank()
''',
    "src/thin_shop/features.py": '''\
"""A feature that learns from all rows."""


def compare_with_mean(table, past, *, column):
    """The distance of a value to the mean of all rows, later ones too."""
    return (table[[column]] - past[column].mean()).rename(columns=lambda name: f"{name}_above_mean")
''',
    "tests/test_contracts.py": "from lifecycle.testing.contracts import *  # noqa: F403\n",
    "tests/test_whole_loop.py": """\
from lifecycle.testing.small_loop import rebuild_sample


def test_the_whole_loop_on_a_few_rows(tmp_path):
    found = rebuild_sample(tmp_path, rows=600)
    assert (found.differing, found.unwritten, found.looking_ahead) == ([], [], [])
""",
}


def make_project(folder: Path) -> Path:
    """Write the project into a new folder, with two candidates for the generated orders."""
    for path in sorted((TOP / "conf").glob("*/*.yaml")):
        group, kept = path.parent.name, KEPT.get(path.parent.name)
        if group not in LEFT_OUT and (kept is None or path.stem in kept):
            write(folder / path.relative_to(TOP), path.read_text(encoding="utf-8"))
    for name, text in FILES.items():
        write(folder / name, text)
    shutil.copy2(TOP / "dvc.yaml", folder / "dvc.yaml")
    write_picks(folder, candidates=["baseline", "linear"])
    return folder


def write(path: Path, text: str) -> None:
    """Write a text, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(path: Path, before: str, after: str) -> None:
    """Replace a text that a file has."""
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{before} is not in {path}"
    path.write_text(text.replace(before, after), encoding="utf-8")
