import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_browser.playback.remote.block_cache import BlockCache
from tui_browser.playback.remote.protocol import block_digest

UNIT = 4096
"""Bytes that a file takes on disk at least."""


def block(number: int, size: int = 100) -> tuple[bytes, bytes]:
    data = bytes([number]) * size
    return block_digest(data), data


def test_a_block_is_kept_under_its_hash_alone(tmp_path: Path) -> None:
    cache = BlockCache(str(tmp_path / "c"), limit=4 * UNIT)
    digest, data = block(1)
    assert digest not in cache and cache.get(digest) is None
    assert cache.put(digest, data)
    assert os.listdir(tmp_path / "c") == [digest.hex()]
    assert cache.get(digest) == data


def test_bytes_that_are_not_those_of_the_hash_are_not_kept(tmp_path: Path) -> None:
    cache = BlockCache(str(tmp_path), limit=4 * UNIT)
    assert not cache.put(block(1)[0], block(2)[1])
    assert os.listdir(tmp_path) == []


def test_the_longest_unused_goes_first_also_after_a_restart(tmp_path: Path) -> None:
    cache = BlockCache(str(tmp_path), limit=3 * UNIT)
    names = []
    for number in range(3):
        digest, data = block(number)
        cache.put(digest, data)
        os.utime(tmp_path / digest.hex(), ns=(number, number))
        names.append(digest)
    assert cache.get(names[0])
    cache = BlockCache(str(tmp_path), limit=3 * UNIT)
    assert cache.newest(3) == [names[0], names[2], names[1]]
    cache.put(*block(9))
    assert {bytes.fromhex(name) for name in os.listdir(tmp_path)} == {names[0], names[2], block(9)[0]}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 10_000)), max_size=30))
def test_the_folder_never_outgrows_its_limit(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache = BlockCache(str(folder), limit=5 * UNIT)
    for number, size in puts:
        digest, data = block(number, size)
        assert cache.put(digest, data)
        assert cache.get(digest) == data, "what came last is always here"
        on_disk = sum(-(-entry.stat().st_size // UNIT) * UNIT for entry in os.scandir(folder))
        assert on_disk == cache.disk_bytes <= 5 * UNIT


def test_a_damaged_file_is_forgotten_and_strangers_are_left_alone(tmp_path: Path) -> None:
    digest, data = block(1)
    BlockCache(str(tmp_path), limit=4 * UNIT).put(digest, data)
    (tmp_path / digest.hex()).write_bytes(b"x" * 100)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".part-0123").write_text("half")
    (tmp_path / ("a" * 64)).symlink_to("/etc/passwd")
    cache = BlockCache(str(tmp_path), limit=4 * UNIT)
    assert digest in cache
    assert cache.get(digest) is None
    assert digest not in cache
    assert cache.get(bytes.fromhex("a" * 64)) is None
    assert sorted(os.listdir(tmp_path)) == ["a" * 64, "notes.txt"]


def test_without_a_disk_it_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = BlockCache(str(tmp_path / "file" / "c"), limit=4 * UNIT)
    digest, data = block(1)
    assert cache.put(digest, data)
    assert cache.get(digest) == data
    assert cache.newest(5) == [digest]


def test_the_number_of_blocks_has_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_browser.playback.remote.block_cache._MOST_BLOCKS", 5)
    cache = BlockCache(str(tmp_path), limit=1 << 30)
    for number in range(9):
        assert cache.put(*block(number, size=1))
    assert len(os.listdir(tmp_path)) == 5
    assert block(8, size=1)[0] in cache
