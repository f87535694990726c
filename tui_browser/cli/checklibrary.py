"""The doctor's look at the library, the disk that it grows on and the folders that are watched; nothing is changed."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator, Sequence

from tui_browser.cli.findings import Finding, State
from tui_browser.errors import BrowserError, LibraryBusy, counted, printable

_SMALL_BYTES, _TINY_BYTES = 500 << 20, 20 << 20
_COUNT_S = 3.0
_INOTIFY = "/proc/sys/fs/inotify"


def library(path: str) -> tuple[list[Finding], list[bytes], str | None]:
    """Whether the library opens, can be written and locked; its roots that are there; the model that heard it."""
    from tui_browser.library.door import Library

    shown = printable(path)
    try:
        with Library.open(path) as opened:
            facts = opened.status()
            roots = opened.roots()
            name = opened.model
    except BrowserError as error:
        hint = error.hint or "name another one with --library"
        return [Finding("library", "fails", str(error), "opened for reading", hint)], [], None
    if not os.path.exists(path):
        above = os.path.dirname(path)
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        if not os.access(above, os.W_OK | os.X_OK):
            found = f"none yet at {shown}, and {printable(above)} cannot be written"
            return [Finding("library", "fails", found, "permissions", "--library FILE puts it elsewhere")], [], None
        change = "tui-browser index FOLDER fills it"
        return [Finding("library", "good", f"none yet; it will be {shown}", "permissions", change)], [], None
    size = f"{counted(facts['samples'], 'sample')}, {counted(facts['rejects'], 'reject')}"
    found = f"{shown}: {size}, layout {facts['layout'] or 'none yet'}"
    findings = [_writable(path, found)]
    absent = [root for root in roots if not root.present]
    for root in absent:
        what = f"missing, its {counted(root.samples, 'sample')} are kept: {printable(root.path)}"
        findings.append(Finding("folder", "limited", what, "looked", "connect it, or tui-browser forget"))
    return findings, [root.path for root in roots if root.present], name


def _writable(path: str, found: str) -> Finding:
    from tui_browser.store.writerlock import writer_lock

    folder = os.path.dirname(os.path.abspath(path))
    if not os.access(path, os.W_OK) or not os.access(folder, os.W_OK):
        change = f"give yourself the right to write to {printable(folder)}"
        return Finding("library", "limited", f"{found}; read-only: changes are not kept", "permissions", change)
    try:
        with writer_lock(path, wait_s=0.2):
            return Finding("library", "good", f"{found}; writable", "opened, locked and given back")
    except LibraryBusy as error:
        return Finding("library", "good", f"{found}; {error.what} just now", "opened; the lock is taken")
    except BrowserError as error:
        return Finding("library", "fails", str(error), "locked", error.hint)


def disk(path: str) -> Iterator[Finding]:
    """Room where the library grows."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    free = shutil.disk_usage(folder).free
    state: State = "good" if free >= _SMALL_BYTES else "limited" if free >= _TINY_BYTES else "fails"
    change = "" if state == "good" else "make room, or --library FILE on another disk"
    found = f"{free / 1e9:,.1f} GB free at {printable(folder)} (100,000 samples take some 150 MB)"
    yield Finding("disk", state, found, "asked the file system", change)


def watching(roots: Sequence[bytes]) -> Iterator[Finding]:
    """Whether changes in the roots are told: network drives, and Linux's limits."""
    from tui_browser.folder.mounts import network_kind

    local = []
    for root in roots:
        kind = network_kind(root)
        if kind:
            found = f"{printable(root)} lies on {kind}, which tells of no changes: it is looked at from time to time"
            yield Finding("watching", "limited", found, "list of mounts", "")
        else:
            local.append(root)
    limits = {name: _limit(name) for name in ("max_user_watches", "max_queued_events", "max_user_instances")}
    if limits["max_user_watches"] is None:
        yield Finding("watching", "good", "the system sets no limit that is known", platform.system())
        return
    folders, all_counted = _count_folders(local)
    told = ", ".join(f"{name} {value:,}" for name, value in limits.items() if value is not None)
    found = f"{folders:,}{'' if all_counted else ' and more'} folders to watch; {told}"
    wanted = 2 * max(folders, 1)
    if limits["max_user_watches"] < wanted:
        change = f"sudo sysctl fs.inotify.max_user_watches={max(524_288, 2 * wanted)}"
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
