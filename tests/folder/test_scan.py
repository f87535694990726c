"""Each audio file once, everything else counted."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.odd_files import make_odd_files, put
from tui_browser.folder.scan import FolderScan, scan
from tui_browser.records import FileStat


def paths(result: FolderScan) -> list[bytes]:
    return [file.path for file in result.files]


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path / "samples")


def test_the_odd_tree_is_listed_and_counted(tmp_path: Path) -> None:
    odd = make_odd_files(tmp_path / "odd")
    result = scan([odd.root])
    assert set(paths(result)) == odd.listed
    assert paths(result) == sorted(paths(result))
    assert dict(result.skipped) == odd.skipped
    assert (result.absent, result.unreadable) == ((), ())
    assert result.file_counts == {odd.root: len(odd.listed)}


def test_what_is_known_of_a_file(root: bytes) -> None:
    path = put(root + b"/a.wav", b"12345")
    (file,) = scan([root]).files
    about = os.stat(path)
    assert (file.path, file.size, file.mtime_ns) == (path, 5, about.st_mtime_ns)
    assert (file.device, file.inode) == (about.st_dev, about.st_ino)


def test_overlapping_roots_list_each_file_once(root: bytes) -> None:
    inner = put(root + b"/inside/a.wav", b"x")
    outer = put(root + b"/b.wav", b"x")
    for roots in ([root, root + b"/inside"], [root + b"/inside", root], [root, root, root + b"/"]):
        result = scan(roots)
        assert paths(result) == sorted([inner, outer])
        assert all(count == (1 if named.endswith(b"inside") else 2) for named, count in result.file_counts.items())


def test_a_named_root_is_never_hidden(root: bytes) -> None:
    hidden = put(root + b"/.packs/a.wav", b"x")
    below = put(root + b"/.packs/__MACOSX/kit/b.wav", b"x")
    assert paths(scan([root])) == []
    assert paths(scan([root + b"/.packs", root + b"/.packs/__MACOSX/kit"])) == sorted([hidden, below])
    assert paths(scan([root, root + b"/.packs"], folders=[root])) == [hidden]


def test_links_out_are_followed_and_files_keep_their_own_path(root: bytes, tmp_path: Path) -> None:
    elsewhere = os.fsencode(tmp_path / "elsewhere")
    put(elsewhere + b"/far.wav", b"x")
    put(root + b"/z own/near.wav", b"x")
    os.symlink(elsewhere, root + b"/link b")
    os.symlink(elsewhere, root + b"/link a")
    os.symlink(root + b"/z own", root + b"/a link to own")
    os.symlink(elsewhere + b"/far.wav", root + b"/a file link.wav")
    assert paths(scan([root])) == [root + b"/link a/far.wav", root + b"/z own/near.wav"]
    assert paths(scan([root], folders=[root + b"/link b"])) == []
    assert paths(scan([root], folders=[root + b"/link a"])) == [root + b"/link a/far.wav"]


def test_a_link_to_a_lone_file_is_listed_once(root: bytes, tmp_path: Path) -> None:
    far = put(os.fsencode(tmp_path / "far.wav"), b"x")
    os.makedirs(root)
    for name in (b"/2.wav", b"/1.wav"):
        os.symlink(far, root + name)
    result = scan([root])
    assert paths(result) == [root + b"/1.wav"]
    assert result.skipped == {"links to what is listed already": 1}


def test_hard_links_are_files_of_their_own(root: bytes) -> None:
    first = put(root + b"/a.wav", b"x")
    os.link(first, root + b"/b.wav")
    assert len(scan([root]).files) == 2


def test_an_absent_root_and_an_empty_one_are_told_apart(root: bytes, tmp_path: Path) -> None:
    gone, empty = os.fsencode(tmp_path / "gone"), os.fsencode(tmp_path / "empty")
    os.mkdir(empty)
    put(root + b"/a.wav", b"x")
    result = scan([gone, empty, root])
    assert result.absent == (gone,)
    assert result.file_counts == {empty: 0, root: 1}


def test_a_root_that_is_a_file_is_unreadable(tmp_path: Path) -> None:
    path = put(os.fsencode(tmp_path / "a.wav"), b"x")
    result = scan([path])
    assert [named for named, _ in result.unreadable] == [path]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_named_and_the_rest_listed(root: bytes) -> None:
    put(root + b"/locked/a.wav", b"x")
    free = put(root + b"/free/b.wav", b"x")
    os.chmod(root + b"/locked", 0)
    try:
        result = scan([root])
    finally:
        os.chmod(root + b"/locked", 0o700)
    assert paths(result) == [free]
    assert result.unreadable == ((root + b"/locked", "Permission denied"),)


def test_a_folder_that_cannot_be_listed_is_named(root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root + b"/bad/a.wav", b"x")
    free = put(root + b"/good/b.wav", b"x")
    real = os.scandir

    def broken(folder: bytes) -> object:
        if folder.endswith(b"/bad"):
            raise OSError(5, "Input/output error")
        return real(folder)

    monkeypatch.setattr(os, "scandir", broken)
    result = scan([root])
    assert paths(result) == [free]
    assert result.unreadable == ((root + b"/bad", "Input/output error"),)


def test_the_drives_of_folders_and_the_bare_ones_are_told(root: bytes) -> None:
    put(root + b"/a/1.wav", b"x")
    os.mkdir(root + b"/bare")
    put(root + b"/hidden only/.DS_Store", b"x")
    device = os.stat(root).st_dev
    for result in (scan([root]), scan([root], folders=[root])):
        assert result.devices == dict.fromkeys([root, root + b"/a", root + b"/bare", root + b"/hidden only"], device)
        assert result.empty_folders == {root + b"/bare", root + b"/hidden only"}


def test_a_deleted_folder_is_gone_and_one_that_is_named_still_is_unreadable(
    root: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root + b"/a/b/1.wav", b"x")
    put(root + b"/2.wav", b"x")
    assert scan([root], folders=[root + b"/gone/deeper"]).unreadable == ()
    assert scan([root], folders=[root + b"/gone/deeper"]).devices == {root: os.stat(root).st_dev}
    real = os.stat

    def denied(path: Any, *args: Any, **more: Any) -> os.stat_result:
        if path == root + b"/a":
            raise FileNotFoundError(2, "No such file or directory")
        return real(path, *args, **more)

    monkeypatch.setattr(os, "stat", denied)
    for result in (scan([root]), scan([root], folders=[root + b"/a"])):
        assert [path for path, _ in result.unreadable] == [root + b"/a"]


def test_a_name_whose_kind_the_drive_does_not_say_is_unreadable(root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root + b"/a.wav", b"x")

    class Nameless:
        """What a FUSE drive lists of a folder that it denies: a name, and no kind."""

        name, path = b"kit", root + b"/kit"

        def is_file(self, *, follow_symlinks: bool = True) -> bool:
            return False

        is_dir = is_file

        def is_symlink(self) -> bool:
            return False

    real_scandir, real_listdir = os.scandir, os.listdir

    class Listing:
        def __init__(self, folder: bytes) -> None:
            with real_scandir(folder) as entries:
                self._entries = [*entries, Nameless()]

        def __enter__(self) -> object:
            return iter(self._entries)

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(os, "scandir", Listing)
    monkeypatch.setattr(os, "listdir", lambda folder: [*real_listdir(folder), b"kit"])
    result = scan([root])
    assert paths(result) == [root + b"/a.wav"]
    assert [path for path, _ in result.unreadable] == [root + b"/kit"]


def test_links_that_lead_nowhere_are_named(root: bytes, tmp_path: Path) -> None:
    os.makedirs(root)
    for name in (b"/folder", b"/file.wav", b"/text.txt"):
        os.symlink(os.fsencode(tmp_path / "nowhere"), root + name)
    assert scan([root]).broken_links == {root + b"/folder", root + b"/file.wav", root + b"/text.txt"}


def test_a_file_that_is_asked_for_as_a_folder_is_listed(root: bytes) -> None:
    path = put(root + b"/a.wav", b"x")
    other = put(root + b"/a.txt", b"x")
    assert paths(scan([root], folders=[path])) == [path]
    assert paths(scan([root], folders=[other])) == []


def test_what_the_system_keeps_on_a_drive_is_not_complained_of(root: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (b"/lost+found", b"/mine"):
        os.makedirs(root + name)
    real = os.scandir

    def locked(folder: bytes) -> object:
        if folder != root:
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", locked)
    result = scan([root])
    assert result.unreadable == ((root + b"/mine", "Permission denied"),)
    assert result.skipped == {"folders of the system": 1}


def test_numbers_beyond_any_range_are_bounded(root: bytes) -> None:
    far = SimpleNamespace(st_size=-5, st_mtime_ns=10**21, st_ctime_ns=-(10**21), st_dev=1 << 64, st_ino=(1 << 64) + 3)
    limit = (1 << 63) - 1
    assert FileStat.of(root, cast(os.stat_result, far)) == FileStat(root, 0, limit, 0, 3, -limit)


def test_parts_of_a_root(root: bytes) -> None:
    a, b, c = (put(root + name, b"x") for name in (b"/a/1.wav", b"/a/b/2.wav", b"/ab/3.wav"))
    put(root + b"/.hidden/4.wav", b"x")
    assert paths(scan([root], folders=[root + b"/a"])) == [a, b]
    assert paths(scan([root], folders=[root + b"/a/b", root + b"/a", root + b"/ab/"])) == [a, b, c]
    assert paths(scan([root], folders=[root + b"/gone", root + b"/.hidden", b"/somewhere"])) == []
    assert paths(scan([root], folders=[root])) == [a, b, c]
    assert scan([root], folders=[root]).file_counts == {root: 3}
    assert scan([root], folders=[root + b"/a"]).file_counts == {}
    os.mkdir(root + b"-bare")
    assert scan([root + b"-bare"], folders=[root + b"-bare/a"]).file_counts == {root + b"-bare": 0}
    assert scan([root + b"-gone"], folders=[root + b"-gone/a"]).absent == (root + b"-gone",)


def test_parts_below_a_root_that_is_reached_by_a_link(root: bytes, tmp_path: Path) -> None:
    put(root + b"/a/1.wav", b"x")
    link = os.fsencode(tmp_path / "link")
    os.symlink(root, link)
    assert paths(scan([link], folders=[link + b"/a"])) == [link + b"/a/1.wav"]
    assert paths(scan([link, root])) == [root + b"/a/1.wav"]
    assert paths(scan([link, root], folders=[link])) == []


_NAMES = st.lists(st.sampled_from([b"a", b"b", b".c", b"d.wav", b"E.AIF", b"._f.wav"]), min_size=1, max_size=4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_NAMES, max_size=8), _NAMES)
def test_a_part_is_what_the_whole_says_of_it(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[bytes]], part: list[bytes]
) -> None:
    root = os.fsencode(tmp_path_factory.mktemp("tree"))
    for names in files:
        try:
            put(os.path.join(root, *names, b"x.wav"), b"x")
        except (NotADirectoryError, FileExistsError):
            continue
    folder = os.path.join(root, *part)
    whole = [path for path in paths(scan([root])) if path.startswith(folder + b"/")]
    assert paths(scan([root], folders=[folder])) == whole


def test_links_into_the_system_are_not_followed(root: bytes) -> None:
    put(root + b"/own.wav", b"x")
    for number, target in enumerate((b"/proc", b"/proc/self/fd", b"/sys", b"/dev", b"/dev/shm")):
        os.symlink(target, root + b"/folder %d" % number)
    os.symlink(b"/proc/self/environ", root + b"/secret.wav")
    os.symlink(b"/dev/zero", root + b"/endless.wav")
    result = scan([root])
    assert paths(result) == [root + b"/own.wav"]
    assert result.skipped == {"links into /proc, /sys and /dev": 7}


def test_the_files_below_a_link_are_counted(root: bytes, tmp_path: Path) -> None:
    far = os.fsencode(tmp_path / "far")
    for number in range(3):
        put(far + b"/%d.wav" % number, b"x")
    put(root + b"/own.wav", b"x")
    os.symlink(far, root + b"/link")
    assert scan([root]).below_links == {root + b"/link": 3}
