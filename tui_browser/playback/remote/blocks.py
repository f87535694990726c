"""Sound files as blocks that travel (FLAC, named by their hash), and blocks as samples again.

A sound of up to four seconds is one block; a longer one is read two seconds at a time, and heard from its first.
Samples are sent as they are in the file: 16 bits where that is all there is, else 24, at the file's own rate.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.resampling import stereo
from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.playback.remote.protocol import BLOCK_BYTES, ListenerError, block_digest
from tui_browser.playback.voice_factory import WHOLE_S
from tui_browser.records import FloatArray

STEP_S = 2.0
"""The length of one block of a long sound."""
_FASTEST = 192_000
_MOST_FRAMES = 1 << 20
"""Frames of a block: more than four seconds at the fastest rate."""
_SHELF_BYTES = 32 << 20

_Key = tuple[bytes, int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of sound as it travels."""

    digest: bytes
    data: bytes
    rate: int
    frames: int


class BlockReader:
    """A long file, read block by block."""

    def __init__(
        self, source: AudioSource, files: contextlib.ExitStack, *, start_s: float = 0.0, loop: bool = False
    ) -> None:
        """With `loop` its beginning follows its end, for ever."""
        self.offset = 0
        """Frames of the first block that lie before the start."""
        self.sent_s = 0.0
        """Seconds of sound in the blocks that were read, from the start on."""
        self.ended = False
        self._source = source
        self._files = files
        self._loop = loop
        self._whole_blocks = 1  # since the beginning; the last block alone may be where it starts
        self._step = round(STEP_S * source.rate)
        start = max(0, round(start_s * source.rate))
        if source.frames is not None:
            start = min(start, source.frames)
        first, self.offset = divmod(start, self._step)
        if first:
            source.seek(first * self._step)  # to a border, so that the same blocks are named the same
        self.sent_s = -self.offset / source.rate

    def block(self) -> Block | None:
        """The next block; None at the end, or where the file is damaged from here on."""
        if self.ended:
            return None
        samples = self._read()
        ends = len(samples) < self._step
        if ends and self._loop and self._whole_blocks and self._rewind() and not len(samples):
            samples = self._read()  # it had ended on a border
        self.sent_s += len(samples) / self._source.rate
        return _block(samples, self._source.rate) if len(samples) else None

    def _read(self) -> FloatArray:
        try:
            samples = self._source.read(self._step)
        except AudioError:
            samples = np.zeros((0, 1), dtype=np.float32)
        self.ended = len(samples) < self._step
        self._whole_blocks += not self.ended
        return samples

    def _rewind(self) -> bool:
        """Go on from the beginning; False where that is not possible, and it is heard once."""
        try:
            self._source.seek(0)
        except AudioError:
            return False
        self.ended = False
        self._whole_blocks = 0  # a file that yields no more than crumbs is not read for ever
        return True

    def close(self) -> None:
        self.ended = True
        self._files.close()


class BlockStore:
    """Opens files as blocks, and keeps those that were asked for last (32 MiB of them)."""

    def __init__(self, *, room_bytes: int = _SHELF_BYTES) -> None:
        self._whole: OrderedDict[_Key, Block] = OrderedDict()
        self._by_hash: OrderedDict[bytes, Block] = OrderedDict()
        self._room = room_bytes
        self._held = 0

    def open(self, path: bytes, *, start_s: float = 0.0, loop: bool = False) -> tuple[Block, BlockReader | None]:
        """The first block of this file, and the rest where it is a long one; raises AudioError with the reason."""
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            facts = os.fstat(fd)
            key = (path, facts.st_mtime_ns, facts.st_size)
            if key in self._whole:
                self._whole.move_to_end(key)
                return self._whole[key], None
            source = files.enter_context(open_source(fd, path))
            if source.frames is None or source.frames > WHOLE_S * source.rate:
                reading = BlockReader(source, files.pop_all(), start_s=start_s, loop=loop)
                first = reading.block()
                if first is None:
                    reading.close()
                    raise AudioError("there is no sound in it", path=path)
                self.keep(first)
                return first, reading
            samples = source.read(round(WHOLE_S * source.rate))
            if not len(samples):
                raise AudioError("there is no sound in it", path=path)
            block = _block(samples, source.rate)
        self._whole[key] = block
        self.keep(block)
        return block, None

    def find(self, digest: bytes) -> Block | None:
        """The block of this hash, if it is still here."""
        return self._by_hash.get(digest)

    def keep(self, block: Block) -> None:
        """Have this block at hand for a while."""
        if block.digest not in self._by_hash:
            self._held += len(block.data)
        self._by_hash[block.digest] = block
        self._by_hash.move_to_end(block.digest)
        while self._held > self._room and len(self._by_hash) > 1:
            _, dropped = self._by_hash.popitem(last=False)
            self._held -= len(dropped.data)
            for key in [key for key, kept in self._whole.items() if kept.digest == dropped.digest]:
                del self._whole[key]


def _block(samples: FloatArray, rate: int) -> Block:
    """(n, channels) as a block; more than two channels as their mean, as they would be heard here."""
    import soundfile  # 30 ms, once

    if samples.shape[1] > 2 or not np.isfinite(samples).all():
        samples = stereo(samples)
    if rate > _FASTEST:
        import soxr

        samples, rate = soxr.resample(samples, rate, _FASTEST // 2), _FASTEST // 2
    scaled = samples * np.float32(32768)
    coarse = bool(np.array_equal(scaled, np.rint(scaled)) and scaled.max() < 32768 and scaled.min() >= -32768)
    data = b""
    for subtype, bits in (("PCM_16", 16), ("PCM_24", 24))[0 if coarse else 1 :]:
        file = io.BytesIO()
        limit = float(1 << (bits - 1))
        whole = np.clip(np.rint(samples.astype(np.float64) * limit), -limit, limit - 1).astype(np.int32)
        soundfile.write(file, whole << (32 - bits), rate, format="FLAC", subtype=subtype)
        data = file.getvalue()
    if len(data) > BLOCK_BYTES:
        raise AudioError("too dense a sound to send")
    return Block(block_digest(data), data, rate, len(samples))


def decode_block(data: bytes) -> tuple[FloatArray, int]:
    """The samples (n, 1 or 2) and the rate of a block that came from elsewhere; raises LineError where it is none."""
    import soundfile

    if data[:4] != b"fLaC":
        raise ListenerError("a block that is no FLAC")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, channels = int(file.samplerate), int(file.channels)
            if file.format != "FLAC" or not 1 <= channels <= 2 or not 1_000 <= rate <= _FASTEST:
                raise ListenerError("a block of an impossible shape")
            wanted = min(int(file.frames), _MOST_FRAMES)  # whatever its header promises
            samples: FloatArray = file.read(max(0, wanted), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise ListenerError("a block that is no sound") from error
    if not len(samples):
        raise ListenerError("a block without sound")
    return samples, rate
