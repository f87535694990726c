"""Other names of a file that the library has: each leads to the sample, and nothing else does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.clips import item
from tui_browser.library.aliases import known_as
from tui_browser.library.ear import stat_of
from tui_browser.store.store import Store
from tui_browser.store.values import Item


def stored(path: bytes, root: bytes, *, sound: int) -> Item:
    clip, _, *said = item(b"x", sound=sound)
    return (replace(clip, stat=stat_of(path)), root, *said)  # type: ignore[return-value]  # the tail of the same tuple


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A library whose root `named` is a symlink to `real`, with `kick.wav`, `sub/kick.wav` and `sub/hat.wav`."""
    real, named = tmp_path / "real", tmp_path / "named"
    (real / "sub").mkdir(parents=True)
    for name in ("kick.wav", "sub/kick.wav", "sub/hat.wav"):
        (real / name).write_text(name)
    named.symlink_to("real")
    root = os.fsencode(named)
    with Store.open(str(tmp_path / "l.db"), mode="write") as opened, opened.writing():
        opened.add_root(root)
        names = (b"kick.wav", b"sub/kick.wav", b"sub/hat.wav")
        items = [stored(os.path.join(root, name), root, sound=number) for number, name in enumerate(names)]
        opened.put_clips(items, space="a", layout="")
        yield opened


def test_every_name_of_a_file_leads_to_it(store: Store, tmp_path: Path) -> None:
    base = os.fsencode(tmp_path)
    (tmp_path / "link.wav").symlink_to("real/sub/hat.wav")
    (tmp_path / "beside").symlink_to("real/sub")
    os.link(tmp_path / "real/sub/hat.wav", tmp_path / "hard.wav")
    hat = base + b"/named/sub/hat.wav"
    others = (b"/named/sub/hat.wav", b"/real/sub/hat.wav", b"/link.wav", b"/beside/hat.wav", b"/hard.wav",
              b"/named/./sub//hat.wav", b"/real/../named/sub/hat.wav")  # fmt: skip
    assert known_as(store, [base + name for name in others]) == [hat] * len(others)
    # behind a symlink `..` is the folder above its target, not the one that the letters name
    assert known_as(store, [base + b"/beside/../kick.wav"]) == [base + b"/named/kick.wav"]


def test_what_the_library_does_not_have_stays_unknown(store: Store, tmp_path: Path) -> None:
    base = os.fsencode(tmp_path)
    (tmp_path / "copy.wav").write_text("sub/hat.wav")
    (tmp_path / "lost.wav").symlink_to("nowhere")
    (tmp_path / "round").symlink_to("round")
    unknown = [base + name for name in (b"/copy.wav", b"/lost.wav", b"/round", b"/gone.wav")] + [b"/a\0b"]
    assert known_as(store, [*unknown, base + b"/real/kick.wav"]) == [None] * 5 + [base + b"/named/kick.wav"]


def test_a_file_that_is_away_is_still_known_by_its_own_name(store: Store, tmp_path: Path) -> None:
    (tmp_path / "real/kick.wav").unlink()
    path = os.fsencode(tmp_path) + b"/named/kick.wav"
    assert known_as(store, [path, path]) == [path, path]


def test_a_number_that_another_file_took_over_is_no_proof(store: Store, tmp_path: Path) -> None:
    """The file system gives the inode of a deleted file to the next one."""
    hat = tmp_path / "real/sub/hat.wav"
    number = hat.stat().st_ino
    hat.rename(tmp_path / "elsewhere.wav")
    hat.write_text("another")
    assert (tmp_path / "elsewhere.wav").stat().st_ino == number
    assert known_as(store, [os.fsencode(tmp_path) + b"/elsewhere.wav"]) == [None]
