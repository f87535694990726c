"""The work on a file is a pure function of its bytes, and comes back whole from bytes."""

from __future__ import annotations

import dataclasses
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.loops import drum_kit, drum_loop
from tests.support.odd_files import make_odd_files
from tests.support.sounds import one_shot, write
from tui_browser.errors import RejectCode
from tui_browser.folder.scan import scan
from tui_browser.indexing.decoder_pool import DecodeOutcome, UnsettledFile
from tui_browser.indexing.encode_step import encode_files
from tui_browser.indexing.outcome_codec import pack, unpack
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.records import Clip, FileStat, Reject


def encoded(folder: Path, workers: IndexWorkers, *, order: int = 0) -> dict[bytes, DecodeOutcome]:
    files = list(scan([os.fsencode(folder)]).files)
    random.Random(order).shuffle(files)
    return {outcome.stat.path: outcome for part in encode_files(files, engine=workers) for outcome in part}


def plain(value: Any) -> Any:
    """A record as something that can be compared: arrays by type, shape and bytes, NaN equal to NaN."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if dataclasses.is_dataclass(value) and not isinstance(value, FileStat):
        fields = dataclasses.fields(value)
        return type(value).__name__, [(field.name, plain(getattr(value, field.name))) for field in fields]
    if isinstance(value, float):
        return float(value).hex()
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return value


def sound_of(outcome: DecodeOutcome) -> Any:
    if isinstance(outcome, Clip):  # what follows from its name and its time
        facts = tuple(each for each in outcome.facts if each.source not in ("name", "folder"))
        outcome = dataclasses.replace(outcome, provisional_hash="", facts=facts)
    return plain(dataclasses.replace(outcome, stat=FileStat(b"", 0, 0, 0, 0)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, kind in enumerate(("kick", "snare", "tom", "shaker", "cymbal")):
        write(tmp_path / "a" / f"{kind}.wav", one_shot(kind, number))
    for number, rhythm in enumerate(("four", "break")):
        write(tmp_path / "a" / f"{rhythm}.wav", drum_loop(rhythm, drum_kit(number), bpm=100))
    write(tmp_path / "a" / "silent.wav", np.zeros(4000, np.float32))
    (tmp_path / "a" / "broken.wav").write_bytes(b"RIFF")
    return tmp_path


def test_an_outcome_depends_on_the_bytes_alone(folder: Path, workers: IndexWorkers) -> None:
    first = encoded(folder, workers)
    assert len(first) == 9
    copy = folder / "elsewhere" / "b"
    copy.mkdir(parents=True)
    for path in first:
        name = os.path.basename(os.fsdecode(path))
        (copy / f"other {name}").write_bytes(Path(os.fsdecode(path)).read_bytes())
        os.utime(copy / f"other {name}", (7, 7))
    write(copy / "one more.wav", one_shot("clap", 5))  # another batch
    second = encoded(copy, workers, order=1)
    for place, outcome in first.items():
        there = os.path.join(os.fsencode(copy), b"other " + os.path.basename(place))
        assert sound_of(second[there]) == sound_of(outcome)


def test_every_outcome_comes_back_whole(folder: Path, workers: IndexWorkers) -> None:
    outcomes = encoded(folder, workers)
    assert sum(isinstance(outcome, Clip) and outcome.slices is not None for outcome in outcomes.values()) == 2
    assert sum(isinstance(outcome, Reject) for outcome in outcomes.values()) == 1
    for outcome in (*outcomes.values(), UnsettledFile(next(iter(outcomes.values())).stat)):
        back = unpack(pack(outcome), bundle=workers.bundle)
        assert plain(back) == plain(outcome) and back.stat == outcome.stat


@pytest.mark.slow
def test_every_odd_file_has_one_outcome_that_comes_back_whole(tmp_path: Path, workers: IndexWorkers) -> None:
    odd = make_odd_files(tmp_path)
    outcomes = encoded(tmp_path, workers)
    assert len(outcomes) == len(scan([os.fsencode(tmp_path)]).files) >= len(odd.listed)
    for outcome in outcomes.values():
        assert plain(unpack(pack(outcome), bundle=workers.bundle)) == plain(outcome)


def test_bytes_that_are_no_outcome_of_this_model_are_refused(folder: Path, workers: IndexWorkers) -> None:
    clips = [each for each in encoded(folder, workers).values() if isinstance(each, Clip) and each.encoding is not None]
    clip = next(each for each in clips if each.slices is not None)
    assert clip.encoding is not None and clip.slices is not None
    other = dataclasses.replace
    wrong = [
        other(clip, encoding=other(clip.encoding, embedding=clip.encoding.embedding[:-1])),
        other(clip, encoding=other(clip.encoding, embedding=clip.encoding.embedding * np.float32("nan"))),
        other(clip, encoding=other(clip.encoding, z=clip.encoding.z.astype(np.float64))),
        other(clip, encoding=other(clip.encoding, probabilities=None)),
        other(clip, encoding=other(clip.encoding, xy=(float("inf"), 0.0))),
        other(clip, slices=other(clip.slices, vectors=None)),
        other(clip, mel=np.zeros((2, 2), np.float32)),
    ]
    for each in wrong:
        with pytest.raises(ValueError):
            unpack(pack(each), bundle=workers.bundle)
    packed = pack(clip)
    for content in (b"", b"\xc0", packed[:-1], packed[: len(packed) // 2], b"\x93" * 2000):
        with pytest.raises(ValueError):
            unpack(content, bundle=workers.bundle)


def test_damaged_bytes_give_a_value_error_or_an_outcome(folder: Path, workers: IndexWorkers) -> None:
    outcome = next(each for each in encoded(folder, workers).values() if isinstance(each, Clip) and each.slices)
    packed = pack(outcome)
    rng = random.Random(3)
    for _ in range(500):
        damaged = bytearray(packed)
        damaged[rng.randrange(len(packed))] ^= 1 << rng.randrange(8)
        try:
            unpack(bytes(damaged), bundle=workers.bundle)
        except ValueError:
            continue


def test_a_reject_keeps_its_code(workers: IndexWorkers) -> None:
    reject = Reject(FileStat(b"/a\xff\n.wav", 1, 2, 3, 1 << 63), "no permission", RejectCode.PERMISSION)
    assert unpack(pack(reject), bundle=workers.bundle) == reject
