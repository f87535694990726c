"""Making sounds as a person meets it: a key, a sound, a folder to keep it in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.fakes import Bench
from tests.support.pilot import driving, run
from tui_browser.errors import BrowserError
from tui_browser.generate.sound_files import copy_to_folder
from tui_browser.service.messages import GenerateSound, GenerationFailed, SoundGenerated
from tui_browser.ui.controllers.made_sounds import saved_stem
from tui_browser.ui.state.making import MadeSound, Recipe


def asked(bench: Bench) -> list[GenerateSound]:
    return [request for request in bench.service.asked if isinstance(request, GenerateSound)]


def made(folder: Path, number: int, how: str = "varied") -> SoundGenerated:
    (folder / f"{how}-{number}.wav").write_bytes(b"sound")
    (folder / f"{how}-{number}.json").write_bytes(b"lineage")
    path = os.fsencode(folder / f"{how}-{number}.wav")
    return SoundGenerated(number, path, how, 5, (b"/samples/a/kick.wav", b"/samples/b/snare.wav"))


def test_a_variation_is_asked_for_played_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()

    async def scenario() -> None:
        bench = Bench()
        async with driving(bench) as drive:
            await drive.press("W")
            await drive.sees("no sound was made yet")
            await drive.press(".")
            (request,) = asked(bench)
            assert request.samples == (drive.selected,) and request.variance > 0 and request.seed is None
            await drive.sees("making a variation of")
            event = made(tmp_path / "made", request.number)
            bench.service.tell(drive.app, event)
            await drive.sees("W saves it")
            assert bench.player.played[-1] == event.path
            await drive.press("W")
            await drive.sees("Save the sound in")
            await drive.type("/kept")
            await drive.press("enter")
            kept = tmp_path / "kept" / "kick-snare-varied.wav"
            await drive.until(kept.exists, what="the kept sound")
            await drive.sees("saved:")
            assert (tmp_path / "kept" / "kick-snare-varied.json").read_bytes() == b"lineage"

    run(scenario)


def test_only_the_newest_that_was_asked_for_is_played(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench()
        async with driving(bench) as drive:
            await drive.press(".", ".")
            first, second = asked(bench)
            before = list(bench.player.played)
            bench.service.tell(drive.app, made(tmp_path, first.number))
            assert bench.player.played == before
            bench.service.tell(drive.app, GenerationFailed(second.number, "the model fake makes no sounds"))
            await drive.sees("makes no sounds")

    run(scenario)


def test_a_mix_is_of_what_is_selected_or_of_this_and_the_one_before() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with driving(bench) as drive:
            await drive.press("G")
            assert not asked(bench)
            start = drive.selected
            await drive.press("right")
            assert drive.selected != start
            await drive.press("G")
            assert set(asked(bench)[-1].samples) == {start, drive.selected}
            await drive.press("escape", "escape")
            await drive.press("x", "right", "x", "right", "x")
            chosen = [int(each) for each in drive.controllers.state.selection.ids]
            assert len(chosen) == 3
            await drive.press("G")
            assert list(asked(bench)[-1].samples) == chosen
            assert asked(bench)[-1].weights is None

    run(scenario)


def test_what_belongs_to_a_place_is_asked_of_what_lies_around_it() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with driving(bench) as drive:
            await drive.press("g")
            (here,) = asked(bench)
            assert here.samples == (drive.selected,) and here.weights == (1.0,)
            snapshot = bench.library.held
            drive.controllers.free_cursor.put((0.01, 0.99))
            await drive.press("g")
            corner = asked(bench)[-1]
            map_model = drive.controllers.state.map_model
            np.testing.assert_allclose(map_model.stretch.apply(np.array(corner.at)), np.array((0.01, 0.99)), atol=1e-6)
            rows = np.searchsorted(snapshot.ids, corner.samples)
            distances = np.hypot(*(map_model.xy - np.array([0.01, 0.99], dtype=np.float32)).T)
            assert set(rows) <= set(np.argsort(distances)[:4])
            assert corner.weights is not None and sum(corner.weights) == pytest.approx(1.0)
            await drive.press("right", "g")
            assert asked(bench)[-1].samples == (drive.selected,)  # the click was for where one was

    run(scenario)


def test_a_kept_sound_takes_nothings_place(tmp_path: Path) -> None:
    event = made(tmp_path, 1)
    stem = saved_stem(MadeSound(1, Recipe("a variation"), event.path, event.how, event.sources))
    folder = os.fsencode(tmp_path / "kept")
    paths = [os.path.basename(copy_to_folder(event.path, folder, stem=stem)) for _ in range(2)]
    assert paths == [b"kick-snare-varied.wav", b"kick-snare-varied-2.wav"]
    (tmp_path / "kept" / "kick-snare-varied-3.json").write_bytes(b"mine")
    assert os.path.basename(copy_to_folder(event.path, folder, stem=stem)) == b"kick-snare-varied-4.wav"
    assert (tmp_path / "kept" / "kick-snare-varied-3.json").read_bytes() == b"mine"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BrowserError, match="file"):
        copy_to_folder(event.path, os.fsencode(tmp_path / "file"), stem=stem)
