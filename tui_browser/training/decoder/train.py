"""Train the decoder of a bundle: `python -m tui_browser.training.decoder.train --pool FOLDER --out models/drums`.

The bundle must be there: its trunk is what hears, and it does not move, nor do embedding, classes and map. What
changes is z, which learns together with the decoder, and what is added is sound.safetensors and the section "sound"
of config.json. A run that was killed, or that came to the end of its --stretch, goes on when it is called again.
"""

from __future__ import annotations

import argparse
import os
import sys

import numpy as np
import torch
from numpy.typing import NDArray

from tui_browser.model.bundle import Bundle, load_bundle
from tui_browser.model.decoder_shape import DecoderShape
from tui_browser.model.encoder_network import load_encoder
from tui_browser.training.command import run_command, training_parser
from tui_browser.training.decoder.augmentation import DecoderAugmentation
from tui_browser.training.decoder.trainer import OTHER, DecoderHyperparameters, DecoderTrainer
from tui_browser.training.decoder.training_data import DecoderExamples, load_examples
from tui_browser.training.pool import read_pool


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = training_parser(
        "tui_browser.training.decoder.train",
        __doc__,
        out="folder of the bundle that gets the decoder",
        cache="sounds",
        minutes=60.0,
    )
    parser.add_argument("--stretch", type=float, default=120.0, help="minutes of this call; call again to go on")
    parser.add_argument("--drum-views", type=int, default=5)
    parser.add_argument("--other-views", type=int, default=2)
    parser.add_argument("--synth", type=int, default=800, help="synthesised sounds a class")
    parser.add_argument("--hidden", type=int, default=DecoderShape.hidden)
    parser.add_argument("--channels", type=int, nargs="+", default=list(DecoderShape.channels))
    parser.add_argument("--write", action="store_true", help="write the bundle from the checkpoint as it is")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Train and write; 0, or 1 with a sentence about what is wrong."""
    return run_command(train, arguments(argv))


def train(args: argparse.Namespace) -> int:
    """The whole run, or a stretch of it."""
    bundle = load_bundle(os.path.abspath(args.out), folders=())
    shape = DecoderShape(z_dim=bundle.z_dim, hidden=args.hidden, channels=tuple(args.channels))
    made = load_examples(
        read_pool(args.pool),
        folder=args.cache,
        shape=shape,
        front_end=bundle.front_end,
        drums=args.drum_views,
        others=args.other_views,
        synth=args.synth,
        seed=1,
    )
    listen = LatentInputs(bundle)
    heard = listen.all(made)
    apart = np.isin(made.kits, args.apart)
    rows = np.flatnonzero(~apart)
    held = np.flatnonzero(apart & made.clean & (made.labels != OTHER))
    print(f"{len(rows)} sounds to learn from, {len(held)} held out", flush=True)
    recipe = DecoderHyperparameters(minutes=args.minutes, steps=args.steps, seed=args.seed)
    trainer = DecoderTrainer(shape, recipe, heard=heard.shape[1])
    checkpoint = os.path.join(args.cache, "sound.safetensors")
    if not trainer.restore(checkpoint, trainer.order):
        trainer.begin(made, heard, rows[:: max(1, len(rows) // 6000)])

    def judge() -> str:
        found = trainer.held_out(made, heard, held)
        return "held out: " + " ".join(f"{name} {value:.3f}" for name, value in found.items())

    done = args.write or trainer.run(
        made,
        listen,
        rows,
        vary=DecoderAugmentation(shape, bundle.front_end),
        checkpoint=checkpoint,
        stretch_s=60 * args.stretch,
        tell=lambda line: print(line, flush=True),
        judge=judge,
    )
    if done:
        from tui_browser.training.decoder.finish import finish_training

        kept = {name: value for name, value in vars(args).items() if name not in ("pool", "out", "cache", "write")}
        finish_training(bundle, trainer, made, heard, rows, about={"training": kept | {"steps": trainer.step}})
    return 0


class LatentInputs:
    """What z is made from: the picture, and what the bundle's convolutions make of it."""

    def __init__(self, bundle: Bundle) -> None:
        self._network = load_encoder(bundle)

    @torch.no_grad()
    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B, M, T) -> (B, H)."""
        return torch.cat([pictures.flatten(1), self._network.trunk.conv_features(pictures)], dim=1)

    def all(self, made: DecoderExamples) -> NDArray[np.float16]:
        """(E, H) of every picture as it is."""
        blocks = np.array_split(made.pictures, len(made.pictures) // 128 + 1)
        parts = [self(torch.from_numpy(block.astype(np.float32) / np.float32(255))).numpy() for block in blocks]
        return np.concatenate([part.astype(np.float16) for part in parts])


if __name__ == "__main__":
    sys.exit(main())
