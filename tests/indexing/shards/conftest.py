"""A job of three shards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.shard_jobs import Job
from tests.support.sounds import one_shot, tree, write
from tui_browser.indexing.workers import IndexWorkers


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    tree(folder)
    write(folder / "copy of a kick.wav", one_shot("kick", 0))
    (folder / "broken.wav").write_bytes(b"RIFF")
    return folder


@pytest.fixture
def job(tmp_path: Path, workers: IndexWorkers, sounds: Path) -> Job:
    made = Job(tmp_path, workers)
    shutil.copytree(sounds, made.folder)
    return made
