"""A file becomes a `Clip`: what it holds, where its sound begins, what the model sees of it.

Files of any length are read once, in blocks. libmpg123 writes warnings about odd MP3 headers to descriptor 2: call
this in a process whose descriptor 2 is a log.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import struct
from dataclasses import replace
from functools import partial

import numpy as np

from tui_browser.audio.level import Meter
from tui_browser.audio.slicing import reader, reader_of, slices_of
from tui_browser.audio.source import Source, open_file, open_source
from tui_browser.audio.view import check_readable
from tui_browser.audio.waveform import read_window, waveform
from tui_browser.dsp.descriptors import QUIETEST_DB, describe, loudness_db
from tui_browser.dsp.key import key_of
from tui_browser.dsp.mel import FrontEnd, log_mel
from tui_browser.dsp.onsets import Tracker
from tui_browser.dsp.rhythm import Rhythm
from tui_browser.dsp.trim import SILENCE, dc_offset, leading_silence
from tui_browser.errors import AudioError, StillWriting
from tui_browser.records import Clip, Descriptors, FileStat, FloatArray, Slices, State

__all__ = ["decode", "read_window", "waveform"]

_BLOCK = 1 << 20
"""Values (frames times channels) read at a time: 4 MB."""
_HEAD_S = 10.0
"""The onset is sought against the peak of this much; longer silence is skipped first."""
_SHORTEST_S = 0.001
_CANCELS = 0.1
"""A mean with less than this share of the energy of unrelated channels is one that cancels itself."""
_LEAD_S = 0.05
_TRACKED_S = 3 * 3600.0
"""Hits are sought in so much of a file: a day of sound must not hold up the rest."""
_NOISE = 0.3
"""A single sound of this noisiness has no key."""
_AT_S = 0.005
"""So near to a hit's beginning is at it."""
_FADE_S = 0.005
_LOUDEST = 1e12
"""Some programs scale float samples like 32-bit integers; what lies far beyond is no sound."""


def decode(stat: FileStat, *, front_end: FrontEnd, start_s: float | None = None) -> Clip:
    """Everything that the library keeps of one file, and the model's input.

    A file that is longer than the model's window comes with its hits, if it has more than one, with tempo and key.
    With `start_s` the model and the descriptors get what comes after it, up to the next hit; `onset_s` counts from
    the file's beginning, and there are no hits. A file that ends early is as long as what can be decoded of it, and its
    note says so. Raises AudioError with the reason where there is no finite sound in it, and StillWriting where it is
    not the file of `stat` any more or changed while it was read.
    """
    if start_s is None:
        return _decode(stat, front_end=front_end)
    whole = _decode(stat, front_end=front_end)
    rest = _decode(stat, front_end=front_end, start_s=start_s)
    if whole.slices is None or rest.mel is None:
        return rest
    return _part(rest, whole.slices, start_s=start_s, front_end=front_end)


def _part(rest: Clip, slices: Slices, *, start_s: float, front_end: FrontEnd) -> Clip:
    """What sounds from `start_s` to the next hit; where that is a hit's beginning or silence, the hit itself."""
    assert slices.mels is not None  # as decoded
    following = int(np.searchsorted(slices.onset_s, start_s - _AT_S))
    if following == len(slices):
        return rest
    onset_s = float(slices.onset_s[following])
    if abs(onset_s - start_s) > _AT_S and rest.onset_s < onset_s - _LEAD_S:
        return _decode(rest.stat, front_end=front_end, start_s=start_s, until_s=onset_s)
    return replace(rest, onset_s=onset_s, mel=slices.mels[following])


def _decode(stat: FileStat, *, front_end: FrontEnd, start_s: float | None = None, until_s: float | None = None) -> Clip:
    with open_file(stat.path) as fd:
        _same(stat, fd)
        try:
            with open_source(fd, stat.path) as source:
                tracked = start_s is None and _longer(source, front_end.window_s)
                reading = _read(
                    source, stat.path, start_s=start_s or 0.0, tracker=Tracker(source.rate) if tracked else None
                )
                rate, channels = source.rate, source.channels
            if until_s is not None:
                reading.stop(round(until_s * rate))
            onset, descriptors, unplaced = _judge(reading, rate)
            found = None
            long = tracked and not unplaced and reading.frames > front_end.window_s * rate
            if long:
                found = _hits(reading, fd, stat.path, onset, descriptors.loudness_db, rate, front_end=front_end)
        except AudioError:
            _same(stat, fd)  # a half-written file reads as a damaged one
            check_readable(fd, stat.path)  # and so does one that the drive hands over in part
            raise
        _same(stat, fd)
    mel = None if unplaced else _picture(reading.head[onset:], rate, front_end=front_end)
    slices, beat = found or (None, None)
    return Clip(
        stat=stat,
        sample_rate=rate,
        channels=channels,
        frames=reading.frames,
        onset_s=0.0 if unplaced else (reading.skipped + onset) / rate,
        content_hash=reading.content_hash,
        descriptors=descriptors,
        state=State.SILENT if unplaced else State.READY,
        note="; ".join(filter(None, (unplaced, reading.mark))),
        mel=mel,
        slices=slices,
        bpm=round(beat.bpm, 2) if beat is not None else None,
        key=key_of(reading.head[onset:], rate) if long and (found or descriptors.noisiness < _NOISE) else None,
        level=reading.meter.level().stored,
    )


def _longer(source: Source, window_s: float) -> bool:
    return source.frames is None or source.frames > window_s * source.rate


def _hits(
    reading: _Reading, fd: int, path: bytes, onset: int, loudest_db: float, rate: int, *, front_end: FrontEnd
) -> tuple[Slices, Rhythm | None] | None:
    """The hits of a long file as the model sees them, and what repeats in them; None where it is one sound."""
    assert reading.tracker is not None  # long files have one
    found = reading.tracker.hits()
    if len(found) < 2:
        return None
    with contextlib.ExitStack() as stack:
        if len(reading.head) == reading.frames:
            read = reader_of(reading.head)
        else:
            source = stack.enter_context(open_source(fd, path))
            read = reader(source, partial(_mono, channel=reading.channel))
        return slices_of(
            found,
            read,
            picture=partial(_picture, rate=rate, front_end=front_end),
            begin=reading.skipped + onset,
            frames=reading.frames,
            rate=rate,
            window=int(front_end.window_s * rate) + rate // 50,
            loudest_db=loudest_db,
        )


def _same(stat: FileStat, fd: int) -> None:
    now = FileStat.of(stat.path, os.fstat(fd))
    if (now.size, now.mtime_ns) != (stat.size, stat.mtime_ns):
        raise StillWriting("the file changed while it was read", path=stat.path, hint="it is tried again")


class _Reading:
    """What one pass over a file leaves behind."""

    def __init__(self, rate: int, start: int, tracker: Tracker | None) -> None:
        self.frames = 0
        self.tracker = tracker
        """Has heard the whole file; None where nobody asks for its hits."""
        self.channel = -1
        """As `_mono` takes it."""
        self.meter = Meter(rate)
        self.content_hash = ""
        self.mark = ""
        """What is to be said of the file though it can be heard."""
        self.skipped = start
        """Frames before `head`: the part that nobody asked for, then silence."""
        self.head: FloatArray = np.zeros(0, dtype=np.float32)
        """(n,) mono from near the onset on, ten seconds at most; the whole where that is shorter."""
        self.loudness_db = QUIETEST_DB
        self._rate = rate
        self._start = start
        self._limit = int(_HEAD_S * rate)
        self._carry: FloatArray = self.head
        self._beyond = False

    def add(self, mono: FloatArray) -> None:
        before, self.frames = self.frames, self.frames + len(mono)
        if self.tracker is not None and before < _TRACKED_S * self._rate:
            self.tracker.add(mono)
        mono = mono[max(0, self._start - before) :]
        rest = mono
        while len(rest) and not self._full():
            room = self._limit - len(self.head)
            self.head = np.concatenate((self.head, rest[:room])) if len(self.head) else rest[:room]
            rest = rest[room:]
        self._beyond |= len(rest) > 0
        if self._beyond:  # else all of it is in the head, and measured there
            self.loudness_db = max(self.loudness_db, loudness_db(np.concatenate((self._carry, mono)), self._rate))
        self._carry = mono[-int(0.05 * self._rate) :]

    def stop(self, frame: int) -> None:
        """Let the head end at this frame of the file, faded out."""
        self.head = self.head[: max(0, frame - self.skipped)].copy()
        fade = min(len(self.head), int(_FADE_S * self._rate))
        self.head[len(self.head) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)

    def _full(self) -> bool:
        """Whether the head is as long as it gets, after silence has been dropped from its beginning."""
        if len(self.head) < self._limit:
            return False
        silent = max(0, leading_silence(self.head, self._rate) - int(_LEAD_S * self._rate))
        if silent < len(self.head) // 2:
            return True
        self.skipped += silent
        self.head = self.head[silent:]
        return False


def _read(source: Source, path: bytes, *, start_s: float, tracker: Tracker | None) -> _Reading:
    """The whole file in one pass; raises AudioError."""
    reading = _Reading(source.rate, round(max(0.0, start_s) * source.rate), tracker)
    digest = hashlib.blake2b(struct.pack("<II", source.rate, source.channels), digest_size=16)
    size = max(4096, _BLOCK // source.channels)
    channel: int | None = None
    while True:
        block = source.read(size)
        if len(block) == 0:
            break
        high, low = float(block.max()), float(block.min())
        if not math.isfinite(high - low):
            raise AudioError("holds samples that are not finite (NaN or infinite)", path=path)
        if max(high, -low) > _LOUDEST:
            raise AudioError(f"holds samples beyond any sound (peak {max(high, -low):.0e})", path=path)
        digest.update(block.data)
        if channel is None and max(high, -low) >= SILENCE:
            channel = _channel(block, max(high, -low))
        reading.meter.add(block)
        reading.add(_mono(block, channel))
    if reading.frames == 0:
        raise AudioError("holds no sound: zero frames", path=path)
    reading.mark = source.ends_early(reading.frames)
    reading.content_hash = digest.hexdigest()
    reading.channel = -1 if channel is None else channel
    return reading


def downmix(samples: FloatArray) -> FloatArray:
    """(n,) what the model hears of (n, channels): their mean, or the loudest where that cancels itself out."""
    peak = float(np.abs(samples).max(initial=0.0))
    return _mono(samples, _channel(samples, peak) if peak >= SILENCE else None)


def _channel(block: FloatArray, peak: float) -> int:
    """The channel to listen to, -1 for the mean of all: the loudest where the mean cancels itself out."""
    count = block.shape[1]
    if count == 1:
        return -1
    part = block[: 1 << 16]
    part = part / np.float32(peak)
    energy = np.einsum("ij,ij->j", part, part)
    mean = _mono(part, -1)
    alone = float(energy.sum()) / count**2
    return int(energy.argmax()) if float(np.dot(mean, mean)) < _CANCELS * alone else -1


def _mono(block: FloatArray, channel: int | None) -> FloatArray:
    """(n,) a copy of one channel, or the mean of all where that is None or -1."""
    count = block.shape[1]
    if channel is not None and channel >= 0:
        return block[:, channel].copy()
    if count == 1:
        return block[:, 0]
    share = np.float32(1.0 / count)
    mono = block[:, 0] * share
    for other in range(1, count):
        mono += block[:, other] * share
    return mono


def _judge(reading: _Reading, rate: int) -> tuple[int, Descriptors, str]:
    """Onset within the head, descriptors of the whole, and why the sample stays off the map (or nothing)."""
    head = reading.head
    offset = dc_offset(head)
    onset = leading_silence(head, rate, offset=offset)
    whole = len(head) == reading.frames
    descriptors = describe(head, rate, onset=min(onset, len(head) - 1), offset=offset)
    if not whole:
        loudness = max(reading.loudness_db, descriptors.loudness_db)
        descriptors = replace(descriptors, duration_s=reading.frames / rate, loudness_db=loudness)
    if onset == len(head):
        return onset, descriptors, "a constant offset and no sound" if abs(offset) >= SILENCE else "silent"
    if reading.frames < _SHORTEST_S * rate:
        return onset, descriptors, "shorter than 1 ms"
    return onset, descriptors, ""


def _picture(sound: FloatArray, rate: int, *, front_end: FrontEnd) -> FloatArray:
    """(M, T) what the model sees, from the onset on."""
    import soxr  # 3 ms

    part = sound[: int(front_end.window_s * rate) + rate // 50]
    part = part - np.float32(dc_offset(part))
    peak = max(float(part.max()), -float(part.min()))
    if not 1e-3 < peak < 1e3:
        part *= np.float32(1.0 / max(peak, 1e-30))
    if rate != front_end.sample_rate:
        part = soxr.resample(part, rate, front_end.sample_rate)
    return log_mel(part, front_end=front_end)
