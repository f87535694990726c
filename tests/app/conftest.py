"""One model, one folder of sounds and one library of it for all tests of the app; each test has its own copy."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.libraries import index, settle
from tests.support.sounds import tree
from tui_browser.indexing.workers import IndexWorkers

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A whole app may take its time on a machine that does other things, too."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if not any(item.iter_markers("timeout")):
                item.add_marker(pytest.mark.timeout(600))


@dataclass(frozen=True)
class Stock:
    """A folder of one-shots, a tiny model, and a library of that folder heard by that model."""

    folder: Path
    model: Path
    library: Path
    names: tuple[str, ...]
    """Of all sounds, relative to `folder`."""

    def copy(self, to: Path) -> Path:
        """The library for one test, on the same folder of sounds."""
        with closing(sqlite3.connect(self.library)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
        return to

    def index(self, library: Path, folder: Path, workers: IndexWorkers) -> None:
        """A library of another folder, made from nothing."""
        index(library, folder, workers=workers)


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Stock:
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    base = tmp_path_factory.mktemp("stock")
    made = Stock(
        base / "samples",
        Path(workers.bundle.folder),
        base / "library.db",
        tuple(sorted(tree(base / "samples", each=4))),
    )
    made.index(made.library, made.folder, workers)
    settle(made.library)
    return made


@pytest.fixture
def fresh(stock: Stock, tmp_path: Path) -> Path:
    """A copy of the stock's folder that a test may change."""
    return Path(shutil.copytree(stock.folder, tmp_path / "samples"))
