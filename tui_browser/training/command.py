"""What the commands that train have in common: the options of a run, and one sentence where it cannot be."""

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
"""Kits held out for choosing and for the temperature: mostly drum machines, as people have them."""


def training_parser(module: str, about: str | None, *, out: str, cache: str, minutes: float) -> argparse.ArgumentParser:
    """A parser with what each run is asked; `out` says what --out is, `cache` is the folder's name in the cache."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--pool", required=True, help="folder with pool.tsv and pool/")
    parser.add_argument("--out", required=True, help=out)
    parser.add_argument("--cache", default=os.path.expanduser(f"~/.cache/tui-browser/{cache}"))
    parser.add_argument("--minutes", type=float, default=minutes, help="of training on one core")
    parser.add_argument("--steps", type=int, default=0, help="instead of --minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--apart", nargs="*", default=list(HELD_OUT_KITS), metavar="KIT", help="kits that are held out")
    return parser


def run_command(train: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """What `train` returns, or 1 with a sentence about what is wrong."""
    import torch  # 1.6 s

    torch.set_num_threads(args.threads)
    try:
        with flush_denormals():
            return train(args)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
