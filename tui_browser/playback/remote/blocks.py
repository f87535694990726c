"""Cuts sound files into blocks for a listener, and keeps the blocks used last.

A sound of up to four seconds is one block, unless the line is so thin that it begins sooner in pieces; a longer one is
read step by step.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from functools import partial
from typing import Protocol

import numpy as np

from tui_browser.audio.source import AudioSource, open_file, open_source
from tui_browser.audio.waveform import read_window
from tui_browser.errors import AudioError
from tui_browser.playback.levels import WHOLE_S, FileKey, file_key, is_long
from tui_browser.playback.remote.block_codec import FLAC, Block, Codec, encode_block
from tui_browser.records import FloatArray

_STORE_BYTES = 32 << 20
_NO_SOUND = "there is no sound at the onset of this slot"
_WHOLE = -1
"""Stands for the place of a block that is a whole file."""

_BlockKey = tuple[FileKey, Codec, int, int]
"""File, codec, first played frame and frames before it."""


class Encode(Protocol):
    """Makes a block of samples, (n, channels), whose first `lead` and last `tail` frames are not played."""

    def __call__(self, samples: FloatArray, *, at: int, lead: int, tail: int) -> Block:
        """`at` is the first played frame in the file."""


class BlockReader:
    """Reads a file block by block."""

    def __init__(
        self,
        source: AudioSource,
        files: contextlib.ExitStack,
        encode: Encode,
        *,
        codec: Codec,
        start_s: float = 0.0,
        loop: bool = False,
    ) -> None:
        """With `loop` the file is read from its beginning again at its end, for ever."""
        self.offset_s = 0.0
        """Seconds of the first block before the start."""
        self.sent_s = 0.0
        """Seconds of sound in the blocks read so far, counted from the start."""
        self.ended = False
        self._source = source
        self._files = files
        self._encode = encode
        self._loop = loop
        self._full_blocks = 1  # since the beginning; 1, as the start may lie in the last block
        self._step, self._lead, self._tail = (
            round(seconds * source.rate) for seconds in (codec.step_s, codec.lead_s, codec.tail_s)
        )
        self._before = self._ahead = np.zeros((0, source.channels), dtype=np.float32)
        """Frames before the next block, and those of it that are read already."""
        start = max(0, round(start_s * source.rate))
        if source.frames is not None:
            start = min(start, source.frames)
        first_block, offset = divmod(start, self._step)
        self._at = first_block * self._step  # of the next block: a multiple of the step, so that equal blocks are one
        if self._at:
            source.seek(self._at)
        self.offset_s = offset / source.rate
        self.sent_s = -self.offset_s

    def read_block(self) -> Block | None:
        """The next block; None at the end, or when the file is damaged from here on."""
        if self.ended:
            return None
        at, before, samples = self._take()
        if self._goes_round() and not len(samples):
            at, before, samples = self._take()  # the file ends at a block boundary
        if not len(samples):
            return None
        tail = len(self._ahead)
        played = len(samples) - tail
        self.sent_s += played / self._source.rate
        if tail:  # neither at the end nor after a rewind
            self._before = samples[max(0, played - self._lead) : played]
        whole = np.concatenate((before, samples)) if len(before) else samples
        return self._encode(whole, at=at, lead=len(before), tail=tail)

    def _take(self) -> tuple[int, FloatArray, FloatArray]:
        """The place of the next block in the file, the frames before it, and its own with those after it."""
        at, before, samples = self._at, self._before, self._read()
        self._at += len(samples) - len(self._ahead)
        return at, before, samples

    def _read(self) -> FloatArray:
        """The frames of the next block and those after it that its decoder needs, which are read for the next one."""
        wanted = self._step + self._tail - len(self._ahead)
        try:
            samples = self._source.read(wanted)
        except AudioError:
            samples = self._ahead[:0]
        self.ended = len(samples) < wanted
        samples = np.concatenate((self._ahead, samples)) if len(self._ahead) else samples
        self._ahead = samples[:0] if self.ended else samples[self._step :]
        self._full_blocks += not self.ended
        return samples

    def _goes_round(self) -> bool:
        """Seek to the beginning of a loop that is at its end; False when the file cannot, and is played once."""
        if not (self.ended and self._loop and self._full_blocks):
            return False
        try:
            self._source.seek(0)
        except AudioError:
            return False
        self.ended = False
        self._full_blocks = 0  # a file that yields no full block is not read for ever
        self._before = self._ahead = self._ahead[:0]
        self._at = 0
        return True

    def close(self) -> None:
        self.ended = True
        self._files.close()


class BlockStore:
    """Opens files as blocks, and keeps the blocks used last (32 MiB).

    A block that is kept is not encoded again: Opus in Ogg would have other bytes, and another name, each time.
    """

    def __init__(self, *, max_bytes: int = _STORE_BYTES) -> None:
        self._blocks: OrderedDict[_BlockKey, Block] = OrderedDict()
        self._by_hash: dict[bytes, Block] = {}
        self._max_bytes = max_bytes
        self._stored_bytes = 0

    def open(
        self, path: bytes, *, codec: Codec = FLAC, start_s: float = 0.0, loop: bool = False, in_pieces: bool = False
    ) -> tuple[Block, BlockReader | None]:
        """The first block of a file, and a reader for the others of a long one; raises AudioError.

        With `in_pieces` a short file is read step by step too.
        """
        with contextlib.ExitStack() as files:
            fd = files.enter_context(open_file(path))
            file = file_key(path, fd)
            whole = self._blocks.get((file, codec, _WHOLE, 0))
            if whole is not None and not in_pieces:
                self._blocks.move_to_end((file, codec, _WHOLE, 0))
                return whole, None
            source = files.enter_context(open_source(fd, path))
            if in_pieces or is_long(source):
                encode = partial(self._encode, file, source.rate, codec)
                reader = BlockReader(source, files.pop_all(), encode, codec=codec, start_s=start_s, loop=loop)
                first = reader.read_block()
                if first is None:
                    reader.close()
                    raise AudioError("the file holds no sound", path=path)
                return first, reader
            samples = source.read(round(WHOLE_S * source.rate))
            if not len(samples):
                raise AudioError("the file holds no sound", path=path)
            return self._encode(file, source.rate, codec, samples, at=_WHOLE, lead=0, tail=0), None

    def open_part(self, path: bytes, *, start_s: float) -> tuple[Block, int]:
        """One block with the sound from `start_s` on, and the frame of it where that is; raises AudioError.

        Of a long file it is a block of its own, of `WHOLE_S`; a short one is the same block as for an audition.
        """
        with open_file(path) as fd:
            file = file_key(path, fd)
            with open_source(fd, path) as source:
                if not is_long(source):
                    return self._at(self.open(path)[0], start_s, path)
                rate = source.rate
        samples, _ = read_window(path, start_s=start_s, seconds=WHOLE_S)
        if not len(samples):
            raise AudioError(_NO_SOUND, path=path)
        # told apart from the pieces of a long sound by its lead
        key = (file, FLAC, round(start_s * rate), _WHOLE)
        block = self._blocks.get(key) or self._keep(key, encode_block(samples, rate, FLAC))
        return block, 0

    def _at(self, block: Block, start_s: float, path: bytes) -> tuple[Block, int]:
        start = round(max(0.0, start_s) * block.rate)
        if start >= block.end:
            raise AudioError(_NO_SOUND, path=path)
        return block, start

    def find(self, digest: bytes) -> Block | None:
        """The block with this hash, if it is still kept."""
        return self._by_hash.get(digest)

    def _encode(
        self, file: FileKey, rate: int, codec: Codec, samples: FloatArray, *, at: int, lead: int, tail: int
    ) -> Block:
        """The block of these samples, which is kept; the ones used longest ago make room for it."""
        key = (file, codec, at, lead)
        block = self._blocks.pop(key, None)
        if block is None:
            return self._keep(key, encode_block(samples, rate, codec, lead=lead, tail=tail))
        self._blocks[key] = self._by_hash[block.digest] = block
        return block

    def _keep(self, key: _BlockKey, block: Block) -> Block:
        self._stored_bytes += len(block.data)
        self._blocks[key] = self._by_hash[block.digest] = block
        while self._stored_bytes > self._max_bytes and len(self._blocks) > 1:
            _, dropped = self._blocks.popitem(last=False)
            self._stored_bytes -= len(dropped.data)
            if self._by_hash.get(dropped.digest) is dropped:
                del self._by_hash[dropped.digest]
        return block
