"""export files: the found samples themselves, copied byte for byte into a folder, with a manifest."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

import click

from tui_browser.cli.common import Answer, Common, complain, pass_common, refused, sample_fields
from tui_browser.errors import BrowserError, QueryError, printable
from tui_browser.library.door import Library
from tui_browser.records import SampleRow
from tui_browser.search.query import parse

MANIFEST = b"manifest.jsonl"
_LONGEST_NAME = 255


@click.command()
@click.argument("query")
@click.option("--out", required=True, metavar="FOLDER", help="Where the copies go; made when it is not there.")
@click.option("-n", "limit", type=click.IntRange(min=0), default=0, help="At most so many, best first; 0 is no limit.")
@pass_common
def files(common: Common, query: str, out: str, limit: int) -> None:
    """Copies of all samples that match QUERY ('' is everything), nothing overwritten, with a manifest."""
    if ignored := parse(query).ignored:  # the app forgives it while one types; here it would copy too much
        raise QueryError(f"a part of the query makes no sense: {printable(ignored[0])}", hint="? in the app lists all")
    target = os.fsencode(os.path.abspath(out))
    with Library.open(common.library_path) as library:
        rows = [row for row, _ in library.search(query, limit=limit)]
        roots = [root.path for root in library.roots()]
    if not rows:
        if not common.quiet:
            complain("nothing matches")
        raise SystemExit(1)
    answer = Answer(common)
    with _trouble(target):
        os.makedirs(target, exist_ok=True)
        copies = Copies(target)
        errors: list[BrowserError] = []
        with copies.manifest() as manifest:
            for row in rows:
                try:
                    name = copies.add(row.path)
                except BrowserError as error:
                    errors.append(error)
                    continue
                fields = {"file": os.fsdecode(name), **sample_fields(row)}
                manifest.append(json.dumps(fields, allow_nan=False))
                if common.json or common.null:
                    answer.row(fields, path=os.path.join(target, name))
    answer.say(_summary(manifest, target, rows, len(errors)))
    _warn_of_roots(target, roots)
    refused(errors)


class Copies:
    """A folder that takes copies under names that nothing there has yet, whatever its file system makes of case."""

    def __init__(self, folder: bytes) -> None:
        self._folder = folder
        self._taken = {_key(name) for name in os.listdir(folder)}
        self._taken.add(_key(MANIFEST))
        self._manifest: list[str] = []

    def add(self, source: bytes) -> bytes:
        """Copy one file; its name there. Raises BrowserError when the source cannot be read, OSError for the folder."""
        with _opened(source) as file, self._partial() as (handle, partial):
            before = os.fstat(file.fileno())
            with open(handle, "wb") as copy:
                while block := _read(file, source):
                    copy.write(block)
            if os.stat(partial).st_size != before.st_size:
                raise BrowserError("not copied: it changed meanwhile", path=source, hint="try again when it is written")
            os.utime(partial, ns=(before.st_atime_ns, before.st_mtime_ns))
            with contextlib.suppress(OSError):
                os.chmod(partial, before.st_mode & 0o666)
            return self._settle(partial, os.path.basename(source))

    @contextlib.contextmanager
    def manifest(self) -> Iterator[list[str]]:
        """Lines that are written into the folder at the end, also after an error: what was copied stays told."""
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

    @contextlib.contextmanager
    def _partial(self) -> Iterator[tuple[int, bytes]]:
        handle, partial = tempfile.mkstemp(dir=self._folder, prefix=b".tui-browser-")
        try:
            yield handle, partial
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)

    def _settle(self, partial: bytes, wanted: bytes) -> bytes:
        """Give the finished file the wanted name, or the first free one like it."""
        number = 1
        while True:
            name = _numbered(wanted, number)
            number += 1
            if _key(name) in self._taken:
                continue
            self._taken.add(_key(name))
            path = os.path.join(self._folder, name)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # claimed: what replaces it is ours
            except FileExistsError:
                continue
            os.replace(partial, path)
            return name


@contextlib.contextmanager
def _opened(source: bytes) -> Iterator[BinaryIO]:
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(source, "rb"))
        except OSError as error:
            raise BrowserError(f"not copied: {error.strerror}", path=source) from error
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
    """What two names share that some file system takes for one."""
    return unicodedata.normalize("NFC", os.fsdecode(name)).casefold()


@contextlib.contextmanager
def _trouble(target: bytes) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever read the list of copies has enough
        raise
    except OSError as error:
        raise BrowserError(f"the copies could not be written: {error.strerror}", path=target) from error


def _summary(manifest: list[str], target: bytes, rows: list[SampleRow], failed: int) -> str:
    size = sum(row.size for row in rows)
    lost = f", {failed:,} not" if failed else ""
    return f"{len(manifest):,} samples copied{lost} ({size / 1e6:,.1f} MB) into {printable(target)}"


def _warn_of_roots(target: bytes, roots: list[bytes]) -> None:
    if any(target == root or target.startswith(root.rstrip(b"/") + b"/") for root in roots):
        complain(f"this folder lies in the library, so the copies become samples, too: {printable(target)}")
