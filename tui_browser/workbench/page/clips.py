"""The clips of all sounds of a page, made on several cores, within a budget of bytes."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from tui_browser.errors import BrowserError, counted
from tui_browser.records import Progress
from tui_browser.workbench.page.chosen import PageSound
from tui_browser.workbench.page.clip import encode_clip

Report = Callable[[Progress], None]
MB = 1_000_000
_AHEAD = 16
"""Sounds in work for each thread, so that little is lost where the budget ends."""
_ROUND_UP = 1.1


@dataclass(frozen=True, slots=True)
class SoundClips:
    """The clips of the sounds that could be read, and the errors of the others."""

    clips: list[bytes | None]
    """One a sound, None where it failed."""
    errors: list[BrowserError]


def make_clips(
    sounds: Sequence[PageSound], *, seconds: float, max_bytes: int, jobs: int | None = None, report: Report
) -> SoundClips:
    """Encode all sounds; raises BrowserError once they are larger than `max_bytes` as text (base64)."""
    clips: list[bytes | None] = []
    errors: list[BrowserError] = []
    used = 0
    started = time.monotonic()
    report(Progress("pack", 0, len(sounds)))
    for clip in _encoded(sounds, seconds=seconds, jobs=jobs or os.cpu_count() or 1):
        if isinstance(clip, BrowserError):
            errors.append(clip)
            clips.append(None)
        else:
            clips.append(clip)
            used += base64_size(len(clip))
        if used > max_bytes:
            expected = used * len(sounds) / len(clips)
            raise too_large(len(sounds), seconds, expected, max_bytes, about=len(clips) < len(sounds))
        elapsed = time.monotonic() - started
        left = elapsed / len(clips) * (len(sounds) - len(clips))
        report(Progress("pack", len(clips), len(sounds), len(clips) / max(elapsed, 1e-6), left))
    return SoundClips(clips, errors)


def base64_size(size: int) -> int:
    """Bytes of base64 of so many bytes."""
    return (size + 2) // 3 * 4


def too_large(count: int, seconds: float, size: float, max_bytes: int, *, about: bool) -> BrowserError:
    """The error of a page above its limit, with what would change that."""
    needed = int(size * (_ROUND_UP if about else 1.0) / MB) + 1
    fewer = max(1, int(count * max_bytes / size * 0.9))
    return BrowserError(
        f"{counted(count, 'sound')} of up to {seconds:g} s make a page of {'about ' if about else ''}"
        f"{size / MB:,.1f} MB, more than --max-size {max_bytes / MB:g}",
        hint=f"--max-size {needed} allows it; --seconds {seconds / 2:g}, -n {fewer} or a QUERY makes it smaller",
    )


def _encoded(sounds: Sequence[PageSound], *, seconds: float, jobs: int) -> Iterator[bytes | BrowserError]:
    """The clip or the error of each sound, in order; what waits is dropped when the reader stops."""
    encode = partial(_encode, seconds=seconds)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="clip")
    try:
        waiting: deque[Future[bytes | BrowserError]] = deque()
        for sound in sounds:
            waiting.append(pool.submit(encode, sound))
            if len(waiting) >= jobs * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _encode(sound: PageSound, *, seconds: float) -> bytes | BrowserError:
    try:
        return encode_clip(sound.path, onset_s=sound.onset_s, seconds=seconds)
    except BrowserError as error:
        return error
