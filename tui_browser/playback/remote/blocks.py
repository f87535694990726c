"""Encodes sound files as blocks for a listener (FLAC, named by their hash), and decodes blocks to samples.

A sound of up to four seconds is one block; a longer one is read two seconds at a time. Samples keep the file's rate,
and have 16 bits where the file has no more, else 24.
"""

from __future__ import annotations

import contextlib
import io
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.resampling import stereo
from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.errors import AudioError
from tui_browser.playback.levels import WHOLE_S, FileKey, file_key, is_long
from tui_browser.playback.remote.protocol import BLOCK_BYTES, ListenerError, block_digest
from tui_browser.records import FloatArray

STEP_S = 2.0
"""The length of one block of a long sound."""
_MOST_RATE = 192_000
_MOST_FRAMES = 1 << 20
"""Frames in a block: more than four seconds at the highest rate."""
_STORE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of sound, encoded as FLAC."""

    digest: bytes
    data: bytes
    rate: int
    frames: int


class BlockReader:
    """Reads a long file block by block."""

    def __init__(
        self, source: AudioSource, files: contextlib.ExitStack, *, start_s: float = 0.0, loop: bool = False
    ) -> None:
        """With `loop` the file is read from its beginning again at its end, for ever."""
        self.offset = 0
        """Frames of the first block before the start."""
        self.sent_s = 0.0
        """Seconds of sound in the blocks read so far, counted from the start."""
        self.ended = False
        self._source = source
        self._files = files
        self._loop = loop
        self._full_blocks = 1  # since the beginning; 1, as the start may lie in the last block
        self._step = round(STEP_S * source.rate)
        start = max(0, round(start_s * source.rate))
        if source.frames is not None:
            start = min(start, source.frames)
        first_block, self.offset = divmod(start, self._step)
        if first_block:
            source.seek(first_block * self._step)  # to a block boundary, so that equal blocks have equal hashes
        self.sent_s = -self.offset / source.rate

    def read_block(self) -> Block | None:
        """The next block; None at the end, or when the file is damaged from here on."""
        if self.ended:
            return None
        samples = self._read()
        ends = len(samples) < self._step
        if ends and self._loop and self._full_blocks and self._rewind() and not len(samples):
            samples = self._read()  # the file ends at a block boundary
        self.sent_s += len(samples) / self._source.rate
        return _encode_block(samples, self._source.rate) if len(samples) else None

    def _read(self) -> FloatArray:
        try:
            samples = self._source.read(self._step)
        except AudioError:
            samples = np.zeros((0, 1), dtype=np.float32)
        self.ended = len(samples) < self._step
        self._full_blocks += not self.ended
        return samples

    def _rewind(self) -> bool:
        """Seek to the beginning; False when the file cannot, and is played once."""
        try:
            self._source.seek(0)
        except AudioError:
            return False
        self.ended = False
        self._full_blocks = 0  # a file that yields no full block is not read for ever
        return True

    def close(self) -> None:
        self.ended = True
        self._files.close()


class BlockStore:
    """Opens files as blocks, and keeps the blocks used last (32 MiB)."""

    def __init__(self, *, max_bytes: int = _STORE_BYTES) -> None:
        self._by_file: OrderedDict[FileKey, Block] = OrderedDict()
        self._by_hash: OrderedDict[bytes, Block] = OrderedDict()
        self._max_bytes = max_bytes
        self._stored_bytes = 0

    def open(self, path: bytes, *, start_s: float = 0.0, loop: bool = False) -> tuple[Block, BlockReader | None]:
        """The first block of a file, and a reader for the others of a long one; raises AudioError."""
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            key = file_key(path, fd)
            if key in self._by_file:
                self._by_file.move_to_end(key)
                return self._by_file[key], None
            source = files.enter_context(open_source(fd, path))
            if is_long(source):
                reader = BlockReader(source, files.pop_all(), start_s=start_s, loop=loop)
                first = reader.read_block()
                if first is None:
                    reader.close()
                    raise AudioError("the file holds no sound", path=path)
                self.keep(first)
                return first, reader
            samples = source.read(round(WHOLE_S * source.rate))
            if not len(samples):
                raise AudioError("the file holds no sound", path=path)
            block = _encode_block(samples, source.rate)
        self._by_file[key] = block
        self.keep(block)
        return block, None

    def find(self, digest: bytes) -> Block | None:
        """The block with this hash, if it is still stored."""
        return self._by_hash.get(digest)

    def keep(self, block: Block) -> None:
        """Store a block; the ones used longest ago make room for it."""
        if block.digest not in self._by_hash:
            self._stored_bytes += len(block.data)
        self._by_hash[block.digest] = block
        self._by_hash.move_to_end(block.digest)
        while self._stored_bytes > self._max_bytes and len(self._by_hash) > 1:
            _, dropped = self._by_hash.popitem(last=False)
            self._stored_bytes -= len(dropped.data)
            for key in [key for key, kept in self._by_file.items() if kept.digest == dropped.digest]:
                del self._by_file[key]


def _encode_block(samples: FloatArray, rate: int) -> Block:
    """Encode samples, (n, channels); more than two channels are mixed as for local playback."""
    import soundfile  # 30 ms, once

    if samples.shape[1] > 2 or not np.isfinite(samples).all():
        samples = stereo(samples)
    if rate > _MOST_RATE:
        import soxr

        samples, rate = soxr.resample(samples, rate, _MOST_RATE // 2), _MOST_RATE // 2
    scaled = samples * np.float32(32768)
    is_16_bit = bool(np.array_equal(scaled, np.rint(scaled)) and scaled.max() < 32768 and scaled.min() >= -32768)
    data = b""
    for subtype, bits in (("PCM_16", 16), ("PCM_24", 24))[0 if is_16_bit else 1 :]:
        file = io.BytesIO()
        limit = float(1 << (bits - 1))
        pcm = np.clip(np.rint(samples.astype(np.float64) * limit), -limit, limit - 1).astype(np.int32)
        soundfile.write(file, pcm << (32 - bits), rate, format="FLAC", subtype=subtype)
        data = file.getvalue()
    if len(data) > BLOCK_BYTES:
        raise AudioError("the sound does not compress enough to be sent to a listener")
    return Block(block_digest(data), data, rate, len(samples))


def decode_block(data: bytes) -> tuple[FloatArray, int]:
    """The samples, (n, 1 or 2), and the rate of a block that an app sent; raises ListenerError for any other bytes."""
    import soundfile

    if data[:4] != b"fLaC":
        raise ListenerError("a block that is not FLAC")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, channels = int(file.samplerate), int(file.channels)
            if file.format != "FLAC" or not 1 <= channels <= 2 or not 1_000 <= rate <= _MOST_RATE:
                raise ListenerError("a block with an impossible rate or channel count")
            frames = min(int(file.frames), _MOST_FRAMES)  # whatever its header says
            samples: FloatArray = file.read(max(0, frames), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise ListenerError("a block that holds no audio") from error
    if not len(samples):
        raise ListenerError("a block without sound")
    return samples, rate
