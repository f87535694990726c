from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clips import ROOT
from tui_browser.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "library.db")


@pytest.fixture
def store(path: str) -> Iterator[Store]:
    """A library with one root, open for writing and with the lock held."""
    with Store.open(path, mode="write") as opened, opened.writing():
        opened.add_root(ROOT)
        yield opened
