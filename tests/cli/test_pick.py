"""pick and locate as shells, pipes, editors and multiplexers use them: the real program on real terminals."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.libraries import index
from tests.support.programs import need
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tests.support.sounds import one_shot, write
from tui_browser.cli.path_list import split_paths
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.library.subset import LibrarySubset

pytestmark = [linux_only, pytest.mark.timeout(600), pytest.mark.slow]

NAMES = (
    b"kit/kick 1.wav",
    b"kit/kick 2.wav",
    b"kit/sn\xe4re \xe2\x99\xaa.wav",
    b"b/hat 'open'.wav",
    b"b/new\nline.wav",
)


@dataclass(frozen=True)
class Stock:
    folder: bytes
    library: Path
    env: dict[str, str]

    @property
    def paths(self) -> list[bytes]:
        return [os.path.join(self.folder, name) for name in NAMES]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, workers: IndexWorkers) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("stock")
    folder = base / "samples"
    for number, name in enumerate(NAMES):
        sound = write(base / "sound.wav", one_shot(("kick", "snare", "hat_closed")[number % 3], number))
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.rename(sound, path)
    index(base / "l.db", folder, workers=workers)
    return base / "l.db", folder


@pytest.fixture
def stock(made: tuple[Path, Path], tmp_path: Path) -> Iterator[Stock]:
    library = tmp_path / "l.db"
    with closing(sqlite3.connect(made[0])) as source, closing(sqlite3.connect(library)) as target:
        source.backup(target)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    script = bin_folder / "tui-browser"
    words = " ".join(f"'{word}'" for word in program())
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    script.chmod(0o755)
    env = environment(tmp_path, TUI_BROWSER_LIBRARY=str(library))
    env["PATH"] = f"{bin_folder}:{env['PATH']}"
    (tmp_path / "config" / "tui-browser").mkdir(parents=True)
    (tmp_path / "config" / "tui-browser" / "config.toml").write_text('player = "null"\n')
    made_env = Stock(os.fsencode(made[1]), library, env)
    yield made_env
    all_gone(env)


def test_lists_are_split_as_find_writes_them() -> None:
    assert split_paths(b"/a b.wav\n/c.wav\r\n\n./e.wav", folder=b"/x") == [b"/a b.wav", b"/c.wav", b"/x/e.wav"]
    assert split_paths(b"/a\nb.wav\0c.wav\0", folder=b"/x") == [b"/a\nb.wav", b"/x/c.wav"]
    assert split_paths(b"", folder=b"/x") == []


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        (b"\xef\xbb\xbf/a.wav\r\n/b.wav", [b"/a.wav", b"/b.wav"]),
        ("/\u00e4.wav\r\nb.wav\r\n".encode("utf-16"), ["/\u00e4.wav".encode(), b"/x/b.wav"]),
        (b"\xfe\xff" + "/a.wav\n".encode("utf-16-be"), [b"/a.wav"]),
        (b"file:///a%20b%ff.wav\nfile://localhost/c.wav\nFILE:/d.wav", [b"/a b\xff.wav", b"/c.wav", b"/d.wav"]),
        (b"file://elsewhere.example/a.wav", [b"/x/file:/elsewhere.example/a.wav"]),
        (b"d/../e.wav", [b"/x/d/../e.wav"]),  # what `..` means, only the disk knows
    ],
)
def test_lists_of_other_systems_are_read(data: bytes, paths: list[bytes]) -> None:
    assert split_paths(data, folder=b"/x") == paths


def test_a_file_that_is_called_like_an_address_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "file:").mkdir()
    (tmp_path / "file:" / "a.wav").touch()
    folder = os.fsencode(tmp_path)
    assert split_paths(b"file:/a.wav", folder=folder) == [folder + b"/file:/a.wav"]


def test_a_part_of_a_library_is_a_library(stock: Stock) -> None:
    with Library.open(str(stock.library)) as library:
        part = LibrarySubset(library, [*stock.paths[1:3], b"/nowhere.wav"])
        first = part.snapshot(vectors=False)
        assert [first.names[row] for row in range(len(first))] == sorted(
            stock.paths[1:3], key=lambda path: library.id_of(path) or 0
        )
        full = part.snapshot(first)
        assert full.vectors is not None and len(full.vectors) == len(full.xy) == len(full.features) == 2
        assert part.snapshot(full) is full
        whole = library.snapshot()
        assert whole.vectors is not None
        at = whole.ids.searchsorted(full.ids)
        assert (whole.vectors[at] == full.vectors).all() and (whole.xy[at] == full.xy).all()
        assert part.id_of(stock.paths[0]) is None and part.id_of(stock.paths[1]) == library.id_of(stock.paths[1])


@pytest.mark.parametrize("redirected", ["1", "0 1 2"])
def test_enter_prints_the_path_wherever_the_descriptors_lead(stock: Stock, tmp_path: Path, redirected: str) -> None:
    need("sh")
    out, err = tmp_path / "out", tmp_path / "err"
    ways = {"0": "</dev/null", "1": f">{out}", "2": f"2>{err}"}
    command = f"tui-browser pick kick {' '.join(ways[one] for one in redirected.split())}; exit $?"
    with Terminal(["sh", "-c", command], env=stock.env) as terminal:
        terminal.wait_for("kick 1.wav")
        terminal.wait_for("2 of 5")
        terminal.press("\r")
        assert terminal.wait() == 0
        assert terminal.restored
    assert out.read_bytes() in [path + b"\n" for path in stock.paths[:2]]
    assert not err.exists() or err.read_bytes() == b""


def test_several_are_ended_by_nul_in_the_order_of_choice(stock: Stock, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open(out, "wb") as file, Terminal(program("pick", "-0"), env=stock.env, stdout=file) as terminal:
        terminal.wait_for("5 samples")
        terminal.press("\t\x1b[H")
        for number in range(1, 6):
            terminal.press("x")  # and the cursor is on the next one
            terminal.wait_for(re.compile(rf"\b{number} samples? selected").search, "how many are selected")
        terminal.press("\r")
        assert terminal.wait() == 0
    chosen = out.read_bytes().split(b"\0")
    assert chosen[-1] == b"" and sorted(chosen[:-1]) == sorted(stock.paths)


def test_leaving_without_a_choice_is_130_and_prints_nothing(stock: Stock, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open(out, "wb") as file, Terminal(program("pick"), env=stock.env, stdout=file) as terminal:
        terminal.wait_for("5 samples")
        terminal.press("\x03")
        assert terminal.wait() == 130
        assert terminal.restored
    assert out.read_bytes() == b""


def test_nothing_that_matches_is_1(stock: Stock, tmp_path: Path) -> None:
    err = tmp_path / "err"
    with open(err, "wb") as file, Terminal(program("pick", "xyzzyx"), env=stock.env, stderr=file) as terminal:
        assert terminal.wait() == 1
        assert terminal.restored
    assert err.read_text() == "tui-browser: no sample matches\n"


def test_without_a_terminal_or_samples_it_is_one_sentence(stock: Stock, tmp_path: Path) -> None:
    def said(*words: str, stdin: bytes | None = None) -> tuple[int, bytes, str]:
        done = subprocess.run(
            program(*words), env=stock.env, capture_output=True, check=False, start_new_session=True,
            stdin=subprocess.DEVNULL if stdin is None else None, input=stdin,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr.decode()

    code, out, err = said("pick")
    assert (code, out) == (1, b"") and "needs a terminal" in err
    code, out, err = said("pick", "--library", str(tmp_path / "none.db"))
    assert (code, out) == (1, b"") and "index FOLDER" in err and err.count("\n") == 1
    code, out, err = said("pick", stdin=b"/nowhere/a.wav\n/nowhere/b.wav\n")
    assert (code, out) == (1, b"") and "2 of 2 listed files are not in the library" in err
    code, out, err = said("locate", "/nowhere/a.wav", str(tmp_path))
    assert (code, out) == (1, b"") and err.count("\n") == 2


def test_standard_input_is_what_there_is_to_choose_among(stock: Stock, tmp_path: Path) -> None:
    need("sh", "find")
    folder = os.fsdecode(stock.folder)
    command = f"cd '{folder}' && find b -name '*.wav' -print0 | tui-browser pick --json > {tmp_path}/out"
    with Terminal(["sh", "-c", command], env=stock.env) as terminal:
        terminal.wait_for("2 samples")
        terminal.press("\r")
        assert terminal.wait() == 0
    row = json.loads((tmp_path / "out").read_text())
    assert os.fsencode(row["path"]) in stock.paths[3:] and row["content_hash"]


def test_a_list_from_elsewhere_names_files_as_it_likes(stock: Stock, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(os.fsdecode(stock.folder))
    uri = "file://" + quote(stock.paths[2])
    listed = tmp_path / "list"
    listed.write_bytes(f"\ufeff{uri}\r\n{tmp_path}/link/b/../kit/kick 1.wav\r\n{tmp_path}/gone.wav\r\n".encode())
    out, err = tmp_path / "out", tmp_path / "err"
    with (
        open(listed, "rb") as given,
        open(out, "wb") as file,
        open(err, "wb") as told,
        Terminal(program("pick", "-0"), env=stock.env, stdin=given, stdout=file, stderr=told) as terminal,
    ):
        terminal.wait_for(lambda text: "2 samples" in text and "▸" in text, "the list with its cursor")
        terminal.press("\t\x1b[Hx")
        terminal.wait_for("1 sample selected")
        terminal.press("x")
        terminal.wait_for("2 samples selected")
        terminal.press("\r")
        assert terminal.wait() == 0
    assert sorted(out.read_bytes().split(b"\0")) == sorted([b"", stock.paths[0], stock.paths[2]])
    assert "1 of 3 listed files" in err.read_text()


def snippet(language: str) -> str:
    """The code of this language in the page about handing on."""
    page = (Path(__file__).parents[2] / "docs" / "handing-on.md").read_text()
    return page.split(f"```{language}\n")[1].split("```")[0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_key_of_each_shell_puts_the_path_on_the_line(stock: Stock, tmp_path: Path, shell: str) -> None:
    need(shell)
    start = tmp_path / "start"
    prompt = "function fish_prompt; echo 'ready> '; end" if shell == "fish" else "PS1='ready> '"
    start.write_text(f"{snippet(shell)}\n{prompt}\n")
    words = {
        "bash": ["bash", "--noprofile", "--rcfile", str(start), "-i"],
        "zsh": ["zsh", "-f", "-i"],
        "fish": ["fish", "--no-config", "-i", "-C", f"source {start}"],
    }[shell]
    with Terminal(words, env=stock.env, columns=200) as terminal:
        if shell == "zsh":
            terminal.press(f"source {start}\r")
        terminal.wait_for("ready>")
        terminal.press(f"echo begun > {tmp_path}/begun\r")
        until(lambda: (terminal.read(), (tmp_path / "begun").exists())[1], "the shell")
        terminal.press("printf '%s\\0' ")
        terminal.wait_for("printf")
        terminal.press("\x1bs")
        terminal.wait_for("5 samples")
        terminal.press("/hat\r")
        terminal.wait_for("1 of 5")
        terminal.press("\r")
        terminal.wait_for(lambda text: "ready>" in text and "hat" in text, "the path on the line")
        terminal.press(f" > {tmp_path}/got\r")
        until(lambda: (terminal.read(), (tmp_path / "got").exists() and (tmp_path / "got").read_bytes())[1], "the file")
        terminal.press("exit\r")
        terminal.wait()
    assert (tmp_path / "got").read_bytes() == stock.paths[3] + b"\0"


def test_the_key_in_bash_takes_names_with_line_breaks(stock: Stock, tmp_path: Path) -> None:
    need("bash")
    start = tmp_path / "start"
    start.write_text(f"{snippet('bash')}\nPS1='ready> '\n")
    with Terminal(["bash", "--noprofile", "--rcfile", str(start), "-i"], env=stock.env, columns=200) as terminal:
        terminal.wait_for("ready>")
        terminal.press("printf '%s\\0' ")
        terminal.wait_for("printf")
        terminal.press("\x1bs")
        terminal.wait_for("5 samples")
        terminal.press("/line\r")
        terminal.wait_for("1 of 5")
        terminal.press("\r")
        terminal.wait_for(lambda text: "ready>" in text and "line.wav" in text, "the path on the line")
        terminal.press(f" > {tmp_path}/got\r")
        until(lambda: (terminal.read(), (tmp_path / "got").exists() and (tmp_path / "got").read_bytes())[1], "the file")
        terminal.press("\x1bs")
        terminal.wait_for("5 samples")
        prompts = terminal.raw.count(b"ready>")
        terminal.press("q")
        until(lambda: (terminal.read(), terminal.raw.count(b"ready>") > prompts)[1], "the shell's prompt")
        terminal.press(f"echo $? > {tmp_path}/left\r")
        until(lambda: (terminal.read(), (tmp_path / "left").exists())[1], "a line without a choice")
        terminal.press("exit\r")
        terminal.wait()
    assert (tmp_path / "got").read_bytes() == stock.paths[4] + b"\0"


def test_vim_takes_the_path_into_the_text(stock: Stock, tmp_path: Path) -> None:
    need("vim")
    rc, text = tmp_path / "vimrc", tmp_path / "text"
    rc.write_text("set nocompatible\n" + snippet("vim"))
    env = stock.env | {"TERM": "vt100"}  # for others vim sends what the reader of the screen does not know
    with Terminal(["vim", "-u", str(rc), "-i", "NONE", "-n", str(text)], env=env) as terminal:
        terminal.wait_for("~")
        terminal.press(":SamplePick hat\r")
        terminal.wait_for("1 of 5")
        terminal.press("\r")
        terminal.wait_for(lambda seen: "hat 'open'.wav" in seen and "~" in seen, "the path in the text")
        terminal.press(":wq\r")
        terminal.wait()
    assert stock.paths[3] in text.read_bytes().split(b"\n")


def test_a_popup_of_tmux_loads_its_buffer(stock: Stock, tmp_path: Path) -> None:
    need("tmux")
    conf = tmp_path / "tmux.conf"
    conf.write_text("set -s escape-time 0\n" + snippet("tmux"))
    words = ["tmux", "-S", str(tmp_path / "tmux"), "-f", str(conf), "new-session", "sh"]
    with Terminal(words, env=stock.env, columns=120, rows=40) as terminal:
        terminal.wait_for(lambda text: "$" in text or "#" in text, "the shell")
        terminal.press("\x02S")
        terminal.wait_for("5 samples")
        terminal.press("/hat\r")
        terminal.wait_for("1 of 5")
        terminal.press("\r")

        def buffer() -> bytes:
            terminal.read()
            show = ["tmux", "-S", str(tmp_path / "tmux"), "show-buffer"]
            return subprocess.run(show, env=stock.env, capture_output=True, check=False).stdout

        assert until(buffer, "the path in tmux's buffer") == stock.paths[3]
        subprocess.run([*words[:3], "kill-server"], env=stock.env, check=True)
        terminal.wait()


def test_locate_places_a_stranger_and_finds_a_copy(stock: Stock, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.wav"
    stranger.write_bytes(Path(os.fsdecode(stock.paths[0])).read_bytes())
    before = stock.library.read_bytes()
    with Terminal(program("locate", stranger, os.fsdecode(stock.paths[3])), env=stock.env, columns=120) as terminal:
        terminal.wait_for(lambda text: "neighbours of stranger.wav" in text, "the guest with its neighbours")
        terminal.wait_for(lambda text: "kick 1.wav" in text and "0.00" in text, "its copy first")
        terminal.press("\x1b")
        terminal.wait_for("is in the library: the cursor is on it")
        terminal.press("q")
        assert terminal.wait() == 0
    with Library.open(str(stock.library)) as library:
        assert len(library) == len(NAMES)
    assert len(before) <= stock.library.stat().st_size
