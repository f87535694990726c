"""The lamp of sound in the header, and the mark of a sound over a line: they say what is so."""

from __future__ import annotations

import pytest

from tests.support.pilot import Drive, scenario
from tui_browser.playback.messages import Line, Ready, Started
from tui_browser.ui.state.sound_lamp import SoundLamp, lamp_of

LISTENER = Ready("listener (/tmp/s)", True, "")


@pytest.mark.parametrize(
    ("ready", "line", "lamp"),
    [
        (None, None, None),
        (Ready("null", False, ""), None, None),
        (Ready("miniaudio (ALSA)", True, ""), None, SoundLamp("sound here", True)),
        (Ready("null", False, "No sound: none"), None, SoundLamp("no sound device", False)),
        (LISTENER, Line(False), SoundLamp("sound line is down", False)),
        (LISTENER, Line(True), SoundLamp("no device on your laptop", False)),
        (LISTENER, Line(True, True, 0.0421), SoundLamp("laptop 42 ms", True)),
        (
            LISTENER,
            Line(True, True, 0.2, ahead=False, compressed=True),
            SoundLamp("laptop 200 ms, Opus, nothing ahead", True),
        ),
    ],
)
def test_the_lamp_tells_where_it_sounds(ready: Ready | None, line: Line | None, lamp: SoundLamp | None) -> None:
    assert lamp_of(ready, line) == lamp


@scenario()
async def test_the_header_follows_the_line_at_once(drive: Drive) -> None:
    player = drive.bench.player
    assert "●" not in drive.text.splitlines()[0]
    player.tell(drive.app, LISTENER, Line(True, True, 0.042))
    await drive.press("left")
    assert "● laptop 42 ms" in drive.text.splitlines()[0]
    player.tell(drive.app, Line(False))
    await drive.press("left")
    assert "○ sound line is down" in drive.text.splitlines()[0]


@scenario()
async def test_over_a_line_the_mark_waits_for_the_sound(drive: Drive) -> None:
    player = drive.bench.player
    player.tell(drive.app, LISTENER, Line(True, True, 0.042))
    await drive.press("space")
    assert "♪" not in drive.text and "…" in drive.text.splitlines()[-2] + drive.text.splitlines()[-1]
    player.tell(drive.app, Started(player.tokens[-1]))
    await drive.press("left")
    await drive.press("right")
    playback = drive.controllers.state.playback
    assert playback.mark == "sounds"
    player.tell(drive.app, Line(False))
    assert drive.controllers.state.playback.mark == "silent"
