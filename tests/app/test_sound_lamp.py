"""The app with a listener whose device and line go and come back: the header says what is so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.app.conftest import Stock
from tests.support.programs import need
from tests.support.pty import Terminal, environment, linux_only, program
from tests.support.pulse import Pulse
from tui_browser.playback.remote.listener import Listener, ListenerOptions
from tui_browser.playback.remote.pairing import own_token

pytestmark = linux_only


def test_the_header_says_where_it_sounds_and_what_is_amiss(
    stock: Stock, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("pulseaudio")
    folder = tmp_path / "pulse"
    folder.mkdir(mode=0o700)
    for name in ("XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{folder}/socket")
    library = stock.copy(tmp_path / "library.db")
    options = ListenerOptions(
        address=str(tmp_path / "l.sock"), token=own_token(), cache_folder=str(tmp_path / "cache"),
        cache_bytes=1 << 24, player="miniaudio",
    )  # fmt: skip
    pulse = Pulse(folder)
    pulse.start()
    try:
        with (
            closing(Listener(options, log=str(tmp_path / "log"))) as listener,
            Terminal(
                program("--library", library, "--player", f"remote:{options.address}"), env=environment(own_home)
            ) as terminal,
        ):
            terminal.wait_for("● laptop")
            pulse.stop()
            terminal.wait_for("○ no device on your laptop")
            pulse.start()
            terminal.wait_for("● laptop")
            listener.close()
            terminal.wait_for("○ sound line is down")
            terminal.press("q")
            assert terminal.wait() == 0
    finally:
        pulse.stop()
