"""The process that speaks to Freesound: searches, previews and downloads from outside."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.freesound_server import KEY, Answer, FakeFreesound, sound_bytes
from tui_browser.config.places import cache_dir
from tui_browser.errors import WorkerError
from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.messages import (
    CancelFetch,
    Event,
    FetchEnded,
    FetchPreview,
    FetchSounds,
    MoreResults,
    PreviewFailed,
    PreviewReady,
    Search,
    SearchFailed,
    SoundFailed,
    SoundFetched,
    SoundsFound,
)
from tui_browser.freesound.process import FreesoundProcess
from tui_browser.freesound.search_request import SearchRequest


@pytest.fixture
def process(server: FakeFreesound, monkeypatch: pytest.MonkeyPatch) -> Iterator[FreesoundProcess]:
    monkeypatch.setenv("FREESOUND_API_KEY", KEY)
    started = FreesoundProcess()
    yield started
    started.close()


def until(process: FreesoundProcess, kind: type[Event]) -> Event:
    """The next event of this kind."""
    return next(event for event in process.events() if isinstance(event, kind))


def search(process: FreesoundProcess, number: int = 1, *, page_size: int = 30) -> tuple[FoundSound, ...]:
    process.send(Search(number, SearchRequest("step", page_size=page_size)))
    found = until(process, SoundsFound)
    assert isinstance(found, SoundsFound) and found.number == number
    return found.sounds


def test_a_search_its_pages_a_preview_and_a_download(
    process: FreesoundProcess, server: FakeFreesound, tmp_path: Path
) -> None:
    for number in (1001, 1002, 1003):
        server.add(number)
    first, second = search(process, page_size=2)
    process.send(MoreResults(1))
    more = until(process, SoundsFound)
    assert isinstance(more, SoundsFound) and [sound.id for sound in more.sounds] == [1003] and more.last
    process.send(FetchPreview(7, first))
    ready = until(process, PreviewReady)
    assert isinstance(ready, PreviewReady) and ready.number == 7
    assert ready.path.startswith(os.fsencode(cache_dir()))
    assert Path(os.fsdecode(ready.path)).stat().st_mode & 0o077 == 0o044  # its folder is for its owner alone
    assert Path(os.fsdecode(os.path.dirname(ready.path))).stat().st_mode & 0o077 == 0
    before = len(server.asked)
    process.send(FetchSounds(9, (first, second), os.fsencode(tmp_path)))
    events = []
    for event in process.events():
        events.append(event)
        if isinstance(event, FetchEnded):
            break
    assert [event.path for event in events if isinstance(event, SoundFetched)] == [
        os.fsencode(tmp_path / "1001_step.ogg"), os.fsencode(tmp_path / "1002_step.ogg"),
    ]  # fmt: skip
    assert events[-1] == FetchEnded(9, cancelled=False)
    assert len(server.asked) == before + 1, "what was listened to is not fetched again"


def test_without_a_key_nothing_is_sent(
    process: FreesoundProcess, server: FakeFreesound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FREESOUND_API_KEY")
    process.send(Search(3, SearchRequest("step")))
    failed = until(process, SearchFailed)
    assert isinstance(failed, SearchFailed)
    assert failed.needs_key and "freesound login" in failed.reason and failed.number == 3
    assert server.asked == []


def test_the_newest_search_is_answered_in_place_of_the_one_before(
    process: FreesoundProcess, server: FakeFreesound
) -> None:
    server.add(1001)
    server.before.append(Answer(body=b" " * 400, pause_s=0.05, piece=1))
    process.send(Search(1, SearchRequest("slow")))
    while not server.asked:
        assert not process.poll()
    process.send(Search(2, SearchRequest("step")))
    answer = next(iter(process.events()))
    assert isinstance(answer, SoundsFound) and answer.number == 2


def test_one_sound_that_fails_does_not_keep_the_others(
    process: FreesoundProcess, server: FakeFreesound, tmp_path: Path
) -> None:
    for number in (1001, 1002):
        server.add(number)
    sounds = search(process)
    server.serve_preview(1001, lambda: Answer(404))
    process.send(FetchSounds(1, sounds, os.fsencode(tmp_path)))
    failed, fetched, ended = (until(process, kind) for kind in (SoundFailed, SoundFetched, FetchEnded))
    assert isinstance(failed, SoundFailed) and failed.sound.id == 1001
    assert isinstance(fetched, SoundFetched) and fetched.sound.id == 1002
    assert ended == FetchEnded(1, cancelled=False)
    process.send(FetchPreview(5, sounds[0]))
    silent = until(process, PreviewFailed)
    assert isinstance(silent, PreviewFailed) and "not there" in silent.reason


def slow_sound(server: FakeFreesound) -> None:
    server.add(1001)
    whole = sound_bytes(1.2)
    server.serve_preview(1001, lambda: Answer(body=whole, pause_s=0.05, piece=100, content_type="audio/ogg"))


def part_appears(folder: Path) -> None:
    while not any(name.endswith(".part") for name in os.listdir(folder)):
        time.sleep(0.01)


def test_f4_a_fetch_can_be_cancelled_and_leaves_nothing(
    process: FreesoundProcess, server: FakeFreesound, tmp_path: Path
) -> None:
    slow_sound(server)
    process.send(FetchSounds(1, search(process), os.fsencode(tmp_path)))
    part_appears(tmp_path)
    process.send(CancelFetch())
    assert until(process, FetchEnded) == FetchEnded(1, cancelled=True)
    assert os.listdir(tmp_path) == []


def test_f4_the_end_of_the_program_leaves_nothing_half_written(
    process: FreesoundProcess, server: FakeFreesound, tmp_path: Path
) -> None:
    slow_sound(server)
    process.send(FetchSounds(1, search(process), os.fsencode(tmp_path)))
    part_appears(tmp_path)
    process.close()
    assert os.listdir(tmp_path) == []


def test_after_the_process_has_died_the_next_request_starts_it_again(
    process: FreesoundProcess, server: FakeFreesound
) -> None:
    server.add(1001)
    search(process)
    assert process._child is not None
    process._child.process.kill()
    process._child.process.wait()
    with pytest.raises(WorkerError, match=r"gone|ended"):
        while True:
            process.poll()
    assert [sound.id for sound in search(process, 2)] == [1001]


def test_the_parents_end_never_imports_httpx() -> None:
    import subprocess

    code = "import sys, tui_browser.freesound.process as p; p.FreesoundProcess().close(); print('httpx' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
