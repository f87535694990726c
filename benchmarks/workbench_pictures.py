"""workbench-pictures: a t-SNE and a spritesheet of the demo, for the docs."""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import subprocess
import tempfile

from benchmarks.app import command
from benchmarks.libraries import FOLDER
from benchmarks.pictures import stored_library

_PLOT = 640


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the pictures go, FOLDER/tsne.png ...")
    parser.add_argument("--library", default="", metavar="FILE", help="of this library, not of the demo")
    parser.add_argument("--libraries", default=FOLDER, metavar="FOLDER", help="where libraries are kept")


def run(args: argparse.Namespace) -> int:
    library = args.library or stored_library(0, folder=args.libraries)
    with tempfile.TemporaryDirectory() as folder:
        for words in (
            ("notebooks", "--mode", "predicted_encoding", "--out", f"{folder}/notebooks"),
            ("spritesheet", "--image", "spectrogram", "--tile", "40x32", "--audio", "none", "--out", f"{folder}/sheet"),
        ):
            subprocess.run([*command(), "--library", library, "export", *words, "--quiet"], check=True)
        _reduce(f"{folder}/notebooks/plot/predicted_encoding.30.30.png", os.path.join(args.out, "tsne.png"))
        [sheet] = glob.glob(f"{folder}/sheet/map.*.png")
        shutil.copyfile(sheet, os.path.join(args.out, "spritesheet.png"))
    return 0


def _reduce(source: str, target: str) -> None:
    from PIL import Image

    with Image.open(source) as picture:
        picture.resize((_PLOT, _PLOT), Image.Resampling.LANCZOS).quantize(64).save(target, optimize=True)
    print(target)
