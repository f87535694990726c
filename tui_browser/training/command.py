"""Options and error handling shared by the training commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from tui_browser.errors import BrowserError
from tui_browser.training.denormals import flush_denormals

HELD_OUT_KITS = (
    *("uzu_switchangel", "uzu_mot4i", "mercury_909", "mercury_dwsd808", "fugue_x0xproc", "sp_elec", "microlag"),
    *("js30", "fluidr3_standard", "analog_kit_lite", "cadence"),
)
"""Kits held out for model selection and temperature scaling: mostly drum machines, as in real libraries."""


def training_parser(module: str, about: str | None, *, out: str, cache: str, minutes: float) -> argparse.ArgumentParser:
    """A parser with the common options; `out` is the help of --out, `cache` the name of the cache folder."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--pool", required=True, help="folder with pool.tsv and pool/")
    parser.add_argument("--out", required=True, help=out)
    parser.add_argument("--cache", default=os.path.expanduser(f"~/.cache/tui-browser/{cache}"))
    parser.add_argument("--minutes", type=float, default=minutes, help="duration of training")
    parser.add_argument("--steps", type=int, default=0, help="number of steps, instead of --minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    parser.add_argument("--apart", nargs="*", default=list(HELD_OUT_KITS), metavar="KIT", help="kits that are held out")
    return parser


def run_command(train: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """The exit code of `train`, or 1 with a message on stderr after a BrowserError."""
    import torch  # 1.6 s

    torch.set_num_threads(args.threads)
    try:
        with flush_denormals():
            return train(args)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
