"""Finds MPEG audio streams and their true lengths.

mpg123 estimates the length of an MP3 without a Xing header from its size and the bit rate of its first frame, and
stops there. So the frames are counted here, and the decoder gets a corrected header or size.
"""

from __future__ import annotations

import os

from tui_browser.audio.mpeg_frames import FrameRun, HeaderFrame, first_frame, frame_runs, id3_length
from tui_browser.audio.patched_file import FileStream, Span

_TRUSTED_AFTER = 1 << 20
"""After this many bytes the count in a header is trusted if it agrees with the size."""
_COUNTED_BYTES = 16 << 20
"""Otherwise, frames are counted in this many bytes."""
_SIZE_FACTOR = 64
"""No average bit rate is lower than that of the first frame by this factor."""
_TOLERANCE = 2
"""Frames by which a count may differ: some encoders count the header frame, or one they never wrote."""


def mpeg_streams(fd: int, start: int, end: int, *, lead: bool = False) -> list[FileStream]:
    """The MPEG audio streams in this span of a file; an empty list if it holds something else.

    With `lead`, other data may precede them. The result is `FileStream()` if the file can be decoded as it is.
    """
    head = after_tags(fd, start, end)
    for most in (_TRUSTED_AFTER, _COUNTED_BYTES):
        content = os.pread(fd, min(end - head, most), head)
        whole = head + len(content) >= end
        first = first_frame(content, lead=lead or head > start, whole=whole)
        if first is None:
            return []
        runs = list(frame_runs(content, first))
        if whole or (len(runs) == 1 and _agrees(runs[0].tag, end - head - first)):
            break
    begins = start == 0 and first == 0
    return [
        _stream(run, head, end, whole=whole, alone=begins and len(runs) == 1) for run in _runs_with_sound(runs, whole)
    ]


def after_tags(fd: int, start: int, end: int) -> int:
    """The end of the ID3 tags at the beginning of this span."""
    for _ in range(16):
        tag = os.pread(fd, 10, start)
        length = id3_length(tag)
        if not length or start + length >= end:
            break
        start += length
    return start


def _runs_with_sound(runs: list[FrameRun], whole: bool) -> list[FrameRun]:
    """The runs that hold sound; only the first one if the file was read in part."""
    return [run for run in (runs if whole else runs[:1]) if run.frames or run.tag is not None]


def _stream(run: FrameRun, head: int, end: int, *, whole: bool, alone: bool) -> FileStream:
    """The stream of one run in a file whose content starts at `head`."""
    start = head + run.start
    stop = head + run.end if whole else end
    length = stop - start
    sound = (start, length)
    counted = run.frames * run.samples if whole else _estimated_samples(run, length)
    if run.tag is None:
        return FileStream((sound,), claimed=length * _SIZE_FACTOR, frames=counted)
    tag = run.tag
    known = FileStream() if alone else FileStream((sound,))
    untagged = FileStream(((start + run.first, length - run.first),), claimed=length * _SIZE_FACTOR, frames=counted)
    if not whole:
        return known if _agrees(tag, length) else untagged
    if abs(tag.count - run.frames) <= _TOLERANCE:
        return known
    right = [] if tag.bytes_at is None else [(head + tag.bytes_at, length)]
    if tag.count > run.frames > 0 and (not tag.bytes or tag.bytes > length + max(run.lengths)):
        return FileStream(_with_numbers(sound, right), frames=counted, promised=tag.count / run.frames)
    if tag.count_at is None or not tag.count:
        return untagged
    return FileStream(_with_numbers(sound, [*right, (head + tag.count_at, run.frames)]))


def _agrees(tag: HeaderFrame | None, length: int) -> bool:
    """Whether the numbers of a header frame fit a stream of this many bytes."""
    if tag is None or not tag.count or not 20 <= length / tag.count <= 2880:
        return False
    return not tag.bytes or abs(tag.bytes - length) < length // 50 + 1024


def _with_numbers(span: tuple[int, int], numbers: list[tuple[int, int]]) -> tuple[Span, ...]:
    """A span of the file with these four-byte numbers replaced."""
    spans: list[Span] = []
    at, end = span[0], sum(span)
    for place, number in sorted(numbers):
        spans += [(at, place - at), number.to_bytes(4, "big")]
        at = place + 4
    return (*spans, (at, end - at))


def _estimated_samples(run: FrameRun, length: int) -> int | None:
    """Estimated samples of a file that was counted in part; None if its bit rate varies."""
    if not run.lengths or max(run.lengths) - min(run.lengths) > 4:
        return None
    return round(length / ((run.end - run.start - run.first) / run.frames)) * run.samples
