"""Sounds and what the model makes of them: `python -m benchmarks.resynth FOLDER --out OUT`.

Writes OUT/originals and OUT/made with the same names, 44,100 Hz, from the onset on and at most two seconds, so that a
tool which compares two folders can judge. A FOLDER with pool.tsv beside or inside it may be narrowed to the percussion
of some kits (--kits).
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

import numpy as np

from tui_browser.errors import AudioError, BrowserError
from tui_browser.generate.sound_decoder import DecodeBatch, SoundDecoder
from tui_browser.model.bundle import load_bundle
from tui_browser.model.decoder_shape import RATE
from tui_browser.model.encoder_network import load_encoder
from tui_browser.model.encoder_process import encode_mels
from tui_browser.records import DRUM_CLASSES
from tui_browser.training.decoder.training_data import encoder_mel, read_clip
from tui_browser.training.pool import read_pool


def main(argv: list[str] | None = None) -> int:
    """Write both folders; 0, or 1 with a sentence about what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.resynth", description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--out", required=True)
    parser.add_argument("--model", default="models/general")
    parser.add_argument("--kits", nargs="*", default=[], help="of pool.tsv; percussion alone")
    parser.add_argument("--encoder-alone", action="store_true", help="z as the encoder says, not brought nearer")
    parser.add_argument("--latent-alone", action="store_true", help="without what a recording has beyond its latent")
    parser.add_argument("--most", type=int, default=0, help="files, evenly over all (0: all)")
    args = parser.parse_args(argv)
    try:
        write(args)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def write(args: argparse.Namespace) -> None:
    """Both folders."""
    import soundfile

    bundle = load_bundle(args.model, folders=())
    maker, network = SoundDecoder(bundle), load_encoder(bundle)
    files = _files(args.folder, args.kits)
    if args.most and len(files) > args.most:
        files = [files[i] for i in np.linspace(0, len(files) - 1, args.most).astype(int)]
    done = 0
    for path in files:
        try:
            sound = read_clip(path)
        except AudioError as error:
            print(error, file=sys.stderr)
            continue
        if np.abs(sound).max(initial=0.0) < 1e-4:
            continue
        z = encode_mels(network, encoder_mel(sound, front_end=bundle.front_end)[None], picture=False).z
        seconds = np.array([len(sound) / RATE], dtype=np.float32)
        recipe = DecodeBatch(z=z, seconds=seconds)
        if not args.encoder_alone:
            recipe = maker.reproduce(z[0], sound, float(seconds[0]))
        if args.latent_alone:
            recipe = replace(recipe, detail=None)
        made = maker.decode(recipe, seed=0)[0]
        name = os.path.splitext(os.path.relpath(path, args.folder))[0].replace(os.sep, "_") + ".wav"
        for kind, samples in (("originals", sound), ("made", made * np.float32(np.abs(sound).max()))):
            os.makedirs(os.path.join(args.out, kind), exist_ok=True)
            soundfile.write(os.path.join(args.out, kind, name), samples, RATE, subtype="FLOAT")
        done += 1
    print(f"{done} of {len(files)} files in {args.out}/originals and {args.out}/made")


def _files(folder: str, kits: list[str]) -> list[str]:
    if kits:
        pool = read_pool(folder)
        drums = [clip for clip in pool.clips if clip.kit in kits and DRUM_CLASSES[clip.label] != "other"]
        return [os.path.join(pool.folder, clip.path) for clip in drums]
    endings = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3")
    found = [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if path.lower().endswith(endings))


if __name__ == "__main__":
    sys.exit(main())
