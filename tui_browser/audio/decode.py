"""Decodes a file to a `Clip`: its length, onset, descriptors, slices, and the picture that the model sees.

Files of any length are read once, in blocks. libmpg123 writes warnings about MP3 headers to descriptor 2, so that this
should run in a process whose descriptor 2 is a log file.
"""

from __future__ import annotations

import contextlib
import math
import os
from dataclasses import replace
from functools import partial

import numpy as np

from tui_browser.audio.chunks import marked_frames
from tui_browser.audio.loudness import LOOP_S, LoudnessMeter
from tui_browser.audio.mono import channel_for_mono, downmix, to_mono
from tui_browser.audio.patched_file import check_readable
from tui_browser.audio.provisional_hash import provisional_hash
from tui_browser.audio.slicing import array_reader, slices_and_rhythm, source_reader
from tui_browser.audio.sndfile_source import SndfileSource
from tui_browser.audio.sound_hash import frame_digest
from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.audio.waveform import read_window, waveform
from tui_browser.audio.width import WidthMeter
from tui_browser.dsp.descriptors import QUIETEST_DB, describe, loudness_db
from tui_browser.dsp.front_end import FrontEnd
from tui_browser.dsp.key import estimate_key
from tui_browser.dsp.onsets import OnsetTracker
from tui_browser.dsp.rhythm import Rhythm
from tui_browser.dsp.trim import SILENCE, dc_offset, leading_silence
from tui_browser.errors import AudioError, StillWriting
from tui_browser.records import Clip, Descriptors, FileSlices, FileStat, FloatArray, SampleState

__all__ = ["decode", "downmix", "read_window", "waveform"]

_BLOCK_VALUES = 1 << 20
"""Values (frames times channels) read at a time: 4 MB."""
_HEAD_S = 10.0
"""The onset is found relative to the peak of this much sound; longer silence is skipped first."""
_SPARE_S = 0.25
"""So much more than the model's window is read at first of a long file, as its onset may come late."""
_SHORTEST_S = 0.001
_LEAD_S = 0.05
_TRACKED_S = 3 * 3600.0
"""Onsets are searched in this much of a file, as a day of sound would hold up other files."""
_NOISY = 0.3
"""A single sound of this noisiness or more has no key."""
_SAME_ONSET_S = 0.005
"""Positions within this time of an onset count as the onset."""
_FADE_S = 0.005
_MOST_PEAK = 1e12
"""Some programs scale float samples like 32-bit integers; anything far larger is not sound."""


def decode(
    stat: FileStat,
    *,
    front_end: FrontEnd,
    start_s: float | None = None,
    head_only: bool = False,
    known_onset_s: float | None = None,
) -> Clip:
    """Everything that the library stores of one file, and the model's input.

    A file longer than the model's window has its slices, if there are several, with tempo and key. With `start_s`,
    descriptors and `mel` are those of the sound from there to the next onset; `onset_s` still counts from the start
    of the file, and there are no slices. A file that ends early has the length that can be decoded, and a note.
    With `head_only` no more is read of a long file than the model's window: its hash is provisional, its length that of
    the header, its loudness that of the head, and slices, tempo, key, playing level and all other descriptors are
    missing. Where the model has seen the head from `known_onset_s` on and there is nothing else for it to see, `mel` is
    None.
    Raises AudioError with the reason if it has no finite sound, and StillWriting if the file is not that of `stat` any
    more or changed while it was read.
    """
    if start_s is None:
        return _decode(stat, front_end=front_end, head_only=head_only, known_onset_s=known_onset_s)
    whole = _decode(stat, front_end=front_end)
    part = _decode(stat, front_end=front_end, start_s=start_s)
    if whole.slices is None or part.mel is None:
        return part
    return _up_to_next_onset(part, whole.slices, start_s=start_s, front_end=front_end)


def _up_to_next_onset(part: Clip, slices: FileSlices, *, start_s: float, front_end: FrontEnd) -> Clip:
    """The sound from `start_s` to the next onset; if that is at `start_s` or after silence, the slice there."""
    assert slices.mels is not None  # set by `decode`
    following = int(np.searchsorted(slices.onset_s, start_s - _SAME_ONSET_S))
    if following == len(slices):
        return part
    onset_s = float(slices.onset_s[following])
    if abs(onset_s - start_s) > _SAME_ONSET_S and part.onset_s < onset_s - _LEAD_S:
        return _decode(part.stat, front_end=front_end, start_s=start_s, until_s=onset_s)
    return replace(part, onset_s=onset_s, mel=slices.mels[following])


def _decode(
    stat: FileStat,
    *,
    front_end: FrontEnd,
    start_s: float | None = None,
    until_s: float | None = None,
    head_only: bool = False,
    known_onset_s: float | None = None,
) -> Clip:
    with open_file(stat.path) as fd:
        _check_unchanged(stat, fd)
        try:
            with open_source(fd, stat.path) as source:
                tracked = start_s is None and _is_longer(source, front_end.window_s)
                head_only = head_only and tracked and source.frames is not None
                scan = _scan_head(source, stat.path, window_s=front_end.window_s) if head_only else None
                if head_only and scan is None:
                    return _decode(stat, front_end=front_end)
                if scan is None:
                    scan = _scan_file(
                        source,
                        stat.path,
                        start_s=start_s or 0.0,
                        tracker=OnsetTracker(source.rate) if tracked else None,
                    )
                rate, channels = source.rate, source.channels
                bits = source.bits if isinstance(source, SndfileSource) else None
            if until_s is not None:
                scan.end_head(round(until_s * rate))
            onset, descriptors, unplaced = _describe_head(scan, rate) if head_only else _describe(scan, rate)
            slices_and_beat = None
            longer = tracked and scan.frames > front_end.window_s * rate
            long = longer and not unplaced and not head_only
            provisional = provisional_hash(fd, stat) if longer else ""
            if long:
                slices_and_beat = _slices(
                    scan, fd, stat.path, onset, descriptors.loudness_db, rate, front_end=front_end
                )
        except AudioError:
            _check_unchanged(stat, fd)  # a half-written file looks damaged
            check_readable(fd, stat.path)  # and so does one that the drive cannot read completely
            raise
        _check_unchanged(stat, fd)
        untouched = os.fstat(fd).st_ctime_ns == stat.ctime_ns  # the head, too, is what the model has seen
    onset_s = 0.0 if unplaced else (scan.skipped + onset) / rate
    seen = channels == 1 and untouched and onset_s == known_onset_s and slices_and_beat is None
    mel = None if unplaced or seen else _model_input(scan.head[onset:], rate, front_end=front_end)
    slices, beat = slices_and_beat or (None, None)
    tonal = long and (slices_and_beat or descriptors.noisiness < _NOISY)
    return Clip(
        stat=stat,
        sample_rate=rate,
        channels=channels,
        frames=scan.frames,
        onset_s=onset_s,
        content_hash=provisional if head_only else scan.content_hash,
        descriptors=descriptors,
        state=SampleState.SILENT if unplaced else SampleState.READY,
        note="; ".join(filter(None, (unplaced, scan.note))),
        mel=mel,
        slices=slices,
        bpm=round(beat.bpm, 2) if beat is not None else None,
        key=estimate_key(scan.head[onset:], rate) if tonal else None,
        level=None if head_only else scan.meter.level(is_loop=scan.frames > LOOP_S * rate).stored,
        provisional_hash=provisional,
        bits=bits,
        width=scan.width.share,
    )


def _is_longer(source: AudioSource, window_s: float) -> bool:
    return source.frames is None or source.frames > window_s * source.rate


def _slices(
    scan: _FileScan, fd: int, path: bytes, onset: int, loudest_db: float, rate: int, *, front_end: FrontEnd
) -> tuple[FileSlices, Rhythm | None] | None:
    """The slices of a long file with the model's input, and its rhythm; None for a single sound."""
    assert scan.tracker is not None  # long files have one
    onsets, marked = scan.tracker.onsets(), marked_frames(fd, frames=scan.frames)
    if max(len(onsets), len(marked)) < 2:
        return None
    with contextlib.ExitStack() as stack:
        if len(scan.head) == scan.frames:
            read = array_reader(scan.head)
        else:
            source = stack.enter_context(open_source(fd, path))
            read = source_reader(source, partial(to_mono, channel=scan.channel))
        return slices_and_rhythm(
            onsets,
            read,
            model_input=partial(_model_input, rate=rate, front_end=front_end),
            start=scan.skipped + onset,
            frames=scan.frames,
            rate=rate,
            window=int(front_end.window_s * rate) + rate // 50,
            loudest_db=loudest_db,
            marked=marked,
        )


def _check_unchanged(stat: FileStat, fd: int) -> None:
    now = FileStat.of(stat.path, os.fstat(fd))
    if (now.size, now.mtime_ns) != (stat.size, stat.mtime_ns):
        raise StillWriting("the file changed while it was read", path=stat.path, hint="it is read again later")


class _FileScan:
    """The results of one pass over a file."""

    def __init__(self, rate: int, start: int, tracker: OnsetTracker | None) -> None:
        self.frames = 0
        self.tracker = tracker
        """Fed with the whole file; None if no slices are needed."""
        self.channel = -1
        """As in `to_mono`."""
        self.meter = LoudnessMeter(rate)
        self.width = WidthMeter(rate)
        self.content_hash = ""
        self.note = ""
        """A remark on a file that can be played."""
        self.skipped = start
        """Frames before `head`: those before the start, then silence."""
        self.head: FloatArray = np.zeros(0, dtype=np.float32)
        """(n,) mono from shortly before the onset on, ten seconds at most."""
        self.head_onset = 0
        """Frame of `head` with the onset, once a head alone has been read."""
        self.loudness_db = QUIETEST_DB
        self._rate = rate
        self._start = start
        self._head_frames = int(_HEAD_S * rate)
        self._tail: FloatArray = self.head
        self._exceeds_head = False

    def add(self, mono: FloatArray) -> None:
        """Add the next frames, (n,)."""
        before, self.frames = self.frames, self.frames + len(mono)
        if self.tracker is not None and before < _TRACKED_S * self._rate:
            self.tracker.add(mono)
        mono = mono[max(0, self._start - before) :]
        remaining = mono
        while len(remaining) and not self._head_is_full():
            count = self._head_frames - len(self.head)
            self.head = np.concatenate((self.head, remaining[:count])) if len(self.head) else remaining[:count]
            remaining = remaining[count:]
        self._exceeds_head |= len(remaining) > 0
        if self._exceeds_head:  # otherwise it is measured from the head
            self.loudness_db = max(self.loudness_db, loudness_db(np.concatenate((self._tail, mono)), self._rate))
        self._tail = mono[-int(0.05 * self._rate) :]

    def end_head(self, frame: int) -> None:
        """End the head at this frame of the file, with a fade-out."""
        self.head = self.head[: max(0, frame - self.skipped)].copy()
        fade = min(len(self.head), int(_FADE_S * self._rate))
        self.head[len(self.head) - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)

    def _head_is_full(self) -> bool:
        """Whether the head has its full length, after silence was dropped from its start."""
        if len(self.head) < self._head_frames:
            return False
        silent = max(0, leading_silence(self.head, self._rate) - int(_LEAD_S * self._rate))
        if silent < len(self.head) // 2:
            return True
        self.skipped += silent
        self.head = self.head[silent:]
        return False


def _scan_file(source: AudioSource, path: bytes, *, start_s: float, tracker: OnsetTracker | None) -> _FileScan:
    """Read the whole file once; raises AudioError."""
    scan = _FileScan(source.rate, round(max(0.0, start_s) * source.rate), tracker)
    digest = frame_digest(source.rate, source.channels)
    size = max(4096, _BLOCK_VALUES // source.channels)
    channel: int | None = None
    while True:
        block = source.read(size)
        if len(block) == 0:
            break
        peak = _checked_peak(block, path)
        digest.update(block.data)
        if channel is None and peak >= SILENCE:
            channel = channel_for_mono(block, peak)
        scan.meter.add(block)
        scan.width.add(block)
        scan.add(to_mono(block, channel))
    if scan.frames == 0:
        raise AudioError("holds no sound: zero frames", path=path)
    scan.note = source.ends_early(scan.frames)
    scan.content_hash = digest.hexdigest()
    scan.channel = -1 if channel is None else channel
    return scan


def _scan_head(source: AudioSource, path: bytes, *, window_s: float) -> _FileScan | None:
    """Read a long file until its head holds one window from the onset on; None if it has to be read whole."""
    scan = _FileScan(source.rate, 0, None)
    window = int(window_s * source.rate) + source.rate // 50
    channel: int | None = None
    while scan.frames < _HEAD_S * source.rate:
        block = source.read(window + int(_SPARE_S * source.rate))
        if len(block) == 0:
            return None  # shorter than its header says
        peak = _checked_peak(block, path)
        if channel is None and peak >= SILENCE:
            channel = channel_for_mono(block, peak)
        scan.add(to_mono(block, channel))
        scan.head_onset = leading_silence(scan.head, source.rate)
        if scan.head_onset + window <= len(scan.head):
            assert source.frames is not None  # the caller looked
            scan.frames = source.frames
            return scan
    return None


def _checked_peak(block: FloatArray, path: bytes) -> float:
    """The largest absolute value of a block; raises AudioError if it is no sound."""
    high, low = float(block.max()), float(block.min())
    if not math.isfinite(high - low):
        raise AudioError("holds samples that are not finite (NaN or infinite)", path=path)
    peak = max(high, -low)
    if peak > _MOST_PEAK:
        raise AudioError(f"the samples are too large for sound (peak {peak:.0e})", path=path)
    return peak


def _describe(scan: _FileScan, rate: int) -> tuple[int, Descriptors, str]:
    """Onset in the head, descriptors of the file, and why the sample is not on the map (or an empty text)."""
    head = scan.head
    offset = dc_offset(head)
    onset = leading_silence(head, rate, offset=offset)
    is_whole = len(head) == scan.frames
    descriptors = describe(head, rate, onset=min(onset, len(head) - 1), offset=offset)
    if not is_whole:
        loudness = max(scan.loudness_db, descriptors.loudness_db)
        descriptors = replace(descriptors, duration_s=scan.frames / rate, loudness_db=loudness)
    if onset == len(head):
        return onset, descriptors, "a constant offset without sound" if abs(offset) >= SILENCE else "silent"
    if scan.frames < _SHORTEST_S * rate:
        return onset, descriptors, "shorter than 1 ms"
    return onset, descriptors, ""


def _describe_head(scan: _FileScan, rate: int) -> tuple[int, Descriptors, str]:
    """As `_describe`, of a long file of which only the head was read: what is measured on more of it is unknown."""
    unknown = float("nan")
    descriptors = Descriptors(
        scan.frames / rate, unknown, unknown, unknown, unknown, loudness_db=loudness_db(scan.head, rate)
    )
    return scan.head_onset, descriptors, ""


def _model_input(sound: FloatArray, rate: int, *, front_end: FrontEnd) -> FloatArray:
    """The picture (rows, columns) of a sound that starts at its onset, as the model sees it."""
    import soxr  # 3 ms

    part = sound[: int(front_end.window_s * rate) + rate // 50]
    part = part - np.float32(dc_offset(part))
    peak = max(float(part.max()), -float(part.min()))
    if not 1e-3 < peak < 1e3:
        part *= np.float32(1.0 / max(peak, 1e-30))
    if rate != front_end.sample_rate:
        part = soxr.resample(part, rate, front_end.sample_rate)
    return front_end.compute(part)
