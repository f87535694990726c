"""The excerpts of all sounds of a page, made on several cores, within a budget of bytes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from tui_browser.errors import BrowserError, counted
from tui_browser.workbench.page.chosen import PageSound
from tui_browser.workbench.page.excerpt import encode_excerpt

MB = 1_000_000
_AHEAD = 16
"""Sounds in work for each thread, so that little is lost where the budget ends."""
_ROUND_UP = 1.1
_ENOUGH, _FAR_ABOVE = 200, 1.5
"""After so many sounds a page that would be so many times too large is not finished."""
_LEAST_S = 0.1
"""A shorter excerpt is as large as one of this length."""


@dataclass(frozen=True, slots=True)
class PageExcerpts:
    """The excerpts of the sounds that could be read, and the errors of the others."""

    excerpts: list[bytes | None]
    """One a sound, None where it failed."""
    errors: list[BrowserError]


def make_excerpts(
    sounds: Sequence[PageSound], *, seconds: float, max_bytes: int, jobs: int | None = None, step: Callable[[], None]
) -> PageExcerpts:
    """Encode all sounds; raises BrowserError once they are, or will be, larger than `max_bytes` as text (base64)."""
    excerpts: list[bytes | None] = []
    errors: list[BrowserError] = []
    lengths = [max(_LEAST_S, min(seconds, sound.duration_s)) for sound in sounds]
    all_s, done_s, used = sum(lengths), 0.0, 0
    for excerpt in _encoded(sounds, seconds=seconds, jobs=jobs or os.cpu_count() or 1):
        if isinstance(excerpt, BrowserError):
            errors.append(excerpt)
            excerpts.append(None)
        else:
            excerpts.append(excerpt)
            used += base64_size(len(excerpt))
        done_s += lengths[len(excerpts) - 1]
        expected = used * all_s / done_s
        if used > max_bytes or (len(excerpts) >= _ENOUGH and expected > _FAR_ABOVE * max_bytes):
            raise too_large(len(sounds), seconds, expected, max_bytes, about=len(excerpts) < len(sounds))
        step()
    return PageExcerpts(excerpts, errors)


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
    """The excerpt or the error of each sound, in order; what waits is dropped when the reader stops."""
    encode = partial(_encode, seconds=seconds)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="excerpt")
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
        return encode_excerpt(sound.path, onset_s=sound.onset_s, seconds=seconds)
    except BrowserError as error:
        return error
