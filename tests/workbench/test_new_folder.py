"""Exports that fill a folder leave all of it or nothing, and replace nothing but an earlier export."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbench.conftest import Stock
from tui_browser.errors import BrowserError
from tui_browser.workbench.new_folder import new_folder


def is_ours(name: str) -> bool:
    return name.startswith("ours")


def fill(path: Path, *, force: bool = False, name: str = "ours.txt") -> None:
    with new_folder(str(path), force=force, is_ours=is_ours) as folder:
        (Path(folder) / name).write_text(name)


def test_the_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    with new_folder(str(tmp_path / "deep" / "o"), force=False, is_ours=is_ours) as folder:
        (Path(folder) / "ours.txt").write_text("")
        assert not (tmp_path / "deep" / "o").exists()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["o"]
    assert stat.S_IMODE((tmp_path / "deep" / "o").stat().st_mode) == 0o777 & ~_umask()


def test_an_earlier_export_is_replaced_with_force_only_and_as_a_whole(tmp_path: Path) -> None:
    fill(tmp_path / "o")
    with pytest.raises(BrowserError, match="not empty") as caught:
        fill(tmp_path / "o")
    assert "--force" in caught.value.hint
    fill(tmp_path / "o", force=True, name="ours-2.txt")
    assert os.listdir(tmp_path / "o") == ["ours-2.txt"]
    assert os.listdir(tmp_path) == ["o"]


@pytest.mark.parametrize("force", [False, True])
def test_a_persons_own_folder_stays(tmp_path: Path, force: bool) -> None:
    (tmp_path / "o").mkdir()
    for name in ("ours.txt", "diary.txt"):
        (tmp_path / "o" / name).write_text("mine")
    with pytest.raises(BrowserError):
        fill(tmp_path / "o", force=force)
    assert {path.name: path.read_text() for path in (tmp_path / "o").iterdir()} == {
        "ours.txt": "mine",
        "diary.txt": "mine",
    }
    assert os.listdir(tmp_path) == ["o"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrowserError("no"), OSError(28, "No space left on device")])
def test_after_an_error_the_earlier_export_is_still_there(tmp_path: Path, error: BaseException) -> None:
    fill(tmp_path / "o")
    with (
        pytest.raises((KeyboardInterrupt, BrowserError)),
        new_folder(str(tmp_path / "o"), force=True, is_ours=is_ours) as folder,
    ):
        (Path(folder) / "half").write_text("")
        raise error
    assert os.listdir(tmp_path / "o") == ["ours.txt"]
    assert os.listdir(tmp_path) == ["o"]


def test_a_link_to_an_empty_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "o").symlink_to("real")
    fill(tmp_path / "o")
    assert (tmp_path / "o").is_symlink() and os.listdir(tmp_path / "real") == ["ours.txt"]


def test_what_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "o"):
        with pytest.raises(BrowserError, match="cannot be written"):
            fill(path, force=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("verb", ["spritesheet", "notebooks", "drum-machine"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(stock: Stock, tmp_path: Path, verb: str) -> None:
    """The disk is full after 100 kB of a file, which a limit of the process stands for."""
    tsne = ["--no-tsne"] if verb == "notebooks" else []
    words = ["export", verb, *tsne, "--quiet", "--out", str(tmp_path / "o"), "--library", str(stock.library)]
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    program = [sys.executable, "-c", f"{limited}; runpy.run_module('tui_browser', run_name='__main__')", *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and "could not be written" in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())
