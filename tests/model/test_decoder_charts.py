"""Charts tell what a sound is made of, and rendering them gives a sound of which the same can be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.support.sounds import one_shot
from tui_browser.model import decoder_render
from tui_browser.model.decoder_charts import PLACE_REACH, analyse, position_to_hz
from tui_browser.model.decoder_render import render_charts
from tui_browser.model.decoder_shape import RATE, DecoderShape
from tui_browser.records import FloatArray

SHAPE = DecoderShape()
TIME = np.arange(RATE) / RATE


def tone(hertz: float, *, fall_s: float = 10.0) -> FloatArray:
    return (np.sin(2 * np.pi * hertz * TIME) * np.exp(-TIME / fall_s)).astype(np.float32)


def noise(seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).standard_normal(RATE).astype(np.float32)


def pitch(sound: FloatArray) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 19))
    return float(power.argmax()) * RATE / (1 << 19)


def crest(sound: FloatArray) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    return float(power.max() / power.mean())


@pytest.mark.parametrize("hertz", [50.0, 180.0, 440.0, 1234.0, 5000.0])
def test_a_sine_is_one_tone_at_its_pitch(hertz: float) -> None:
    level, share, place = analyse(tone(hertz), shape=SHAPE)
    for frame in (0, 10, 30, 60):
        band = int(level[:, frame].argmax())
        assert share[band, frame] > 0.8
        assert position_to_hz(np.array(band + PLACE_REACH * place[band, frame]), SHAPE) == pytest.approx(
            hertz, rel=0.02, abs=1.5
        )


def test_noise_is_no_tone_and_flat() -> None:
    level, share, _ = analyse(noise(), shape=SHAPE)
    heard = level[:, :75].mean(axis=1) * -SHAPE.floor_db
    assert share[40:, 20:70].mean() < 0.45
    assert np.ptp(heard[5:]) < 6.0


def test_gain_does_not_matter_and_silence_is_empty() -> None:
    sound = one_shot("snare", 1)
    loud, quiet = analyse(sound, shape=SHAPE), analyse(sound * np.float32(0.01), shape=SHAPE)
    assert np.allclose(loud[0], quiet[0], atol=1e-3)
    assert np.allclose(loud[1:, loud[0] > 0.2], quiet[1:, loud[0] > 0.2], atol=0.02)
    assert not analyse(np.zeros(RATE, dtype=np.float32), shape=SHAPE).any()
    assert np.isfinite(analyse(np.ones(1, dtype=np.float32), shape=SHAPE)).all()


@pytest.mark.parametrize("hertz", [55.0, 330.0, 2000.0])
def test_a_tone_comes_back_at_its_pitch_and_clean(hertz: float) -> None:
    again = render_charts(
        analyse(tone(hertz, fall_s=0.3), shape=SHAPE), shape=SHAPE, seconds=1.0, rng=np.random.default_rng(0)
    )
    assert pitch(again) == pytest.approx(hertz, rel=0.01, abs=1.0)
    assert crest(again) > 0.2 * crest(tone(hertz, fall_s=0.3))


def test_noise_comes_back_as_fresh_noise() -> None:
    drawn = analyse(noise(), shape=SHAPE)
    one, two = (render_charts(drawn, shape=SHAPE, seconds=1.0, rng=np.random.default_rng(seed)) for seed in (1, 2))
    assert crest(one) < 5 * crest(noise(1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.1


def test_a_sound_is_there_from_its_first_milliseconds() -> None:
    sound = tone(400.0, fall_s=0.05) + 0.3 * noise() * np.exp(-TIME / 0.01).astype(np.float32)
    again = render_charts(analyse(sound, shape=SHAPE), shape=SHAPE, seconds=0.5, rng=np.random.default_rng(0))
    loud = np.sqrt(np.square(again[: RATE // 2]).reshape(-1, RATE // 100).mean(axis=1))
    assert loud[0] > 0.5 * loud.max() and loud[-1] < 0.01 * loud.max()


@settings(max_examples=15, deadline=None)
@given(
    drawn=hnp.arrays(np.float32, (3, SHAPE.bands, SHAPE.frames), elements=st.floats(-1, 1.25, width=32)),
    seconds=st.floats(0.001, 2.0),
)
def test_any_charts_make_a_sound(drawn: FloatArray, seconds: float) -> None:
    sound = render_charts(drawn, shape=SHAPE, seconds=seconds, rng=np.random.default_rng(0))
    assert len(sound) == max(1, round(seconds * RATE)) and np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0


def test_steadier_noise_is_as_loud_as_chance_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    db = np.full((SHAPE.bands, SHAPE.frames), -20.0)

    def rendered(even: float) -> tuple[float, float]:
        """Level in dB, and how far the bins of its spectra stray, in dB."""
        monkeypatch.setattr(decoder_render, "_WHITENING", even)
        made = decoder_render._noise(db, shape=SHAPE, count=RATE, rng=np.random.default_rng(1))
        spectra = np.abs(np.fft.rfft(made[: RATE // 2048 * 2048].reshape(-1, 2048) * np.hanning(2048)))[:, 20:800]
        return 10 * np.log10(np.square(made).mean()), float((20 * np.log10(spectra)).std())

    (level, strays), (steadier, strays_less) = rendered(0.0), rendered(0.5)
    assert abs(level - steadier) < 0.3
    assert strays - 2.0 < strays_less < strays - 0.1
