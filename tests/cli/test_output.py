"""Where `--out` leads: streams are written into, symlinks stay, and nothing but a file is ever replaced by one."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.bundles import tiny_bundle
from tests.cli.said import Said
from tests.sounds import one_shot, write
from tui_browser.cli.main import main

Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def call(*words: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["tui-browser", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, out, err.decode())

    return call


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A library of two samples, beside the folder `samples` that they lie in."""
    from tui_browser.library.door import change
    from tui_browser.library.indexer import index_library

    base = tmp_path_factory.mktemp("stock")
    write(base / "samples" / "kick.wav", one_shot("kick", 1))
    write(base / "samples" / "snare.wav", one_shot("snare", 2))
    model = tiny_bundle(base / "tiny").folder
    with change(str(base / "l.db")) as store:
        index_library(
            store, add=[os.fsencode(base / "samples")], model=model, jobs=1, layout="none", report=lambda _: None
        )
    yield base / "l.db"


def lines(data: bytes) -> list[str]:
    """The names in a table of JSON lines."""
    return sorted(os.path.basename(json.loads(line)["path"]) for line in data.splitlines())


BOTH = ["kick.wav", "snare.wav"]


def table(library: Path, out: str | Path) -> list[str | Path]:
    return ["export", "table", "--format", "json", "--library", library, "--out", out, "--force"]


@pytest.mark.parametrize("out", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_standard_output_has_the_table_alone(run: Run, library: Path, tmp_path: Path, out: str) -> None:
    if out == "link":
        out = str(tmp_path / "link")
        os.symlink("/dev/stdout", out)
    said = run(*table(library, out))
    assert (said.code, lines(said.out), said.err) == (0, BOTH, "")
    assert os.path.islink(out) or out != str(tmp_path / "link")


def test_arrays_go_to_standard_output_as_well(run: Run, library: Path) -> None:
    said = run("export", "vectors", "--library", library, "--out", "-")
    with np.load(io.BytesIO(said.out)) as arrays:
        assert sorted(map(os.path.basename, arrays["paths"].tolist())) == BOTH
        assert arrays["vectors"].shape[0] == 2
    said = run("export", "table", "--format", "npz", "--library", library, "--out", "-")
    with np.load(io.BytesIO(said.out)) as arrays:
        assert arrays["id"].tolist() == [1, 2]


def test_a_descriptor_that_the_caller_opened_is_written_to(run: Run, library: Path, tmp_path: Path) -> None:
    handle = os.open(tmp_path / "here", os.O_WRONLY | os.O_CREAT)
    try:
        own = run(*table(library, f"/dev/fd/{handle}"))
        assert own.code == 1 and "not open" in own.err  # as the library's own descriptors are
        os.set_inheritable(handle, True)
        assert run(*table(library, f"/dev/fd/{handle}")).code == 0
    finally:
        os.close(handle)
    assert lines((tmp_path / "here").read_bytes()) == BOTH


def test_a_pipe_is_written_into_and_stays(run: Run, library: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    said = run(*table(library, pipe))
    reader.join(30)
    assert said.code == 0 and said.out == b""
    assert lines(read[0]) == BOTH
    assert stat.S_ISFIFO(os.lstat(pipe).st_mode)


def test_a_symlink_stays_and_its_target_is_written(run: Run, library: Path, tmp_path: Path) -> None:
    old, link, loose = tmp_path / "old", tmp_path / "link", tmp_path / "loose"
    old.write_text("old")
    old.chmod(0o640)
    link.symlink_to("old")
    loose.symlink_to("new")
    said = run(*table(library, link)[:-1])
    assert (said.code, old.read_text()) == (1, "old")
    assert "--force" in said.err
    assert run(*table(library, link)).code == 0
    assert run(*table(library, loose)[:-1]).code == 0
    assert link.is_symlink() and loose.is_symlink()
    assert lines(old.read_bytes()) == lines((tmp_path / "new").read_bytes()) == BOTH
    assert old.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link", "loose", "new", "old"]


def test_devices_sockets_folders_and_the_library_are_refused(run: Run, library: Path, tmp_path: Path) -> None:
    before = os.stat("/dev/null").st_rdev
    refused = [Path("/dev/null"), tmp_path / "link", tmp_path / "socket", tmp_path, library]
    refused[1].symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(refused[2]))
        for out in refused:
            said = run(*table(library, out))
            assert (said.code, said.out) == (1, b"") and said.err.count("\n") == 1, out
    assert os.stat("/dev/null").st_rdev == before and refused[1].is_symlink()
    assert run("search", "", "--library", library).code == 0  # still a library


def test_a_sound_and_a_part_of_one_are_streams(run: Run, library: Path) -> None:
    source = library.parent / "samples" / "kick.wav"
    said = run("export", "fragment", source, "--start", "0.01", "--length", "0.05", "--out", "-")
    cut, rate = soundfile.read(io.BytesIO(said.out), dtype="int16")
    assert (said.code, said.err) == (0, "")
    assert np.array_equal(cut, soundfile.read(source, dtype="int16")[0][441 : 441 + 2205]) and rate == 44_100
    said = run("generate", source, "--out", "-", "--json")
    sound, rate = soundfile.read(io.BytesIO(said.out))
    assert said.code == 0 and rate == 44_100 and len(sound) > 1000 and np.isfinite(sound).all()


@pytest.mark.parametrize(
    "words",
    [
        ("export", "files", "", "--out", "-"),
        ("export", "fragment", "a.wav", "--slices", "--out", "-"),
        ("generate", "--count", "2", "--out", "-"),
        ("generate", "--lineage", "--out", "-"),
        ("train", ".", "--out", "-"),
        ("dataset", ".", "--out", "-"),
    ],
)
def test_what_needs_a_folder_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*words)
    assert (said.code, said.out) == (2, b"")
    assert said.err.count("\n") == 1 and "--out -" in said.err
    assert os.listdir(tmp_path) == []


def test_binary_output_is_not_thrown_at_a_terminal(run: Run, library: Path) -> None:
    leader, terminal = os.openpty()
    os.set_inheritable(terminal, True)
    try:
        said = run("export", "vectors", "--library", library, "--out", f"/dev/fd/{terminal}")
        assert said.code == 1 and "terminal" in said.err
        assert run(*table(library, f"/dev/fd/{terminal}")).code == 0
        assert b"kick.wav" in os.read(leader, 65536)
    finally:
        os.close(terminal)
        os.close(leader)


NO_NUMBER = ("nan", "inf", "-inf", "1e400", "NaN")


@pytest.mark.parametrize("number", NO_NUMBER)
@pytest.mark.parametrize(
    "words",
    [
        ("near", "a.wav", "--onset={}"),
        ("near", "a.wav", "-k", "{}"),
        ("search", "kick", "-n", "{}"),
        ("export", "files", "", "-n", "{}", "--out", "o"),
        ("export", "fragment", "a.wav", "--start={}", "--out", "o"),
        ("export", "fragment", "a.wav", "--length={}", "--out", "o"),
        ("generate", "--out", "x.wav", "--seed={}"),
        ("generate", "--out", "x.wav", "--count={}"),
        ("generate", "--out", "x.wav", "--variance={}"),
        ("generate", "--out", "x.wav", "--at=0.5,{}"),
        ("generate", "a.wav", "a.wav", "--out", "x.wav", "--raw", "--weights=1,{}"),
        ("train", ".", "--out", "m", "--steps={}"),
        ("train", ".", "--out", "m", "--minutes={}"),
        ("train", ".", "--out", "m", "--z-dim={}"),
        ("train", ".", "--out", "m", "--dim={}"),
        ("train", ".", "--out", "m", "--rate={}"),
        ("train", ".", "--out", "m", "--beta={}"),
        ("train", ".", "--out", "m", "--seed={}"),
        ("dataset", ".", "--out", "d", "--ratio={},10"),
        ("dataset", ".", "--out", "d", "--seed={}"),
        ("index", "--jobs={}"),
        ("listen", "--port={}"),
    ],
)
def test_what_is_no_finite_number_is_wrong_usage(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], number: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.wav", one_shot("kick", 1))
    said = run(*(word.format(number) for word in words))
    assert (said.code, said.out) == (2, b"")
    assert said.err.count("\n") == 1 and "inside" not in said.err
    assert os.listdir(tmp_path) == ["a.wav"]


@pytest.mark.parametrize("verb", ["train", "dataset"])
@pytest.mark.parametrize("seed", ["-1", str(1 << 63)])
def test_a_seed_that_no_generator_takes_is_wrong_usage(run: Run, tmp_path: Path, verb: str, seed: str) -> None:
    assert run(verb, tmp_path, "--out", tmp_path / "m", f"--seed={seed}").code == 2
