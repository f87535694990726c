"""pairs: recordings and what the model makes of them, without labels, for a listener to guess which is made.

Writes DIR/01-a.wav and DIR/01-b.wav and so on, DIR/key.tsv, which says which of the two is made, and DIR/sheet.png:
spectrograms, the recording above and the made sound below.
"""

from __future__ import annotations

import argparse
import os
import sys

import numpy as np
from numpy.typing import NDArray

from benchmarks.recordings import read_recordings, read_sound, recording_arguments
from benchmarks.spectra import GAP, HEIGHT, picture, png
from tui_browser.errors import BrowserError
from tui_browser.generate.sound_decoder import SoundDecoder
from tui_browser.model.bundle import load_bundle
from tui_browser.model.decoder_shape import RATE
from tui_browser.model.encoder_network import load_encoder
from tui_browser.model.encoder_process import encode_mels
from tui_browser.records import DRUM_CLASSES, FloatArray
from tui_browser.training.decoder.training_data import encoder_mel

_SHEET_PAIRS, _SHEET_COLUMNS, _SHEET_S = 20, 10, 0.6


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="a folder that is empty or not there")
    recording_arguments(parser)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    """Write the pairs, the key and the sheet."""
    import soundfile

    if os.path.isdir(args.out) and os.listdir(args.out):
        print(BrowserError("the folder is not empty", path=args.out, hint="name another one"), file=sys.stderr)
        return 1
    rng = np.random.default_rng(args.seed)
    recordings = [each for each in read_recordings(args.table, args.folder) if DRUM_CLASSES[each.label] != "other"]
    bundle = load_bundle(args.model, folders=())
    decoder, encoder = SoundDecoder(bundle), load_encoder(bundle)
    os.makedirs(args.out, exist_ok=True)
    lines, tiles = ["pair\tmade\tclass\tfile"], []
    for row in rng.permutation(len(recordings)):
        if len(lines) > args.count:
            break
        sound = read_sound(recordings[row])
        if sound is None:
            continue
        z = encode_mels(encoder, encoder_mel(sound, front_end=bundle.front_end)[None], picture=False).z[0]
        made = decoder.decode(decoder.reproduce(z, sound, len(sound) / RATE), seed=0)[0]
        number, is_made_first = len(lines), bool(rng.integers(2))
        both = [_at_one_level(each) for each in (sound, made)]
        for letter, samples in zip("ab", both[::-1] if is_made_first else both, strict=True):
            soundfile.write(os.path.join(args.out, f"{number:02}-{letter}.wav"), samples, RATE, subtype="PCM_24")
        name = os.path.relpath(recordings[row].path, args.folder)
        lines.append(f"{number:02}\t{'a' if is_made_first else 'b'}\t{DRUM_CLASSES[recordings[row].label]}\t{name}")
        tiles.append([picture(each, seconds=_SHEET_S) for each in both])
    with open(os.path.join(args.out, "key.tsv"), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(lines) + "\n")
    with open(os.path.join(args.out, "sheet.png"), "wb") as file:
        file.write(png(_sheet(tiles[:_SHEET_PAIRS])))
    print(f"{len(lines) - 1} pairs in {args.out}; key.tsv says which is made")
    return 0


def _at_one_level(sound: FloatArray) -> FloatArray:
    """At an RMS over the loudest 50 ms that tells nothing, and never above full scale."""
    size = min(len(sound), RATE // 20)
    sums = np.cumsum(np.square(np.pad(sound.astype(np.float64), (1, 0))))
    loudest = np.sqrt(max(float((sums[size:] - sums[:-size]).max()) / size, 1e-12))
    return np.asarray(np.clip(sound * (0.1 / loudest), -1.0, 1.0), dtype=np.float32)


def _sheet(tiles: list[list[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Rows of pairs, the recording above and the made sound below it; every second column and row of pixels."""
    width = tiles[0][0].shape[1] + GAP if tiles else GAP
    rows = []
    for start in range(0, len(tiles), _SHEET_COLUMNS):
        for kind in range(2):
            row = np.full((HEIGHT + GAP, _SHEET_COLUMNS * width, 3), 255, dtype=np.uint8)
            for column, pair in enumerate(tiles[start : start + _SHEET_COLUMNS]):
                row[:HEIGHT, column * width : column * width + width - GAP] = pair[kind]
            rows.append(row)
        rows.append(np.full((2 * GAP, _SHEET_COLUMNS * width, 3), 255, dtype=np.uint8))
    return np.ascontiguousarray(np.concatenate(rows)[::2, ::2]) if rows else np.full((1, 1, 3), 255, dtype=np.uint8)
