"""The kit beside the map and the beat below it: made from the map, changed by keys, heard, undone, saved."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, present, run, scenario
from tui_browser.kits.kit_collection import kit_change, kit_of
from tui_browser.kits.shuffle import NEIGHBOURHOOD
from tui_browser.playback.messages import FIRST_BEAT_TOKEN, BeatPosition, Failed, Finished, Lost, PlayBeat
from tui_browser.records import SampleId, SampleRow
from tui_browser.store.records import SampleCollection
from tui_browser.ui.state.beat import BeatState
from tui_browser.ui.state.kit_beat import KitBeat
from tui_browser.ui.widgets.beat_strip import BeatStrip
from tui_browser.ui.widgets.kit_pane import KitPane

WIDE = (120, 40)


def beat(drive: Drive) -> BeatState:
    return drive.controllers.state.beat


def at_hand(drive: Drive) -> KitBeat:
    return present(beat(drive).at_hand)


def sent(drive: Drive) -> PlayBeat:
    return drive.bench.player.beats[-1]


def shown(drive: Drive) -> str:
    """Which of the two is on the screen, and whether keys act on it."""
    pane, strip = drive.app.main.query_one(KitPane), drive.app.main.query_one(BeatStrip)
    assert pane.active == strip.active
    words = {"pane": pane.display, "strip": strip.display, "active": pane.active}
    return ", ".join(word for word, holds in words.items() if holds)


async def make(drive: Drive) -> None:
    """A kit from around the cursor."""
    before = beat(drive).at_hand
    await drive.press("Q")
    await drive.until(lambda: beat(drive).at_hand is not before, what="a kit")
    await drive.settle()


async def changes(drive: Drive, *keys: str) -> None:
    """Press keys whose effect comes from a thread."""
    before = at_hand(drive)
    await drive.press(*keys)
    await drive.until(lambda: at_hand(drive) != before, what=f"the effect of {keys}")


@scenario(size=WIDE)
async def test_one_key_makes_a_kit_from_around_the_cursor_and_plays_it(drive: Drive) -> None:
    await make(drive)
    snapshot_, kit = drive.bench.library.held, at_hand(drive).kit
    own = snapshot_.xy[drive.row]
    for slot in kit.slots[:4]:
        row = present(drive.controllers.state.map_model.row_of(drive.bench.library.id_of(slot.path)))
        alike = np.flatnonzero((snapshot_.classes == snapshot_.classes[row]) & (snapshot_.class_p >= 0.5))
        nearest = alike[np.argmin(np.linalg.norm(snapshot_.xy[alike] - own, axis=1))]
        assert snapshot_.names[int(nearest)] == slot.path or row == drive.row, slot.role
    assert drive.path in {slot.path for slot in kit.slots}, "the sample under the cursor is in it"
    assert len(drive.bench.player.beats) == 1 and sent(drive).token >= FIRST_BEAT_TOKEN
    assert "▸K kick" in drive.text and "plays" in drive.text and "new kit*" in drive.text
    first = kit
    await drive.press("down", "down", "down", "down")
    await make(drive)
    assert at_hand(drive).kit != first and sent(drive).token == drive.bench.player.beats[0].token, "changed in place"
    await drive.press("u", "u", "u")
    assert beat(drive).at_hand is None and drive.bench.player.stopped_beats == 1, "undone to no kit"
    await drive.press("ctrl+r")
    assert at_hand(drive).kit == first


@scenario(size=WIDE)
async def test_a_kit_is_made_of_the_selection_or_of_what_is_found(drive: Drive) -> None:
    map_model = drive.controllers.state.map_model
    folder = [row for row in range(len(map_model)) if b"/Studio One/" in map_model.snapshot.names[row]]
    await drive.press("/")
    await drive.type("folder:studio")
    await drive.press("enter")
    await make(drive)
    assert all(b"/Studio One/" in slot.path for slot in at_hand(drive).kit.slots)
    assert at_hand(drive).kit.query == "folder:studio"
    await changes(drive, "ctrl+k", "R")
    assert all(b"/Studio One/" in slot.path for slot in at_hand(drive).kit.slots), "rolled from the same samples"
    await drive.press("tab", "escape")
    some = np.array([int(map_model.id_at(row)) for row in folder[::2]], dtype=np.int64)
    drive.controllers.undoable_edits.select(some)
    await make(drive)
    ids = {present(drive.bench.library.id_of(slot.path)) for slot in at_hand(drive).kit.slots}
    assert ids <= set(some.tolist())


@scenario(size=WIDE)
async def test_steps_tracks_and_tempo_are_changed_by_keys_and_heard_in_place(drive: Drive) -> None:
    await make(drive)
    await drive.press("ctrl+k", "down", "right", "right", "x")
    assert at_hand(drive).velocity(1, 2) == 0.8 and sent(drive).parts[1].velocities[2] == 0.8
    await drive.press("+", "+")
    assert at_hand(drive).velocity(1, 2) == 1.0
    await drive.press("m")
    assert len(sent(drive).parts) == len(at_hand(drive).kit.slots) - 1 and "snare     M" in drive.text
    await drive.press("m", "s")
    assert [part.path for part in sent(drive).parts] == [at_hand(drive).kit.slots[1].path]
    await drive.press("s", "}", "}", ")", "b")
    last = sent(drive)
    assert last.step_s == pytest.approx(60 / 122 / 4) and last.swing == 51 and last.steps == 32
    assert "122 bpm · swing 51 % · 2 bars" in drive.text
    assert {each.token for each in drive.bench.player.beats} == {last.token}, "always the same beat"
    await drive.press("t", "ctrl+u", *"90", "enter")
    assert sent(drive).step_s == pytest.approx(60 / 90 / 4)
    await drive.press("end", "d", "B", "1", "0", "u")
    assert at_hand(drive).pattern.bpm == 120 and at_hand(drive).pattern.steps == 16, "ten steps undone"
    await drive.press("q")
    assert drive.app.is_running and not drive.app.main.query_one(KitPane).active, "q leaves the pane, not the app"


@scenario(size=WIDE)
async def test_slots_are_set_by_keys_and_what_is_locked_stays(drive: Drive) -> None:
    await make(drive)
    await drive.press("ctrl+k", "f", "K", "J", "J", "]", "[", "[", "pageup", "c")
    kick = at_hand(drive).kit.slots[0]
    assert (kick.locked, kick.level_db, kick.pan, kick.pitch_semitones, kick.choke) == (True, -1.0, -0.1, 1.0, 1)
    part = sent(drive).parts[0]
    assert part.gain < 1 and part.pan == -0.1 and part.speed == pytest.approx(2 ** (1 / 12)) and part.choke == 1
    await drive.sees("■  -1")
    assert "locked" in drive.text and "pitch +1" in drive.text
    before = at_hand(drive).kit
    await changes(drive, "R")
    after = at_hand(drive).kit
    assert after.slots[0] == kick
    assert sum(a.path != b.path for a, b in zip(before.slots, after.slots, strict=True)) >= 4
    await drive.press("r")
    await drive.sees("this slot is locked")
    await drive.pilot.press("down", "n", "n", "n", "up")  # faster than they are answered
    await drive.until(lambda: not drive.controllers.kit._asked, what="all that was asked for")
    asked = at_hand(drive).kit.slots[1]
    await drive.press("down")
    for _ in range(3):
        await changes(drive, "N")
    assert at_hand(drive).kit.slots[1].path == after.slots[1].path != asked.path, "three steps back"
    await drive.press("up")
    sounds = [at_hand(drive).kit.slots[1].path]
    await drive.press("down")
    for key in ("n", "n", "N"):
        await changes(drive, key)
        sounds.append(at_hand(drive).kit.slots[1].path)
    assert len(set(sounds[:3])) == 3 and sounds[3] == sounds[1], "there and back"
    await changes(drive, "i")
    assert at_hand(drive).kit.slots[1].path == drive.path, "the sample under the cursor of the map"
    count = len(at_hand(drive).kit.slots)
    await changes(drive, "a")
    assert len(at_hand(drive).kit.slots) == count + 1 and beat(drive).row == count
    await drive.press("delete", "T", "ctrl+u", *"boom", "enter")
    assert at_hand(drive).kit.slots[-1].role == "boom" == at_hand(drive).pattern.tracks[-1].name
    await drive.press("p")
    assert drive.bench.player.played[-1] == at_hand(drive).kit.slots[-1].path and beat(drive).playing


@scenario(size=WIDE)
async def test_d10_the_pane_plays_16_steps_at_120_bpm_and_shuffles_within_the_20_nearest(drive: Drive) -> None:
    await make(drive)
    last, roles = sent(drive), [slot.role for slot in at_hand(drive).kit.slots]
    assert roles[:4] == ["kick", "snare", "hat_closed", "hat_open"] and last.steps == 16 and last.step_s == 0.125
    held, references = drive.bench.library.held, at_hand(drive).kit
    vectors = present(held.vectors)
    await drive.press("ctrl+k", "down", "f", "up")
    picks: list[set[bytes]] = [set() for _ in roles]
    for _ in range(12):
        await changes(drive, "S")
        for at, slot in enumerate(at_hand(drive).kit.slots):
            picks[at].add(slot.path)
    for at, slot in enumerate(references.slots):
        row = present(drive.controllers.state.map_model.row_of(drive.bench.library.id_of(slot.path)))
        away = np.linalg.norm(vectors - vectors[row], axis=1)
        away[row] = np.inf
        nearest = {held.names[int(each)] for each in np.argsort(away)[:NEIGHBOURHOOD]}
        if slot.role == "snare":
            assert picks[at] == {slot.path}, "a locked slot stays"
        else:
            assert picks[at] <= nearest | {slot.path} and len(picks[at]) > 4, "of the first reference, every time"
    assert sent(drive).token == last.token


@scenario(size=WIDE)
async def test_walking_hears_each_sound_in_the_beat_and_keeps_or_brings_back(drive: Drive) -> None:
    await make(drive)
    await drive.press("ctrl+k", "down", "w")
    old = at_hand(drive).kit.slots[1]
    assert "walking: snare" in drive.text and "♪S snare" in drive.text
    played = len(drive.bench.player.played)
    await drive.press("a")  # auto-play
    for key in ("right", "down", "left"):
        path = drive.path
        await drive.press(key)
        if drive.path != path:
            await drive.until(lambda: sent(drive).parts[1].path == drive.path, what="the sound of the cursor")
    assert len(drive.bench.player.played) == played, "not alone, but in the beat"
    assert at_hand(drive).kit.slots[1].role == "snare" and at_hand(drive).kit.slots[1].path != old.path
    kept = drive.path
    await drive.press("enter")
    assert at_hand(drive).kit.slots[1].path == kept and "walking" not in drive.text
    await drive.press("w", "n")
    await drive.until(lambda: at_hand(drive).kit.slots[1].path not in (kept, old.path), what="a neighbour in the beat")
    await drive.press("escape")
    assert at_hand(drive).kit.slots[1].path == kept == sent(drive).parts[1].path, "the old sound is back"
    await drive.press("u")
    assert at_hand(drive).kit.slots[1] == old, "a walk is one step of undo"
    assert {each.token for each in drive.bench.player.beats} == {sent(drive).token}


@scenario(size=WIDE)
async def test_the_step_that_is_heard_moves_with_the_player_and_stands_still_at_rest(drive: Drive) -> None:
    await make(drive)
    strip, token = drive.app.main.query_one(BeatStrip), sent(drive).token
    assert beat(drive).heard is None and "▼" not in drive.text
    drive.bench.player.tell(drive.app, BeatPosition(token, 4 * 0.125 + 0.01))
    assert beat(drive).heard == 4 and "▼" in drive.text
    await drive.until(lambda: beat(drive).heard in (5, 6, 7, 8, 9), what="the next step, without news")
    drive.bench.player.tell(drive.app, BeatPosition(token - 1, 0.0), Failed(token, "no such file"))
    await drive.sees("a sound of the beat cannot be played: no such file")
    assert beat(drive).playing
    await drive.press("`")
    assert not beat(drive).playing and beat(drive).heard is None and "▼" not in drive.text
    refreshed = []
    strip.refresh = lambda *regions, **_: refreshed.append(regions)  # type: ignore[method-assign, assignment]
    drive.bench.player.tell(drive.app, BeatPosition(token, 1.0))
    await drive.pilot.pause(0.3)
    assert not refreshed, "nothing is drawn at rest"
    await drive.press("`")
    assert sent(drive).token == token + 1, "another beat, from its beginning"
    drive.bench.player.tell(drive.app, Finished(token))
    assert beat(drive).playing, "that was the one before"
    drive.bench.player.tell(drive.app, Finished(token + 1))
    assert not beat(drive).playing, "another app plays on the listener"
    await drive.press("`")
    drive.bench.player.tell(drive.app, Lost("gone"))
    assert not beat(drive).playing


@scenario(size=WIDE)
async def test_patterns_are_heard_in_the_list_and_one_is_kept(drive: Drive) -> None:
    await make(drive)
    await drive.press("ctrl+k", "P", "down")
    assert sent(drive).step_s == pytest.approx(60 / 124 / 4) and at_hand(drive).pattern.name == "house"
    await drive.press("escape")
    assert at_hand(drive).pattern.name == "four-on-the-floor" and sent(drive).step_s == 0.125
    await drive.press("P", "down", "down", "enter")
    assert at_hand(drive).pattern.name == "techno"
    await drive.press("u")
    assert at_hand(drive).pattern.name == "four-on-the-floor"


@scenario(size=WIDE)
async def test_a_kit_is_saved_by_the_service_and_loaded_again(drive: Drive) -> None:
    await make(drive)
    library = drive.bench.library
    library.kits["Other"] = SampleCollection("Other", "kit", ())
    library.kits["Samples"] = SampleCollection("Samples", "list", ())
    await drive.press("ctrl+k", "W", "ctrl+u", *"Samples", "enter")
    await drive.sees("is a collection of samples, not a kit")
    await drive.press("W", "ctrl+u", *"Other", "enter")
    await drive.sees("Replace the kit Other?")
    await drive.press("escape")
    assert not drive.bench.service.changes
    await drive.press("W", "ctrl+u", *"mine", "enter")
    await drive.sees("kit mine saved")
    stored = present(drive.bench.service.changes[-1].collections["mine"])
    assert stored.kind == "kit" and kit_of(stored) == at_hand(drive).kit and not beat(drive).unsaved
    library.kits["mine"] = stored
    await drive.press("K", "W", "enter")
    await drive.until(lambda: len(drive.bench.service.changes) == 2, what="saved again without a question")
    await changes(drive, "R")
    assert "mine*" in drive.text
    await drive.press("o")
    await drive.sees("Load the kit")
    await drive.press(*"mine")
    await changes(drive, "enter")
    assert at_hand(drive).kit == kit_of(stored)
    await drive.press("u", "u", "u")
    assert drive.bench.service.taken_back >= 1, "a saved kit can be taken back"


@scenario(size=WIDE)
async def test_what_was_changed_is_not_lost_at_the_end_without_a_question(drive: Drive) -> None:
    await make(drive)
    assert not beat(drive).worked_on, "one key makes another"
    await drive.press("ctrl+k", "x", "q", "q")
    await drive.sees("Quit without the kit and beat that you changed?")
    await drive.press("escape")
    assert drive.app.is_running
    await drive.press("ctrl+k", "W", "ctrl+u", *"mine", "enter")
    await drive.sees("kit mine saved")
    await drive.press("q", "q")
    await drive.until(lambda: not drive.app.is_running)


@scenario(size=WIDE)
async def test_a_library_that_names_files_outside_of_its_folders_is_not_played(drive: Drive) -> None:
    await make(drive)
    kit = at_hand(drive).kit
    strange = replace(kit, name="strange", slots=(replace(kit.slots[0], path=b"/etc/passwd.wav"), *kit.slots[1:]))
    drive.bench.library.kits["strange"] = present(kit_change(strange).collections["strange"])
    await drive.press("ctrl+k", "o")
    await drive.sees("Load the kit")
    await changes(drive, "enter")
    assert at_hand(drive).kit == strange and b"/etc/passwd.wav" not in {part.path for part in sent(drive).parts}
    await drive.sees("not played: /etc/passwd.wav: it is outside")
    await drive.press("p", "e", "enter")
    assert drive.bench.player.played == []
    await drive.sees("not written: kick is outside")


@scenario()
async def test_a_small_terminal_shows_one_of_both(drive: Drive) -> None:
    await drive.press("`")
    await drive.sees("there is no kit yet: Q makes one")
    await drive.press("ctrl+x")
    await drive.sees("no beat yet: Q makes one around the cursor")
    await drive.press("ctrl+x")
    await make(drive)
    assert shown(drive) == "strip" and "H hat_closed" in drive.text
    await drive.press("ctrl+k")
    assert shown(drive) == "pane, active" and "level +0 dB" in drive.text
    await drive.press("x")
    assert shown(drive) == "strip, active", "steps are changed where they are seen"
    await drive.press("ctrl+x")
    assert shown(drive) == ""
    await drive.press("ctrl+x", "tab")
    assert shown(drive) == "strip", "tab is back to the map"
    await drive.press("tab", "tab")
    assert shown(drive) == "strip, active", "and from the list into the strip"
    await drive.pilot.resize_terminal(*WIDE)
    await drive.press("ctrl+k")
    await drive.until(lambda: shown(drive) == "pane, strip, active", what="both")
    await drive.pilot.resize_terminal(50, 14)
    await drive.until(lambda: shown(drive) == "strip, active")
    assert "hat_closed" in drive.text
    await drive.press("ctrl+p", *"choke")
    await drive.sees("Choke")


@scenario(size=WIDE)
async def test_the_mouse_chooses_slots_and_toggles_steps(drive: Drive) -> None:
    await make(drive)
    strip = drive.app.main.query_one(BeatStrip)
    await drive.pilot.click(KitPane, offset=(5, 3))
    assert beat(drive).row == 2 and strip.active
    await drive.apart()
    await drive.pilot.click(BeatStrip, offset=(15 + 17 + 4, 4))
    assert at_hand(drive).velocity(1, 5) == 0.8 and (beat(drive).row, beat(drive).step) == (1, 5)
    await drive.pilot.click(BeatStrip, offset=(5, 5))
    assert beat(drive).row == 2


def test_a_drive_that_hangs_keeps_no_key_waiting() -> None:
    class Hanging(FakeLibrary):
        answers = threading.Event()

        def sample(self, id: SampleId) -> SampleRow | None:
            assert self.answers.wait(30)
            return super().sample(id)

    async def go() -> None:
        async with driving(Bench(library=Hanging(snapshot(300))), size=WIDE) as drive:
            row = drive.row
            await drive.press("Q", "right")
            assert drive.row != row and beat(drive).at_hand is None
            Hanging.answers.set()
            await drive.until(lambda: beat(drive).at_hand is not None)

    run(go)
