"""The page about sound over SSH, followed word for word between two machines with a network between them."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from benchmarks.machines import TwoMachines
from benchmarks.sshd import Sshd, Unavailable
from tests.app.conftest import Stock
from tests.support.pty import ROOT, Terminal, all_gone, environment, installed, linux_only, until
from tests.support.sockets import alone

pytestmark = linux_only


@pytest.fixture
def machines() -> Iterator[TwoMachines]:
    try:
        with alone(), TwoMachines() as both:
            yield both
    except Unavailable as reason:
        pytest.skip(str(reason))


def page() -> str:
    """What the page says to type on the laptop, after the installation."""
    text = (ROOT / "docs" / "remote.md").read_text()
    block = text.split("```\n")[1].split("```")[0]
    install, command = [line.partition("laptop$ ")[2].split("#")[0].strip() for line in block.splitlines()]
    assert install.startswith("pip install")
    return command


@pytest.mark.timeout(600)
def test_one_line_brings_sound_to_the_laptop(machines: TwoMachines, tmp_path: Path, stock: Stock) -> None:
    tools = installed(tmp_path / "bin")
    laptop, studio, heard = tmp_path / "laptop", tmp_path / "studio", tmp_path / "heard.wav"
    for home, config in ((laptop, f'player = "recorder:{heard}"\n'), (studio, "level = false\n")):
        (home / ".config" / "tui-browser").mkdir(parents=True)
        (home / ".config" / "tui-browser" / "config.toml").write_text(config)
    (studio / ".bash_profile").write_text(f"PATH='{tools}':$PATH\n")
    env = {name: value for name, value in environment(laptop).items() if not name.startswith("XDG")}
    there = env | {"TUI_BROWSER_LIBRARY": str(stock.copy(tmp_path / "l.db"))}
    (tmp_path / "sshd").mkdir()
    given = {name: value for name, value in there.items() if name not in ("HOME", "PATH", "TERM")}
    try:
        server = Sshd(
            str(tmp_path / "sshd"), home=str(studio), address=machines.studio_address, around=machines.studio, env=given
        )
        with server as sshd:
            env["PATH"] = f"{tools}:{sshd.client()}:{env['PATH']}"
            with Terminal([*machines.laptop, "sh", "-c", page()], env=env, columns=120, rows=30) as app:
                app.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
                app.press("p")
                until(lambda: (app.read(), heard.exists() and heard.stat().st_size > 9_000)[1], "the sound")
                app.press("y")
                copied = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")
                until(lambda: (app.read(), copied.search(app.raw))[1], "the path of what was played")
                (path,) = copied.findall(bytes(app.raw))
                wanted = resampled(os.fsdecode(base64.b64decode(path)))
                assert b"no listener was found" not in app.raw
                until(lambda: (app.read(), frames(heard) >= len(wanted) - 2)[1], "the end of the sound")
                app.press("q")
                assert app.wait() == 0 and app.restored
    except Unavailable as reason:
        pytest.skip(str(reason))
    finally:
        all_gone(env)
    played, _ = soundfile.read(heard, always_2d=True)
    assert abs(len(played) - len(wanted)) <= 2
    length = min(len(played), len(wanted))
    assert np.abs(played[:length, 0] - wanted[:length]).max() < 0.01, "the file, neither louder nor doubled nor torn"


def frames(path: Path) -> int:
    return int(soundfile.info(path).frames) if os.path.getsize(path) > 100 else 0


def resampled(path: str) -> np.ndarray:
    sound, rate = soundfile.read(path, dtype="float32")
    return np.asarray(soxr.resample(sound, rate, 48_000))
