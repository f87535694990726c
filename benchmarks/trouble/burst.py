"""Many new files at once below a watched root: more than the system's queue of events holds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.trouble.programs import Place, wait_for
from benchmarks.trouble.small_sounds import sound_file
from tui_browser.errors import BrowserError
from tui_browser.store.store import Store

_A_FOLDER = 100
"""Files of one folder."""
_QUIET_S = 120.0
"""So long nothing may come before the rest counts as lost."""


@dataclass
class BurstReport:
    """What came of it."""

    lost: int = 0
    seconds: float = 0.0
    """From the last file written to the last one in the library."""
    faults: list[str] = field(default_factory=list)


def burst(place: Place, *, files: int, told: Callable[[str], None] = lambda _: None) -> BurstReport:
    """Write that many different files while `watch` runs, and wait for all of them in the library."""
    root = os.path.join(place.folder, "burst")
    os.makedirs(root)
    os.makedirs(os.path.dirname(place.library), exist_ok=True)
    place.run("add", root)
    watch = place.start("watch", "--quiet")
    try:
        place_known = wait_for(lambda: _revision(place.library) > 0, within_s=30)
        written = _write(root, files)
        told(f"{files} files written")
        started = time.monotonic()
        report = BurstReport()
        known = _wait(place.library, files)
        report.seconds = time.monotonic() - started
        report.lost = len(written - known)
        report.faults += [f"lost: {os.fsdecode(path)}" for path in sorted(written - known)]
        report.faults += [f"no such file: {os.fsdecode(path)}" for path in sorted(known - written)]
        if not place_known or watch.poll() is not None:
            report.faults.append(f"watch ended with {watch.returncode}")
    finally:
        watch.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            watch.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(watch.pid, signal.SIGKILL)
        watch.wait()
    return report


def _write(root: str, files: int) -> set[bytes]:
    """Different sounds in folders of a hundred, as fast as they can be written."""
    written = set()
    content = sound_file(0)[1]
    for number in range(files):
        folder = os.path.join(root, f"{number // _A_FOLDER:04d}")
        if number % _A_FOLDER == 0:
            os.mkdir(folder)
        path = os.path.join(folder, f"{number:06d}.wav")
        with open(path, "wb") as file:
            file.write(content[:-4] + number.to_bytes(4, "little"))
        written.add(os.fsencode(path))
    return written


def _wait(library: str, files: int) -> set[bytes]:
    """The paths in the library once there are so many, or once nothing has come for long."""
    known: set[bytes] = set()
    changed = time.monotonic()
    while time.monotonic() - changed < _QUIET_S:
        with contextlib.suppress(BrowserError), Store.open(library) as store:
            if store.counts().samples != len(known):
                known, changed = set(store.known()), time.monotonic()
            if len(known) >= files and not store.counts().unheard:
                break
        time.sleep(0.3)
    return known


def _revision(library: str) -> int:
    with contextlib.suppress(BrowserError), Store.open(library) as store:
        return store.revision()
    return 0
