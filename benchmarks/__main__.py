"""`python -m benchmarks VERB`: each verb is a file of its own with `arguments(parser)` and `run(args)`."""

from __future__ import annotations

import argparse
import importlib
import sys

VERBS = {
    "make-library": "a library of N samples made of numbers",
    "start": "exec to the first painted map, memory, modules that must not be there",
    "frame": "key to painted frame in a real terminal, and drawing alone",
    "search": "a search keystroke, in the engine and in the app",
    "ranking": "where the wanted file stands in the answers to short queries",
    "near": "exact nearest neighbours",
    "copies": "made copies that are found, round robins that are not, how the search grows, facts in names",
    "index": "files a second, and a second look at unchanged files",
    "soak": "random work, bursts, kills and bad drives on a real library, by seed",
    "truth": "edits that keep size and time, moves over hours among copies, and how many are lost",
    "damage": "damaged files over every format, by seed, and what becomes of each",
    "scale": "what a file costs here, and what a million and a hundred million files would cost",
    "layout": "time to a map, and how many neighbours it keeps",
    "slices": "hits found in recordings, against the segmentation of AudioNotebooks",
    "labels": "predicted tags against a network on fingerprints",
    "regions": "how many regions of the map that are no drums carry a true name",
    "toms": "how the toms of recorded kits lie, and how often low, mid and high are right",
    "spread": "dots that a layout lights, and what it keeps, before and after samples are given room",
    "make": "from asking for a new sound to the file that is played",
    "recorded": "what tells made sounds from recorded ones: crest, peak, brightness, body, class",
    "pairs": "recordings and what the model makes of them, unlabelled, for a listener to guess which is made",
    "hear": "key to first frame at the desk",
    "beat": "processor time of a beat that plays, and its bytes on the line, beside a bare loop",
    "long-beat": "an hour of a beat that is changed all the time: memory and descriptors",
    "remote": "key to first frame over SSH, with delay on the line",
    "thin": "steps and new sounds over lines of 100 kbit/s to 10 Mbit/s, while sounds are sent ahead",
    "login": "from `tui-browser ssh` to the map and the first sound, two people at once",
    "pictures": "the app's own screens as SVG, for the docs and for looking at",
    "page-pictures": "the page to send on a desk and on a phone, for the docs",
    "workbench-pictures": "a t-SNE and a spritesheet, for the docs",
    "demo": "the moving picture of the README",
    "scenes": "pictures of the visualiser, and a moving one",
    "peers": "an environment with the peers that others are compared with",
}


def main() -> int:
    """Run one verb; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    chosen = next((word for word in sys.argv[1:] if word in VERBS), None)
    for verb, told in VERBS.items():
        sub = verbs.add_parser(verb, help=told, description=told)
        if verb == chosen:
            importlib.import_module(_module(verb)).arguments(sub)
    args = parser.parse_args()
    code: int = importlib.import_module(_module(args.verb)).run(args)
    return code


def _module(verb: str) -> str:
    return f"benchmarks.{verb.replace('-', '_')}"


if __name__ == "__main__":
    sys.exit(main())
