"""What happens to the files on disk happens to the library: while the app runs, and under `watch`."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import Stock
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, running, until
from tests.support.sounds import one_shot, touch_later, write
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.records import FAVOURITE, Progress, SampleId
from tui_browser.service import index_service
from tui_browser.service.index_service import IndexService
from tui_browser.service.messages import AddRoot, Notice
from tui_browser.store.store import Store

pytestmark = linux_only

Facts = dict[bytes, tuple[str, str | None]]


def facts(library: Path, folder: Path) -> Facts:
    """Relative path -> (content hash, class) of all samples that are there."""
    with contextlib.closing(Store.open(str(library))) as store:
        return {
            os.path.relpath(row.path, os.fsencode(folder)): (row.content_hash, row.class_name)
            for row in store.rows()
            if not row.missing
        }


def on_disk(folder: Path) -> set[bytes]:
    return {os.fsencode(path.relative_to(folder)) for path in folder.rglob("*.wav")}


def settled(library: Path, folder: Path) -> None:
    """Wait until the library names exactly the files that are there."""
    until(lambda: set(facts(library, folder)) == on_disk(folder), "a library that names the files on disk", every_s=0.2)


def same_as_fresh(library: Path, folder: Path, stock: Stock, workers: IndexWorkers) -> None:
    """Wait until the library is what an index of the folder from nothing gives."""
    fresh = library.with_name("fresh.db")
    for old in library.parent.glob("fresh.db*"):
        old.unlink()
    stock.index(fresh, folder, workers)
    wanted = facts(fresh, folder)
    until(lambda: facts(library, folder) == wanted, "a library like a fresh index of the folder", every_s=0.2)


class Served:
    """The index service in a thread of the test, with a count of what it hears."""

    def __init__(self, library: Path, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: Counter[bytes] = Counter()
        self.events: list[Any] = []
        put = Store.put_clips

        def counting(store: Store, items: Any, **more: Any) -> int:
            if store.path == str(library):
                heard = [item.clip.stat.path for item in items if item.encoding is not None]
                self.heard.update(os.path.relpath(path, os.fsencode(folder)) for path in heard)
            return put(store, items, **more)

        monkeypatch.setattr(Store, "put_clips", counting)
        self.inbox, theirs = Pipe()
        self._thread = threading.Thread(target=self._run, args=(theirs, str(library), str(model)), daemon=True)
        self._thread.start()
        self.inbox.send(AddRoot(os.fsencode(folder)))

    def _run(self, inbox: Any, library: str, model: str) -> None:
        service = IndexService(library, model=model, fallback=model, jobs=1, emit=self.events.append)
        with service, inbox, contextlib.suppress(EOFError):
            service.loop(inbox)

    @property
    def idle(self) -> bool:
        return any(isinstance(event, Progress) and event.phase == "idle" for event in self.events)

    def close(self) -> None:
        self.inbox.close()
        self._thread.join()


def unfinished(library: Path) -> int:
    """Long files of which only the head was read."""
    with Library.open(str(library)) as door:
        return int(door.status()["unfinished"])


@pytest.fixture
def served(tmp_path: Path, fresh: Path, stock: Stock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    served = Served(tmp_path / "l.db", fresh, stock.model, monkeypatch)
    try:
        try:
            settled(tmp_path / "l.db", fresh)
            until(lambda: all(name for _, name in facts(tmp_path / "l.db", fresh).values()), "a class for each")
            until(lambda: served.idle and not unfinished(tmp_path / "l.db"), "the end of both passes")
        except pytest.fail.Exception as error:
            error.add_note(f"the service told: {served.events}")
            raise
        yield served
    finally:
        served.close()


def test_each_change_is_heard_once_and_the_library_equals_a_fresh_index(
    served: Served, tmp_path: Path, fresh: Path, stock: Stock, workers: IndexWorkers
) -> None:
    library = tmp_path / "l.db"
    with Library.open(str(library)) as door:
        moved = door.id_of(os.fsencode(fresh / "kit 0/kick 0.wav"))
        place = door.sample(SampleId(moved or 0))
    assert moved is not None and place is not None
    with contextlib.closing(Store.open(str(library), mode="write")) as store, store.writing():
        store.set_flag([moved], FAVOURITE, True)
        store.set_tags([moved], ["deep"], [])
    served.heard.clear()

    write(fresh / "new/made.wav", one_shot("cowbell", 900))  # create
    write(fresh / "kit 0/snare 0.wav", one_shot("cymbal", 901))  # modify
    touch_later(fresh / "kit 0/snare 0.wav")
    (fresh / "kit 0/kick 0.wav").rename(fresh / "new/renamed kick.wav")  # move
    (fresh / "kit 1/kick 1.wav").unlink()  # delete
    burst = [fresh / f"burst/{at:03d}.wav" for at in range(200)]
    for at, path in enumerate(burst):
        write(path, one_shot("hat_closed", 7)[: 1200 + 8 * at])
    same_as_fresh(library, fresh, stock, workers)

    changed = {os.fsencode(path.relative_to(fresh)) for path in burst} | {b"new/made.wav", b"kit 0/snare 0.wav"}
    assert served.heard == Counter(changed), "one encoding for each changed file and none for a moved one"
    with Library.open(str(library)) as door:
        assert door.id_of(os.fsencode(fresh / "new/renamed kick.wav")) == moved
        now = door.sample(moved)
    assert now is not None
    assert (now.x, now.y, now.favourite, now.tags) == (place.x, place.y, True, ("deep",))


def test_g1_a_hard_link_in_another_folder_follows_its_file(
    served: Served, tmp_path: Path, fresh: Path, stock: Stock, workers: IndexWorkers
) -> None:
    library = tmp_path / "l.db"
    (fresh / "links").mkdir()
    os.link(fresh / "kit 0/tom 0.wav", fresh / "links/tom.wav")
    same_as_fresh(library, fresh, stock, workers)
    before = facts(library, fresh)[b"links/tom.wav"]
    with open(fresh / "kit 0/tom 0.wav", "r+b") as file:  # in place: both names have the new sound
        file.write(write(tmp_path / "other.wav", one_shot("clap", 905)).read_bytes())
    same_as_fresh(library, fresh, stock, workers)
    assert facts(library, fresh)[b"links/tom.wav"] != before


def test_a_half_written_file_comes_when_it_is_whole(served: Served, tmp_path: Path, fresh: Path) -> None:
    library = tmp_path / "l.db"
    whole = (fresh / "kit 0/tom 0.wav").read_bytes()
    half = fresh / "half.wav"
    with open(half, "wb") as file:
        file.write(whole[: len(whole) // 2])
        file.flush()
        write(fresh / "other.wav", one_shot("clap", 902))  # so that the folder is looked at while the file is half
        until(lambda: b"other.wav" in facts(library, fresh), "the other file")
        file.write(whole[len(whole) // 2 :])

    def is_whole() -> bool:
        now = facts(library, fresh)
        return b"half.wav" in now and now[b"half.wav"] == now[b"kit 0/tom 0.wav"]

    until(is_whole, "the whole file")
    with Library.open(str(library)) as door:
        assert door.rejects() == []


def test_a_root_that_is_unplugged_is_kept_and_comes_back(served: Served, tmp_path: Path, fresh: Path) -> None:
    library = tmp_path / "l.db"
    count = len(on_disk(fresh))
    served.heard.clear()
    away = fresh.rename(tmp_path / "away")

    def missing() -> int:
        with Library.open(str(library)) as door:
            return int(door.status()["missing"])

    until(lambda: missing() == count, "rows that are marked as not there")
    with Library.open(str(library)) as door:
        assert len(door) == count
    away.rename(fresh)
    until(lambda: missing() == 0, "rows that are there again")
    assert not served.heard, "nothing is heard again"


def test_the_service_outlives_a_file_with_an_impossible_date(served: Served, tmp_path: Path, fresh: Path) -> None:
    odd = fresh / "kit 0/tom 0.wav"
    os.utime(odd, ns=(10**19, 10**19))
    write(fresh / "kit 0/later.wav", one_shot("clap", 905))
    until(lambda: b"kit 0/later.wav" in facts(tmp_path / "l.db", fresh), "the file that came after")
    if os.stat(odd).st_mtime_ns > (1 << 63) - 1:  # else the file system has no such dates
        with Library.open(str(tmp_path / "l.db")) as door:
            row = door.sample(SampleId(door.id_of(os.fsencode(odd)) or 0))
        assert row is not None and row.mtime_ns == (1 << 63) - 1


def test_the_service_outlives_whatever_a_file_leads_to(
    served: Served, tmp_path: Path, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_service, "RETRY_S", 0.05)
    put, failures = Store.put_clips, iter(range(3))

    def failing(store: Store, items: Any, **more: Any) -> int:
        if store.path == str(tmp_path / "l.db") and next(failures, None) is not None:
            raise ValueError("a file that nobody thought of")
        return put(store, items, **more)

    monkeypatch.setattr(Store, "put_clips", failing)
    write(fresh / "odd.wav", one_shot("clap", 906))
    until(lambda: b"odd.wav" in facts(tmp_path / "l.db", fresh), "the file, at last")
    told = [event.text for event in served.events if isinstance(event, Notice)]
    assert told.count("internal error (ValueError: a file that nobody thought of)") == 1


def test_a_drive_that_goes_while_the_app_runs_is_missing_and_comes_back(
    served: Served, tmp_path: Path, fresh: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a drive")
    library, stick = tmp_path / "l.db", fresh / "stick"
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(stick)]
    stick.mkdir()
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no drive can be mounted here")
    try:
        for number in range(3):
            write(stick / f"{number}.wav", one_shot("tom", number))
        shutil.copytree(stick, tmp_path / "saved")
        settled(library, fresh)
        with Library.open(str(library)) as door:
            before = {row.path: row.id for row in door.all_rows()}
        subprocess.run(["umount", stick], check=True)
        settled(library, fresh)
        until(lambda: any("not connected" in event.text for event in served.events if isinstance(event, Notice)),
              "one line about it")  # fmt: skip
        subprocess.run(mount, check=True)
        shutil.copytree(tmp_path / "saved", stick, dirs_exist_ok=True)
        settled(library, fresh)
        with Library.open(str(library)) as door:
            assert {row.path: row.id for row in door.all_rows()} == before
    finally:
        subprocess.run(["umount", stick], capture_output=True, check=False)


def test_the_map_follows_the_disk(tmp_path: Path, fresh: Path, stock: Stock) -> None:
    env = environment(tmp_path)
    words = program(fresh, "--library", tmp_path / "l.db", "--model", stock.model)
    with Terminal(words, env=env, columns=120, rows=30) as terminal:
        terminal.wait_for(lambda text: "44 samples" in text and "indexing" not in text, "the end of indexing")
        write(fresh / "zebra.wav", one_shot("kick", 903))
        terminal.wait_for("45 samples")
        terminal.press("/zebra")
        terminal.wait_for(lambda text: re.search(r"/ zebra .* 1 of 45", text), "the new sample among the matches")
        terminal.press("\x1b")
        (fresh / "zebra.wav").unlink()
        terminal.wait_for("44 samples")
        away = fresh.rename(tmp_path / "away")
        terminal.wait_for("not there at the moment, its samples are kept")
        assert "44 samples" in terminal.text
        assert "❲" in terminal.text
        terminal.press("p")
        terminal.wait_for("the file is missing")
        away.rename(fresh)
        until(lambda: missing_none(tmp_path / "l.db"), "rows that are there again")
        write(fresh / "zebra.wav", one_shot("kick", 903))
        terminal.wait_for("45 samples")
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(env)


def missing_none(library: Path) -> bool:
    with Library.open(str(library)) as door:
        return bool(door.status()["missing"] == 0)


def test_watch_alone_and_what_a_kill_leaves(tmp_path: Path, fresh: Path, stock: Stock, workers: IndexWorkers) -> None:
    env = environment(tmp_path)
    library = tmp_path / "l.db"
    subprocess.run(program("add", fresh, "--library", library, "--quiet"), env=env, check=True)
    watch = program("watch", "--jobs", "1", "--library", library, "--model", stock.model)
    with open(tmp_path / "said", "wb") as said:
        first = subprocess.Popen(watch, env=env, stdout=said, stderr=said)
        until(lambda: len(facts(library, fresh)) > 0, "the first samples")
        for at in range(100):
            write(fresh / f"burst/{at:03d}.wav", one_shot("rim", 7)[: 1200 + 8 * at])
        first.kill()
        first.wait()
        all_gone(env)
        assert len(facts(library, fresh)) > 0, "the library opens"

        second = subprocess.Popen(watch, env=env, stdout=said, stderr=said)
        settled(library, fresh)
        shutil.rmtree(fresh / "burst")
        settled(library, fresh)
        same_as_fresh(library, fresh, stock, workers)
        second.send_signal(signal.SIGINT)
        assert second.wait(60) == 130
    assert not running(env)
    assert b"Traceback" not in (tmp_path / "said").read_bytes()
