"""Two apps' services, a `watch` and an `index` on one library: one writes, all follow, and no edit is lost."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import Stock
from tests.support.pty import all_gone, environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser import child
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.records import HEARD, SampleId
from tui_browser.service.messages import AddRoot, Annotate, Changed
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.edit_queue import EditQueue
from tui_browser.store.store import Store

pytestmark = linux_only


class Service:
    """The index service of an app, and the newest revision that it told of."""

    def __init__(self, library: Path, model: Path) -> None:
        words = (str(library), None, str(model), 1, (), None, "exact")
        self.child = child.start("tui_browser.service.index_service:service_main", *words, log=os.devnull)
        self.revision = -1

    def send(self, request: Any) -> None:
        self.child.send(request)

    def listen(self) -> int:
        while self.child.conn.poll(0):
            event = self.child.receive()
            if isinstance(event, Changed):
                self.revision = event.revision
        return self.revision

    def kill(self) -> None:
        self.child.process.kill()
        self.child.close()


@pytest.fixture
def services(tmp_path: Path, stock: Stock) -> Iterator[list[Service]]:
    running: list[Service] = []
    yield running
    for service in running:
        service.kill()


def tags_of(library: Path) -> dict[SampleId, tuple[str, ...]]:
    with Library.open(str(library)) as door:
        return {row.id: row.tags for row in door.all_rows()}


def revision_of(library: Path) -> int:
    with contextlib.closing(Store.open(str(library))) as store:
        return store.revision()


def test_two_apps_a_watch_and_an_index(
    tmp_path: Path, fresh: Path, stock: Stock, workers: IndexWorkers, services: list[Service]
) -> None:
    env, library = environment(tmp_path), tmp_path / "l.db"
    stock.index(library, fresh, workers)
    services += [Service(library, stock.model) for _ in range(2)]
    watch = subprocess.Popen(
        program("watch", "--jobs", "1", "--library", library, "--quiet"),
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ids = sorted(tags_of(library))
        with contextlib.closing(Store.open(str(library), mode="write")) as store, store.writing(wait_s=30):
            # Another process writes: what is said meanwhile in both apps and on the command line is kept.
            for number, sample in enumerate(ids[:20]):
                services[number % 2].send(Annotate(AnnotationChange(add_tags={f"t{sample}": [sample]})))
            told = subprocess.run(
                program("rate", "5", "--library", library, "--query", ""), env=env, capture_output=True, check=True
            )
            assert b"the change is kept" in told.stderr
            queue = EditQueue(str(library))
            until(lambda: len(queue.waiting()) == 21, "edits that wait", every_s=0.05)
            services.pop().kill()  # an app that is killed loses nothing of what it was told
            assert all(not tags for tags in tags_of(library).values())
        until(lambda: [tags_of(library)[each] for each in ids[:20]] == [(f"t{each}",) for each in ids[:20]], "all tags")
        with Library.open(str(library)) as door:
            assert {row.rating for row in door.all_rows()} == {5}

        second = Service(library, stock.model)
        services.append(second)
        more = tmp_path / "more"
        for number in range(30):
            write(more / f"{number}.wav", one_shot("clap", number))
        second.send(AddRoot(os.fsencode(more)))  # the other app and `watch` follow, also when that one is gone
        for number in range(60):
            write(fresh / f"burst {number}.wav", one_shot("rim", number))
        index = subprocess.Popen(
            program("index", "--jobs", "1", "--library", library, "--quiet"), env=env, stderr=subprocess.DEVNULL
        )
        for sample in ids[20:30]:
            second.send(Annotate(AnnotationChange(flags={HEARD: {sample: True}}, add_tags={"late": [sample]})))
        assert index.wait(120) in (0, 1)
        until(lambda: sum("late" in tags for tags in tags_of(library).values()) == 10, "late tags")
        second.kill()
        services.remove(second)
        write(more / "last.wav", one_shot("kick", 99))

        def all_there() -> bool:
            with Library.open(str(library)) as door:
                return len(door) == len(stock.names) + 60 + 31

        until(all_there, "what came into the new root after its app had gone")
        until(lambda: services[0].listen() == revision_of(library), "an app that knows the newest revision")
    finally:
        watch.kill()
        watch.wait()
        for service in services:
            service.kill()
        services.clear()
        all_gone(env)
