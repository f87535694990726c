"""`tui-browser ssh HOST`: the app on a server and its sound here by one command, through a real sshd."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile

from benchmarks.delay import SlowLine
from benchmarks.sshd import Sshd, Unavailable
from tests.app.conftest import Stock
from tests.support.pty import ROOT, Terminal, all_gone, environment, installed, linux_only, program, until
from tests.support.sockets import alone, sockets
from tui_browser.version import __version__

pytestmark = linux_only


class Machines:
    """A laptop and a server, which are two home folders with an sshd between them."""

    def __init__(self, folder: Path, *, options: tuple[str, ...] = (), **studio_env: str) -> None:
        self.laptop, self.studio = folder / "laptop", folder / "studio"
        self.heard = folder / "heard.wav"
        for home, config in ((self.laptop, f'player = "recorder:{self.heard}"\n'), (self.studio, "level = false\n")):
            (home / ".config" / "tui-browser").mkdir(parents=True)
            (home / ".config" / "tui-browser" / "config.toml").write_text(config)
        tools = installed(folder / "bin")
        (self.studio / ".bash_profile").write_text(f"PATH='{tools}':$PATH\n")
        env = {name: value for name, value in environment(self.laptop).items() if not name.startswith("XDG")}
        given = {name: value for name, value in env.items() if name not in ("HOME", "PATH", "TERM")} | studio_env
        (folder / "sshd").mkdir()
        self.sshd = Sshd(str(folder / "sshd"), home=str(self.studio), env=given, options=options)
        self.env = env

    def __enter__(self) -> Machines:
        self.sshd.__enter__()
        self.configure("")
        return self

    def __exit__(self, *_: object) -> None:
        self.sshd.__exit__()

    def configure(self, text: str) -> None:
        """Put more lines at the beginning of the person's ssh configuration."""
        self.env["PATH"] = f"{self.sshd.client(extra=text)}:{os.environ['PATH']}"

    @property
    def secrets(self) -> list[Path]:
        """The secrets of listeners that the server keeps."""
        return [*(self.studio / ".local/state/tui-browser/listeners").glob("*")]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`tui-browser ssh WORDS` without a terminal."""
        return subprocess.run(
            program("ssh", *words), env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )


Make = Callable[..., Machines]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes two machines, once, that no other test disturbs."""
    made: list[Machines] = []

    def call(*, options: tuple[str, ...] = (), **studio_env: str) -> Machines:
        made.append(Machines(tmp_path / "machines", options=options, **studio_env).__enter__())
        return made[-1]

    (tmp_path / "machines").mkdir()
    try:
        with alone():
            yield call
    except Unavailable as reason:
        pytest.skip(str(reason))
    finally:
        for each in made:
            each.__exit__()
            all_gone(each.env)


def frames(path: Path) -> int:
    return int(soundfile.info(path).frames) if path.exists() and os.path.getsize(path) > 100 else 0


def test_one_command_pairs_and_sounds_and_leaves_nothing_behind(make: Make, tmp_path: Path, stock: Stock) -> None:
    machines = make(TUI_BROWSER_LIBRARY=str(stock.copy(tmp_path / "l.db")))
    before = sockets()
    for paired in (False, True):
        assert bool(machines.secrets) is paired
        with Terminal(program("ssh", "studio"), env=machines.env, columns=120, rows=30) as terminal:
            terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
            terminal.press("p")
            until(lambda: (terminal.read(), frames(machines.heard) > 0)[1], "the sound")
            terminal.press("q")
            assert terminal.wait() == 0
            assert terminal.restored
            assert (b"pairing studio" in terminal.raw) is not paired
            assert b"no listener" not in terminal.raw
        machines.heard.unlink()  # each listener begins a recording of its own
        assert sockets() == before, "the login took its socket with it"
        all_gone(machines.env)
    (secret,) = machines.secrets
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_text() == (machines.laptop / ".local/state/tui-browser/listener.token").read_text()


def test_what_ssh_is_told_reaches_it_and_the_rest_reaches_the_app(make: Make, tmp_path: Path) -> None:
    machines = make()
    assert machines.run("studio", "--version").stdout == f"tui-browser, version {__version__}\n"
    # another port, as an option and in a file of its own; the first one that ssh reads counts
    machines.configure("Host studio\n  Port 1\n")
    refused = machines.run("studio", "--version")
    assert refused.returncode == 1 and refused.stdout == ""
    assert "refused" in refused.stderr and refused.stderr.count("\n") <= 2, refused.stderr
    assert machines.run("-p", str(machines.sshd.port), "studio", "--version").returncode == 0
    own = tmp_path / "own.conf"
    own.write_text((Path(machines.env["PATH"].split(":")[0]) / "config").read_text().replace("Port 1\n", ""))
    assert machines.run(f"-F{own}", "studio", "--version").returncode == 0
    # a jump host
    machines.configure("Host inner\n  HostName 127.0.0.1\n  HostKeyAlias inner\n  StrictHostKeyChecking no\n")
    inner = machines.run("-J", "studio", "-p", str(machines.sshd.port), "-i", f"{tmp_path}/machines/sshd/user", "inner",
                         "search", "--json", "kick", "a b")  # fmt: skip
    assert inner.returncode == 2 and "unexpected extra argument (a b)" in inner.stdout + inner.stderr, inner


def test_a_connection_that_ssh_shares_is_used_and_gets_its_forwarding_back(make: Make, tmp_path: Path) -> None:
    machines = make()
    shared = tempfile.mkdtemp(prefix="tb-", dir="/tmp")  # a socket's path has to be short
    machines.configure(f"Host studio\n  ControlPath {shared}/%C\n")
    master = subprocess.Popen(["ssh", "-M", "-N", "studio"], env=machines.env)
    try:
        until(lambda: os.listdir(shared), "the shared connection")
        log = tmp_path / "machines" / "sshd" / "sshd.log"
        before = log.read_text().count("Accepted publickey")
        for _ in range(2):
            assert machines.run("studio", "--version").returncode == 0
        assert log.read_text().count("Accepted publickey") == before, "no new connection"
        # the shared connection stays, without a forwarding: sshd listens at no socket of ours
        listening = Path("/proc/net/unix").read_text()
        assert "/tmp/tui-browser-" not in listening, listening
    finally:
        master.terminate()
        master.wait()
        os.rmdir(shared)


def test_what_is_missing_there_is_told_with_what_to_do(make: Make) -> None:
    machines = make()
    absent = machines.run("--program", "no-such-program", "studio")
    assert absent.returncode == 1 and absent.stdout == ""
    assert "no no-such-program on the PATH of studio" in absent.stderr
    (line,) = re.findall(r"install it there: (ssh studio '.*?');", absent.stderr)
    checked = subprocess.run(["sh", "-nc", line], capture_output=True, check=False)
    assert checked.returncode == 0
    (bare := machines.studio / "bare").mkdir()
    for name in ("env", "sh"):
        (bare / name).symlink_to(str(shutil.which(name)))
    (machines.studio / ".bash_profile").write_text(f"PATH={bare}\n")
    nothing = machines.run("--program", "no-such-program", "studio")
    assert "Python 3.11" in nothing.stderr and nothing.returncode == 1
    machines.env["PATH"] = "/nonexistent"
    assert "ssh is not installed here" in machines.run("studio").stderr


def test_a_server_that_lost_the_secret_is_paired_again(make: Make) -> None:
    machines = make()
    assert "pairing studio" in machines.run("studio", "--version").stderr
    machines.secrets[0].unlink()
    again = machines.run("studio", "--version")
    assert again.returncode == 0 and "pairing studio" in again.stderr and len(machines.secrets) == 1
    (machines.laptop / ".local/state/tui-browser/listener.token").unlink()
    assert "pairing studio" in machines.run("studio", "--version").stderr, "another secret"


def test_a_server_that_forwards_no_sockets_is_named(make: Make) -> None:
    machines = make(options=("AllowStreamLocalForwarding no",))
    done = machines.run("studio", "--version")
    assert done.returncode == 0 and "AllowStreamLocalForwarding" in done.stderr
    assert __version__ in done.stdout


def test_the_listener_that_runs_is_taken(make: Make, tmp_path: Path, stock: Stock) -> None:
    machines = make(TUI_BROWSER_LIBRARY=str(stock.copy(tmp_path / "l.db")))
    with Terminal(program("listen"), env=machines.env, columns=200) as listener:
        listener.wait_for("ctrl-c ends it")
        with Terminal(program("ssh", "studio"), env=machines.env, columns=120, rows=30) as terminal:
            terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
            terminal.press("p")
            until(lambda: (terminal.read(), frames(machines.heard) > 0)[1], "the sound")
            # the other one ends: this one serves from now on
            machines.heard.unlink()
            listener.press("\x03")
            listener.wait()

            def heard_again() -> bool:
                terminal.press("p")
                terminal.read(0.5)
                return frames(machines.heard) > 0

            until(heard_again, "sound through a listener of its own")
            terminal.press("q")
            assert terminal.wait() == 0


def test_a_lost_connection_gives_the_terminal_back(make: Make, tmp_path: Path, stock: Stock) -> None:
    machines = make(TUI_BROWSER_LIBRARY=str(stock.copy(tmp_path / "l.db")))
    port = machines.sshd.port
    with SlowLine(f"127.0.0.1:{port + 1}", f"127.0.0.1:{port}") as line:
        machines.env["PATH"] = f"{machines.sshd.client(port=port + 1)}:{os.environ['PATH']}"
        with Terminal(program("ssh", "studio"), env=machines.env, columns=120, rows=30) as terminal:
            terminal.wait_for(lambda text: "44 samples" in text and "❲" in text, "the map")
            line.cut()
            assert terminal.wait() == 1
            assert terminal.restored
            assert "ssh to studio failed" in terminal.text and "Traceback" not in terminal.text


def test_ssh_is_told_apart_from_the_app(make: Make) -> None:
    machines = make()
    for words in ((), ("-N", "studio"), ("-4Tv", "studio"), ("-p", "22")):
        refused = machines.run(*words)
        assert (refused.returncode, refused.stdout) == (2, "")
    machines.sshd.__exit__()
    begun = time.monotonic()
    gone = machines.run("studio")
    assert gone.returncode == 1 and "refused" in gone.stderr and time.monotonic() - begun < 60


def test_the_name_of_each_login_is_its_own() -> None:
    from tui_browser.cli.ssh_command import new_remote_socket

    names = {new_remote_socket() for _ in range(1000)}
    assert len(names) == 1000
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(name := names.pop())
    os.unlink(name)
