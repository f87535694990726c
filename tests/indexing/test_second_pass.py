"""The two passes of `index`: heads of long files first, their rest later, the same rows in the end."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.libraries import running_workers
from tests.support.sounds import RATE, one_shot, touch_later, write
from tui_browser.cli.common import sample_fields
from tui_browser.indexing.indexer import IndexResult, index_library
from tui_browser.indexing.row_updates import RowUpdates
from tui_browser.indexing.second_pass import SecondPass
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library, open_for_writing
from tui_browser.records import FAVOURITE, SampleId, is_provisional
from tui_browser.store.store import Store


def loop(seed: int, *, hits: int = 8, step_s: float = 0.5, fade_in: bool = False) -> np.ndarray:
    """A bar of kicks and snares, `hits` times `step_s` seconds long."""
    step = int(step_s * RATE)
    sound = np.zeros(hits * step, dtype=np.float32)
    for number in range(hits):
        hit = one_shot("snare" if number % 2 else "kick", seed)[:step]
        sound[number * step : number * step + len(hit)] += hit
    if fade_in:
        sound *= np.linspace(0.001, 1.0, len(sound), dtype=np.float32)
    return sound


class Bench:
    """A folder with one-shots and long files, a library, and workers that run."""

    def __init__(self, base: Path, workers: IndexWorkers) -> None:
        self.folder = base / "samples"
        self.path = str(base / "l.db")
        self.workers = workers
        for seed in range(3):
            write(self.folder / f"kick {seed}.wav", one_shot("kick", seed))
            write(self.folder / f"loop {seed}.wav", loop(seed))
        write(self.folder / "rising.flac", loop(7, fade_in=True))
        write(self.folder / "late.wav", np.concatenate((np.zeros(11 * RATE, np.float32), loop(8))))
        write(self.folder / "tone.aiff", 0.4 * np.sin(np.arange(3 * RATE) * 0.05).astype(np.float32))
        stereo = np.stack((loop(9), 0.3 * loop(9)), axis=1)
        write(self.folder / "stereo.ogg", stereo)

    def index(self, *, second_pass: bool = True, library: str = "") -> IndexResult:
        with open_for_writing(library or self.path) as store:
            return index_library(
                store,
                add=[os.fsencode(self.folder)],
                model=None,
                jobs=1,
                layout="none",
                report=lambda _: None,
                workers=self.workers,
                second_pass=second_pass,
            )

    def rows(self) -> dict[str, dict[str, Any]]:
        with Library.open(self.path) as library:
            return {os.path.basename(os.fsdecode(row.path)): sample_fields(row) for row in library.all_rows()}

    def unfinished(self) -> list[str]:
        """Names of files of which the head was read, in the order of the second pass."""
        with closing(Store.open(self.path)) as store:
            return [os.path.basename(os.fsdecode(stat.path)) for _, stat, _ in store.unfinished()]

    def id_of(self, name: str) -> SampleId:
        with Library.open(self.path) as library:
            found = library.id_of(os.fsencode(self.folder / name))
        assert found is not None
        return found


@pytest.fixture
def bench(tmp_path: Path, workers: IndexWorkers) -> Bench:
    return Bench(tmp_path, workers)


def contents(library: str) -> dict[str, list[Any]]:
    """All that is stored of each file but ids and revisions, by path."""
    columns = "content_hash, frames, onset_s, duration_s, brightness_hz, noisiness, pitch_hz, attack_s, loudness_db"
    more = "state, note, class, class_p, bpm, key, level_db, peak_db"
    with closing(sqlite3.connect(library)) as conn:
        rows = conn.execute(
            f"""SELECT path, {columns}, {more}, encodings.embedding, z, probabilities,
                slices.onset_s, slices.length_s, slices.embedding, x, y
            FROM samples JOIN encodings ON encodings.sample = samples.id
            LEFT JOIN slices ON slices.sample = samples.id LEFT JOIN places ON places.sample = samples.id
            LEFT JOIN layouts ON layouts.id = places.layout WHERE layouts.name = '.map'""".replace(
                "onset_s, duration_s", "samples.onset_s, duration_s"
            )
        ).fetchall()
    return {os.path.basename(os.fsdecode(row[0])): list(row[1:]) for row in rows}


LONG = {"loop 0.wav", "loop 1.wav", "loop 2.wav", "rising.flac", "tone.aiff", "stereo.ogg"}
"""Files of which the head is enough for the map; the sound of the late one begins behind it."""


def test_the_first_pass_puts_all_files_on_the_map(bench: Bench) -> None:
    result = bench.index(second_pass=False)
    rows = bench.rows()
    assert result.counts.encoded == len(rows) == 10
    assert all(row["class"] is not None and row["x"] is not None and row["loudness_db"] < 0 for row in rows.values())
    assert set(bench.unfinished()) == LONG
    assert {name for name, row in rows.items() if row["content_hash"] is None} == LONG
    assert rows["loop 0.wav"]["frames"] == 4 * RATE and rows["loop 0.wav"]["bpm"] is None
    assert rows["late.wav"]["onset_s"] == pytest.approx(11.0, abs=0.01) and rows["late.wav"]["bpm"] is not None


def test_both_passes_give_what_reading_each_file_at_once_gives(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = bench.index()
    assert result.counts.finished == len(LONG) and result.counts.encoded == 10
    assert result.first_pass_s < result.seconds
    monkeypatch.setattr(RowUpdates, "heads", lambda self, stats: set())
    at_once = str(tmp_path / "at once.db")
    bench.index(library=at_once)
    two, one = contents(bench.path), contents(at_once)
    assert two.keys() == one.keys() and len(two) == 10
    for name, cells in one.items():
        assert two[name] == cells, name
    assert not bench.unfinished()
    assert bench.index().counts.decoded == 0


def test_ids_annotations_and_places_stay_when_the_rest_is_read(bench: Bench) -> None:
    bench.index(second_pass=False)
    with open_for_writing(bench.path) as store:
        store.set_tags([bench.id_of("loop 1.wav")], ["good"])
        store.set_flag([bench.id_of("loop 2.wav")], FAVOURITE, True)
        store.put_layout("umap", bench.workers.bundle.space, *some_places(store), show=True)
    before = bench.rows()
    assert bench.index().counts.finished == len(LONG)
    after = bench.rows()
    for name, row in before.items():
        kept = ("id", "tags", "favourite", "x", "y")
        assert [after[name][key] for key in kept] == [row[key] for key in kept]
    assert after["loop 1.wav"]["tags"] == ["good"] and after["loop 1.wav"]["bpm"] == pytest.approx(120, abs=1)


def some_places(store: Store) -> tuple[np.ndarray, np.ndarray]:
    ids = store.load().ids
    return ids, np.linspace(0.1, 0.9, 2 * len(ids), dtype=np.float32).reshape(-1, 2)


def test_a_long_file_that_moves_between_the_passes_stays_the_same_sample(bench: Bench) -> None:
    bench.index(second_pass=False)
    sample = bench.id_of("loop 1.wav")
    with open_for_writing(bench.path) as store:
        store.set_tags([sample], ["good"])
    (bench.folder / "deep").mkdir()
    (bench.folder / "loop 1.wav").rename(bench.folder / "deep" / "other.wav")
    result = bench.index()
    assert (result.counts.moved, result.counts.removed) == (1, 0)
    assert bench.id_of("deep/other.wav") == sample
    assert bench.rows()["other.wav"]["tags"] == ["good"] and not bench.unfinished()


def test_a_sample_that_moves_is_known_by_its_whole_sound(bench: Bench) -> None:
    bench.index()
    sample = bench.id_of("loop 1.wav")
    sound, target = (bench.folder / "loop 1.wav").read_bytes(), bench.folder / "copied.wav"
    (bench.folder / "loop 1.wav").unlink()
    target.write_bytes(sound)  # a new time, a new inode, the same sound
    touch_later(target)
    assert bench.index(second_pass=False).counts.moved == 1
    assert bench.id_of("copied.wav") == sample


def test_annotations_of_a_file_removed_between_the_passes_come_back_with_it(bench: Bench, tmp_path: Path) -> None:
    bench.index(second_pass=False)
    with open_for_writing(bench.path) as store:
        store.set_tags([bench.id_of("loop 1.wav")], ["good"])
    away = tmp_path / "away.wav"
    (bench.folder / "loop 1.wav").rename(away)
    assert bench.index(second_pass=False).counts.removed == 1
    away.rename(bench.folder / "loop 1.wav")
    bench.index()
    assert bench.rows()["loop 1.wav"]["tags"] == ["good"]


def test_a_file_that_changed_before_its_rest_was_read_gets_its_new_sound(bench: Bench) -> None:
    bench.index(second_pass=False)
    sample = bench.id_of("loop 1.wav")
    write(bench.folder / "loop 1.wav", loop(20, hits=6))
    touch_later(bench.folder / "loop 1.wav")
    bench.index()
    row = bench.rows()["loop 1.wav"]
    assert row["id"] == sample and row["frames"] == 3 * RATE and not is_provisional(row["content_hash"])


def test_the_newest_are_read_first_and_before_them_the_preferred(bench: Bench) -> None:
    for age, name in enumerate(sorted(LONG)):
        os.utime(bench.folder / name, ns=(0, 10**18 - age * 10**12))
    bench.index(second_pass=False)
    assert bench.unfinished() == sorted(LONG)
    wanted = [bench.id_of("tone.aiff"), bench.id_of("loop 2.wav"), bench.id_of("kick 0.wav")]
    with open_for_writing(bench.path) as store:
        rest = SecondPass(
            store,
            bench.workers,
            space=bench.workers.bundle.space,
            layout=".map",
            roots=[os.fsencode(bench.folder)],
        )
        rest.prefer(wanted)
        put: list[bytes] = []
        take, bench.workers.pool.put = bench.workers.pool.put, lambda stats, **_: put.extend(s.path for s in stats)  # type: ignore[method-assign]
        try:
            rest.step()
        finally:
            bench.workers.pool.put = take  # type: ignore[method-assign]
    names = [os.path.basename(os.fsdecode(path)) for path in put]
    assert names == ["tone.aiff", "loop 2.wav", "loop 0.wav", "loop 1.wav", "rising.flac", "stereo.ogg"]


def test_a_second_pass_that_is_paused_goes_on_with_the_rest(tmp_path: Path) -> None:
    with running_workers(tmp_path / "model") as workers:  # its decoders may be ended
        bench = Bench(tmp_path, workers)
        bench.index(second_pass=False)
        with open_for_writing(bench.path) as store:
            rest = SecondPass(
                store, bench.workers, space=bench.workers.bundle.space, layout=".map", roots=[os.fsencode(bench.folder)]
            )
            rest.step()
            assert not rest.done and rest.progress().total == len(LONG)
            rest.pause()
            assert not rest.connections() and bench.workers.pool.pending == 0
        assert bench.unfinished()
        assert bench.index().counts.finished == len(LONG)
        assert not bench.unfinished()


def test_a_long_file_that_is_damaged_behind_its_head_is_rejected_by_the_second_pass(bench: Bench) -> None:
    sound = loop(3)
    sound[3 * RATE :] = np.nan
    write(bench.folder / "broken.wav", sound, subtype="FLOAT")
    bench.index(second_pass=False)
    assert "broken.wav" in bench.rows()
    result = bench.index()
    assert result.counts.rejected == 1 and "broken.wav" not in bench.rows()
    with Library.open(bench.path) as library:
        [reject] = library.rejects()
    assert "not finite" in reject.reason
