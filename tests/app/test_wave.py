"""The waveform in a whole app: a region is repeated by the real player, and searched by with the real model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import fftconvolve, find_peaks, resample_poly

from tests.app.conftest import Stock
from tests.support.libraries import index
from tests.support.loops import recording
from tests.support.pty import Terminal, all_gone, environment, linux_only, program, until
from tests.support.sounds import RATE, one_shot, write
from tui_browser.indexing.workers import IndexWorkers

pytestmark = linux_only


def test_a_region_repeats_without_a_gap_and_is_searched_by(
    stock: Stock, workers: IndexWorkers, tmp_path: Path, own_home: Path
) -> None:
    kinds = ("kick", "snare", "kick", "snare", "kick", "snare")
    hits = [(0.2 + 0.7 * number, one_shot(kind, number)) for number, kind in enumerate(kinds)]
    take = write(tmp_path / "takes" / "take.wav", recording(hits, seconds=4.4))
    library, heard = stock.copy(tmp_path / "l.db"), tmp_path / "heard.wav"
    index(library, take.parent, workers=workers)
    words = program("--library", library, "--player", f"recorder:{heard}")
    with Terminal(words, env=environment(own_home), columns=120, rows=40) as terminal:
        terminal.wait_for(lambda text: "45 samples" in text and "❲" in text, "the map")
        terminal.press("/name:take\r")
        terminal.wait_for("1 of 45")
        terminal.press("j\x17")
        terminal.wait_for(lambda text: "4.400 s," in text and "╵2" in text, "the slices")
        terminal.press("2s")
        terminal.wait_for("region 0.")
        text = terminal.text
        start_s = float(text.split("region ")[1].split(" s")[0])
        terminal.press("  ")  # the slice stops, the region begins
        until(lambda: (terminal.read(), len(_repeats(heard, take, start_s)) >= 3)[1], "the region, again")
        gaps = _repeats(heard, take, start_s)[1:]
        assert gaps == pytest.approx([0.7] * len(gaps), abs=0.001)
        terminal.press("n")
        terminal.wait_for("1 neighbour of take 0.900-1.600 s.wav")
        terminal.press("\x1b")
        terminal.press("q")
        assert terminal.wait() == 0
    all_gone(environment(own_home))


def _repeats(heard: Path, take: Path, start_s: float) -> list[float]:
    """The seconds from each time that a region begins in what was heard so far to the next."""
    if not heard.exists() or heard.stat().st_size < 10_000:
        return []
    samples, rate = soundfile.read(heard, always_2d=True)
    head = soundfile.read(take, start=round(start_s * RATE), frames=RATE // 20)[0]
    head = resample_poly(head, rate // 300, RATE // 300)
    mono = samples.mean(axis=1)
    match = fftconvolve(mono, head[::-1], "valid")
    energy = np.sqrt(fftconvolve(mono**2, np.ones(len(head)), "valid").clip(0) * (head**2).sum()) + 1e-6
    likeness = match / energy
    places, _ = find_peaks(likeness, height=0.97, distance=rate // 4)
    return [float(gap) for gap in np.diff(places) / rate]
