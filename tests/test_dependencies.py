"""What is declared in pyproject.toml: every package has a pinned version within its range, and a licence that fits."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
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
LISTS = {path.stem: path.read_text() for path in (ROOT / "requirements").glob("*.txt")}
"""What pip installs: each package with the hashes of its files."""
DECLARED = [*PROJECT["dependencies"], *(line for lines in PROJECT["optional-dependencies"].values() for line in lines)]


@pytest.mark.parametrize("line", [line for line in DECLARED if not line.startswith("tui-browser")])
def test_every_declared_package_is_pinned_within_its_range(line: str) -> None:
    requirement = Requirement(line)
    assert requirement.specifier.contains(PINS[requirement.name.lower().replace("_", "-")])


def _locked(*lists: str) -> dict[str, str]:
    pairs = [line.split()[0].split("==") for name in lists for line in LISTS[name].splitlines() if "==" in line]
    return {name.lower().replace("_", "-"): version for name, version in pairs}


def test_every_package_that_is_installed_has_hashes_and_comes_from_no_named_index() -> None:
    for text in LISTS.values():
        head, *entries = re.split(r"^(?=[A-Za-z])", text, flags=re.MULTILINE)
        assert head.startswith("# Written by `make lock`") and entries
        assert all(re.search(r"\\\n    --hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
        assert "://" not in text and "--index" not in text


@pytest.mark.parametrize("line", [line for line in DECLARED if not line.startswith("tui-browser")])
def test_what_is_declared_is_in_the_lists(line: str) -> None:
    """`make lock` writes them again after a change of pyproject.toml or constraints.txt."""
    name = Requirement(line).name.lower().replace("_", "-")
    lists = ("run", "torch") if line in PROJECT["dependencies"] else ("dev", "torch", "simpleaudio")
    assert _locked(*lists)[name] == PINS[name]


def test_the_lists_have_the_versions_of_the_constraints() -> None:
    locked = _locked("run", "dev", "torch", "cuda", "simpleaudio", "build")
    assert {name: version for name, version in locked.items() if name in PINS} == {
        name: version for name, version in PINS.items() if name in locked
    }
    assert not PINS.keys() - locked.keys()


def test_the_light_distribution_leaves_out_what_only_indexing_needs() -> None:
    light = tomllib.loads((ROOT / "packaging" / "listen" / "pyproject.toml").read_text())["project"]
    left_out = {Requirement(line).name for line in set(PROJECT["dependencies"]) - set(light["dependencies"])}
    assert left_out == {"torch", "scipy", "scikit-learn", "pynndescent", "pillow", "tinytag", "msgspec"}
    assert set(light["dependencies"]) <= set(PROJECT["dependencies"]), "the same versions"
    assert light["scripts"] == PROJECT["scripts"] and light["requires-python"] == PROJECT["requires-python"]


@pytest.mark.slow
def test_the_light_distribution_can_be_built_and_has_the_program(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT / "packaging" / "listen", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("tui_browser_listen-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("cli/main.py", "cli/ssh.py", "_data/themes/dark.toml", "_data/models/drums/config.json"):
        assert f"tui_browser/{name}" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_the_old_name_of_the_layouts_extra_still_installs_it() -> None:
    assert PROJECT["optional-dependencies"]["tsne"] == ["tui-browser[layouts]"]


# Whoever installs the program gets these under their own terms; none asks anything of the program's own code.
_PERMISSIVE = re.compile(
    r"\b(MIT|MIT-0|BSD|BSD-\d-Clause|0BSD|Apache|Apache-2\.0|ISC|PSF-2\.0|Zlib|CC0-1\.0|BSL-1\.0|ISCL|MIT-CMU"
    r"|Apache Software License|Python Software Foundation License)\b|This is free and unencumbered software"
)
_JUDGED = {
    "soxr": "LGPL-2.1-or-later: a library that users may replace, in a wheel that is not changed",
    "tqdm": "MPL-2.0 AND MIT: files that are not changed; umap-learn imports it",
    "hypothesis": "MPL-2.0: tests only",
    "certifi": "MPL-2.0: a list of certificates that is not changed; httpx reads it",
    "pathspec": "MPL 2.0: hatchling and mypy import it",
    "pyte": "LGPLv3: tests only",
}
"""Packages with other licences, and why they may stay."""


def _licence(name: str) -> str:
    facts = metadata.metadata(name).json
    classifiers = [line.rpartition(" :: ")[2] for line in facts.get("classifier", ()) if "License ::" in line]
    return " ".join([str(facts.get("license_expression", "")), str(facts.get("license", ""))[:60], *classifiers])


@pytest.mark.parametrize("name", sorted(PINS))
def test_every_licence_was_looked_at(name: str) -> None:
    try:
        licence = _licence(name)
    except metadata.PackageNotFoundError:
        pytest.skip("not installed here")
    restrictive = re.search(r"GPL|MPL|Mozilla|EPL|CDDL|AGPL|Commons|Proprietary", licence)
    assert name in _JUDGED if restrictive else _PERMISSIVE.search(licence), licence
