"""What is declared in pyproject.toml: every package has a pinned version that its range allows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = dict(
    line.lower().replace("_", "-").split("==")
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
)
DECLARED = [*PROJECT["dependencies"], *(line for lines in PROJECT["optional-dependencies"].values() for line in lines)]


@pytest.mark.parametrize("line", [line for line in DECLARED if not line.startswith("tui-browser")])
def test_every_declared_package_is_pinned_within_its_range(line: str) -> None:
    requirement = Requirement(line)
    assert requirement.specifier.contains(PINS[requirement.name.lower().replace("_", "-")])


def test_the_old_name_of_the_layouts_extra_still_installs_it() -> None:
    assert PROJECT["optional-dependencies"]["tsne"] == ["tui-browser[layouts]"]
