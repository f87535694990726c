"""A folder that is written beside its place and renamed at the end, so that nothing half written is left."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator

from tui_browser.errors import BrowserError

_PREFIX = ".tui-browser-"


@contextlib.contextmanager
def new_folder(path: str, *, force: bool, is_ours: Callable[[str], bool]) -> Iterator[str]:
    """A folder to write into, which becomes `path` when the block ends without an error.

    A folder with something in it is replaced only with `force`, and only if `is_ours` accepts the name of each entry:
    an earlier export goes, a person's own folder never. Raises BrowserError.
    """
    path = os.path.realpath(path)
    check_free(path, force=force, is_ours=is_ours)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        partial = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=_PREFIX)
    except OSError as error:
        raise BrowserError(f"the folder cannot be written: {error.strerror}", path=path) from error
    try:
        yield partial
        os.chmod(partial, 0o777 & ~_umask())
        check_free(path, force=force, is_ours=is_ours)
        _replace(partial, path)
    except OSError as error:
        raise BrowserError(f"the folder could not be written: {error.strerror}", path=path) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_free(path: str, *, force: bool, is_ours: Callable[[str], bool]) -> None:
    """Raise BrowserError if a folder may not be written at `path`."""
    try:
        entries = os.listdir(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise BrowserError(f"the folder cannot be written: {error.strerror}", path=path) from error
    strange = [name for name in entries if not is_ours(name)]
    if entries and not force:
        hint = "give another folder" if strange else "--force replaces it"
        raise BrowserError("the folder is not empty", path=path, hint=hint)
    if strange:
        raise BrowserError(
            f"the folder holds something else than an export ({min(strange)})", path=path, hint="give another folder"
        )


def _replace(partial: str, path: str) -> None:
    """Rename the finished folder to `path`; the older one is removed afterwards."""
    if not os.path.isdir(path) or not os.listdir(path):
        os.rename(partial, path)  # an empty folder is replaced in one step
        return
    older = tempfile.mkdtemp(dir=os.path.dirname(path), prefix=_PREFIX)
    os.rename(path, older)
    try:
        os.rename(partial, path)
    except OSError:
        os.rename(older, path)
        raise
    shutil.rmtree(older, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
