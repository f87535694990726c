"""Libraries made by the real index, and the decoder and encoder that make them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.bundles import tiny_bundle
from tui_browser.indexing.indexer import IndexResult, index_library
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import open_for_writing


@contextmanager
def running_workers(folder: Path, *, jobs: int = 1, **kind: Any) -> Iterator[IndexWorkers]:
    """Decoders and an encoder that run, with a tiny model in `folder`; `kind` as for `tiny_bundle`."""
    workers = IndexWorkers(tiny_bundle(folder, **kind), jobs=jobs, nice=False)
    workers.warm()
    try:
        yield workers
    finally:
        workers.close()


def index(
    library: Path | str,
    *folders: Path | bytes,
    workers: IndexWorkers | None = None,
    model: str | None = None,
    jobs: int = 1,
    layout: str = "auto",
) -> IndexResult:
    """Make a library equal the disk, with these folders as further roots."""
    with open_for_writing(str(library)) as store:
        return index_library(
            store,
            add=[os.fsencode(folder) for folder in folders],
            model=model,
            jobs=jobs,
            layout=layout,
            report=lambda _: None,
            workers=workers,
        )
