"""Train the visualiser's model: `python -m tui_browser.training.visualiser.train --pool FOLDER --out models/motion`.

Learns from the recordings of a pool (see `training.pool`; share-alike ones are left out), from songs made in code, and
from the files of any --music folder. Writes config.json with the figures, weights.safetensors and CARD.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import numpy as np

from tui_browser.model.bundle import config_bytes
from tui_browser.safe_files import replace_file
from tui_browser.training.command import run_command, training_parser
from tui_browser.training.pool import read_pool
from tui_browser.training.visualiser.autoencoder import WIDTHS, MotionAutoencoder, train_autoencoder
from tui_browser.training.visualiser.card import motion_card
from tui_browser.training.visualiser.figures import measure
from tui_browser.training.visualiser.spectra_set import load_spectra
from tui_browser.visualiser.motion_model import FORMAT, NAME, load_motion_model
from tui_browser.visualiser.spectra import FRAME_RATE, RATE, WINDOW


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = training_parser(
        "tui_browser.training.visualiser.train",
        __doc__,
        out="folder of the bundle, made anew",
        cache="motion",
        minutes=2.0,
    )
    parser.add_argument("--music", nargs="*", default=[], metavar="FOLDER", help="folders of music to learn from too")
    parser.add_argument("--songs", type=int, default=500, help="songs made in code to learn from")
    parser.add_argument("--held-out-songs", type=int, default=24, help="songs made in code to measure on")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Train and write the bundle; returns the exit code."""
    return run_command(train, arguments(argv))


def train(args: argparse.Namespace) -> int:
    """The whole run."""

    def log(line: str) -> None:
        print(line, flush=True)

    pool = read_pool(args.pool)
    spectra = load_spectra(
        args.cache,
        pool,
        music=_music(args.music),
        apart=args.apart,
        songs=args.songs,
        held_out_songs=args.held_out_songs,
        seed=args.seed,
        log=log,
    )
    began = time.monotonic()
    mean = spectra.training.mean(axis=0, dtype=np.float64).astype(np.float16).astype(np.float32)
    scale = float(np.sqrt(np.mean([np.square(row.astype(np.float32) - mean).mean() for row in spectra.training])))
    network, steps = train_autoencoder(
        spectra.training, mean=mean, scale=scale, minutes=args.minutes, steps=args.steps, seed=args.seed, log=log
    )
    folder = os.path.abspath(args.out)
    os.makedirs(folder, exist_ok=True)
    config = {
        "format": FORMAT,
        "kind": NAME,
        "name": os.path.basename(folder),
        "sample_rate": RATE,
        "window": WINDOW,
        "frame_rate": FRAME_RATE,
        "widths": list(WIDTHS),
        "scale": scale,
        "data": {
            "recordings": spectra.clips,
            "share_alike_left_out": pool.left_out,
            "songs_made": spectra.songs,
            "spectra": len(spectra.training),
            "held_out_kits": sorted(args.apart),
        },
        "training": {
            "steps": steps,
            "seed": args.seed,
            "threads": args.threads,
            "seconds": round(time.monotonic() - began),
        },
    }
    _write_weights(folder, network, mean)
    config_path = os.path.join(folder, "config.json")
    replace_file(config_path, config_bytes(config))
    figures = measure(load_motion_model(folder), spectra.training, spectra.held_out)
    replace_file(config_path, config_bytes(config | {"figures": figures}))
    size = os.path.getsize(os.path.join(folder, "weights.safetensors"))
    replace_file(
        os.path.join(folder, "CARD.md"), motion_card(config | {"figures": figures}, pool, weights_bytes=size).encode()
    )
    log(f"{folder}: {figures}")
    return 0


def _write_weights(folder: str, network: MotionAutoencoder, mean: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    from safetensors.numpy import save

    tensors = {name: value.detach().numpy().astype(np.float16) for name, value in network.state_dict().items()}
    replace_file(os.path.join(folder, "weights.safetensors"), save(tensors | {"mean": mean.astype(np.float16)}))


def _music(folders: list[str]) -> list[bytes]:
    """All files below these folders, sorted."""
    files = [
        os.path.join(where, name)
        for folder in folders
        for where, _, names in os.walk(os.fsencode(folder))
        for name in names
        if not name.startswith(b".")
    ]
    return sorted(files)


if __name__ == "__main__":
    sys.exit(main())
