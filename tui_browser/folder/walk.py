"""Walk folders: list audio files, count what is skipped, and record what cannot be read."""

from __future__ import annotations

import errno
import os
import stat as modes
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from tui_browser.records import AUDIO_ENDINGS, FileStat

OTHER = "other files"
APPLE_DOUBLE = "AppleDouble files (._)"
HIDDEN_FILES = "hidden files"
HIDDEN_FOLDERS = "hidden folders"
MACOSX = "__MACOSX folders"
LINKS = "links to what is listed already"
BROKEN_LINKS = "broken links"
SPECIAL = "pipes, sockets and devices"
SYSTEM = "folders of the system"
SYSTEM_LINKS = "links into /proc, /sys and /dev"

_SYSTEM_FOLDERS = frozenset((b"lost+found", b"System Volume Information", b"$RECYCLE.BIN", b"$Recycle.Bin"))
"""Folders that drives have and that most users may not read."""

_NEVER_FOLLOWED = (b"/proc", b"/sys", b"/dev")
"""What a link into these leads to is no sample: it may never end, or open a device."""

_COMMON_EXTENSIONS = frozenset(b".wav .WAV .aif .mp3 .ogg".split())
_DOT = ord(".")


class FolderWalk:
    """One walk over folders; symbolic links are followed last, after everything with a path of its own."""

    def __init__(self, wanted: Callable[[bytes], bool] | None = None) -> None:
        """Audio files that are not `wanted` are counted in `passed`; nothing else is asked of the drive about them."""
        self.files: list[FileStat] = []
        self.passed = 0
        self._wanted = wanted
        self.skipped: Counter[str] = Counter()
        self.unreadable: list[tuple[bytes, str]] = []
        self.devices: dict[bytes, int] = {}
        self.empty_folders: set[bytes] = set()
        self.broken_links: set[bytes] = set()
        self.denied: set[bytes] = set()
        """Listed in their folder but not found: deleted in the meantime, or on a failing drive."""
        self.folder_links: list[bytes] = []
        self.file_links: list[bytes] = []
        self.below_links: dict[bytes, int] = {}
        """Number of audio files below each link to a folder that no walk had listed before."""
        self._seen: set[tuple[int, int]] = set(_identities(_NEVER_FOLLOWED))

    def walk(self, top: bytes) -> None:
        """List everything below `top` except folders walked before; raises OSError for `top` itself."""
        stack = [top]
        while stack:
            folder = stack.pop()
            try:
                stat = os.stat(folder)
                if (stat.st_dev, stat.st_ino) in self._seen:
                    continue
                with os.scandir(folder) as entries:
                    self._seen.add((stat.st_dev, stat.st_ino))
                    self.devices[folder] = stat.st_dev
                    if not self._list(entries, stack):
                        self.empty_folders.add(folder)
            except OSError as error:
                if folder is top:
                    raise
                if error.errno == errno.ENOENT:
                    self.denied.add(folder)
                elif error.errno == errno.EACCES and os.path.basename(folder) in _SYSTEM_FOLDERS:
                    self.skipped[SYSTEM] += 1
                else:
                    self.unreadable.append((folder, error.strerror or "unreadable"))

    def _list(self, entries: os._ScandirIterator[bytes], stack: list[bytes]) -> bool:
        """List one folder; whether it has any entry with a visible name."""
        keep, wanted = self.files.append, self._wanted
        visible = False
        for entry in entries:
            if not visible:
                visible = entry.name[0] != _DOT
            try:
                if entry.is_file(follow_symlinks=False):  # the usual case, with as few calls as possible
                    name = entry.name
                    if name[-4:] in _COMMON_EXTENSIONS and name[0] != _DOT and len(name) > 4:
                        if wanted is None or wanted(entry.path):
                            keep(FileStat.of(entry.path, entry.stat(follow_symlinks=False)))
                        else:
                            self.passed += 1
                    elif reason := _skip_reason(name):
                        self.skipped[reason] += 1
                    elif wanted is not None and not wanted(entry.path):
                        self.passed += 1
                    else:
                        keep(FileStat.of(entry.path, entry.stat(follow_symlinks=False)))
                elif entry.is_symlink():
                    self._link(entry)
                elif entry.is_dir(follow_symlinks=False):
                    if reason := hidden_folder(entry.name):
                        self.skipped[reason] += 1
                    else:
                        stack.append(entry.path)
                else:
                    os.lstat(entry.path)  # raises for an entry of unknown type that cannot be reached
                    self.skipped[_skip_reason(entry.name) or SPECIAL] += 1
            except FileNotFoundError:
                self.denied.add(entry.path)
            except OSError as error:
                self.unreadable.append((entry.path, error.strerror or "unreadable"))
        return visible

    def _link(self, entry: os.DirEntry[bytes]) -> None:
        if entry.is_dir():
            if reason := hidden_folder(entry.name):
                self.skipped[reason] += 1
            else:
                self.folder_links.append(entry.path)
        elif not os.path.exists(entry.path):
            self.broken_links.add(entry.path)
            self.skipped[_skip_reason(entry.name) or BROKEN_LINKS] += 1
        elif reason := _skip_reason(entry.name):
            self.skipped[reason] += 1
        else:
            self.file_links.append(entry.path)

    def follow(self) -> None:
        """Walk the folders and add the files that links lead to, unless they are listed already."""
        while self.folder_links:
            self.folder_links.sort(reverse=True)
            link = self.folder_links.pop()
            before, files = len(self._seen), len(self.files)
            if leads_to_system(link):
                self.skipped[SYSTEM_LINKS] += 1
                continue
            try:
                self.walk(link)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    self.unreadable.append((link, error.strerror or "unreadable"))
                continue
            self.skipped[LINKS] += len(self._seen) == before
            self.below_links[link] = len(self.files) - files
        listed = {(file.device, file.inode) for file in self.files} if self.file_links else set()
        for link in sorted(self.file_links):
            if leads_to_system(link):
                self.skipped[SYSTEM_LINKS] += 1
                continue
            try:
                s = os.stat(link)
            except OSError:
                self.broken_links.add(link)
                self.skipped[BROKEN_LINKS] += 1
                continue
            if not modes.S_ISREG(s.st_mode):
                self.skipped[SPECIAL] += 1
            elif (s.st_dev, s.st_ino) in listed or self._is_passed(link):
                self.skipped[LINKS] += 1
            else:
                listed.add((s.st_dev, s.st_ino))
                if self._wanted is None or self._wanted(link):
                    self.files.append(FileStat.of(link, s))
                else:
                    self.passed += 1

    def _is_passed(self, link: bytes) -> bool:
        """Whether a link leads to a file that was listed in its folder but not wanted."""
        if self._wanted is None:
            return False
        target = os.path.realpath(link)
        return not _skip_reason(os.path.basename(target)) and any(
            identity in self._seen for identity in _identities([os.path.dirname(target)])
        )

    def add_file(self, path: bytes) -> None:
        """List a single file by the same rules as when its folder is walked."""
        try:
            stat = os.lstat(path)
        except OSError as error:
            self.unreadable.append((path, error.strerror or "unreadable"))
            return
        if modes.S_ISREG(stat.st_mode) and not _skip_reason(os.path.basename(path)):
            self.files.append(FileStat.of(path, stat))

    def add_absent_folder(self, folder: bytes, root: bytes) -> None:
        """Record a folder that was not found, to check later whether the folders above it still list it."""
        while folder != root:
            self.denied.add(folder)
            folder = os.path.dirname(folder)
            try:
                with os.scandir(folder) as entries:
                    self.devices[folder] = os.stat(folder).st_dev
                    if all(entry.name[0] == _DOT for entry in entries):
                        self.empty_folders.add(folder)
                return
            except OSError as error:
                if error.errno != errno.ENOENT:
                    self.unreadable.append((folder, error.strerror or "unreadable"))
                    return

    def check_denied(self) -> None:
        """Count denied paths as unreadable if their folder still lists them: they were not deleted."""
        by_folder: dict[bytes, set[bytes]] = {}
        for path in self.denied:
            by_folder.setdefault(os.path.dirname(path), set()).add(path)
        for folder, paths in by_folder.items():
            try:
                named = {os.path.join(folder, name) for name in os.listdir(folder) if name[0] != _DOT}
            except FileNotFoundError:
                continue
            except OSError as error:
                self.unreadable.append((folder, error.strerror or "unreadable"))
                continue
            self.unreadable += [(path, "listed in its folder, but not accessible") for path in paths & named]


def leads_to_system(path: bytes) -> bool:
    """Whether a path is, or leads by a link to, something in the folders of the system that hold no files."""
    return in_system(os.path.realpath(path))


def in_system(real: bytes) -> bool:
    """Whether a path without links is in one of those folders."""
    return any(real == folder or real.startswith(folder + b"/") for folder in _NEVER_FOLLOWED)


def _identities(folders: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    for folder in folders:
        try:
            stat = os.stat(folder)
        except OSError:
            continue
        yield stat.st_dev, stat.st_ino


def hidden_folder(name: bytes) -> str:
    if name.startswith(b"."):
        return HIDDEN_FOLDERS
    return MACOSX if name == b"__MACOSX" else ""


def _skip_reason(name: bytes) -> str:
    """Why a file of this name is skipped; empty for an audio file."""
    if name.startswith(b"."):
        return APPLE_DOUBLE if name.startswith(b"._") else HIDDEN_FILES
    dot = name.rfind(b".")
    return "" if dot > 0 and name[dot:].lower() in AUDIO_ENDINGS else OTHER
