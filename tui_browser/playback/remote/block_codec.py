"""Encodes samples as blocks for a listener, and decodes blocks to samples: FLAC, or Opus for thin lines.

FLAC keeps the file's rate, and has 16 bits where the file has no more, else 24. Opus (RFC 6716, in Ogg by libsndfile)
runs at 48 kHz and needs a few milliseconds around a piece to join it to its neighbours: a block holds them, and tells
which of its frames are played.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.resampling import to_stereo
from tui_browser.errors import AudioError
from tui_browser.playback.remote.protocol import BLOCK_BYTES, MAGICS, ListenerError, block_digest
from tui_browser.records import FloatArray

MOST_BLOCK_S = 4.5
"""Seconds of a block that are decoded: a little more than any that an app sends."""
_MOST_RATE = 192_000
_MOST_FRAMES = 1 << 20
_OPUS_RATE = 48_000
_WRITE_FRAMES = 1 << 12
"""Frames that are given to the Opus encoder at a time: libsndfile keeps them on its stack."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How a sound is cut into blocks and encoded."""

    step_s: float
    """Seconds of sound in one block of a long sound."""
    compression: float | None = None
    """Of Opus, 0 (256 kbit/s a channel) to 1 (6 kbit/s a channel); None for FLAC."""
    lead_s: float = 0.0
    """Seconds before the played part in a block."""
    tail_s: float = 0.0
    """Seconds after it."""

    @property
    def is_lossy(self) -> bool:
        return self.compression is not None


FLAC = Codec(2.0)
FLAC_PIECES = Codec(0.25)
"""For a line on which two seconds of FLAC take too long to arrive."""
OPUS = Codec(0.5, 0.8, lead_s=0.04, tail_s=0.01)
"""Some 140 kbit/s for two channels; libsndfile's headers take 900 bytes of each block."""
OPUS_THIN = Codec(0.5, 0.96, lead_s=0.04, tail_s=0.01)
"""Some 50 kbit/s for two channels."""


@dataclass(frozen=True, slots=True)
class Block:
    """An encoded piece of sound; its frames from `start` to before `end` are played."""

    digest: bytes
    data: bytes
    rate: int
    start: int
    end: int

    @property
    def duration_s(self) -> float:
        return (self.end - self.start) / self.rate


def encode_block(samples: FloatArray, rate: int, codec: Codec, *, lead: int = 0, tail: int = 0) -> Block:
    """Encode samples, (n, channels); more than two channels are mixed as for local playback.

    The first `lead` and the last `tail` frames are not played. Raises AudioError if the block becomes too large.
    """
    count = len(samples)
    if samples.shape[1] > 2 or not np.isfinite(samples).all():
        samples = to_stereo(samples)
    to = _OPUS_RATE if codec.is_lossy else rate if rate <= _MOST_RATE else _MOST_RATE // 2
    if to != rate:
        import soxr

        samples = np.ascontiguousarray(soxr.resample(samples, rate, to), dtype=np.float32)
    data = _flac(samples, to) if codec.compression is None else _opus(samples, codec.compression)
    if len(data) > BLOCK_BYTES:
        raise AudioError("the sound does not compress enough to be sent to a listener")
    start, end = round(lead * to / rate), round((count - tail) * to / rate)
    return Block(block_digest(data), data, to, start, min(end, len(samples)))


def _flac(samples: FloatArray, rate: int) -> bytes:
    import soundfile  # 30 ms, once

    scaled = samples * np.float32(32768)
    is_16_bit = bool(np.array_equal(scaled, np.rint(scaled)) and scaled.max() < 32768 and scaled.min() >= -32768)
    subtype, bits = ("PCM_16", 16) if is_16_bit else ("PCM_24", 24)
    file = io.BytesIO()
    limit = float(1 << (bits - 1))
    pcm = np.clip(np.rint(samples.astype(np.float64) * limit), -limit, limit - 1).astype(np.int32)
    soundfile.write(file, pcm << (32 - bits), rate, format="FLAC", subtype=subtype)
    return file.getvalue()


def _opus(samples: FloatArray, compression: float) -> bytes:
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", _OPUS_RATE, samples.shape[1], format="OGG", subtype="OPUS", compression_level=compression
    ) as encoder:
        for at in range(0, len(samples), _WRITE_FRAMES):
            encoder.write(samples[at : at + _WRITE_FRAMES])
    return file.getvalue()


def decode_block(data: bytes) -> tuple[FloatArray, int]:
    """The samples, (n, 1 or 2), and the rate of a block that an app sent; raises ListenerError for any other bytes.

    At most `MOST_BLOCK_S` seconds are decoded, whatever the header says.
    """
    import soundfile

    if data[:4] not in MAGICS:
        raise ListenerError("a block that is neither FLAC nor Opus")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            rate, channels = int(file.samplerate), int(file.channels)
            is_known = (file.format, file.subtype) == ("OGG", "OPUS") or file.format == "FLAC"
            if not is_known or not 1 <= channels <= 2 or not 1_000 <= rate <= _MOST_RATE:
                raise ListenerError("a block with an impossible format, rate or channel count")
            frames = min(int(file.frames), _MOST_FRAMES, round(MOST_BLOCK_S * rate))
            samples: FloatArray = file.read(max(0, frames), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError) as error:
        raise ListenerError("a block that holds no audio") from error
    if not len(samples):
        raise ListenerError("a block without sound")
    return samples, rate
