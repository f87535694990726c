"""One sound file with many clips behind each other, in several formats at once."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
import soundfile

from tui_browser.errors import BrowserError
from tui_browser.records import FloatArray

FORMATS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "wav": ("WAV", "PCM_24", {}),
    "flac": ("FLAC", "PCM_24", {}),
    "mp3": ("MP3", "MPEG_LAYER_III", {"bitrate_mode": "CONSTANT", "compression_level": 0.4}),
    "ogg": ("OGG", "VORBIS", {"compression_level": 0.3}),
}
"""Format, subtype and options of libsndfile by file ending; MP3 has 192 kbit/s."""
MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_BLOCK = 1 << 14
"""Frames written at a time: libsndfile's Vorbis encoder overflows its stack with many more."""
_WAV_BYTES = 0xFFFF0000
_DECODER_DELAY = 529
"""Frames by which an MP3 decoder is late, beside what the encoder added."""
_DELAY_IN_TAG = 141
"""Offset of the encoder's delay from the start of the Xing or Info tag."""


def check_rate(formats: Sequence[str], rate: int) -> None:
    """Raise BrowserError for a rate that a format does not have."""
    if "mp3" in formats and rate not in MP3_RATES:
        rates = ", ".join(map(str, MP3_RATES))
        raise BrowserError(f"MP3 has no sample rate of {rate} Hz", hint=f"its rates are {rates}")


class SpriteWriter:
    """Writes clips to `STEM.ENDING` for each format; their places are counted in frames."""

    def __init__(self, stem: str, formats: Sequence[str], rate: int, *, expected_frames: int = 0) -> None:
        check_rate(formats, rate)
        self.frames = 0
        self.paths = {ending: f"{stem}.{ending}" for ending in formats}
        self._files = contextlib.ExitStack()
        self._writers = [self._files.enter_context(self._open(ending, rate, expected_frames)) for ending in self.paths]

    def _open(self, ending: str, rate: int, expected_frames: int) -> soundfile.SoundFile:
        form, subtype, options = FORMATS[ending]
        if ending == "wav" and 3 * expected_frames > _WAV_BYTES:
            form = "RF64"
        return soundfile.SoundFile(self.paths[ending], "w", rate, 1, subtype, format=form, **options)

    def add(self, samples: FloatArray) -> int:
        """Append a clip (n,); the frame at which it begins. Raises OSError."""
        start = self.frames
        with _as_os_errors():
            for at in range(0, len(samples), _BLOCK):
                for writer in self._writers:
                    writer.write(np.ascontiguousarray(samples[at : at + _BLOCK]))
        self.frames += len(samples)
        return start

    def close(self) -> None:
        with _as_os_errors():
            self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextlib.contextmanager
def _as_os_errors() -> Iterator[None]:
    """libsndfile tells of a full disk in words of its own, or asserts that all was written."""
    try:
        yield
    except (soundfile.LibsndfileError, AssertionError) as error:
        raise OSError(errno.EIO, f"the sound could not be written ({error})") from error


def mp3_delay(path: str) -> int:
    """Frames of silence before the sound in a decoder that ignores the file's LAME tag; other decoders drop them.

    0 if the file has no such tag.
    """
    with open(path, "rb") as file:
        head = file.read(4096)
    at = max(head.find(b"Info"), head.find(b"Xing"))
    tag = head[at + _DELAY_IN_TAG : at + _DELAY_IN_TAG + 2]
    return (tag[0] << 4 | tag[1] >> 4) + _DECODER_DELAY if at >= 0 and len(tag) == 2 else 0
