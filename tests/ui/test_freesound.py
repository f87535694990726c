"""The screen of Freesound, on a process that answers as the test says."""

from __future__ import annotations

import functools
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, drive_on
from tests.support.sounds import one_shot, write
from tui_browser.config.places import freesound_folder
from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.key import ApiKey, store_key
from tui_browser.freesound.messages import (
    CancelFetch,
    Event,
    FetchEnded,
    FetchPreview,
    FetchSounds,
    MoreResults,
    PreviewFailed,
    PreviewReady,
    Request,
    Search,
    SearchFailed,
    SoundFailed,
    SoundFetched,
    SoundsFound,
    Waiting,
)
from tui_browser.records import Credit, Progress, Root, SampleId
from tui_browser.service.messages import AddRoot, Rescan
from tui_browser.ui.controllers.copy_as import exported

NC = "https://creativecommons.org/licenses/by-nc/4.0/"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


def found(number: int, name: str = "step", *, licence: str = CC0, ai: str = "") -> FoundSound:
    return FoundSound(
        number, f"{name} {number}", "anna", licence, 1.25, ("wood", "boots"), f"https://freesound.org/s/{number}/",
        (("preview-hq-ogg", f"https://cdn/{number}.ogg"),), ai_preference=ai,
    )  # fmt: skip


class FakePort:
    """Keeps what was asked; `tell` makes it answer."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self._events: list[Event] = []

    def send(self, request: Request) -> None:
        self.asked.append(request)

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[Event]:
        events, self._events = self._events, []
        return events

    def tell(self, drive: Drive, *events: Event) -> None:
        self._events.extend(events)
        drive.controllers.freesound.read()

    @property
    def searches(self) -> list[Search]:
        return [request for request in self.asked if isinstance(request, Search)]

    def last(self, kind: type[Request]) -> Request:
        return next(request for request in reversed(self.asked) if isinstance(request, kind))


class Scene:
    """The app with a fake of the process; the key is stored."""

    def __init__(self, drive: Drive, port: FakePort) -> None:
        self.drive, self.port = drive, port

    async def search(self, text: str, *sounds: FoundSound, count: int | None = None, last: bool = True) -> None:
        """Open the screen, search, and let the process answer; the results have the keys."""
        await self.drive.press("F")
        await self.drive.type(text)
        await self.drive.press("enter")
        await self.drive.until(lambda: bool(self.port.searches), what="a search")
        number = self.port.searches[-1].number
        self.port.tell(self.drive, SoundsFound(number, sounds, len(sounds) if count is None else count, last))
        await self.drive.settle()


def scene(
    *, size: tuple[int, int] = (100, 30), key: bool = True, library: Callable[[], FakeLibrary] | None = None
) -> Callable[[Callable[[Scene], Awaitable[None]]], Callable[[], None]]:
    def decorate(test: Callable[[Scene], Awaitable[None]]) -> Callable[[], None]:
        @functools.wraps(test)
        def runner() -> None:
            if key:
                store_key(ApiKey("s3cretkey0123456789"))
            port = FakePort()
            bench = Bench(freesound=port, library=library() if library is not None else None)
            drive_on(bench, lambda drive: test(Scene(drive, port)), size=size)

        del runner.__wrapped__
        return runner

    return decorate


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FREESOUND_API_KEY", raising=False)


@scene(key=False)
async def test_without_a_key_the_screen_tells_how_to_get_one_and_sends_nothing(scene: Scene) -> None:
    await scene.drive.press("F")
    await scene.drive.sees("there is no key for Freesound")
    assert "freesound.org/apiv2/apply" in scene.drive.text
    assert scene.port.asked == []


@scene()
async def test_opening_the_screen_sends_nothing_and_shows_what_the_sample_would_be_searched_by(scene: Scene) -> None:
    await scene.drive.press("F")
    await scene.drive.sees("searches for '")
    assert scene.port.asked == []


@scene()
async def test_typing_searches_once_it_rests(scene: Scene) -> None:
    await scene.drive.press("F")
    await scene.drive.type("boots dur:1-2 license:cc0,by")
    assert scene.port.searches == []
    await scene.drive.until(lambda: bool(scene.port.searches), what="the search")
    (search,) = scene.port.searches
    assert search.request.query == "boots"
    assert search.request.filter() == 'duration:[1 TO 2] license:("Creative Commons 0" OR "Attribution")'
    await scene.drive.press("enter")
    assert len(scene.port.searches) == 1, "enter does not ask again for what is asked already"


@scene()
async def test_results_show_length_licence_author_and_tags(scene: Scene) -> None:
    await scene.search("step", found(1, licence=NC, ai="no-gen-ai"), found(2), count=1234)
    text = scene.drive.text
    assert "1,234 sounds" in text and "step 1" in text and "1.25 s" in text and "anna" in text
    assert "CC BY-NC 4.0 · no commercial use · no model may be trained on it · by anna" in text
    assert "#wood #boots" in text and "https://freesound.org/s/1/" in text
    await scene.drive.press("j")
    assert "CC0 1.0 · by anna" in scene.drive.text and "no commercial use" not in scene.drive.text


@scene()
async def test_space_plays_the_preview_and_stops_it(scene: Scene) -> None:
    await scene.search("step", found(1), found(2))
    await scene.drive.press("space")
    request = scene.port.last(FetchPreview)
    assert isinstance(request, FetchPreview) and request.sound.id == 1
    scene.port.tell(scene.drive, PreviewReady(request.number, b"/cache/1-hq.ogg"))
    assert scene.drive.bench.player.played == [b"/cache/1-hq.ogg"]
    assert "♪" in scene.drive.text
    await scene.drive.press("space")
    assert scene.drive.bench.player.stopped == 1
    await scene.drive.sees("step 1")
    assert "♪" not in scene.drive.text


@scene()
async def test_a_preview_that_comes_after_the_next_was_asked_for_is_not_played(scene: Scene) -> None:
    await scene.search("step", found(1), found(2))
    await scene.drive.press("space")
    first = scene.port.last(FetchPreview)
    await scene.drive.press("j", "space")
    second = scene.port.last(FetchPreview)
    assert isinstance(first, FetchPreview) and isinstance(second, FetchPreview)
    scene.port.tell(scene.drive, PreviewReady(first.number, b"/cache/1.ogg"), PreviewFailed(second.number, "not there"))
    assert scene.drive.bench.player.played == []
    await scene.drive.sees("not there")


@scene()
async def test_with_auto_play_the_result_on_which_the_cursor_rests_is_played(scene: Scene) -> None:
    await scene.search("step", found(1), found(2), found(3))
    await scene.drive.press("a")
    await scene.drive.press("j", "j")
    await scene.drive.until(
        lambda: any(isinstance(each, FetchPreview) and each.sound.id == 3 for each in scene.port.asked), what="3"
    )
    assert not any(isinstance(each, FetchPreview) and each.sound.id == 2 for each in scene.port.asked)


@scene()
async def test_the_next_page_is_asked_for_before_the_end(scene: Scene) -> None:
    await scene.search("step", *map(found, range(1, 31)), count=60, last=False)
    assert not any(isinstance(each, MoreResults) for each in scene.port.asked)
    for _ in range(25):
        await scene.drive.pilot.press("j")
    assert sum(isinstance(each, MoreResults) for each in scene.port.asked) == 1
    scene.port.tell(scene.drive, SoundsFound(scene.port.searches[-1].number, (found(31),), 60, last=True))
    assert scene.drive.controllers.freesound.shown.at == 25
    assert len(scene.drive.controllers.freesound.shown.sounds) == 31


@scene()
async def test_selected_sounds_are_fetched_with_progress_and_become_a_root(scene: Scene) -> None:
    await scene.search("step", found(1), found(2), found(3))
    await scene.drive.press("x", "x")
    assert "2 selected" in scene.drive.text
    await scene.drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    assert [sound.id for sound in request.sounds] == [1, 2]
    assert request.folder == os.fsencode(freesound_folder())
    await scene.drive.sees("fetching 0 of 2 sounds")
    scene.port.tell(scene.drive, SoundFetched(request.number, found(1), request.folder + b"/1_step.ogg", fresh=True))
    await scene.drive.sees("fetching 1 of 2 sounds, ")
    assert "✓" in scene.drive.text
    scene.port.tell(
        scene.drive, SoundFailed(request.number, found(2), "ends early"), FetchEnded(request.number, cancelled=False)
    )
    await scene.drive.sees("1 sound fetched, 1 sound failed: step 2: ends early")
    assert scene.drive.bench.service.asked == [AddRoot(request.folder)]


@scene(
    library=lambda: FakeLibrary(
        snapshot(300), roots=[Root(os.fsencode(os.path.dirname(freesound_folder())), True, 300)]
    )
)
async def test_a_folder_that_is_below_a_root_is_scanned_and_not_added(scene: Scene) -> None:
    await scene.search("step", found(1))
    await scene.drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    scene.port.tell(
        scene.drive, SoundFetched(request.number, found(1), request.folder + b"/1_step.ogg", fresh=True),
        FetchEnded(request.number, cancelled=False),
    )  # fmt: skip
    assert scene.drive.bench.service.asked == [Rescan()]


@scene()
async def test_fetching_can_be_cancelled(scene: Scene) -> None:
    await scene.search("step", found(1))
    await scene.drive.press("enter", "c")
    assert isinstance(scene.port.asked[-1], CancelFetch)
    await scene.drive.sees("cancelling")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    scene.port.tell(scene.drive, FetchEnded(request.number, cancelled=True))
    await scene.drive.sees("the rest was cancelled")
    assert scene.drive.bench.service.asked == []


@scene()
async def test_the_cursor_goes_to_what_was_fetched_once_it_is_on_the_map(scene: Scene) -> None:
    drive, library = scene.drive, scene.drive.bench.library
    await scene.search("step", found(1))
    await drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    path = request.folder + b"/1_step_1.ogg"
    scene.port.tell(drive, SoundFetched(request.number, found(1), path, fresh=True), FetchEnded(request.number, False))
    await drive.press("escape")
    held = library.held
    names = [*(held.names[row] for row in range(len(held) - 1)), path]
    library.held = replace(snapshot(300, paths=names), revision=2)
    drive.controllers.snapshots.refresh()
    await drive.sees("1 sound from Freesound: the cursor is on the first one")
    assert drive.path == path


@scene()
async def test_a_silent_sound_is_not_waited_for(scene: Scene) -> None:
    drive, library = scene.drive, scene.drive.bench.library
    await scene.search("step", found(1), found(2))
    await drive.press("x", "x", "enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    paths = [request.folder + b"/1_a.ogg", request.folder + b"/2_b.ogg"]
    fetched = [SoundFetched(request.number, found(at + 1), path, fresh=True) for at, path in enumerate(paths)]
    scene.port.tell(drive, *fetched, FetchEnded(request.number, cancelled=False))
    await drive.press("escape")
    held = snapshot(300, paths=[*(library.held.names[row] for row in range(298)), *paths])
    xy = held.xy.copy()
    xy[298] = np.nan  # the first one is off the map
    library.held = replace(held, revision=2, xy=xy)
    drive.controllers.snapshots.refresh()
    await drive.until(lambda: drive.controllers.state.map_model.snapshot.revision == 2, what="the new map")
    assert "from Freesound" not in drive.text
    drive.bench.service.tell(drive.app, Progress("idle", 0, 0))
    await drive.sees("2 sounds from Freesound: the cursor is on the first one")
    assert drive.path == paths[0]


@scene()
async def test_a_cursor_that_moved_meanwhile_stays_and_a_command_goes_there(scene: Scene) -> None:
    drive, library = scene.drive, scene.drive.bench.library
    await scene.search("step", found(1))
    await drive.press("enter")
    request = scene.port.last(FetchSounds)
    assert isinstance(request, FetchSounds)
    path = library.held.names[7]
    scene.port.tell(drive, SoundFetched(request.number, found(1), path, fresh=True), FetchEnded(request.number, False))
    await drive.press("escape", "right", "right")
    before = drive.selected
    library.held = replace(library.held, revision=2, flags=library.held.flags.copy())
    drive.controllers.snapshots.refresh()
    await drive.sees("1 sound from Freesound came to the map")
    assert drive.selected == before
    drive.app.main.perform("freesound_go")
    await drive.until(lambda: drive.path == path, what="the fetched sound")


@scene()
async def test_query_by_example_sends_tags_or_words_of_the_name_and_nothing_else(scene: Scene) -> None:
    drive = scene.drive
    held = drive.bench.library.held
    drive.bench.library.held = replace(held, revision=2, tags={SampleId(int(held.ids[drive.row])): ("rain", "tent")})
    drive.controllers.snapshots.refresh()
    await drive.until(lambda: bool(drive.controllers.state.map_model.snapshot.tags), what="the tags")
    await drive.press("F", "tab", "e")
    (search,) = scene.port.searches
    assert search.request.params()["query"] == "rain tent"
    assert set(search.request.params()) == {"query", "page_size", "fields"}
    assert "rain tent" in drive.text


@scene()
async def test_what_freesound_says_is_shown_and_typing_goes_on(scene: Scene) -> None:
    drive = scene.drive
    await drive.press("F")
    await drive.type("step")
    await drive.press("enter")
    number = scene.port.searches[-1].number
    scene.port.tell(drive, Waiting(42.0, "Freesound allows 60 requests a minute"))
    await drive.sees("waiting 42 s: Freesound allows 60 requests a minute")
    scene.port.tell(drive, SearchFailed(number, "Freesound does not accept the key: Invalid token", needs_key=True))
    await drive.sees("Invalid token")
    await drive.press("enter")
    await drive.press("/", "s")
    await drive.until(lambda: len(scene.port.searches) == 2, what="another search")
    scene.port.tell(drive, SoundsFound(scene.port.searches[-1].number, (), 0, last=True))
    await drive.sees("Couldn't find 'steps' in Freesound")


@pytest.mark.parametrize("text", ["is:fav", "bpm:120", "key:Am", "a | b", "dur:x"])
def test_a_field_that_freesound_does_not_have_is_told_and_not_sent(text: str) -> None:
    @scene()
    async def check(scene: Scene) -> None:
        await scene.drive.press("F")
        await scene.drive.type(text)
        await scene.drive.press("enter")
        assert scene.port.asked == []
        assert "Freesound is searched by" in scene.drive.text or "not understood" in scene.drive.text

    check()


@scene()
async def test_a_strangers_names_obey_no_terminal(scene: Scene) -> None:
    written = scene.drive.record_writes()
    await scene.search("x", replace(found(1), name="\x1b[2Jname\n", author="\u202eanna"))
    assert "\\x1b[2Jname" in scene.drive.text
    assert not any("\x1b[2J" in text for text in written)


@scene(size=(80, 24))
async def test_all_fits_on_a_small_screen(scene: Scene) -> None:
    await scene.search("step", *map(found, range(1, 31)))
    text = scene.drive.text
    assert "step 1 " in text and "#wood" in text and "enter fetch" in text and "30 sounds" in text


def test_where_only_ascii_can_be_shown_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    store_key(ApiKey("s3cretkey0123456789"))
    port = FakePort()

    async def look(drive: Drive) -> None:
        long = found(1, "a name that is much longer than its column can ever be on a screen of this width " * 2)
        await Scene(drive, port).search("step", replace(long, author="someone with a long name"), found(2))
        await drive.press("x", "space")
        lines = [line for line in drive.text.splitlines() if "step 2" in line or "a name" in line or "CC0" in line]
        assert lines and all(line.isascii() for line in lines)
        assert any("*" in line for line in lines), "the selected one is marked"

    drive_on(Bench(freesound=port, ascii=True, theme="mono"), look, size=(100, 30))


def test_copies_from_the_map_have_their_credits_beside_them(tmp_path: Path) -> None:
    paths = [os.fsencode(write(tmp_path / f"{name}.wav", one_shot("kick", at))) for at, name in enumerate("ab")]
    credit = Credit("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "anna", "Rain")
    out = os.fsencode(tmp_path / "kit")
    exported(paths, out, [os.fsencode(tmp_path)], {paths[0]: credit})
    assert sorted(os.listdir(out)) == [b"CREDITS.txt", b"a.wav", b"b.wav"]
    text = (tmp_path / "kit" / "CREDITS.txt").read_text()
    assert '"Rain" by anna' in text and "b.wav" not in text


def test_the_details_tell_author_and_licence(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", one_shot("kick", 1))
    held = snapshot(1, paths=[os.fsencode(path)])
    credit = Credit("CC BY-NC 4.0", NC, "anna", "Rain", "https://example.org/1", "no-gen-ai")
    held = replace(held, credits={SampleId(int(held.ids[0])): credit})

    async def look(drive: Drive) -> None:
        await drive.sees("CC BY-NC 4.0")
        assert "no commercial use" in drive.text and "by anna" in drive.text

    drive_on(Bench(library=FakeLibrary(held, roots=[Root(os.fsencode(tmp_path), True, 1)])), look, size=(120, 40))
