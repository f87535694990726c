"""Copy samples, or slices of them, into a folder without ever overwriting a file."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from tui_browser.audio.fragment import copy_fragment
from tui_browser.errors import BrowserError
from tui_browser.library.credits_page import CREDITS, credits_text
from tui_browser.records import Credit

MANIFEST = b"manifest.jsonl"
_LONGEST_NAME = 255


class CopyFolder:
    """Target folder of copies; names never clash with existing ones, also on file systems that ignore case."""

    def __init__(self, folder: bytes) -> None:
        self._folder = folder
        self._taken = {_key(name) for name in os.listdir(folder)}
        self._taken |= {_key(MANIFEST), _key(CREDITS)}
        self._manifest: list[str] = []
        self._credits: list[tuple[bytes, Credit]] = []
        self.count = self.size = 0
        """Number and total bytes of the files written so far."""

    def add(self, source: bytes) -> bytes:
        """Copy a file; the name of the copy. Raises BrowserError for the source and OSError for the folder."""
        with _opened(source) as file, self._partial() as (handle, partial):
            before = os.fstat(file.fileno())
            with open(handle, "wb") as copy:
                while block := _read(file, source):
                    copy.write(block)
            if os.stat(partial).st_size != before.st_size:
                raise BrowserError(
                    "not copied: it changed during the copy", path=source, hint="try again when it is complete"
                )
            os.utime(partial, ns=(before.st_atime_ns, before.st_mtime_ns))
            with contextlib.suppress(OSError):
                os.chmod(partial, before.st_mode & 0o666)
            return self._counted(partial, os.path.basename(source))

    def add_part(self, source: bytes, *, start_s: float, length_s: float | None = None) -> bytes:
        """Write a part of a file as a WAV named after its start time; the name of the WAV.

        Raises BrowserError when the source cannot be read or is silent there, and OSError for the folder.
        """
        with self._partial() as (handle, partial):
            with open(handle, "wb") as file:
                copy_fragment(source, file, start_s=start_s, length_s=length_s)
            with contextlib.suppress(OSError):
                os.chmod(partial, os.stat(source).st_mode & 0o666)
            return self._counted(partial, part_name(source, start_s))

    @contextlib.contextmanager
    def manifest(self) -> Iterator[list[str]]:
        """A list of lines, written to the manifest when the block ends, after an error too; with it the credits."""
        try:
            yield self._manifest
        finally:
            if self._manifest:
                with self._partial() as (handle, partial):
                    with open(handle, "w", encoding="ascii") as file:
                        file.writelines(f"{line}\n" for line in self._manifest)
                    os.chmod(partial, 0o644)
                    self._taken.discard(_key(MANIFEST))
                    self._settle(partial, MANIFEST)
            self._write_credits()

    def credit(self, name: bytes, credit: Credit) -> None:
        """Note whose sound the copy `name` is, for the file of credits that is written with the manifest."""
        self._credits.append((name, credit))

    def _write_credits(self) -> None:
        text = credits_text(self._credits)
        if text:
            with self._partial() as (handle, partial):
                with open(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                os.chmod(partial, 0o644)
                self._taken.discard(_key(CREDITS))
                self._settle(partial, CREDITS)

    @contextlib.contextmanager
    def _partial(self) -> Iterator[tuple[int, bytes]]:
        handle, partial = tempfile.mkstemp(dir=self._folder, prefix=b".tui-browser-")
        try:
            yield handle, partial
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)

    def _counted(self, partial: bytes, wanted: bytes) -> bytes:
        size = os.stat(partial).st_size
        name = self._settle(partial, wanted)
        self.count, self.size = self.count + 1, self.size + size
        return name

    def _settle(self, partial: bytes, wanted: bytes) -> bytes:
        """Rename the finished file to the wanted name, or to the first free numbered one."""
        number = 1
        while True:
            name = _numbered(wanted, number)
            number += 1
            if _key(name) in self._taken:
                continue
            self._taken.add(_key(name))
            path = os.path.join(self._folder, name)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # reserves the name
            except FileExistsError:
                continue
            os.replace(partial, path)
            return name


def part_name(source: bytes, start_s: float) -> bytes:
    """Name for a part of a file: `loop-1.250s.wav` starts at 1.25 s of `loop.flac`."""
    stem = os.path.splitext(os.path.basename(source))[0]
    suffix = b"-%.3fs.wav" % start_s
    return stem[: _LONGEST_NAME - len(suffix)] + suffix


@contextlib.contextmanager
def _opened(source: bytes) -> Iterator[BinaryIO]:
    with contextlib.ExitStack() as stack:
        try:
            handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
            file = stack.enter_context(open(handle, "rb"))
        except OSError as error:
            raise BrowserError(f"not copied: {error.strerror}", path=source) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BrowserError("not copied: not a regular file", path=source)
        yield file


def _read(file: BinaryIO, source: bytes) -> bytes:
    try:
        return file.read(1 << 20)
    except OSError as error:
        raise BrowserError(f"not copied: {error.strerror}", path=source) from error


def _numbered(name: bytes, number: int) -> bytes:
    if number == 1:
        return name
    stem, ending = os.path.splitext(name)
    suffix = b"-%d" % number + ending
    return stem[: _LONGEST_NAME - len(suffix)] + suffix


def _key(name: bytes) -> str:
    """Key that is equal for names which some file system treats as the same."""
    return unicodedata.normalize("NFC", os.fsdecode(name)).casefold()
