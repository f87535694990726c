"""A sound into a folder: fetched as `.part`, checked, given its sidecar, and only then its name."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tui_browser.audio.source import open_file, open_source
from tui_browser.errors import AudioError, FreesoundError, printable
from tui_browser.folder.sidecar import sidecar_path
from tui_browser.freesound.clock import Cancelled, check, never
from tui_browser.freesound.fetched_files import ENDINGS, file_stem, find_fetched
from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.web import Web
from tui_browser.safe_files import create_file, replace_file

_AUDIO_TYPES = ("application/ogg", "application/octet-stream", "binary/octet-stream", "")
"""Content types of sounds besides `audio/...`."""
_SPARE_BYTES, _BYTES_A_SECOND, _MOST_BYTES = 2 << 20, 64_000, 256 << 20
"""A preview has 24 kB a second at most."""
_SHORTEST_SHARE, _SLACK_S = 0.9, 0.3
"""A preview that is shorter than this share of its sound was cut off."""
_BLOCK = 1 << 16
_PART = re.compile(rb"\.freesound-(\d+)-\d+\.part")


@dataclass(frozen=True, slots=True)
class FetchedSound:
    """A sound that is in the folder now."""

    path: bytes
    fresh: bool
    """False where it was there before."""


def fetch_sound(
    web: Web, sound: FoundSound, folder: bytes, *, cached: bytes | None = None, cancelled: Cancelled = never
) -> FetchedSound:
    """Bring a sound into a folder, with its sidecar; nothing is overwritten, and nothing half written stays.

    `cached` is a file with its preview, fetched before. Raises FreesoundError with the reason, and CancelledError.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        known = find_fetched(folder, sound.id)
        if known is not None:
            return FetchedSound(known, fresh=False)
        kind, address = _preview(sound)
        with _part(folder, sound.id) as part:
            _fill(part, web, sound, address, cached=cached, cancelled=cancelled)
            check(cancelled)
            path = os.path.join(folder, file_stem(sound) + ENDINGS[kind.rpartition("-")[2]])
            replace_file(os.fsdecode(sidecar_path(path)), sidecar_bytes(sound, os.path.basename(path)))
            try:
                _rename_new(part, path)
            except FileExistsError:  # another process fetched it meanwhile
                return FetchedSound(path, fresh=False)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(sidecar_path(path))
                raise
            return FetchedSound(path, fresh=True)
    except OSError as error:
        raise FreesoundError(f"the folder cannot be written: {error.strerror or error}", path=folder) from error


def fetch_preview(web: Web, sound: FoundSound, path: bytes, *, cancelled: Cancelled = never) -> None:
    """Fetch the preview to listen to into a new file; raises FreesoundError, and CancelledError."""
    folder = os.path.dirname(path)
    _, address = _preview(sound, to_keep=False)
    try:
        with _part(folder, sound.id) as part:
            _fill(part, web, sound, address, cached=None, cancelled=cancelled)
            os.replace(part, path)
    except OSError as error:
        raise FreesoundError(f"the cache cannot be written: {error.strerror or error}", path=folder) from error


def _preview(sound: FoundSound, *, to_keep: bool = True) -> tuple[str, str]:
    preview = sound.preview(to_keep=to_keep)
    if preview is None:
        raise FreesoundError(f"sound {sound.id} has no preview")
    return preview


def sidecar_bytes(sound: FoundSound, name: bytes) -> bytes:
    """The JSON beside the file: whose it is, and what may be done with it."""
    licence = sound.licence
    fields: dict[str, Any] = {
        "id": sound.id,
        "file": os.fsdecode(name),
        "name": sound.name,
        "author": sound.author,
        "license": sound.license,
        "license_name": licence.name,
        "license_url": licence.url,
        "commercial_use": licence.commercial,
        "url": sound.url,
        "tags": list(sound.tags),
        "duration_s": sound.duration_s,
        "gen_ai_preference": sound.ai_preference or None,
        "service": "Freesound",
        "original": {"type": sound.type or None, "filesize": sound.filesize, "md5": sound.md5 or None},
    }
    return json.dumps(fields, indent=1, allow_nan=False).encode("ascii") + b"\n"


def remove_stale_parts(folder: bytes, *, also: int = 0) -> None:
    """Delete what a process that was killed left half written in this folder, and what the process `also` has there."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            match = _PART.fullmatch(entry.name)
            if match is not None and (int(match[1]) == also or not _runs(int(match[1]))):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def _part(folder: bytes, number: int) -> Iterator[bytes]:
    """A path for a file in the making, of which nothing stays when the block ends."""
    part = os.path.join(folder, b".freesound-%d-%d.part" % (os.getpid(), number))
    try:
        yield part
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)


def _fill(
    part: bytes, web: Web, sound: FoundSound, address: str, *, cached: bytes | None, cancelled: Cancelled
) -> None:
    """Write the preview into `part` and check it."""
    with open(create_file(os.fsdecode(part)), "wb") as file:
        if cached is not None:
            with open(cached, "rb") as source:
                while block := source.read(_BLOCK):
                    file.write(block)
        else:
            length_s = sound.duration_s or 60.0
            most = min(_MOST_BYTES, _SPARE_BYTES + int(length_s * _BYTES_A_SECOND))
            content_type = web.download(address, file, most_bytes=most, seconds=length_s, cancelled=cancelled)
            if not content_type.startswith("audio/") and content_type not in _AUDIO_TYPES:
                raise FreesoundError(f"what came is no sound but {printable(content_type)[:60]}")
        file.flush()
        os.fsync(file.fileno())
    _check_sound(part, sound.duration_s, cancelled)


def _check_sound(part: bytes, duration_s: float | None, cancelled: Cancelled) -> None:
    """Decode a file to its end; raises FreesoundError where it is no sound, or ends before it should."""
    frames = 0
    try:
        with open_file(part) as handle, open_source(handle, part) as source:
            while len(block := source.read(_BLOCK)):
                frames += len(block)
                check(cancelled)
            cut = source.ends_early(frames)
            length_s = frames / source.rate
    except AudioError as error:
        raise FreesoundError(f"what came is no sound that can be played: {error.what}") from error
    too_short = duration_s is not None and length_s < _SHORTEST_SHARE * duration_s - _SLACK_S
    if not frames or cut or too_short:
        raise FreesoundError(f"what came ends early, after {length_s:.1f} s", hint="try again")


def _rename_new(part: bytes, path: bytes) -> None:
    """Rename the finished file; raises FileExistsError where there is one of this name."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(part, path)
