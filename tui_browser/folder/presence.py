"""Whether folders are there, asked by a process of its own: a drive that hangs holds back whoever asks it."""

from __future__ import annotations

import os
import selectors
import sys
import time
from collections.abc import Sequence

PATIENCE_S = 0.5
"""How long a drive has to answer; one that sleeps is woken by the question, and answers the next one."""
_ASK = """
import os, sys, threading
if os.fork():
    os._exit(0)  # whoever asks has no child that cannot be ended
def ask(at, path):
    os.write(1, b"%d %d\\n" % (at, os.path.isdir(path)))
for at, path in enumerate(sys.argv[1:]):
    threading.Thread(target=ask, args=(at, os.fsencode(path))).start()
"""


def folders_present(folders: Sequence[bytes], *, within_s: float = PATIENCE_S) -> list[bool | None]:
    """Whether each of these is a folder; None for those whose drive did not answer in time."""
    if not folders:
        return []
    read, write = os.pipe()
    try:
        asker = os.posix_spawn(
            sys.executable,
            [*map(os.fsencode, (sys.executable, "-I", "-S", "-c", _ASK)), *folders],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, write, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except OSError:
        os.close(read)
        return [os.path.isdir(folder) for folder in folders]
    finally:
        os.close(write)
    answers: list[bool | None] = [None] * len(folders)
    for line in _lines(read, time.monotonic() + within_s):
        at, there = line.split()
        answers[int(at)] = there == b"1"
    os.close(read)
    os.waitpid(asker, 0)
    return answers


def _lines(descriptor: int, deadline: float) -> list[bytes]:
    """The whole lines that come until the other end is closed or the time is over."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            more = os.read(descriptor, 4096)
            if not more:
                break
            said += more
    return said.split(b"\n")[:-1]
