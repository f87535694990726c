"""Sounds as they travel in a page: what any decoder makes of them, their budget, and files that are gone."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.support.pages import page_sounds
from tests.support.sounds import RATE, one_shot, write
from tui_browser.errors import AudioError, BrowserError
from tui_browser.records import FloatArray
from tui_browser.workbench.page.excerpt import encode_excerpt
from tui_browser.workbench.page.excerpts import base64_size, make_excerpts
from tui_browser.workbench.page.likeness import drum_likeness, neighbours


def decoded(excerpt: bytes) -> tuple[FloatArray, int]:
    return soundfile.read(io.BytesIO(excerpt), always_2d=True)  # type: ignore[no-any-return]


def tone(seconds: float, rate: int = RATE, hz: float = 440.0) -> FloatArray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_an_excerpt_has_the_rate_and_the_length_up_to_the_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(3.0))
    samples, rate = decoded(encode_excerpt(bytes(path), onset_s=0.0, seconds=1.0))
    assert (rate, samples.shape) == (RATE, (RATE, 1))
    assert np.abs(samples[-50:]).max() < 0.02, "it fades out where it is cut"
    whole, _ = decoded(encode_excerpt(bytes(path), onset_s=2.5, seconds=1.0))
    assert len(whole) == pytest.approx(0.502 * RATE, abs=2)


@pytest.mark.parametrize("rate", [8_000, 11_025, 96_000, 192_000])
def test_a_rate_that_mp3_lacks_is_converted(tmp_path: Path, rate: int) -> None:
    path = write(tmp_path / "a.wav", tone(0.5, rate), rate=rate)
    samples, changed = decoded(encode_excerpt(bytes(path), onset_s=0.0, seconds=1.0))
    assert changed == 44_100
    assert len(samples) == pytest.approx(22_050, abs=10)
    peak = np.abs(np.fft.rfft(samples[:, 0])).argmax() * changed / len(samples)
    assert peak == pytest.approx(440, abs=3)


def test_wide_stereo_stays_and_the_same_on_both_sides_is_mono(tmp_path: Path) -> None:
    left = tone(0.4)
    wide = write(tmp_path / "wide.wav", np.stack((left, tone(0.4, hz=660.0)), axis=1))
    narrow = write(tmp_path / "narrow.wav", np.stack((left, left), axis=1))
    many = write(tmp_path / "many.wav", np.stack([left] * 6, axis=1))
    assert decoded(encode_excerpt(bytes(wide), onset_s=0.0, seconds=1.0))[0].shape[1] == 2
    assert decoded(encode_excerpt(bytes(narrow), onset_s=0.0, seconds=1.0))[0].shape[1] == 1
    assert decoded(encode_excerpt(bytes(many), onset_s=0.0, seconds=1.0))[0].shape[1] == 1


def test_quiet_and_loud_sounds_are_heard_alike(tmp_path: Path) -> None:
    loud = write(tmp_path / "loud.wav", one_shot("snare", 1))
    quiet = write(tmp_path / "quiet.wav", one_shot("snare", 1) * np.float32(0.03))
    peaks = [np.abs(decoded(encode_excerpt(bytes(path), onset_s=0.0, seconds=1.0))[0]).max() for path in (loud, quiet)]
    assert peaks[1] == pytest.approx(peaks[0], rel=0.15)


def test_a_click_of_one_sample_is_an_excerpt(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.array([1.0], dtype=np.float32))
    samples, rate = decoded(encode_excerpt(bytes(path), onset_s=0.0, seconds=1.0))
    assert len(samples) >= 0.05 * rate
    with pytest.raises(AudioError):
        encode_excerpt(bytes(path), onset_s=3.0, seconds=1.0)


def test_excerpts_are_in_order_the_same_each_time_and_a_lost_file_is_named(tmp_path: Path) -> None:
    sounds = [
        replace(sound, path=bytes(write(tmp_path / f"{at}.wav", one_shot("kick", at))))
        for at, sound in enumerate(page_sounds(8))
    ]
    Path(tmp_path / "3.wav").unlink()
    steps: list[int] = []
    made = make_excerpts(sounds, seconds=0.5, max_bytes=10**7, jobs=3, step=lambda: steps.append(1))
    again = make_excerpts(sounds, seconds=0.5, max_bytes=10**7, jobs=1, step=lambda: None)
    assert made.excerpts == again.excerpts
    assert [excerpt is None for excerpt in made.excerpts] == [at == 3 for at in range(8)]
    assert [error.path for error in made.errors] == [bytes(tmp_path / "3.wav")]
    assert len(steps) == 8


def test_a_budget_that_is_too_small_says_what_is_needed(tmp_path: Path) -> None:
    path = bytes(write(tmp_path / "a.wav", tone(2.0)))
    sounds = [replace(sound, path=path) for sound in page_sounds(40)]
    with pytest.raises(BrowserError) as raised:
        make_excerpts(sounds, seconds=2.0, max_bytes=100_000, jobs=1, step=lambda: None)
    text = str(raised.value)
    size = base64_size(len(encode_excerpt(path, onset_s=0.0, seconds=2.0))) * 40 / 1e6
    assert text.startswith(f"40 sounds of up to 2 s make a page of about {size:,.1f} MB, more than --max-size 0.1")
    assert "--seconds 1" in text and "-n " in text and "--max-size" in text


def test_a_page_that_will_be_far_too_large_is_not_finished_first(tmp_path: Path) -> None:
    path = bytes(write(tmp_path / "a.wav", tone(0.1)))
    sounds = [replace(sound, path=path, duration_s=0.1) for sound in page_sounds(2000)]
    steps: list[int] = []
    with pytest.raises(BrowserError, match="2,000 sounds of up to 2 s make a page of about"):
        make_excerpts(sounds, seconds=2.0, max_bytes=1_000_000, jobs=2, step=lambda: steps.append(1))
    assert len(steps) == 199


def test_the_nearest_are_the_nearest_and_rows_without_a_vector_have_none() -> None:
    vectors = np.random.default_rng(1).standard_normal((40, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[7] = np.nan
    near = neighbours(vectors, k=5)
    assert near[7] == []
    for row, others in enumerate(near):
        if row == 7:
            continue
        far = np.linalg.norm(vectors - vectors[row], axis=1)
        far[row] = np.inf
        far[7] = np.inf
        assert others == np.argsort(far, kind="stable")[:5].tolist()
    assert neighbours(vectors[:1], k=5) == [[]]
    assert neighbours(np.zeros((3, 0), dtype=np.float32), k=5) == [[], [], []]


def test_likeness_is_least_for_the_class_itself_and_empty_without_one() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 2]]
    likeness = drum_likeness(vectors, [0, 0, 1, 10], [0.9, 0.8, 0.9, 0.9], ("kick", "snare"))
    assert likeness[0][:2] == [0, 0] and min(likeness[0][2:]) > 0
    assert likeness[1][2] == 0
    assert likeness[2] == likeness[3] == []
