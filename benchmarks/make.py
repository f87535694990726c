"""make: from asking for a new sound to the file that can be played, through the app's own service."""

from __future__ import annotations

import argparse
import os
import select
import shutil
import tempfile
import time

import numpy as np

from benchmarks.report import Table, show
from benchmarks.timing import median, p95
from tui_browser.errors import BrowserError
from tui_browser.records import FEATURES, SampleId
from tui_browser.service.client import ServiceClient
from tui_browser.service.messages import GenerateSound, GenerationFailed, SoundGenerated
from tui_browser.store.store import Store

_LENGTHS_S = (0.2, 0.5, 1.0, 2.0)
_BUDGET_MS = 100.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--library", required=True, metavar="FILE", help="an indexed library; a copy of it is used")
    parser.add_argument("--sounds", type=int, default=40, help="of each length")
    parser.add_argument("--markdown", action="store_true")


def run(args: argparse.Namespace) -> int:
    table = Table("A variation of a sample: from asking to a file that can be played, warm")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = folder
        path = shutil.copy(args.library, os.path.join(folder, "library.db"))
        with Store.open(path) as store:
            snapshot = store.load()
        lengths = np.nan_to_num(snapshot.features[:, FEATURES.index("duration_s")], nan=1e-3)
        service = ServiceClient(path, fallback="drums")
        service.start()
        try:
            cold = _asked(service, SampleId(int(snapshot.ids[0])), number=0)
            for wanted in _LENGTHS_S:
                rows = np.argsort(np.abs(np.log(lengths / wanted)), kind="stable")[: args.sounds]
                times = [
                    _asked(service, SampleId(sample), number=round(1e6 * wanted) + at)
                    for at, sample in enumerate(snapshot.ids[rows].tolist())
                ]
                note = f"p95 {p95(times):.0f}, slowest {max(times):.0f}"
                table.add(f"{wanted} s", median(times), "ms", budget=_BUDGET_MS, note=note)
        finally:
            service.close()
    table.remarks.append(f"The first sound, for which torch and the model are loaded, took {cold / 1e3:.1f} s.")
    show([table], markdown=args.markdown)
    return 0


def _asked(service: ServiceClient, sample: SampleId, *, number: int) -> float:
    """Milliseconds to the answer. Raises BrowserError where there is no sound."""
    start = time.perf_counter()
    service.send(GenerateSound(number, (sample,), variance=0.3))
    while True:
        select.select([service.fileno()], [], [], 60.0)
        for event in service.poll():
            if isinstance(event, GenerationFailed) and event.number == number:
                raise BrowserError(event.reason)
            if isinstance(event, SoundGenerated) and event.number == number:
                return 1e3 * (time.perf_counter() - start)
