"""A library of a few dozen one-shots, with sounds that no export takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.support.cli import CliResult, invoke
from tests.support.libraries import index
from tests.support.sounds import RATE, one_shot, tree, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing

Run = Callable[..., CliResult]

LONG, LATE, SILENT, ODD = "long.wav", "late.wav", "silent.wav", b"odd \xff\n\x1b[31m.wav"


@dataclass(frozen=True, slots=True)
class Stock:
    """The library file, its folder, and the kind of each one-shot by relative path."""

    library: Path
    folder: Path
    kinds: dict[str, str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: object) -> CliResult:
        return invoke(*words, monkeypatch=monkeypatch, capture=capfdbinary)

    return call


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> Iterator[Stock]:
    """33 one-shots, one that begins late, one with an odd name; one long, one silent."""
    base = tmp_path_factory.mktemp("workbench")
    folder = base / "samples"
    kinds = tree(folder, each=3)
    late = np.concatenate((np.zeros(RATE // 2, dtype=np.float32), one_shot("kick", 7)))
    write(folder / LATE, late)
    write(folder / LONG, np.resize(one_shot("cymbal", 8), 5 * RATE))
    write(folder / SILENT, np.zeros(RATE, dtype=np.float32))
    (folder / "broken.wav").write_bytes(b"RIFF")
    odd = os.path.join(os.fsencode(folder), ODD)
    Path(os.fsdecode(odd)).write_bytes(write(base / "a.wav", one_shot("clap", 9)).read_bytes())
    library = base / "l.db"
    index(library, folder, workers=workers, layout="none")
    with open_for_writing(str(library)) as store:
        rows = {row.path: row.id for row in store.rows()}
        kicks = [rows[os.fsencode(folder / name)] for name, kind in kinds.items() if kind == "kick"]
        store.set_tags(kicks, add=["Deep", "low end"])
        store.set_tags(kicks[:1], add=["first"])
    yield Stock(library, folder, kinds)


def paths_of(library: Path | str) -> list[bytes]:
    """The paths of all samples, sorted."""
    with Library.open(str(library)) as opened:
        return sorted(row.path for row in opened.all_rows())
