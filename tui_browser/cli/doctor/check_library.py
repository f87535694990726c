"""Checks of the library, its disk and the watched folders; nothing is changed."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator, Sequence

from tui_browser.cli.doctor.finding import Finding, State
from tui_browser.errors import BrowserError, LibraryBusy, counted, printable

_SMALL_BYTES, _TINY_BYTES = 500 << 20, 20 << 20
_COUNT_S = 3.0
_INOTIFY = "/proc/sys/fs/inotify"


def library(path: str) -> tuple[list[Finding], list[bytes], str | None]:
    """Whether the library opens and can be written and locked; its roots that can be reached; its model."""
    from tui_browser.library.library import Library

    shown = printable(path)
    try:
        with Library.open(path) as opened:
            facts = opened.status()
            roots = opened.roots()
            name = opened.model
    except BrowserError as error:
        hint = error.hint or "choose another library with --library"
        return [Finding("library", "fails", str(error), "opened for reading", hint)], [], None
    if not os.path.exists(path):
        above = os.path.dirname(path)
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        if not os.access(above, os.W_OK | os.X_OK):
            found = f"none yet at {shown}, and {printable(above)} cannot be written"
            return (
                [Finding("library", "fails", found, "permissions", "choose another place with --library FILE")],
                [],
                None,
            )
        change = "tui-browser index FOLDER fills it"
        return [Finding("library", "good", f"none yet; it will be {shown}", "permissions", change)], [], None
    size = f"{counted(facts['samples'], 'sample')}, {counted(facts['rejects'], 'reject')}"
    found = f"{shown}: {size}, layout {facts['layout'] or 'none yet'}"
    findings = [_writable(path, found)]
    absent = [root for root in roots if not root.present]
    for root in absent:
        what = f"missing, its {counted(root.samples, 'sample')} are kept: {printable(root.path)}"
        findings.append(
            Finding(
                "folder", "limited", what, "read the folder", "connect its drive, or remove it with tui-browser forget"
            )
        )
    return findings, [root.path for root in roots if root.present], name


def _writable(path: str, found: str) -> Finding:
    from tui_browser.store.writer_lock import writer_lock

    folder = os.path.dirname(os.path.abspath(path))
    if not os.access(path, os.W_OK) or not os.access(folder, os.W_OK):
        change = f"allow yourself to write to {printable(folder)}"
        return Finding("library", "limited", f"{found}; read-only: changes are not kept", "permissions", change)
    try:
        with writer_lock(path, wait_s=0.2):
            return Finding("library", "good", f"{found}; writable", "opened and locked")
    except LibraryBusy as error:
        return Finding("library", "good", f"{found}; {error.what} now", "opened; another process holds the lock")
    except BrowserError as error:
        return Finding("library", "fails", str(error), "locked", error.hint)


def disk(path: str) -> Iterator[Finding]:
    """Free space on the library's disk."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    free = shutil.disk_usage(folder).free
    state: State = "good" if free >= _SMALL_BYTES else "limited" if free >= _TINY_BYTES else "fails"
    change = "" if state == "good" else "free some space, or put the library on another disk with --library FILE"
    found = f"{free / 1e9:,.1f} GB free at {printable(folder)} (100,000 samples take about 150 MB)"
    yield Finding("disk", state, found, "asked the file system", change)


def watching(roots: Sequence[bytes]) -> Iterator[Finding]:
    """Whether changes in the roots can be watched: network drives, and Linux's limits."""
    from tui_browser.folder.mounts import network_file_system

    local = []
    for root in roots:
        kind = network_file_system(root)
        if kind:
            found = f"{printable(root)} is on {kind}, which reports no changes, so that it is scanned from time to time"
            yield Finding("watching", "limited", found, "list of mounts", "")
        else:
            local.append(root)
    limits = {name: _limit(name) for name in ("max_user_watches", "max_queued_events", "max_user_instances")}
    if limits["max_user_watches"] is None:
        yield Finding("watching", "good", "no limits are known for this system", platform.system())
        return
    folders, complete = _count_folders(local)
    limits_text = ", ".join(f"{name} {value:,}" for name, value in limits.items() if value is not None)
    found = f"{folders:,}{'' if complete else ' or more'} folders to watch; {limits_text}"
    needed = 2 * max(folders, 1)
    if limits["max_user_watches"] < needed:
        change = f"sudo sysctl fs.inotify.max_user_watches={max(524_288, 2 * needed)}"
        yield Finding("watching", "limited", found, "counted", change)
    elif (limits["max_queued_events"] or 1 << 20) < 16_384:
        yield Finding("watching", "limited", found, "counted", "sudo sysctl fs.inotify.max_queued_events=16384")
    elif (limits["max_user_instances"] or 1 << 20) < 16:
        yield Finding("watching", "limited", found, "counted", "sudo sysctl fs.inotify.max_user_instances=128")
    else:
        yield Finding("watching", "good", found, "counted")


def _limit(name: str) -> int | None:
    try:
        with open(os.path.join(_INOTIFY, name)) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def _count_folders(roots: Sequence[bytes]) -> tuple[int, bool]:
    deadline = time.monotonic() + _COUNT_S
    count = 0
    for root in roots:
        for _ in os.walk(root):
            count += 1
            if time.monotonic() > deadline:
                return count, False
    return count, True
