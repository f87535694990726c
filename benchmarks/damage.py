"""damage: damaged files over every format that soundfile writes, indexed, and each held to what is known of it."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile

from benchmarks.trouble.damage_judge import judge
from benchmarks.trouble.damaged_files import make_damaged_files, make_whole_files, sound_kinds
from benchmarks.trouble.programs import Place


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--keep", metavar="FOLDER", help="work there, and keep what is there at the end")
    parser.add_argument("--model", metavar="FOLDER", help="another model than the shipped one")


def run(args: argparse.Namespace) -> int:
    if shutil.which("ffmpeg") is None:
        sys.stderr.write("ffmpeg is not installed: no reason is held beside it\n")
    with contextlib.ExitStack() as stack:
        place = args.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="damage-"))
        place = os.path.abspath(place)
        folder = os.path.join(place, "damaged")
        for old in (folder, os.path.join(place, "library")):
            shutil.rmtree(old, ignore_errors=True)
        damaged = list(make_damaged_files(folder, count=args.files, seed=args.seed))
        whole = list(make_whole_files(os.path.join(folder, "whole")))
        report = judge(Place(place, args.model), damaged, whole, folder)
    print(
        f"damage, seed {args.seed}: {report.files} damaged files of {len(sound_kinds())} kinds beside {len(whole)} "
        f"whole ones, {report.samples} decoded, {report.rejects} refused ({report.beside_ffmpeg} held beside ffmpeg); "
        f"{report.seconds:.0f} s, {report.decoder_mb:.0f} MB in the largest decoder, {len(report.faults)} faults"
    )
    for reason, count in report.reasons.most_common():
        print(f"{count:6} {reason}")
    for fault in report.faults:
        print(f"FAULT {fault}")
    return 1 if report.faults else 0
