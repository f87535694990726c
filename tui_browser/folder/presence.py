"""Check whether folders are present, in a separate process, because a drive that hangs blocks the process asking."""

from __future__ import annotations

import os
import selectors
import sys
import time
from collections.abc import Sequence

PATIENCE_S = 0.5
"""Time limit for an answer. A sleeping drive is woken by the first check and answers the next."""
_START_S = 10.0
"""Time limit for the start of the process that asks: a busy machine is no drive that hangs."""
_CHECK_SCRIPT = """
import os, sys, threading
if os.fork():
    os._exit(0)  # the grandchild may hang; the caller waits only for this process
os.write(1, b"\\n")
def check(number, path):
    os.write(1, b"%d %d\\n" % (number, os.path.isdir(path)))
for number, path in enumerate(sys.argv[1:]):
    threading.Thread(target=check, args=(number, os.fsencode(path))).start()
"""


def folders_present(folders: Sequence[bytes], *, within_s: float = PATIENCE_S) -> list[bool | None]:
    """Whether each path is a folder; None if its drive did not answer within `within_s` of being asked."""
    if not folders:
        return []
    read, write = os.pipe()
    try:
        pid = os.posix_spawn(
            sys.executable,
            [*map(os.fsencode, (sys.executable, "-I", "-S", "-c", _CHECK_SCRIPT)), *folders],
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
    for line in _lines(read, within_s):
        number, present = line.split()
        answers[int(number)] = present == b"1"
    os.close(read)
    os.waitpid(pid, 0)
    return answers


def _lines(descriptor: int, within_s: float) -> list[bytes]:
    """Lines received until the other end closes, or `within_s` after it sent an empty one as its first."""
    received = b""
    deadline = time.monotonic() + _START_S
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            more = os.read(descriptor, 4096)
            if not more:
                break
            if not received:
                deadline = time.monotonic() + within_s
            received += more
    return received.split(b"\n")[1:-1]
