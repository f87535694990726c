"""Where `--out` leads: a file that takes its place whole, or a stream that is written into.

`-`, the descriptors that the caller has opened (`/dev/stdout`, `/dev/fd/3`) and named pipes are streams. Other devices
and sockets are refused, and a symlink stays: what it points to is written.
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
_LINKS = 40
"""A chain of more symlinks than the kernel follows leads nowhere."""


def refuse_standard_output(out: str, why: str) -> None:
    """Raise a usage error where `out` is `-` and a stream makes no sense."""
    if out == STANDARD_OUTPUT:
        raise click.UsageError(f"--out - is standard output, and {why} (./- is a name like any other)")


def is_stream(out: str) -> bool:
    """Whether `out` names a stream: standard output, a descriptor, a named pipe.

    Raises BrowserError for a descriptor that nobody has opened for this program.
    """
    if _descriptor(out) is not None:
        return True
    try:
        return stat.S_ISFIFO(os.stat(out).st_mode)
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def stream(out: str, *, binary: bool) -> Iterator[IO[bytes]]:
    """The stream at `out`, flushed at the end; a pipe without a reader is waited for.

    Raises BrowserError where it cannot be written, and for `binary` output into a terminal.
    """
    named = "standard output" if out == STANDARD_OUTPUT else os.path.abspath(out)
    try:
        sys.stdout.flush()
        number = _descriptor(out)
        handle = os.dup(number) if number is not None else _pipe(os.path.realpath(out))
        with open(handle, "wb") as file:
            if binary and file.isatty():
                raise BrowserError("a terminal cannot show this", path=named, hint="lead it into a file or a program")
            yield file
    except BrokenPipeError:  # whoever reads it has enough
        raise
    except OSError as error:
        raise BrowserError(f"the output could not be written: {error.strerror}", path=named) from error


@contextlib.contextmanager
def output(out: str, *, force: bool, library: str, binary: bool = True) -> Iterator[IO[bytes]]:
    """What is written to `out`: a stream, or a file that takes the place of `out` when all is written.

    An existing file stays without `force`, and the library always. Raises BrowserError.
    """
    if is_stream(out):
        with stream(out, binary=binary) as file:
            yield file
        return
    path = os.path.realpath(out)
    if _is_file(path):
        if os.path.exists(library) and os.path.samefile(path, library):
            raise BrowserError("this is the library itself, and is not replaced", path=path)
        if not force:
            raise BrowserError("the file exists already", path=path, hint="--force replaces it")
    try:
        with _partial(path) as (file, partial):
            yield file
            file.close()
            if force:
                os.replace(partial, path)
            else:
                os.link(partial, path)  # fails when somebody else made it meanwhile
    except FileExistsError as error:
        raise BrowserError("the file exists already", path=path, hint="--force replaces it") from error
    except OSError as error:
        raise BrowserError(f"the export could not be written: {error.strerror}", path=path) from error


@contextlib.contextmanager
def as_text(file: IO[bytes]) -> Iterator[IO[str]]:
    """The same as UTF-8 text; bytes of names that are none come out as they are, and line ends are left alone."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        yield text
        text.flush()
    finally:
        with contextlib.suppress(OSError):  # what could not be written has been told
            text.detach()


@contextlib.contextmanager
def _partial(path: str) -> Iterator[tuple[IO[bytes], str]]:
    """A new file beside `path`, with the permissions of an older one there; gone at the end unless it was renamed."""
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
    """The number of the descriptor that `out` names; None where it names none."""
    if out == STANDARD_OUTPUT:
        return 1
    path = os.path.abspath(out)
    for _ in range(_LINKS):
        if path in _NAMED:
            return _NAMED[path]
        if found := _DESCRIPTOR.fullmatch(path):
            return _handed_over(int(found[1] or found[2]), out)
        folder = os.path.realpath(os.path.dirname(path))
        real = os.path.join(folder, os.path.basename(path))
        if real != path:
            path = real
        elif os.path.islink(path):
            path = os.path.join(folder, os.readlink(path))
        else:
            return None
    return None


def _handed_over(number: int, out: str) -> int:
    """The number itself, where whoever started the program opened it: what we opened ourselves is nobody's output."""
    try:
        ours = number > 2 and not os.get_inheritable(number)
    except (OSError, OverflowError):
        ours = True
    if ours:
        raise BrowserError("this descriptor is not open", path=out, hint=f"the shell opens it: {number}> FILE")
    return number


def _is_file(path: str) -> bool:
    """Whether a file stands at `path`; False where nothing does. Raises BrowserError for all else."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BrowserError(f"nothing can be written there: {error.strerror}", path=path) from error
    if stat.S_ISREG(mode):
        return True
    if stat.S_ISDIR(mode):
        raise BrowserError("a folder stands where the file should go", path=path)
    what = "a socket" if stat.S_ISSOCK(mode) else "a device"
    raise BrowserError(f"nothing is written to {what}", path=path, hint="a file, a pipe, /dev/stdout or - will do")


def _pipe(path: str) -> int:
    """A named pipe, opened for writing; waits for whoever reads it."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        complain(BrowserError("waiting for a program that reads this pipe", path=path))
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise BrowserError("another file took the place of the pipe", path=path)
    os.set_blocking(handle, True)
    return handle
