"""The process that computes features: beside the app, the newest request first, a cache that stays small."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.sounds import one_shot, write
from tui_browser.errors import AudioError, WorkerError
from tui_browser.training.visualiser.songs import make_song
from tui_browser.visualiser.feature_cache import FeatureCache
from tui_browser.visualiser.feature_client import FeatureClient
from tui_browser.visualiser.features import BLURS, Features
from tui_browser.visualiser.spectra import RATE


@pytest.fixture
def client() -> Iterator[FeatureClient]:
    client = FeatureClient()
    yield client
    client.close()


def features(frames: int) -> Features:
    return Features({blur: np.zeros((frames, 10), np.uint16) for blur in BLURS}, np.zeros(frames, np.float32))


def wanted() -> bool:
    return True


def test_a_short_sound_is_instant_once_the_process_runs(client: FeatureClient, tmp_path: Path) -> None:
    kick, snare = (os.fsencode(write(tmp_path / f"{kind}.wav", one_shot(kind, 1))) for kind in ("kick", "snare"))
    first = client.features(kick, wanted=wanted)
    assert first is not None and first.frames > 5
    began = time.process_time()
    assert client.features(kick, wanted=wanted) is first
    assert client.features(snare, wanted=wanted) is not first
    assert time.process_time() - began < 0.1, "the work is the other process's"


def test_a_changed_file_is_read_again(client: FeatureClient, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", one_shot("kick", 1))
    first = client.features(os.fsencode(path), wanted=wanted)
    write(path, np.tile(one_shot("snare", 2), 3))
    second = client.features(os.fsencode(path), wanted=wanted)
    assert first is not None and second is not None and first.frames != second.frames


def test_what_is_not_wanted_any_more_gives_way(client: FeatureClient, tmp_path: Path) -> None:
    song = os.fsencode(write(tmp_path / "song.wav", np.tile(make_song(1, seconds=30), 20), rate=RATE))
    kick = os.fsencode(write(tmp_path / "kick.wav", one_shot("kick", 1)))
    wants, told = threading.Event(), list[float]()
    wants.set()

    def progress(part: float) -> None:
        told.append(part)
        wants.clear()

    assert client.features(song, wanted=wants.is_set, progress=progress) is None
    assert told and told[0] < 0.5
    assert client.features(kick, wanted=wanted) is not None


def test_a_file_that_cannot_be_read_is_an_error_and_the_next_one_is_fine(client: FeatureClient, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF nothing")
    with pytest.raises(AudioError):
        client.features(os.fsencode(bad), wanted=wanted)
    with pytest.raises(AudioError):
        client.features(os.fsencode(tmp_path / "none.wav"), wanted=wanted)
    assert client.features(os.fsencode(write(tmp_path / "k.wav", one_shot("kick", 1))), wanted=wanted) is not None


def test_a_dead_process_is_told_and_replaced(client: FeatureClient, tmp_path: Path) -> None:
    kick, snare = (os.fsencode(write(tmp_path / f"{kind}.wav", one_shot(kind, 1))) for kind in ("kick", "snare"))
    assert client.features(kick, wanted=wanted) is not None
    child = client._child
    assert child is not None
    child.process.kill()
    child.process.wait()
    assert client.features(snare, wanted=wanted) is not None


def test_a_closed_client_starts_nothing(client: FeatureClient, tmp_path: Path) -> None:
    client.close()
    with pytest.raises(WorkerError):
        client.features(os.fsencode(write(tmp_path / "k.wav", one_shot("kick", 1))), wanted=wanted)


def test_the_cache_is_bounded_and_forgets_what_was_used_least_recently() -> None:
    cache = FeatureCache(most_bytes=3 * features(100).nbytes)
    keys = [(b"%d" % number, 0, 0) for number in range(5)]
    for key in keys[:3]:
        cache.keep(key, features(100))
    assert cache.get(keys[0]) is not None
    cache.keep(keys[3], features(100))
    assert cache.get(keys[1]) is None and cache.get(keys[0]) is not None
    cache.keep(keys[3], features(50))
    assert cache.nbytes == 2 * features(100).nbytes + features(50).nbytes
    cache.keep(keys[4], features(10_000))
    assert cache.get(keys[4]) is not None and cache.nbytes == features(10_000).nbytes, "the newest always stays"
