"""The screen of Freesound, on a process that answers as the test says."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.freesound_screen import NC, FakePort, Scene, found, scene
from tests.support.pilot import Drive, drive_on
from tests.support.sounds import one_shot, write
from tui_browser.freesound.key import ApiKey, store_key
from tui_browser.freesound.messages import (
    FetchPreview,
    MoreResults,
    PreviewFailed,
    PreviewReady,
    SearchFailed,
    SoundsFound,
    Waiting,
)
from tui_browser.records import Credit, Root, SampleId
from tui_browser.ui.controllers.copy_as import exported


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
