"""The library moves to another model: the old map stays until the new one is complete, and a move survives a stop."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.libraries import index, running_workers
from tests.support.pty import until
from tests.support.sounds import one_shot, write
from tui_browser.dsp.picture_part import SIZE
from tui_browser.indexing.library_model import library_bundle, want_model
from tui_browser.library.library import Library, open_for_writing
from tui_browser.model.bundle import Bundle
from tui_browser.records import Snapshot
from tui_browser.service.index_service import IndexService
from tui_browser.service.messages import Notice, UseModel
from tui_browser.store.store import Store

COUNT = 12


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Bundle]]:
    """A library of kicks by one model, and another model."""
    folder = tmp_path_factory.mktemp("old")
    for seed in range(COUNT):
        write(folder / "samples" / f"kick {seed}.wav", one_shot("kick", seed))
    with running_workers(folder / "first") as workers:
        index(folder / "l.db", folder / "samples", workers=workers)
    yield folder, tiny_bundle(folder / "second", seed=1, classes=None, has_map=False, z_dim=4, dim=6)


@pytest.fixture
def library(old: tuple[Path, Bundle], tmp_path: Path) -> str:
    path = tmp_path / "l.db"
    path.write_bytes((old[0] / "l.db").read_bytes())
    return str(path)


class Served:
    """The index service in a thread."""

    def __init__(self, library: str) -> None:
        self.events: list[Any] = []
        self.inbox, theirs = Pipe()
        self._thread = threading.Thread(target=self._run, args=(theirs, library), daemon=True)
        self._thread.start()

    def _run(self, inbox: Any, library: str) -> None:
        service = IndexService(library, model=None, fallback="drums", jobs=1, emit=self.events.append)
        with service, inbox, contextlib.suppress(EOFError):
            service.loop(inbox)

    def close(self) -> None:
        self.inbox.close()
        self._thread.join()


@contextlib.contextmanager
def serving(library: str) -> Iterator[Served]:
    served = Served(library)
    try:
        yield served
    finally:
        served.close()


def look(library: str) -> tuple[str, Snapshot]:
    with contextlib.closing(Store.open(library)) as store:
        return store.meta("space"), store.load()


def test_the_old_map_stays_until_the_new_one_is_complete(
    library: str, old: tuple[Path, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    before_space, before = look(library)
    seen: list[tuple[str, np.ndarray]] = []
    put = Store.put_clips

    def watching(store: Store, items: Any, **more: Any) -> int:
        result = put(store, items, **more)
        space, shown = look(library)
        seen.append((space, shown.xy))
        return result

    monkeypatch.setattr(Store, "put_clips", watching)
    with serving(library) as served:
        served.inbox.send(UseModel(old[1].folder))
        until(lambda: look(library)[0] == old[1].space, "the other model", every_s=0.1)
    assert seen
    for space, xy in seen:
        assert space == before_space
        np.testing.assert_array_equal(xy, before.xy)
    after = look(library)[1]
    assert after.ids.tolist() == before.ids.tolist() and np.isfinite(after.xy).all()
    assert after.vectors is not None and after.vectors.shape == (COUNT, 6 + SIZE)
    with Library.open(library) as reader:
        assert reader.latent() == 4 and reader.class_names == () and reader.model == old[1].folder


def test_b6_a_model_that_cannot_be_used_changes_nothing(library: str, old: tuple[Path, Bundle], tmp_path: Path) -> None:
    before_space = look(library)[0]
    not_numbers = tiny_bundle(tmp_path / "nan", seed=6)
    raw = Path(not_numbers.weights_path).read_bytes()
    Path(not_numbers.weights_path).write_bytes(raw[:-2] + b"\x00\x7e")
    ruined = tiny_bundle(tmp_path / "ruined", seed=5)
    Path(ruined.weights_path).unlink()

    def told(text: str) -> Callable[[], bool]:
        return lambda: any(isinstance(event, Notice) and text in event.text for event in served.events)

    with serving(library) as served:
        served.inbox.send(UseModel(ruined.folder))
        until(told("lacks a file"), "the refusal")
        served.inbox.send(UseModel(not_numbers.folder))
        until(told("not finite"), "the refusal")
        served.inbox.send(UseModel(str(old[0] / "first")))
        until(told("already uses the model first"), "the refusal")
    assert look(library)[0] == before_space
    with open_for_writing(library) as store:
        assert library_bundle(store, model=None, fallback=None)[0].space == before_space


def test_a_move_that_was_interrupted_goes_on_with_the_next_run(library: str, old: tuple[Path, Bundle]) -> None:
    before_space = look(library)[0]
    with open_for_writing(library) as store:
        want_model(store, old[1])
    assert look(library)[0] == before_space
    index(library)
    assert look(library)[0] == old[1].space
    with open_for_writing(library) as store:
        assert library_bundle(store, model=None, fallback=None)[0].space == old[1].space


def test_a_wanted_model_that_is_gone_is_told_and_the_library_keeps_its_own(library: str, tmp_path: Path) -> None:
    before_space = look(library)[0]
    gone = tiny_bundle(tmp_path / "gone", seed=8)
    with open_for_writing(library) as store:
        want_model(store, gone)
        Path(gone.weights_path).unlink()
        bundle, note = library_bundle(store, model=None, fallback=None)
    assert bundle.space == before_space and "keeps its model" in note
