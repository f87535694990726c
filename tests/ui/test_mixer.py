"""The mixer: a slider for each sound and one for variance; what they say is made, heard and shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.fakes import Bench
from tests.support.pilot import Drive, driving, run, scenario
from tests.support.sounds import one_shot, write
from tui_browser.service.messages import CancelGeneration, GenerateSound, SoundGenerated
from tui_browser.ui.dialogs.mixer import MixerDialog, track


def asked(bench: Bench) -> list[GenerateSound]:
    return [request for request in bench.service.asked if isinstance(request, GenerateSound)]


async def made_after(drive: Drive, count: int) -> GenerateSound:
    """The last request, once there are so many."""
    await drive.until(lambda: len(asked(drive.bench)) == count, what=f"request {count}")
    return asked(drive.bench)[-1]


@scenario(size=(100, 30))
async def test_c4_sliders_are_the_weights_and_below_zero_a_sound_is_subtracted(drive: Drive) -> None:
    await drive.press("right", "G")
    first = await made_after(drive, 1)
    assert first.weights is None and not first.raw and len(first.samples) == 2
    assert drive.text.count("50 %") >= 2
    await drive.press("down", "H", "H")
    request = await made_after(drive, 2)
    assert request.weights == (1.0, 0.5) and not request.raw
    assert "67 %" in drive.text and "33 %" in drive.text
    await drive.press("minus")
    request = await made_after(drive, 3)
    assert request.weights == (1.0, -0.5) and request.raw
    assert "weights as they are" in drive.text and "-0.50" in drive.text
    await drive.press("equals_sign")
    assert (await made_after(drive, 4)).weights is None


@scenario(size=(100, 30))
async def test_several_moves_are_one_request_and_variance_is_a_slider(drive: Drive) -> None:
    await drive.press("right", "G")
    await made_after(drive, 1)
    await drive.pilot.press("up", "right", "right", "right", "right")
    request = await made_after(drive, 2)
    assert request.variance == pytest.approx(0.2) and request.weights is None
    await drive.press("enter")
    again = await made_after(drive, 3)
    assert again.variance == request.variance and again.seed is None


@scenario(size=(100, 30))
async def test_c4_all_at_zero_is_refused_and_nothing_is_asked(drive: Drive) -> None:
    await drive.press("right", "G")
    await made_after(drive, 1)
    await drive.press("0")
    assert (await made_after(drive, 2)).weights == (0.0, 1.0)
    await drive.press("down", "0")
    await drive.sees("at least one weight")
    assert len(asked(drive.bench)) == 2


@scenario(size=(100, 30))
async def test_escape_cancels_first_and_then_closes(drive: Drive) -> None:
    await drive.press("right", "G", "escape")
    assert isinstance(drive.bench.service.asked[-1], CancelGeneration) and isinstance(drive.app.screen, MixerDialog)
    await drive.press("escape")
    assert not isinstance(drive.app.screen, MixerDialog)


def test_what_was_made_is_heard_shown_and_saved(tmp_path: Path) -> None:
    async def go() -> None:
        bench = Bench()
        async with driving(bench, size=(100, 30)) as drive:
            await drive.press("right", "G")
            request = await made_after(drive, 1)
            path = os.fsencode(write(tmp_path / "mixed-1.wav", one_shot("kick", 1)))
            (tmp_path / "mixed-1.json").write_bytes(b"{}")
            bench.service.tell(drive.app, SoundGenerated(request.number, path, "mixed", 0, (b"/a/one.wav",)))
            assert bench.player.played[-1] == path
            mixer = drive.app.screen
            assert isinstance(mixer, MixerDialog)
            await drive.until(lambda: mixer._facts is not None and mixer._facts.peaks is not None, what="the waveform")
            played = len(bench.player.played)
            await drive.press("space")
            assert bench.player.played[played:] == [path]
            await drive.press("W")
            await drive.sees("Save the sound in")
            await drive.press("escape", "escape")
            assert not isinstance(drive.app.screen, MixerDialog)

    run(go)


@scenario(size=(100, 30))
async def test_a_click_on_a_slider_sets_it(drive: Drive) -> None:
    await drive.press("right", "G")
    await made_after(drive, 1)
    sliders = drive.app.screen.query_one("#sliders")
    await drive.pilot.click(sliders, offset=(sliders.size.width - 7 - 15 + 7, 1))
    await drive.settle()
    assert (await made_after(drive, 2)).weights == (1.0, 0.0)


@pytest.mark.parametrize(("value", "at"), [(-1.0, 0), (0.0, 7), (1.0, 14), (0.5, 10)])
def test_the_knob_stands_where_its_value_is(value: float, at: int) -> None:
    left, knob, right = track(value, -1.0, 1.0, ascii=False)
    assert len(left) == at and knob == "●" and len(left + knob + right) == 15
    assert track(value, -1.0, 1.0, ascii=True)[1].isascii()
