"""Is what was asked for what the model's own ear hears? `python -m benchmarks.hearing --count 100`.

For every class: draws from the prior; variations of those that are heard as the class, and mixtures of two of them;
each heard by the encoder; then the time from a call to the sound, warm, on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.generate.sound_decoder import DecodeBatch, SoundDecoder
from tui_browser.model.bundle import load_bundle
from tui_browser.training.decoder.evaluation import class_probabilities


def main(argv: list[str] | None = None) -> int:
    """Print one line a class and the times; 0, or 1 with a sentence about what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hearing", description=__doc__)
    parser.add_argument("--model", default="models/general")
    parser.add_argument("--count", type=int, default=100, help="of each kind and class")
    parser.add_argument("--variance", type=float, default=0.3, help="of variations")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    try:
        measure(args)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def measure(args: argparse.Namespace) -> None:
    """All figures, as JSON lines."""
    bundle = load_bundle(args.model, folders=())
    maker, classes = SoundDecoder(bundle), bundle.classes or ()
    every: dict[str, list[float]] = {"drawn": [], "varied": [], "mixed": []}
    for label, name in enumerate(classes):
        drawn = maker.draw(args.count, seed=args.seed, class_index=label)
        right = class_probabilities(bundle, maker.decode(drawn, seed=args.seed)).argmax(axis=1) == label
        if not right.any():
            print(json.dumps({"class": name, "drawn": 0.0}), flush=True)
            every["drawn"].append(0.0)
            continue
        good = DecodeBatch(z=drawn.z[right], seconds=drawn.seconds[right])
        varied = maker.vary(good, count=args.count, variance=args.variance, seed=args.seed)
        pairs = [
            maker.mix(DecodeBatch(z=good.z[[i, i - 1]], seconds=good.seconds[[i, i - 1]]), [1, 1], raw=False)
            for i in range(len(good))
        ]
        mixed = DecodeBatch(z=np.concatenate([p.z for p in pairs]), seconds=np.concatenate([p.seconds for p in pairs]))
        line: dict[str, object] = {"class": name}
        for kind, recipe in (("drawn", drawn), ("varied", varied), ("mixed", mixed)):
            said = class_probabilities(bundle, maker.decode(recipe, seed=args.seed)).argmax(axis=1)
            line[kind] = round(float((said == label).mean()), 3)
            every[kind].append(float((said == label).mean()))
            wrong = np.bincount(said[said != label], minlength=len(classes))
            if kind == "drawn" and wrong.any():
                line["taken_for"] = classes[int(wrong.argmax())]
        print(json.dumps(line), flush=True)
    print(json.dumps({"all": {kind: round(float(np.mean(values)), 3) for kind, values in every.items()}}))
    for seconds in (0.2, 0.5, 1.0, 2.0):
        recipe = maker.draw(21, seed=1)
        took = []
        for i in range(21):
            one = DecodeBatch(z=recipe.z[i : i + 1], seconds=np.array([seconds], dtype=np.float32))
            start = time.process_time()
            maker.decode(one, seed=i)
            took.append(1000 * (time.process_time() - start))
        print(json.dumps({"seconds": seconds, "median_ms": round(np.median(took), 1), "most_ms": round(max(took), 1)}))


if __name__ == "__main__":
    sys.exit(main())
