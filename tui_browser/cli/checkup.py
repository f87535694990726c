"""The doctor's look at program, sound, model, library and disk; nothing is changed by looking."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import select
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence

from tui_browser import __version__
from tui_browser.audio.player import Player
from tui_browser.audio.player_messages import Failed, Finished, Lost, PlayerEvent, Ready
from tui_browser.cli.findings import Finding, State
from tui_browser.config.places import config_file, log_file, shipped
from tui_browser.config.settings import Settings, load_settings
from tui_browser.config.state import load_state
from tui_browser.config.themes import DEFAULT_THEME, load_theme
from tui_browser.errors import BrowserError, ConfigError, LibraryBusy, printable

PATIENCE_S = 20.0
_SMALL_BYTES, _TINY_BYTES = 500 << 20, 20 << 20
_COUNT_S = 3.0
_INOTIFY = "/proc/sys/fs/inotify"


def versions() -> Iterator[Finding]:
    """The program and what it stands on, without importing the heavy ones."""
    parts = [f"tui-browser {__version__}", f"Python {platform.python_version()}", platform.platform(terse=True)]
    missing = []
    for name in ("textual", "numpy", "torch", "soundfile", "soxr", "miniaudio", "umap-learn", "pynndescent"):
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    extras = [name for name in ("simpleaudio", "av", "pyarrow") if importlib.util.find_spec(name)]
    found = ", ".join(parts) + (f"; extras: {', '.join(extras)}" if extras else "")
    if missing:
        change = "install it anew: pip install --force-reinstall tui-browser"
        yield Finding("versions", "fails", f"{found}; missing: {', '.join(missing)}", "package metadata", change)
    else:
        yield Finding("versions", "good", found, "package metadata")


def settings() -> tuple[Settings, list[Finding]]:
    """The settings, or the default ones and what is wrong with them."""
    path = config_file()
    where = printable(path) if os.path.exists(path) else f"none at {printable(path)}: all at their defaults"
    try:
        found = load_settings()
        from tui_browser.ui.commands import Keys

        Keys(found.keys, path=path)
    except ConfigError as error:
        return Settings(), [Finding("settings", "fails", str(error), "read", "mend or delete that line")]
    return found, [Finding("settings", "good", where, "read, with all keys")]


def theme(chosen: Settings) -> Iterator[Finding]:
    """The theme that will be worn."""
    name = chosen.theme or load_state().theme or DEFAULT_THEME
    try:
        load_theme(name)
    except ConfigError as error:
        yield Finding("theme", "fails", str(error), "read", 'theme = "dark" in the settings')
    else:
        yield Finding("theme", "good", name, "read")


def sound(chosen: Settings, *, tone: bool) -> Iterator[Finding]:
    """Which way out opens; with `tone`, half a second of 440 Hz goes out on it."""
    asked = chosen.player
    with tempfile.TemporaryDirectory(prefix="tui-browser-") as folder:
        player = Player(asked, log=log_file("doctor"))
        try:
            ready = _await(player, Ready)
            if not isinstance(ready, Ready):
                reason = getattr(ready, "reason", f"no answer within {PATIENCE_S:g} s")
                yield Finding(
                    "sound",
                    "fails",
                    f"the player does not run: {reason}",
                    "started",
                    "see doctor.log in the cache folder",
                )
                return
            tested = "opened as the app opens it"
            problem = _tone(player, folder) if tone else ""
        finally:
            player.close()
    if problem:
        yield Finding(
            "sound",
            "fails",
            f"{ready.backend}, but a tone was not played: {problem}",
            tested,
            "see doctor.log in the cache folder",
        )
        return
    if tone:
        tested += ", and half a second of a 440 Hz tone was played: it should have been heard"
    if ready.sounds or asked == "null" or (asked.startswith("recorder:") and not ready.note):
        yield Finding("sound", "good", f"{ready.backend}{f': {ready.note}' if ready.note else ''}", tested)
        return
    state: State = "limited" if asked == "auto" else "fails"
    change = (
        "tui-browser listen on the laptop brings sound over SSH" if _ssh() else "connect a device, or start PulseAudio"
    )
    if asked != "auto":
        change = 'player = "auto" in the settings takes what works'
    yield Finding("sound", state, ready.note or f"{ready.backend} is silent", tested, change)


def _ssh() -> bool:
    return any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def _await(player: Player, kind: type[PlayerEvent]) -> PlayerEvent | None:
    deadline = time.monotonic() + PATIENCE_S
    while (left := deadline - time.monotonic()) > 0:
        for event in player.poll():
            if isinstance(event, (kind, Lost, Failed)):
                return event
        select.select([player.fileno()], [], [], min(left, 0.5))
    return None


def _tone(player: Player, folder: str) -> str:
    """Why a tone was not played; empty when it was."""
    import numpy as np
    import soundfile

    path = os.path.join(folder, "tone.wav")
    moment = np.arange(22_050) / 44_100
    soundfile.write(
        path, 0.2 * np.sin(2 * np.pi * 440 * moment) * np.minimum(1, 50 * np.minimum(moment, 0.5 - moment)), 44_100
    )
    player.play(os.fsencode(path), token=1)
    end = _await(player, Finished)
    return "" if isinstance(end, Finished) else getattr(end, "reason", "no answer")


def model(name: str | None) -> Iterator[Finding]:
    """The model, loaded in a process of its own and fed with silence."""
    import numpy as np

    from tui_browser.encode.worker import Encoder
    from tui_browser.library.ear import load_model

    try:
        bundle = load_model(name)
        shape = (1, bundle.front_end.n_mels, bundle.front_end.frames)
        with Encoder(bundle, log=log_file("doctor")) as encoder:
            encoding = encoder.encode(np.zeros(shape, dtype=np.float32))
    except BrowserError as error:
        yield Finding("model", "fails", str(error), "loaded", f"the shipped ones lie in {printable(shipped('models'))}")
        return
    heads = [f"{bundle.dim} numbers a sound"]
    heads += ["classes"] if bundle.classes else []
    heads += ["a map of its own"] if bundle.has_map else []
    if not np.isfinite(encoding.embedding).all():
        yield Finding("model", "fails", f"{bundle.space} gives no numbers", "heard silence", "take another --model")
        return
    yield Finding("model", "good", f"{bundle.space}: {', '.join(heads)}", "loaded by torch in a process of its own")


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
    found = (
        f"{shown}: {facts['samples']:,} samples, {facts['rejects']:,} rejects, layout {facts['layout'] or 'none yet'}"
    )
    findings = [_writable(path, found)]
    absent = [root for root in roots if not root.present]
    for root in absent:
        what = f"not there just now, its {root.samples:,} samples are kept: {printable(root.path)}"
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


def formats() -> Iterator[Finding]:
    """What can be decoded."""
    import soundfile

    known = soundfile.available_formats()
    lacking = [name for name in ("WAV", "AIFF", "FLAC", "OGG", "MP3", "CAF", "AU", "W64", "RF64") if name not in known]
    version = getattr(soundfile, "__libsndfile_version__", "")
    av = "with" if importlib.util.find_spec("av") else "without"
    found = f"libsndfile {version}, {av} m4a, aac and wma"
    if lacking:
        yield Finding("formats", "limited", f"{found}; without {', '.join(lacking)}", "asked libsndfile",
                      "pip install --upgrade soundfile")  # fmt: skip
    else:
        yield Finding("formats", "good", found, "asked libsndfile", "" if av == "with" else "pip install av adds them")
