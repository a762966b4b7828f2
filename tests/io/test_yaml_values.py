"""YAML is read as OmegaConf reads it."""

from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from lifecycle.io.yaml_values import read_values

TEXT = """\
columns:
  a: {type: number, low: -1e3, high: 1.5e3, unit: "2013-09-30"}
  b: {since: 2013-09-30, at: 2013-09-30 10:00:00, yes: yes, "no": off, none: ~, dot: .5, point: 1., time: 12:30}
  "é 1": [1, 1.0, 1e5, 1E-5, 1.2e5, +1e2, 1_000, 1_0e2, 0x1F, .inf, -.inf, e5, 1e, 1.e2, "1e5", 0o7, 07]
  c: {text: "a # b", empty: "", list: [], nested: {deep: [{x: 1}]}}
"""


def test_values_are_those_that_omegaconf_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT, encoding="utf-8")
    found = read_values(path)
    assert found == OmegaConf.to_container(OmegaConf.load(path))
    assert found["columns"]["a"]["low"] == -1000.0
    assert found["columns"]["b"]["since"] == "2013-09-30"


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "x: {b: 1, b: 1}\n", "x: [\n"])
def test_a_key_that_stands_twice_and_broken_yaml_are_errors(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(yaml.YAMLError):
        read_values(path)
