"""soak: long trouble on a real tree and a real library, by seed: random work, bursts, kills, bad drives."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.trouble.programs import Place
from benchmarks.trouble.small_drive import NoDriveError, SmallDrive

KINDS = ("work", "burst", "kills", "drives")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", type=int, default=10_000, help="random operations while the watcher is on")
    parser.add_argument("--round", type=int, default=500, help="operations between two comparisons")
    parser.add_argument("--pace", type=float, default=0.02, metavar="S", help="mean pause between two operations")
    parser.add_argument("--files", type=int, default=30_000, help="new files of the burst")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--keep", metavar="FOLDER", help="work there, and keep what is there at the end")
    parser.add_argument("--model", metavar="FOLDER", help="another model than the shipped one")


def run(args: argparse.Namespace) -> int:
    if unknown := set(args.kinds) - set(KINDS):
        sys.stderr.write(f"no such kind: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}\n")
        return 2
    faults = 0
    for kind in args.kinds or KINDS:
        with _folder(args.keep, kind) as folder:
            place = Place(folder, args.model)
            faults += {"work": _work, "burst": _burst, "kills": _kills, "drives": _drives}[kind](place, args)
    print(f"{faults} faults" if faults != 1 else "1 fault")
    return 1 if faults else 0


@contextlib.contextmanager
def _folder(keep: str | None, kind: str) -> Iterator[str]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix=f"soak-{kind}-", ignore_cleanup_errors=True) as folder:
            yield folder
    else:
        folder = os.path.join(os.path.abspath(keep), kind)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        yield folder


def tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _tell_faults(what: str, faults: list[str]) -> int:
    for fault in faults[:20]:
        tell(f"FAULT in {what}: {fault}")
    if len(faults) > 20:
        tell(f"and {len(faults) - 20} more")
    return len(faults)


def _work(place: Place, args: argparse.Namespace) -> int:
    from benchmarks.trouble.watched_work import WatchedWork

    faults = done = tags = 0
    with contextlib.ExitStack() as stack:
        drive: SmallDrive | None = None
        try:
            drive = stack.enter_context(SmallDrive(os.path.dirname(place.library), megabytes=64))
        except NoDriveError as error:
            tell(f"the library's drive is never full: {error}")
        work = stack.enter_context(WatchedWork(place, seed=args.seed, drive=drive))
        while done < args.operations:
            report = work.round(min(args.round, args.operations - done), pace_s=args.pace, told=tell)
            done += report.operations
            tags += report.tags
            tell(
                f"work, seed {args.seed}: {done} operations, {report.samples} samples, {tags} tags, "
                f"{report.fills} times full, equal after {report.settled_s:.0f} s, {len(report.faults)} faults"
            )
            faults += _tell_faults(f"work, seed {args.seed}, operation {done}", report.faults)
            if report.faults:
                break
        tell(", ".join(f"{name} {count}" for name, count in sorted(work.tree.counts.items())))
    return faults


def _burst(place: Place, args: argparse.Namespace) -> int:
    from benchmarks.trouble.burst import burst

    report = burst(place, files=args.files, told=tell)
    tell(f"burst: {args.files} new files, {report.lost} lost, all in the library after {report.seconds:.0f} s")
    return _tell_faults("burst", report.faults)


def _kills(place: Place, args: argparse.Namespace) -> int:
    from benchmarks.trouble.kills import KillRun

    run_ = KillRun(place, seed=args.seed, told=tell)
    faults = run_.kill_many(args.kills)
    tell(f"kills, seed {args.seed}: " + ", ".join(f"{count} while {what}" for what, count in run_.counts.items()))
    return _tell_faults(f"kills, seed {args.seed}", faults)


def _drives(place: Place, _: argparse.Namespace) -> int:
    from benchmarks.trouble.drives import try_drives

    try:
        report = try_drives(place)
    except NoDriveError as error:
        tell(f"drives: {error}")
        return 0
    tell(f"drives: {report.steps} steps on a full and on a read-only drive")
    return _tell_faults("drives", report.faults)
