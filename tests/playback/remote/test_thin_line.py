"""Lines with a rate: what is under way, what is sent at all, and when a sound begins."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr

from benchmarks.delay import SlowLine
from tests.playback.remote.conftest import RATE, App, MakeApp, MakeLaptop, MakeSound
from tui_browser.playback.messages import Finished, Line, Started

KBIT = 125.0
"""Bytes a second in a kbit/s."""


def started(app: App, path: bytes, token: int) -> float:
    """Play to the end; the seconds from the request to the first frame."""
    app.player.play(path, token=token)
    event = app.event(Started, token)
    app.event(Finished, token)
    assert isinstance(event, Started)
    return event.after_s


def test_what_is_sent_ahead_waits_in_no_queue(
    laptop: MakeLaptop, app: MakeApp, sound: MakeSound, tmp_path: Path
) -> None:
    there = laptop(player="null")
    heavy = [sound(3.0, seed=seed)[0] for seed in (1, 2, 3)]  # 290 kB each
    with SlowLine(str(tmp_path / "s"), there.socket, rate=1000 * KBIT, round_trip_s=0.04) as line:
        here = app(f"remote:{line.path}")
        here.connected()
        started(here, sound(0.1, seed=9)[0], 1)  # measures the line
        line.most_queued_bytes = 0
        before = line.there_bytes
        here.player.prefetch(heavy)
        deadline = time.monotonic() + 20
        while line.there_bytes < before + 100_000 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert line.there_bytes >= before + 100_000, "it is sent ahead"
        assert line.most_queued_bytes < 0.2 * 1000 * KBIT, "50 ms, and what the machine's own delay adds"
        here.player.close()


def test_a_thin_line_is_kept_free_and_carries_opus_that_begins_at_once(
    laptop: MakeLaptop, app: MakeApp, tmp_path: Path
) -> None:
    there = laptop()
    paths = [tmp_path / f"{number}.wav" for number in range(6)]
    for number, path in enumerate(paths):
        sf.write(path, _music(4.5 if number == 3 else 0.5, 200.0 + 50 * number), 44_100, subtype="PCM_16")
    first, second, third, long, *likely = [os.fsencode(path) for path in paths]
    with SlowLine(str(tmp_path / "s"), there.socket, rate=100 * KBIT, round_trip_s=0.04) as line:
        here = app(f"remote:{line.path}")
        here.connected()
        here.player.prefetch([first])  # its beginning measures the line
        here.until(lambda event: isinstance(event, Line) and not event.ahead)
        before = line.there_bytes
        here.player.prefetch(likely)
        assert started(here, second, 2) < 3.0
        assert line.there_bytes - before < 10_000, "40 kB as FLAC, and nothing was sent ahead"
        assert any(isinstance(event, Line) and event.compressed and not event.ahead for event in here.seen)
        assert started(here, third, 3) < 3.0
        here.player.play(long, token=4, start_s=2.9)
        event = here.event(Started, 4)
        assert isinstance(event, Started) and event.after_s < 5.0, "two seconds of it take 12 as FLAC"
        here.event(Finished, 4)
        here.player.close()
    there.listener.close()
    heard = there.heard()[-round(1.6 * RATE) :]
    wanted = soxr.resample(_music(4.5, 350.0), 44_100, RATE)[-round(1.6 * RATE) :]
    assert np.corrcoef(heard[2_400:, 0], wanted[2_400:, 0])[0, 1] > 0.9, "in one piece, without a gap"


def _music(seconds: float, hz: float) -> np.ndarray:
    """(n, 2): a chord with a little noise, which FLAC cannot make small."""
    at = np.arange(round(seconds * 44_100)) / 44_100
    chord = sum(np.sin(2 * np.pi * hz * ratio * at) for ratio in (1.0, 1.26, 1.5, 3.1))
    noise = np.random.default_rng(round(hz)).normal(0, 0.02, (len(at), 2))
    return (0.15 * np.asarray(chord)[:, None] + noise).clip(-1, 1).astype(np.float32)


def test_pieces_of_opus_join_without_a_seam(tmp_path: Path) -> None:
    from tui_browser.playback.remote.block_codec import OPUS, decode_block
    from tui_browser.playback.remote.blocks import BlockStore

    path = tmp_path / "a.wav"
    sf.write(path, _music(3.0, 220.0), 44_100, subtype="PCM_16")
    first, reader = BlockStore().open(os.fsencode(path), codec=OPUS, in_pieces=True)
    assert reader is not None
    blocks = [first]
    while (block := reader.read_block()) is not None:
        blocks.append(block)
    reader.close()
    assert len(blocks) == 6 and reader.sent_s == pytest.approx(3.0)
    joined = np.concatenate([decode_block(each.data)[0][each.start : each.end] for each in blocks])
    wanted = soxr.resample(_music(3.0, 220.0), 44_100, 48_000)
    assert len(joined) == len(wanted)
    error = np.abs(joined - wanted).mean(axis=1)
    seams = np.concatenate([error[at - 50 : at + 50] for at in range(24_000, 120_001, 24_000)])
    assert seams.mean() < 2 * error.mean() < 0.06, "no worse at a seam than elsewhere"
