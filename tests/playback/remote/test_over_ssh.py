"""The lines that `tui-browser listen` prints, typed word for word, through a real sshd on the loopback."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.delay import SlowLine
from benchmarks.sshd import Sshd, Unavailable
from tests.playback.remote.conftest import App, Laptop
from tests.support.sockets import alone, sockets
from tui_browser.playback.messages import Failed, Finished, Started
from tui_browser.playback.remote.login_lines import pairing_commands, write_login_check

pytestmark = pytest.mark.slow

PLAY = """
import json, sys, time
from tui_browser.playback.player import Player
from tui_browser.playback.messages import Finished, Ready
player = Player("auto")
said, done, asked = [], False, False
end = time.monotonic() + 60
while not done and time.monotonic() < end:
    for event in player.poll():
        said.append(type(event).__name__)
        if isinstance(event, Ready):
            said.append(event.backend)
            if not asked:
                asked = True
                player.play(sys.argv[1].encode(), token=1)
        done = done or isinstance(event, Finished)
    time.sleep(0.005)
player.close()
print(json.dumps(said))
"""


@pytest.fixture
def sshd(tmp_path: Path, own_home: Path) -> Iterator[Sshd]:
    """A server on which the app has a home of its own."""
    folder, home = tmp_path / "sshd", tmp_path / "server"
    folder.mkdir()
    home.mkdir()
    try:
        with alone(), Sshd(str(folder), home=str(home), options=["Subsystem sftp internal-sftp"]) as running:
            yield running
    except Unavailable as reason:
        pytest.skip(str(reason))


def typed(sshd: Sshd, line: str, *, extra: str = "") -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line."""
    env = {**os.environ, "PATH": f"{sshd.client(extra=extra)}:{os.environ['PATH']}"}
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        env.pop(name)
    return subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, timeout=100)


def test_the_printed_lines_bring_sound_by_themselves(
    sshd: Sshd, laptop: Callable[..., Laptop], sound: Callable[..., tuple[bytes, np.ndarray]], own_home: Path
) -> None:
    there = laptop()
    path, samples = sound(0.3)
    line = pairing_commands(there.socket, server="studio")
    script = Path(sshd.home) / "play.py"
    script.write_text(PLAY)
    play = f"'env PYTHONPATH={os.getcwd()} {sys.executable} -P {script} {os.fsdecode(path)}'"

    done = typed(sshd, line.pair)
    assert done.returncode == 0, done.stderr
    (kept,) = (Path(sshd.home) / ".local/state/tui-browser/listeners").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600

    done = typed(sshd, f"{line.login} {play}")
    said = json.loads(done.stdout or "[]")
    assert said[:1] == ["Ready"] and "/tmp/tui-browser-" in said[1], (said, done.stderr)
    assert said[-1] == "Finished"

    # the same by ~/.ssh/config, at once again: what sshd leaves behind must not be in the way
    config = by_config(own_home, line.config, there.socket)
    for _ in range(2):
        done = typed(sshd, f"ssh -t studio {play}", extra=config)
        said = json.loads(done.stdout or "[]")
        assert said[-1:] == ["Finished"], (said, done.stderr)
    there.listener.close()
    assert np.array_equal(there.heard(), np.concatenate([samples] * 3))


def by_config(home: Path, lines: Sequence[str], address: str) -> str:
    """The lines for ~/.ssh/config, as a person who lives in `home` would have them."""
    (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
    write_login_check(address)
    return "\n".join(lines).replace("Include tui-browser.conf", f"Include {home}/.ssh/tui-browser.conf")


def test_what_is_no_login_makes_no_forwarding(
    sshd: Sshd, laptop: Callable[..., Laptop], own_home: Path, tmp_path: Path
) -> None:
    there = laptop()
    extra = by_config(own_home, pairing_commands(there.socket, server="studio").config, there.socket)
    (tmp_path / "file").write_text("x")
    before = sockets()  # sshd leaves one behind for each forwarding
    subprocess.run(["git", "init", "-q", "--bare", f"{sshd.home}/repository"], check=True)
    for line, program in (
        (f"scp -q -S $(command -v ssh) {tmp_path}/file studio:{sshd.home}/", "scp"),
        (f"git ls-remote studio:{sshd.home}/repository", "git"),
        (f"rsync -t {tmp_path}/file studio:{sshd.home}/other", "rsync"),
        ("ssh studio true", "ssh"),
        ("echo ls | sftp -q -S $(command -v ssh) studio", "sftp"),
    ):
        if shutil.which(program) is not None:
            done = typed(sshd, line, extra=extra)
            assert done.returncode == 0, (line, done.stderr)
            assert sockets() == before, line
    for line in ("ssh -t studio true", "ssh studio < /dev/null", "ssh -v studio < /dev/null"):
        typed(sshd, line, extra=extra)
        assert len(sockets() - before) == 1, line
        before = sockets()
    there.listener.close()
    typed(sshd, "ssh -t studio true", extra=extra)
    assert sockets() == before, "nothing is forwarded to a listener that does not run"


def test_what_ssh_says_does_not_land_on_the_screen(
    sshd: Sshd, laptop: Callable[..., Laptop], own_home: Path, tmp_path: Path
) -> None:
    there = laptop()
    lines = pairing_commands(there.socket, server="studio")
    extra = by_config(own_home, lines.config, there.socket).replace("LogLevel ERROR", "")
    there.listener.close()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(there.socket)  # the path is there, and nobody listens
    reach = (
        "import glob, os, socket; s = socket.socket(socket.AF_UNIX); "
        "s.connect(max(glob.glob('/tmp/tui-browser-*.sock'), key=os.path.getmtime)); print(s.recv(1))"
    )
    there_python = f'{sys.executable} -c "{reach}"'
    loud = typed(sshd, lines.login.replace("LogLevel=FATAL", "LogLevel=INFO") + f" {shlex.quote(there_python)}")
    assert "failed" in loud.stderr, "ssh would say so"
    for line in (f"{lines.login} {shlex.quote(there_python)}", f"ssh -t studio {shlex.quote(there_python)}"):
        quiet = typed(sshd, line, extra=extra)
        assert quiet.stdout.strip() == "b''" and quiet.stderr == "", (line, quiet)


def test_through_a_slow_ssh_a_known_sound_is_at_hand(
    sshd: Sshd,
    laptop: Callable[..., Laptop],
    app: Callable[[str], App],
    sound: Callable[..., tuple[bytes, np.ndarray]],
    tmp_path: Path,
) -> None:
    there = laptop()
    with SlowLine(f"127.0.0.1:{sshd.port + 1}", f"127.0.0.1:{sshd.port}", round_trip_s=0.040) as slow:
        folder = sshd.client(port=sshd.port + 1)
        meeting = str(tmp_path / "m.sock")
        login = subprocess.Popen(
            [f"{folder}/ssh", "-N", "-R", f"{meeting}:{there.socket}", "studio"], stdin=subprocess.DEVNULL
        )
        try:
            here = app(f"remote:{meeting}")
            here.connected()
            for token, seed in enumerate((1, 1, 2, 2)):
                path, _ = sound(0.5, seed=seed)
                before = slow.back_bytes
                here.player.play(path, token=token)
                started = here.event(Started, token)
                here.event(Finished, token)
                assert isinstance(started, Started)
                if token % 2:
                    assert slow.back_bytes - before < 1000, "named, not sent, even with all that ssh adds"
            login.terminate()
            login.wait()
            here.player.play(path, token=9)
            here.event(Failed, 9)
        finally:
            login.terminate()
            login.wait()
            here.player.close()
