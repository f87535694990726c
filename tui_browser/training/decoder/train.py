"""Train the decoder of a bundle: `python -m tui_browser.training.decoder.train --pool FOLDER --out models/drums`.

The bundle must exist. Its latent head is trained together with the decoder; trunk, embedding, classes and map stay
unchanged. The run adds sound.safetensors and the section "sound" of config.json. A run that was killed, or that reached
the end of its --stretch, is resumed by the next call.
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
from tui_browser.records import DRUMS
from tui_browser.training.command import run_command, training_parser
from tui_browser.training.decoder.augmentation import DecoderAugmentation
from tui_browser.training.decoder.trainer import DecoderHyperparameters, DecoderTrainer
from tui_browser.training.decoder.training_data import DecoderExamples, load_examples
from tui_browser.training.pool import read_pool

_DEFAULTS = DecoderHyperparameters()
_PLACES = ("pool", "rendered", "out", "cache", "write", "source")
"""Options that say nothing about the result."""


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = training_parser(
        "tui_browser.training.decoder.train",
        __doc__,
        out="folder of the bundle that gets the decoder",
        cache="sounds",
        minutes=60.0,
    )
    parser.add_argument("--rendered", default="", help="folder that tui_browser.training.rendered.make has filled")
    parser.add_argument("--stretch", type=float, default=120.0, help="minutes of this call; call again to resume")
    parser.add_argument("--drum-views", type=int, default=5)
    parser.add_argument("--other-views", type=int, default=2)
    parser.add_argument("--synth", type=int, default=800, help="synthesised sounds of each class")
    parser.add_argument("--hidden", type=int, default=DecoderShape.hidden)
    parser.add_argument("--channels", type=int, nargs="+", default=list(DecoderShape.channels))
    parser.add_argument("--fine-tune", action="store_true", help="train the decoder that is there; z stays")
    parser.add_argument(
        "--from", dest="source", default="", metavar="MODEL", help="fine-tune the decoder of a model with the same z"
    )
    parser.add_argument("--rate", type=float, default=_DEFAULTS.rate, help="peak learning rate")
    parser.add_argument("--synth-share", type=float, default=_DEFAULTS.synth_share)
    parser.add_argument("--write", action="store_true", help="write the bundle from the checkpoint as it is")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Train the decoder and write it into the bundle; returns the exit code."""
    return run_command(train, arguments(argv))


def train(args: argparse.Namespace) -> int:
    """The whole run, or its next --stretch."""
    bundle = load_bundle(os.path.abspath(args.out), folders=())
    args.fine_tune |= bool(args.source)
    source = load_bundle(os.path.abspath(args.source), folders=()) if args.source else bundle
    shape = DecoderShape(z_dim=bundle.z_dim, hidden=args.hidden, channels=tuple(args.channels))
    pools = [read_pool(folder) for folder in (args.pool, args.rendered) if folder]
    examples = load_examples(
        pools,
        folder=args.cache,
        shape=shape,
        front_end=bundle.front_end,
        drums=args.drum_views,
        others=args.other_views,
        synth=args.synth,
        seed=1,
    )
    encoder = LatentInputs(bundle)
    latent_inputs = encoder.of_examples(examples)
    is_held_out = np.isin(examples.kits, args.apart)
    rows = np.flatnonzero(~is_held_out)
    held_out = np.flatnonzero(is_held_out & examples.clean & (examples.labels < len(DRUMS)))
    print(f"{len(rows)} training sounds, {len(held_out)} held out", flush=True)
    recipe = DecoderHyperparameters(
        minutes=args.minutes,
        steps=args.steps,
        seed=args.seed,
        rate=args.rate,
        synth_share=args.synth_share,
        head_share=0.0 if args.fine_tune else _DEFAULTS.head_share,
    )
    trainer = DecoderTrainer(shape, recipe, latent_inputs=latent_inputs.shape[1])
    checkpoint = os.path.join(args.cache, "sound.safetensors")
    if trainer.restore(checkpoint, trainer.sampler_rng):
        pass
    elif args.fine_tune:
        trainer.start_from(bundle, decoder_of=source)
    else:
        trainer.initialise(examples, latent_inputs, rows[:: max(1, len(rows) // 6000)])

    def evaluate() -> str:
        losses = trainer.held_out_losses(examples, latent_inputs, held_out)
        return "held out: " + " ".join(f"{name} {value:.3f}" for name, value in losses.items())

    done = args.write or trainer.run(
        examples,
        encoder,
        rows,
        augment=DecoderAugmentation(shape, bundle.trainable[1]),
        checkpoint=checkpoint,
        stretch_s=60 * args.stretch,
        log=lambda line: print(line, flush=True),
        evaluate=evaluate,
    )
    if done:
        from tui_browser.training.decoder.finish import finish_training

        options = {name: value for name, value in vars(args).items() if name not in _PLACES}
        training = options | {"steps": trainer.step, "pool_clips": sum(len(pool.clips) for pool in pools)}
        if args.fine_tune:
            earlier = source.config["sound"]["training"]
            training["steps_before"] = earlier.get("steps_before", 0) + earlier["steps"]
        about = {"training": training}
        finish_training(bundle, trainer, examples, latent_inputs, rows, about=about)
    return 0


class LatentInputs:
    """Inputs of the latent head: the log-mel and the output of the encoder's convolutions."""

    def __init__(self, bundle: Bundle) -> None:
        self._network = load_encoder(bundle)

    @torch.no_grad()
    def __call__(self, mels: torch.Tensor) -> torch.Tensor:
        """(B, M, T) -> (B, H)."""
        return torch.cat([mels.flatten(1), self._network.trunk.conv_features(mels)], dim=1)

    def of_examples(self, examples: DecoderExamples) -> NDArray[np.float16]:
        """(E, H) of all examples, without augmentation."""
        blocks = np.array_split(examples.mels, len(examples.mels) // 128 + 1)
        parts = [self(torch.from_numpy(block.astype(np.float32) / np.float32(255))).numpy() for block in blocks]
        return np.concatenate([part.astype(np.float16) for part in parts])


if __name__ == "__main__":
    sys.exit(main())
