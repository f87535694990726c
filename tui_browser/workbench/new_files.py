"""Files that appear in a folder together: all of them, or none."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import BinaryIO, Self

from tui_browser.errors import BrowserError

OVERWRITE_HINT = "--force replaces it"


def make_folder(folder: bytes) -> None:
    """Create a folder, with those above it, unless it is there; raises BrowserError."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise BrowserError(f"the folder cannot be created: {error.strerror}", path=folder) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BrowserError("this folder is not writable", path=folder, hint="choose another")


class NewFiles:
    """A context manager: files are written aside, and get their names in the folder when the block ends well."""

    def __init__(self, folder: bytes, names: Sequence[bytes], *, force: bool, hint: str = OVERWRITE_HINT) -> None:
        """Raises BrowserError if one of the names exists, unless `force` replaces it. The folder has to exist."""
        self._folder = folder
        self._names = list(names)
        self._force = force
        self._hint = hint
        self._aside = b""
        for name in names:
            path = os.path.join(folder, name)
            if os.path.lexists(path) and (not force or not os.path.isfile(path) or os.path.islink(path)):
                raise self._exists(path)

    def __enter__(self) -> Self:
        self._aside = os.path.join(self._folder, b".tui-browser-" + secrets.token_hex(8).encode())
        try:
            with _as_browser_errors(self._folder):
                os.mkdir(self._aside, 0o700)
        except BaseException:  # ctrl-c included: it may be there already
            shutil.rmtree(self._aside, ignore_errors=True)
            raise
        return self

    def open(self, name: bytes) -> BinaryIO:
        """The file of one of the names, for writing."""
        with _as_browser_errors(os.path.join(self._folder, name)):
            return open(os.path.join(self._aside, name), "xb")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._settle()
        finally:
            shutil.rmtree(self._aside, ignore_errors=True)

    def _settle(self) -> None:
        done: list[bytes] = []
        try:
            for name in self._names:
                path = os.path.join(self._folder, name)
                with _as_browser_errors(path):
                    if self._force:
                        os.replace(os.path.join(self._aside, name), path)
                    else:
                        self._link(os.path.join(self._aside, name), path)
                        done.append(path)
        except BaseException:  # ctrl-c included: all of them or none
            for path in done:
                with contextlib.suppress(OSError):
                    os.unlink(path)
            raise

    def _link(self, aside: bytes, path: bytes) -> None:
        """Give a file its name; raises BrowserError if that was taken meanwhile."""
        try:
            os.link(aside, path)
        except FileExistsError as error:
            raise self._exists(path) from error
        except OSError:  # a file system without hard links: reserve the name, then replace it
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            os.replace(aside, path)

    def _exists(self, path: bytes) -> BrowserError:
        return BrowserError("the file exists already", path=path, hint=self._hint)


@contextlib.contextmanager
def _as_browser_errors(path: bytes) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BrowserError(f"the file could not be written: {error.strerror}", path=path) from error
