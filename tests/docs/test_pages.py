"""The pages of the docs: links lead somewhere, and the architecture is the import contract."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tui_browser.version import __version__

TOP = Path(__file__).parents[2]
PAGES = [*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")]
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in _LINK.findall(page.read_text()) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_architecture_fits_one_screen_and_names_every_floor() -> None:
    page = (TOP / "docs" / "architecture.md").read_text()
    assert len(page.splitlines()) <= 100
    floors: dict[str, int] = {}
    for floor, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE):
        floors[name] = int(floor)
    contract = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    layers = [[name.strip().removeprefix("tui_browser.") for name in layer.split("|")] for layer in contract]
    for number, layer in enumerate(layers, start=1):
        assert {name: floors.get(name) for name in layer if name != "version"} == {
            name: number for name in layer if name != "version"
        }


def test_every_folder_of_the_ui_is_in_the_architecture() -> None:
    page = (TOP / "docs" / "architecture.md").read_text()
    folders = [entry.name for entry in (TOP / "tui_browser" / "ui").iterdir() if (entry / "__init__.py").exists()]
    assert not [name for name in folders if f"`{name}`" not in page]


def test_the_changelog_has_this_version() -> None:
    assert re.search(
        rf"^## {re.escape(__version__)} - \d{{4}}-\d\d-\d\d$", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE
    )
