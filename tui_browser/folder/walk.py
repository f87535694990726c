"""One pass over folders: audio files with what the system says of them, the rest counted, failures named."""

from __future__ import annotations

import errno
import os
import stat as modes
from collections import Counter

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

_OF_THE_SYSTEM = frozenset((b"lost+found", b"System Volume Information", b"$RECYCLE.BIN", b"$Recycle.Bin"))
"""Every drive has one, and most people may not look into it."""

_USUAL = frozenset(b".wav .WAV .aif .mp3 .ogg".split())
_DOT = ord(".")


class FolderWalk:
    """One pass over folders; links are put by until all that has a path of its own is seen."""

    def __init__(self) -> None:
        self.files: list[FileStat] = []
        self.skipped: Counter[str] = Counter()
        self.unreadable: list[tuple[bytes, str]] = []
        self.devices: dict[bytes, int] = {}
        self.bare: set[bytes] = set()
        self.broken: set[bytes] = set()
        self.denied: set[bytes] = set()
        """Named by their folder, and not there when they were looked at: deleted meanwhile, or a failing drive."""
        self.folder_links: list[bytes] = []
        self.file_links: list[bytes] = []
        self._seen: set[tuple[int, int]] = set()

    def walk(self, top: bytes) -> None:
        """Everything below `top`, but for folders that were walked before; raises OSError for `top` itself."""
        stack = [top]
        while stack:
            folder = stack.pop()
            try:
                about = os.stat(folder)
                if (about.st_dev, about.st_ino) in self._seen:
                    continue
                with os.scandir(folder) as entries:
                    self._seen.add((about.st_dev, about.st_ino))
                    self.devices[folder] = about.st_dev
                    if not self._list(entries, stack):
                        self.bare.add(folder)
            except OSError as error:
                if folder is top:
                    raise
                if error.errno == errno.ENOENT:
                    self.denied.add(folder)
                elif error.errno == errno.EACCES and os.path.basename(folder) in _OF_THE_SYSTEM:
                    self.skipped[SYSTEM] += 1
                else:
                    self.unreadable.append((folder, error.strerror or "unreadable"))

    def _list(self, entries: os._ScandirIterator[bytes], stack: list[bytes]) -> bool:
        """Take in one folder; whether there is anything in it whose name is not hidden."""
        keep = self.files.append
        visible = False
        for entry in entries:
            if not visible:
                visible = entry.name[0] != _DOT
            try:
                if entry.is_file(follow_symlinks=False):  # nearly all of a large library: few calls for each
                    name = entry.name
                    if name[-4:] in _USUAL and name[0] != _DOT and len(name) > 4:
                        keep(FileStat.of(entry.path, entry.stat(follow_symlinks=False)))
                    elif reason := _passed_by(name):
                        self.skipped[reason] += 1
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
                    os.lstat(entry.path)  # a name without a kind may also be that of a folder that is not to be had
                    self.skipped[_passed_by(entry.name) or SPECIAL] += 1
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
            self.broken.add(entry.path)
            self.skipped[_passed_by(entry.name) or BROKEN_LINKS] += 1
        elif reason := _passed_by(entry.name):
            self.skipped[reason] += 1
        else:
            self.file_links.append(entry.path)

    def follow(self) -> None:
        """Walk the folders that links lead to, then add the files: each only if nothing else lists it."""
        while self.folder_links:
            self.folder_links.sort(reverse=True)
            link = self.folder_links.pop()
            before = len(self._seen)
            try:
                self.walk(link)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    self.unreadable.append((link, error.strerror or "unreadable"))
                continue
            self.skipped[LINKS] += len(self._seen) == before
        listed = {(file.device, file.inode) for file in self.files} if self.file_links else set()
        for link in sorted(self.file_links):
            try:
                s = os.stat(link)
            except OSError:
                self.broken.add(link)
                self.skipped[BROKEN_LINKS] += 1
                continue
            if not modes.S_ISREG(s.st_mode):
                self.skipped[SPECIAL] += 1
            elif (s.st_dev, s.st_ino) in listed:
                self.skipped[LINKS] += 1
            else:
                listed.add((s.st_dev, s.st_ino))
                self.files.append(FileStat.of(link, s))

    def alone(self, path: bytes) -> None:
        """Take in one file, as its folder would be."""
        try:
            facts = os.lstat(path)
        except OSError as error:
            self.unreadable.append((path, error.strerror or "unreadable"))
            return
        if modes.S_ISREG(facts.st_mode) and not _passed_by(os.path.basename(path)):
            self.files.append(FileStat.of(path, facts))

    def gone(self, folder: bytes, root: bytes) -> None:
        """Note of a folder that is not there whether a folder above it, up to the root, still names it."""
        while folder != root:
            self.denied.add(folder)
            folder = os.path.dirname(folder)
            try:
                with os.scandir(folder) as entries:
                    self.devices[folder] = os.stat(folder).st_dev
                    if all(entry.name[0] == _DOT for entry in entries):
                        self.bare.add(folder)
                return
            except OSError as error:
                if error.errno != errno.ENOENT:
                    self.unreadable.append((folder, error.strerror or "unreadable"))
                    return

    def still_named(self) -> None:
        """Of what was denied, count as unreadable what its folder names still: that was not deleted."""
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
            self.unreadable += [(path, "named by its folder, but not to be had") for path in paths & named]


def hidden_folder(name: bytes) -> str:
    if name.startswith(b"."):
        return HIDDEN_FOLDERS
    return MACOSX if name == b"__MACOSX" else ""


def _passed_by(name: bytes) -> str:
    """Why a file of this name is not listed; empty for one that is."""
    if name.startswith(b"."):
        return APPLE_DOUBLE if name.startswith(b"._") else HIDDEN_FILES
    dot = name.rfind(b".")
    return "" if dot > 0 and name[dot:].lower() in AUDIO_ENDINGS else OTHER
