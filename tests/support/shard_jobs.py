"""A folder of sounds as shards of a job."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.support.libraries import index
from tui_browser.config.pathmap import PathMap
from tui_browser.indexing.file_encoder import model_reference
from tui_browser.indexing.indexer import IndexResult, index_library
from tui_browser.indexing.shards import run
from tui_browser.indexing.shards.job import ShardJob, ShardManifest
from tui_browser.indexing.shards.merge import ShardEngine, check_library, opened_shards
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import open_for_writing
from tui_browser.version import __version__


class Job:
    """A folder of sounds, and shards of it."""

    def __init__(self, base: Path, workers: IndexWorkers, *, of: int = 3) -> None:
        self.base, self.workers, self.of = base, workers, of
        self.folder = base / "samples"
        self.library = str(base / "merged.db")

    def job(self, number: int, *, folder: Path | None = None, of: int | None = None) -> ShardJob:
        bundle = self.workers.bundle
        roots = (os.fsencode(folder or self.folder),)
        return ShardJob(number, of or self.of, roots, model_reference(bundle), bundle.space, __version__)

    def path(self, number: int) -> str:
        return str(self.base / f"{number}.shard")

    def run(self, number: int, *, job: ShardJob | None = None, path: str | None = None) -> ShardManifest:
        path = path or self.path(number)
        return run.run_shard(job or self.job(number), path, engine=self.workers, report=lambda _: None)

    def run_all(self) -> list[ShardManifest]:
        return [self.run(number) for number in range(1, self.of + 1)]

    def merge(
        self, files: Sequence[str] = (), *, path_map: PathMap | None = None, partial: bool = False
    ) -> IndexResult:
        files = files or [self.path(number) for number in range(1, self.of + 1)]
        with (
            opened_shards(files, path_map=path_map or PathMap(), partial=partial) as shards,
            open_for_writing(self.library) as store,
        ):
            check_library(store, self.workers.bundle)
            engine = ShardEngine(shards, self.workers.bundle, store)
            try:
                return index_library(
                    store,
                    add=shards.roots,
                    model=None,
                    jobs=1,
                    layout="auto",
                    report=lambda _: None,
                    workers=engine,
                    second_pass=False,
                )
            finally:
                engine.close()

    def index(self) -> str:
        """The library that one machine makes of the folder."""
        path = self.base / "one machine.db"
        index(path, self.folder, workers=self.workers)
        return str(path)
