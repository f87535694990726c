"""Long recordings to samples: where the slices lie, what their files hold, what is never touched."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.loops import drum_kit, drum_loop, recording
from tests.support.sounds import RATE, one_shot, write
from tui_browser.audio.fragment import FrameSpan
from tui_browser.errors import AudioError, BrowserError
from tui_browser.workbench.new_files import NewFiles
from tui_browser.workbench.slicing.envelope import Envelope, read_envelope
from tui_browser.workbench.slicing.names import check_template, distinct_stems, slice_names
from tui_browser.workbench.slicing.plan import METHODS, Cut, SliceOptions, SlicePlan, plan_from_envelope, plan_slices
from tui_browser.workbench.slicing.write import Fades, spans_of, write_slices

KINDS = ("kick", "snare", "tom", "clap", "rim", "cowbell", "hat_closed")
TRUTH = [0.4 + 1.1 * at for at in range(14)]


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Hits of many sounds, with room between them, over a little noise."""
    hits = [(at, one_shot(KINDS[number % 7], number)) for number, at in enumerate(TRUTH)]
    sound = recording(hits, seconds=17.0, noise_db=-65.0)
    return os.fsencode(write(tmp_path_factory.mktemp("long") / "birds.wav", np.stack([sound, 0.5 * sound], axis=1)))


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dense loop at 120 bpm."""
    sound = drum_loop("break", drum_kit(3), bpm=120.0, bars=2)
    return os.fsencode(write(tmp_path_factory.mktemp("long") / "loop.wav", sound))


def starts_s(plan: SlicePlan) -> list[float]:
    return [cut.start / plan.rate for cut in plan.cuts]


def test_d9_slices_are_apart_in_order_half_at_most_and_at_the_hits(birds: bytes, loop: bytes) -> None:
    for path in (birds, loop):
        plan = plan_slices(path, SliceOptions())
        assert plan.cuts
        assert all(before.end <= after.start for before, after in pairwise(plan.cuts))
        assert all(0 <= cut.start < cut.end <= plan.frames for cut in plan.cuts)
        assert plan.share <= 0.5
    found = starts_s(plan_slices(birds, SliceOptions()))
    assert len(found) == len(TRUTH)
    assert max(min(abs(start - true) for start in found) for true in TRUTH) < 0.05
    dense = plan_slices(loop, SliceOptions())
    assert dense.dropped  # a loop is sound all through: only the strongest fit
    everything = plan_slices(loop, SliceOptions(keep_percent=100.0))
    weakest_kept = min(cut.strength for cut in dense.cuts)
    left_out = [cut for cut in everything.cuts if cut not in dense.cuts]
    assert np.median([cut.strength for cut in left_out]) < weakest_kept + 1.0


def test_a_slice_ends_where_its_sound_has_decayed_or_at_the_next_hit(birds: bytes) -> None:
    decayed = plan_slices(birds, SliceOptions())
    whole = plan_slices(birds, SliceOptions(to_next=True, keep_percent=100.0))
    assert sorted(cut.end - cut.start for cut in decayed.cuts)[len(TRUTH) // 2] < 0.7 * RATE
    assert [cut.end for cut in whole.cuts[:-1]] == [cut.start for cut in whole.cuts[1:]]
    assert whole.cuts[-1].end == whole.frames
    assert decayed.share < 0.5 < whole.share


def test_equal_lengths_beats_and_silence(birds: bytes, loop: bytes) -> None:
    equal = plan_slices(birds, SliceOptions(by="length", length_s=2.0))
    assert starts_s(equal) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert equal.cuts[-1].end == equal.frames
    beats = plan_slices(loop, SliceOptions(by="beat"))
    assert beats.bpm == pytest.approx(120.0, rel=0.01)
    assert starts_s(beats) == pytest.approx([at / 2 for at in range(8)], abs=0.03)
    bars = plan_slices(loop, SliceOptions(by="beat", beats=4.0, bpm=120.0))
    assert starts_s(bars) == pytest.approx([0.0, 2.0], abs=0.001)
    sounding = plan_slices(birds, SliceOptions(by="silence", threshold_db=-25.0))
    assert len(sounding.cuts) == len(TRUTH)
    assert all(start <= true < start + 0.05 for start, true in zip(starts_s(sounding), TRUTH, strict=True))
    strongest = plan_slices(birds, SliceOptions(by="silence", threshold_db=-25.0, most=3))
    assert len(strongest.cuts) == 3 and strongest.dropped == len(TRUTH) - 3


def test_a_sound_without_a_beat_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "hum.wav", np.full(RATE, 0.2, dtype=np.float32))
    with pytest.raises(AudioError, match=r"no steady beat was found.*--bpm"):
        plan_slices(os.fsencode(path), SliceOptions(by="beat"))


@given(
    seed=st.integers(0, 50),
    by=st.sampled_from(METHODS),
    keep=st.floats(1.0, 100.0),
    length=st.floats(0.001, 0.5),
    most=st.none() | st.integers(1, 5),
    longest=st.none() | st.floats(0.01, 0.3),
)
@settings(max_examples=30)
def test_any_plan_is_in_order_and_apart(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    by: str,
    keep: float,
    length: float,
    most: int | None,
    longest: float | None,
) -> None:
    rng = np.random.default_rng(seed)
    envelope = _random_envelope(rng, tmp_path_factory)
    options = SliceOptions(
        by=by,  # type: ignore[arg-type]  # one of them
        length_s=length,
        bpm=110.0,
        keep_percent=keep,
        most=most,
        longest_s=longest,
        to_next=bool(seed % 2),
    )
    plan = plan_from_envelope(b"x", envelope, options)
    assert all(before.end <= after.start for before, after in pairwise(plan.cuts))
    assert all(0 <= cut.start < cut.end <= plan.frames for cut in plan.cuts)
    assert plan.share <= keep / 100.0
    assert most is None or len(plan.cuts) <= most


_ENVELOPES: dict[int, Envelope] = {}


def _random_envelope(rng: np.random.Generator, folders: pytest.TempPathFactory) -> Envelope:
    key = int(rng.integers(0, 4))
    if key not in _ENVELOPES:
        hits = [(float(at), one_shot("rim", key)) for at in np.random.default_rng(key).uniform(0, 1.8, 3 * key)]
        sound = recording(hits, seconds=2.0, noise_db=-40.0) if hits else np.zeros(RATE, dtype=np.float32)
        path = write(folders.mktemp("random") / "a.wav", sound)
        _ENVELOPES[key] = read_envelope(os.fsencode(path), with_onsets=True)
    return _ENVELOPES[key]


def test_levels_do_not_depend_on_how_the_file_is_read(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (3 * (1 << 19) + 777, 2)).astype(np.float32)
    path = write(tmp_path / "a.wav", sound, subtype="FLOAT")
    levels = read_envelope(os.fsencode(path), with_onsets=False).levels_db
    edges = [round(at * 441) for at in range(len(levels) + 1)]
    peaks = np.abs(sound).max(axis=1)
    expected = [20 * np.log10(peaks[a:b].max()) for a, b in pairwise(edges)]
    assert levels == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("ending", "subtype"), [("wav", "PCM_24"), ("flac", "PCM_16"), ("wav", "FLOAT")])
def test_files_hold_the_very_frames_but_for_their_fades(tmp_path: Path, ending: str, subtype: str) -> None:
    rng = np.random.default_rng(1)
    sound = rng.integers(-30_000, 30_000, (96_000, 3)).astype(np.int32) << 16
    path = tmp_path / f"a.{ending}"
    values = sound / 2.0**31 if subtype == "FLOAT" else sound
    soundfile.write(path, values, 96_000, subtype=subtype)
    plan = SlicePlan(os.fsencode(path), 96_000, 96_000, (Cut(0, 1_000), Cut(5_000, 9_000), Cut(90_000, 96_000)))
    out = tmp_path / "out"
    out.mkdir()
    names = slice_names(plan, "{stem}-{number}", stem=b"a")
    write_slices(plan, os.fsencode(out), names, fades=Fades(0.001, 0.002), stem=b"a")
    for cut, name in zip(plan.cuts, names, strict=True):
        info = soundfile.info(os.path.join(os.fsencode(out), name))
        assert (info.samplerate, info.channels, info.subtype) == (96_000, 3, subtype)
        written, _ = soundfile.read(os.path.join(os.fsencode(out), name), dtype="int32" if subtype != "FLOAT" else None)
        wanted = values[cut.start : cut.end]
        assert len(written) == len(wanted)
        assert np.array_equal(written[96:-192], wanted[96:-192])
        assert np.array_equal(written[0], wanted[0]) == (cut.start == 0)  # nothing to fade at the file's own edges
        assert np.array_equal(written[-1], wanted[-1]) == (cut.end == 96_000)
        assert (np.abs(written.astype(np.float64)) <= np.abs(wanted.astype(np.float64))).all()
    manifest = json.loads((out / "a.slices.json").read_text())
    assert [row["start_frame"] for row in manifest["slices"]] == [0, 5_000, 90_000]
    assert [row["path"] for row in manifest["slices"]] == [os.fsdecode(name) for name in names]


def test_fades_are_no_longer_than_half_a_slice() -> None:
    plan = SlicePlan(b"x", 1_000, 500, (Cut(10, 20), Cut(20, 120)))
    assert spans_of(plan, Fades(0.03, 0.05)) == [FrameSpan(10, 20, 5, 5), FrameSpan(20, 120, 30, 50)]


def test_nothing_is_written_where_one_name_is_taken(birds: bytes, tmp_path: Path) -> None:
    plan = plan_slices(birds, SliceOptions(by="length", length_s=4.0))
    names = slice_names(plan, "{stem}-{number}", stem=b"birds")
    (tmp_path / "birds-003.wav").write_bytes(b"mine")
    with pytest.raises(BrowserError, match=r"exists already.*birds-003\.wav"):
        write_slices(plan, os.fsencode(tmp_path), names, fades=Fades(), stem=b"birds")
    assert os.listdir(tmp_path) == ["birds-003.wav"]
    write_slices(plan, os.fsencode(tmp_path), names, fades=Fades(), stem=b"birds", force=True)
    assert len(os.listdir(tmp_path)) == len(plan.cuts) + 1
    assert (tmp_path / "birds-003.wav").read_bytes() != b"mine"


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), NewFiles(os.fsencode(tmp_path), [b"a", b"b"], force=False) as files:
        files.open(b"a").close()
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_a_name_taken_meanwhile_takes_back_the_others(tmp_path: Path) -> None:
    with (
        pytest.raises(BrowserError, match="exists already"),
        NewFiles(os.fsencode(tmp_path), [b"a", b"b"], force=False) as files,
    ):
        files.open(b"a").close()
        files.open(b"b").close()
        (tmp_path / "b").write_bytes(b"theirs")
    assert os.listdir(tmp_path) == ["b"]
    assert (tmp_path / "b").read_bytes() == b"theirs"


def test_names_sort_in_the_order_of_the_recording() -> None:
    cuts = tuple(Cut(100 * at, 100 * at + 50) for at in range(1_200))
    plan = SlicePlan(b"x", 1_000, 120_000, cuts)
    for template in ("{stem}-{number}", "{start}_{length}", "{stem}@{start}"):
        names = slice_names(plan, template, stem=b"\xff\n" + b"x" * 300)
        assert names == sorted(names)
        assert len(set(names)) == len(cuts)
        assert max(map(len, names)) <= 255


@pytest.mark.parametrize("template", ["{stem}", "{stem.__class__}{number}", "{0}", "{number", "../{number}", "{n}"])
def test_a_wrong_template_is_refused(template: str) -> None:
    with pytest.raises(BrowserError):
        check_template(template)


def test_recordings_of_one_name_get_different_slices() -> None:
    assert distinct_stems([b"/a/x.wav", b"/b/X.flac", b"/c/x.ogg", b"/c/y"]) == [b"x", b"X_2", b"x_3", b"y"]
