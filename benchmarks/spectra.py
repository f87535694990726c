"""Spectrograms side by side: `python -m benchmarks.spectra OUT --png FILE NAME...`.

OUT is what `benchmarks.resynth` wrote. Each NAME is a column, the original above and what the model made of it below:
30 Hz to 20 kHz by octaves upwards, the first --seconds to the right, 80 dB from black to white.
"""

from __future__ import annotations

import argparse
import os
import struct
import sys
import zlib
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

RATE, WINDOW, HEIGHT, WIDTH, GAP = 44100, 2048, 200, 190, 6
_COLOURS = np.array([[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 200]])


def picture(sound: NDArray[np.float32], *, seconds: float) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3) spectrogram of the first `seconds`, highest frequency first."""
    padded = np.pad(sound, (WINDOW // 2, WINDOW + int(seconds * RATE)))
    starts = np.linspace(0, seconds * RATE, WIDTH).astype(int)
    frames = np.stack([padded[start : start + WINDOW] for start in starts]) * np.hanning(WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames, 4 * WINDOW, axis=1)))
    edges = np.geomspace(30, 20000, HEIGHT + 1) * 4 * WINDOW / RATE
    rows = [power[:, int(a) : max(int(a) + 1, int(b))].mean(axis=1) for a, b in pairwise(edges)]
    db = 10 * np.log10(np.stack(rows[::-1]) + 1e-20)
    shade = np.clip(1 + (db - db.max()) / 80, 0, 1) * (len(_COLOURS) - 1)
    low = np.minimum(shade.astype(int), len(_COLOURS) - 2)
    mixed = _COLOURS[low] + (shade - low)[..., None] * (_COLOURS[low + 1] - _COLOURS[low])
    return np.asarray(mixed, dtype=np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The bytes of a PNG of (height, width, 3) pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(lines, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def main(argv: list[str] | None = None) -> int:
    """Write the picture; 0."""
    import soundfile

    parser = argparse.ArgumentParser(prog="python -m benchmarks.spectra", description=__doc__)
    parser.add_argument("out")
    parser.add_argument("names", nargs="+")
    parser.add_argument("--png", required=True)
    parser.add_argument("--seconds", type=float, default=0.6)
    args = parser.parse_args(argv)
    rows = []
    for kind in ("originals", "made"):
        tiles = []
        for name in args.names:
            sound, _ = soundfile.read(os.path.join(args.out, kind, name + ".wav"), dtype="float32")
            tiles += [picture(sound, seconds=args.seconds), np.full((HEIGHT, GAP, 3), 255, dtype=np.uint8)]
        rows += [np.concatenate(tiles[:-1], axis=1)]
    gap = np.full((GAP, rows[0].shape[1], 3), 255, dtype=np.uint8)
    with open(args.png, "wb") as file:
        file.write(png(np.concatenate([rows[0], gap, rows[1]])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
