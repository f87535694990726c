"""One model, one folder of sounds and one library of it for all tests of the app; each test has its own copy."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bundles import tiny_bundle
from tests.sounds import tree
from tui_browser.indexing.indexer import index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import open_for_writing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A whole app may take its time on a machine that does other things, too."""
    for item in items:
        if "app" in item.path.parts and not any(item.iter_markers("timeout")):
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
        with open_for_writing(str(library)) as store:
            index_library(
                store,
                add=[os.fsencode(folder)],
                model=None,
                jobs=1,
                layout="auto",
                report=lambda _: None,
                workers=workers,
            )


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexWorkers]:
    """A decoder and an encoder with a tiny model that run already."""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    workers = IndexWorkers(tiny_bundle(tmp_path_factory.mktemp("models") / "tiny"), jobs=1, nice=False)
    workers.warm()
    yield workers
    workers.close()


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Stock:
    base = tmp_path_factory.mktemp("stock")
    made = Stock(
        base / "samples",
        Path(workers.bundle.folder),
        base / "library.db",
        tuple(sorted(tree(base / "samples", each=4))),
    )
    made.index(made.library, made.folder, workers)
    return made


@pytest.fixture
def fresh(stock: Stock, tmp_path: Path) -> Path:
    """A copy of the stock's folder that a test may change."""
    return Path(shutil.copytree(stock.folder, tmp_path / "samples"))
