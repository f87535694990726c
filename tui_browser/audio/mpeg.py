"""MP3s as streams whose length is right.

mpg123 guesses the length of an MP3 without a Xing header from its size and the bit rate of its first frame, and stops
there. So frames are counted here, and the decoder is told what there is.
"""

from __future__ import annotations

import os

from tui_browser.audio.mpeg_frames import FrameRun, HeaderFrame, first_frame, frame_runs, id3_length
from tui_browser.audio.view import Piece, Stream

_BELIEVED = 1 << 20
"""Beyond so many bytes a file's own count is believed where its size agrees ..."""
_WALKED = 16 << 20
"""... and where it does not, or there is none, so many are counted."""
_INFLATED = 64
"""No average bit rate is so many times below that of the first frame."""
_SLACK = 2
"""Some encoders count their header frame, or a frame that they never wrote."""


def mpeg_streams(fd: int, start: int, end: int, *, lead: bool = False) -> list[Stream]:
    """The streams of MPEG audio in this span of a file; none where it is something else.

    With `lead` they may begin behind something else. A single stream that needs no help from here is `Stream()` when
    the span begins at the beginning of the file.
    """
    head = after_tags(fd, start, end)
    for most in (_BELIEVED, _WALKED):
        content = os.pread(fd, min(end - head, most), head)
        whole = head + len(content) >= end
        first = first_frame(content, lead=lead or head > start, whole=whole)
        if first is None:
            return []
        runs = list(frame_runs(content, first))
        if whole or (len(runs) == 1 and _agrees(runs[0].tag, end - head - first)):
            break
    begins = start == 0 and first == 0
    return [_stream(run, head, end, whole=whole, alone=begins and len(runs) == 1) for run in _until(runs, whole)]


def after_tags(fd: int, start: int, end: int) -> int:
    """Where the ID3 tags at the beginning of this span end."""
    for _ in range(16):
        tag = os.pread(fd, 10, start)
        length = id3_length(tag)
        if not length or start + length >= end:
            break
        start += length
    return start


def _until(runs: list[FrameRun], whole: bool) -> list[FrameRun]:
    """The runs that hold sound; those after the first only where all of the file was looked at."""
    return [run for run in (runs if whole else runs[:1]) if run.frames or run.tag is not None]


def _stream(run: FrameRun, head: int, end: int, *, whole: bool, alone: bool) -> Stream:
    """What the decoder is to see of a run in a file whose content begins at `head`."""
    start = head + run.start
    stop = head + run.end if whole else end
    length = stop - start
    sound = (start, length)
    counted = run.frames * run.samples if whole else _estimate(run, length)
    if run.tag is None:
        return Stream((sound,), claimed=length * _INFLATED, frames=counted)
    tag = run.tag
    known = Stream() if alone else Stream((sound,))
    untagged = Stream(((start + run.first, length - run.first),), claimed=length * _INFLATED, frames=counted)
    if not whole:
        return known if _agrees(tag, length) else untagged
    if abs(tag.count - run.frames) <= _SLACK:
        return known
    right = [] if tag.bytes_at is None else [(head + tag.bytes_at, length)]
    if tag.count > run.frames > 0 and (not tag.bytes or tag.bytes > length + max(run.lengths)):
        return Stream(_with(sound, right), frames=counted, promised=tag.count / run.frames)
    if tag.count_at is None or not tag.count:
        return untagged
    return Stream(_with(sound, [*right, (head + tag.count_at, run.frames)]))


def _agrees(tag: HeaderFrame | None, length: int) -> bool:
    """Whether a header frame tells of a stream of so many bytes."""
    if tag is None or not tag.count or not 20 <= length / tag.count <= 2880:
        return False
    return not tag.bytes or abs(tag.bytes - length) < length // 50 + 1024


def _with(span: tuple[int, int], numbers: list[tuple[int, int]]) -> tuple[Piece, ...]:
    """A span of the file with other numbers of four bytes in these places."""
    pieces: list[Piece] = []
    at, end = span[0], sum(span)
    for place, number in sorted(numbers):
        pieces += [(at, place - at), number.to_bytes(4, "big")]
        at = place + 4
    return (*pieces, (at, end - at))


def _estimate(run: FrameRun, length: int) -> int | None:
    """Frames of a file that was counted in part; None where its bit rate varies."""
    if not run.lengths or max(run.lengths) - min(run.lengths) > 4:
        return None
    return round(length / ((run.end - run.start - run.first) / run.frames)) * run.samples
