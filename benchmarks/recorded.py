"""recorded: do made sounds measure like recorded ones? Draws of each class, and recordings made again."""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.likeness import Likeness, likeness
from benchmarks.recordings import read_recordings, read_sound, recording_arguments
from tui_browser.generate.sound_decoder import DecodeBatch, SoundDecoder
from tui_browser.model.bundle import load_bundle
from tui_browser.model.decoder_shape import RATE
from tui_browser.model.encoder_network import load_encoder
from tui_browser.model.encoder_process import encode_mels
from tui_browser.records import DRUM_CLASSES, FloatArray
from tui_browser.training.decoder.evaluation import class_probabilities
from tui_browser.training.decoder.training_data import encoder_mel


def arguments(parser: argparse.ArgumentParser) -> None:
    recording_arguments(parser)
    parser.add_argument("--draws", type=int, default=20, help="of each class")
    parser.add_argument("--most", type=int, default=20, help="recordings of each class (0: all)")
    parser.add_argument("--seed", type=int, default=3)


def run(args: argparse.Namespace) -> int:
    """Print a line a class for draws, then for recordings made again."""
    bundle = load_bundle(args.model, folders=())
    decoder, encoder = SoundDecoder(bundle), load_encoder(bundle)
    real: dict[int, list[FloatArray]] = {}
    for recording in read_recordings(args.table, args.folder, most=args.most):
        sound = read_sound(recording)
        if sound is not None:
            real.setdefault(recording.label, []).append(sound)
    print(f"{'':22} {'heard':>6} {'crest dB':>14} {'peak at once':>14} {'centroid Hz':>16} {'body dB':>14}")
    print("drawn, beside recordings")
    for label, sounds in sorted(real.items()):
        made = decoder.decode(decoder.draw(args.draws, seed=args.seed, class_index=label), seed=args.seed)
        heard = float((class_probabilities(bundle, made).argmax(axis=1) == label).mean())
        _line(DRUM_CLASSES[label], heard, made, sounds)
    print("made again, beside the same recordings")
    same = []
    for label, sounds in sorted(real.items()):
        made = [_again(decoder, encoder, sound) for sound in sounds]
        before, after = (class_probabilities(bundle, each).argmax(axis=1) for each in (sounds, made))
        same += list(before == after)
        _line(DRUM_CLASSES[label], float((before == after).mean()), made, sounds)
    print(f"  same class after making again: {np.mean(same):.3f} of {len(same)}")
    kick, hat = (DRUM_CLASSES.index(name) for name in ("kick", "hat_closed"))
    print(f"  kick and closed hat 1:1, share of the kick in what is heard of both: {_lean(decoder, kick, hat):.2f}")
    return 0


def _again(decoder: SoundDecoder, encoder: object, sound: FloatArray) -> FloatArray:
    bundle = decoder.bundle
    z = encode_mels(encoder, encoder_mel(sound, front_end=bundle.front_end)[None], picture=False).z[0]  # type: ignore[arg-type]
    return decoder.decode(decoder.reproduce(z, sound, len(sound) / RATE), seed=0)[0]


def _line(name: str, heard: float, made: list[FloatArray], real: list[FloatArray]) -> None:
    ours, theirs = ([likeness(sound) for sound in sounds] for sounds in (made, real))

    def both(field: str, form: str) -> str:
        return " / ".join(format(_middle(each, field), form) for each in (ours, theirs))

    cells = (both("crest_db", ".1f"), both("peaks_at_once", ".2f"), both("centroid_hz", ".0f"), both("body_db", ".1f"))
    print(f"  {name:20} {heard:6.2f} {cells[0]:>14} {cells[1]:>14} {cells[2]:>16} {cells[3]:>14}", flush=True)


def _middle(each: list[Likeness], field: str) -> float:
    """The median, or the share of what is so or not."""
    values = [getattr(numbers, field) for numbers in each]
    return float(np.mean(values) if field == "peaks_at_once" else np.median(values))


def _lean(decoder: SoundDecoder, first: int, second: int, *, pairs: int = 20) -> float:
    """How near an even mixture is heard to the first of its parents: its share of both probabilities."""
    drawn = [decoder.draw(pairs, seed=7, class_index=label) for label in (first, second)]
    mixed = []
    for i in range(pairs):
        z = np.stack([each.z[i] for each in drawn])
        seconds = np.array([each.seconds[i] for each in drawn])
        mixed += decoder.decode(decoder.mix(DecodeBatch(z=z, seconds=seconds), [1, 1], raw=False), seed=i)
    heard = class_probabilities(decoder.bundle, mixed)[:, [first, second]].sum(axis=0)
    return float(heard[0] / heard.sum())
