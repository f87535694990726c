"""What leaves the kit and the beat: sound, MIDI, text, kits for other programs; and made sounds that go in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.fakes import Bench, FakeLibrary, snapshot
from tests.support.pilot import Drive, driving, present, run
from tests.support.sounds import one_shot, write
from tests.ui.test_kit_pane import WIDE, at_hand, changes, make, sent
from tui_browser.audio.sound_hash import sound_hash
from tui_browser.kits.kit_collection import kit_of
from tui_browser.kits.patterns import find_pattern
from tui_browser.kits.render import Beat
from tui_browser.records import CLASSES, Root
from tui_browser.service.messages import SoundGenerated

SOUNDS = 44


def real_sounds(folder: Path) -> FakeLibrary:
    """A library in memory of sounds that are files."""
    kinds = snapshot(SOUNDS).classes.tolist()
    paths = [write(folder / f"{CLASSES[kind]} {at}.wav", one_shot(CLASSES[kind], at)) for at, kind in enumerate(kinds)]
    held = snapshot(SOUNDS, paths=[os.fsencode(path) for path in paths])
    return FakeLibrary(held, roots=[Root(os.fsencode(folder), True, SOUNDS)])


async def write_to(drive: Drive, key: str, path: str) -> None:
    await drive.press(key)
    await drive.sees("write to")
    await drive.press("ctrl+u")
    await drive.type(path)
    await drive.press("enter")


@pytest.mark.slow
def test_a_beat_is_rendered_and_written_for_other_programs_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # short paths to type

    async def go() -> None:
        async with driving(Bench(library=real_sounds(tmp_path / "lib")), size=WIDE) as drive:
            await make(drive)
            await drive.press("ctrl+k", "m", "down", "shift+up")
            out = tmp_path / "new" / "beat.wav"
            await write_to(drive, "e", "new/beat.wav")
            await drive.until(out.exists, what="the rendered beat")
            await drive.sees("written: ")
            rendered, rate = soundfile.read(out, dtype="float32")
            beat = at_hand(drive)
            expected, _ = Beat(beat.kit, beat.pattern).mix()
            assert rate == 44_100 and np.abs(rendered - expected[: len(rendered)]).max() < 2**-22
            await write_to(drive, "e", "beat.mp3")
            await drive.sees("--out takes a file that ends in .wav")
            size = out.stat().st_size
            await write_to(drive, "e", "new/beat.wav")
            await drive.sees("Replace ")
            await drive.press("escape")
            assert out.stat().st_size == size
            for label, name, head in (
                ("midi", "b.mid", b"MThd"),
                ("tidal pattern", "b.tidal", b""),
                ("sfz", "kit", b""),
            ):
                await drive.press("E")
                await drive.type(label)
                await write_to(drive, "enter", name)
                target = tmp_path / name
                await drive.until(target.exists, what=name)
                assert target.is_dir() or target.read_bytes().startswith(head)
            assert len(list((tmp_path / "kit").glob("*.sfz"))) == 1
            assert "d1" in (tmp_path / "b.tidal").read_text()
            await drive.press("E")
            await drive.type("as text")
            await write_to(drive, "enter", "p.txt")
            await drive.until((tmp_path / "p.txt").exists, what="the pattern")
            assert find_pattern(str(tmp_path / "p.txt")).tracks[0].velocities == beat.pattern.tracks[0].velocities
            await drive.press("home", "x", "P", "up")  # the last follows the first
            await drive.sees("from a file")
            await drive.press("enter")
            await drive.press("ctrl+u")
            await drive.type("p.txt")
            await changes(drive, "enter")
            assert at_hand(drive).pattern.tracks[0].velocities == beat.pattern.tracks[0].velocities

    run(go)


def test_a_made_sound_goes_into_a_slot_and_is_kept_with_the_kit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # short paths to type
    made = write(tmp_path / "made" / "varied.wav", one_shot("clap", 9))
    made.with_suffix(".json").write_text("{}")

    async def go() -> None:
        bench = Bench(library=real_sounds(tmp_path / "lib"))
        async with driving(bench, size=WIDE) as drive:
            await make(drive)
            await drive.press("full_stop")
            bench.service.tell(drive.app, SoundGenerated(1, os.fsencode(made), "varied", 1, ()))
            await changes(drive, "ctrl+k", "i")
            assert sent(drive).parts[0].path == os.fsencode(made), "heard in the beat, from outside of the library"
            await drive.press("W", "ctrl+u", *"mine", "enter")
            await drive.sees("1 made sound of the kit: save in which folder")
            await drive.press("ctrl+u")
            await drive.type("kept")
            await drive.press("enter")
            await drive.sees("kit mine saved")
            kit = kit_of(present(bench.service.changes[-1].collections["mine"]))
            assert kit.slots[0].path == os.fsencode(tmp_path / "kept" / "kick.wav")
            assert kit.slots[0].content_hash == sound_hash(kit.slots[0].path) != ""
            assert (tmp_path / "kept" / "kick.wav").read_bytes() == made.read_bytes()
            assert at_hand(drive).kit == kit

    run(go)
