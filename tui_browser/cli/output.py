"""Writes to `--out`: a file that replaces `--out` once it is complete, or a stream.

Streams are `-`, descriptors that the caller opened (`/dev/stdout`, `/dev/fd/3`) and named pipes. Other devices and
sockets are refused. A symlink stays; its target is written.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

import click

from tui_browser.cli.common import complain
from tui_browser.errors import BrowserError

STANDARD_OUTPUT = "-"
_DESCRIPTOR = re.compile(r"/dev/fd/(\d+)|/proc/(?:self|\d+)(?:/task/\d+)?/fd/(\d+)")
_NAMED = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_MOST_LINKS = 40
"""Most symlinks that are followed, as in the kernel."""


def refuse_standard_output(out: str, reason: str) -> None:
    """Raise a usage error if `out` is `-`."""
    if out == STANDARD_OUTPUT:
        raise click.UsageError(f"--out - is standard output, and {reason} (./- is a file of that name)")


def is_stream(out: str) -> bool:
    """Whether `out` names a stream: standard output, a descriptor or a named pipe.

    Raises BrowserError for a descriptor that the caller did not open.
    """
    if _descriptor(out) is not None:
        return True
    try:
        return stat.S_ISFIFO(os.stat(out).st_mode)
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def open_stream(out: str, *, binary: bool) -> Iterator[IO[bytes]]:
    """The stream at `out`, flushed at the end; waits for the reader of a pipe.

    Raises BrowserError if it cannot be written, and for `binary` output to a terminal.
    """
    name = "standard output" if out == STANDARD_OUTPUT else os.path.abspath(out)
    try:
        sys.stdout.flush()
        number = _descriptor(out)
        handle = os.dup(number) if number is not None else _open_pipe(os.path.realpath(out))
        with open(handle, "wb") as file:
            if binary and file.isatty():
                raise BrowserError(
                    "a terminal cannot show this output", path=name, hint="redirect it to a file or a program"
                )
            yield file
    except BrokenPipeError:  # the reader closed it
        raise
    except OSError as error:
        raise BrowserError(f"the output could not be written: {error.strerror}", path=name) from error


@contextlib.contextmanager
def open_output(out: str, *, force: bool, library: str, binary: bool = True) -> Iterator[IO[bytes]]:
    """Open `out` for writing: a stream, or a new file that replaces `out` when the block ends.

    An existing file is replaced only with `force`, and the library never. Raises BrowserError.
    """
    if is_stream(out):
        with open_stream(out, binary=binary) as file:
            yield file
        return
    path = os.path.realpath(out)
    if _is_file(path):
        if os.path.exists(library) and os.path.samefile(path, library):
            raise BrowserError("this file is the library, which is never replaced", path=path)
        if not force:
            raise BrowserError("the file exists already", path=path, hint="--force replaces it")
    try:
        with _partial_file(path) as (file, partial):
            yield file
            file.close()
            if force:
                os.replace(partial, path)
            else:
                os.link(partial, path)  # fails if another process created it meanwhile
    except FileExistsError as error:
        raise BrowserError("the file exists already", path=path, hint="--force replaces it") from error
    except OSError as error:
        raise BrowserError(f"the export could not be written: {error.strerror}", path=path) from error


@contextlib.contextmanager
def as_text(file: IO[bytes]) -> Iterator[IO[str]]:
    """A binary file as UTF-8 text; names that are not UTF-8 are written as their bytes, line ends as they are."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        yield text
        text.flush()
    finally:
        with contextlib.suppress(OSError):  # the failed write was reported already
            text.detach()


@contextlib.contextmanager
def _partial_file(path: str) -> Iterator[tuple[IO[bytes], str]]:
    """A new file beside `path` with the permissions of `path`; deleted at the end unless it was renamed."""
    handle, partial = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".tui-browser-")
    try:
        with open(handle, "wb") as file:
            mode = 0o644
            with contextlib.suppress(OSError):
                mode = stat.S_IMODE(os.stat(path).st_mode)
            os.chmod(partial, mode)
            yield file, partial
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _descriptor(out: str) -> int | None:
    """The descriptor that `out` names, if it names one."""
    if out == STANDARD_OUTPUT:
        return 1
    path = os.path.abspath(out)
    for _ in range(_MOST_LINKS):
        if path in _NAMED:
            return _NAMED[path]
        if match := _DESCRIPTOR.fullmatch(path):
            return _inherited(int(match[1] or match[2]), out)
        folder = os.path.realpath(os.path.dirname(path))
        real = os.path.join(folder, os.path.basename(path))
        if real != path:
            path = real
        elif os.path.islink(path):
            path = os.path.join(folder, os.readlink(path))
        else:
            return None
    return None


def _inherited(number: int, out: str) -> int:
    """The descriptor, if the caller opened it; raises BrowserError for one of this program's own."""
    try:
        is_own = number > 2 and not os.get_inheritable(number)
    except (OSError, OverflowError):
        is_own = True
    if is_own:
        raise BrowserError("this descriptor is not open", path=out, hint=f"the shell opens it: {number}> FILE")
    return number


def _is_file(path: str) -> bool:
    """Whether there is a file at `path`; False if there is nothing. Raises BrowserError for anything else."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BrowserError(f"cannot be written: {error.strerror}", path=path) from error
    if stat.S_ISREG(mode):
        return True
    if stat.S_ISDIR(mode):
        raise BrowserError("this is a folder, not a file", path=path)
    kind = "a socket" if stat.S_ISSOCK(mode) else "a device"
    raise BrowserError(f"this is {kind}", path=path, hint="--out takes a file, a pipe, /dev/stdout or -")


def _open_pipe(path: str) -> int:
    """Open a named pipe for writing; waits for its reader."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        complain(BrowserError("waiting for a program that reads this pipe", path=path))
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise BrowserError("another file replaced the pipe", path=path)
    os.set_blocking(handle, True)
    return handle
