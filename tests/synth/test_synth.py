"""The synthesiser: every sound is sane, repeats from its seed, and behaves as its class does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tui_browser.records import DRUM_CLASSES, FloatArray
from tui_browser.synth import noise
from tui_browser.synth.render import draw_kit, render
from tui_browser.synth.signal import RATE, decay, modal_bank, pulse_cluster, time_axis
from tui_browser.synth.styles import ARCHETYPES

DRAWS = 16


@cache
def draws(kind: str) -> tuple[FloatArray, ...]:
    return tuple(render(kind, np.random.default_rng((seed, 11))) for seed in range(DRAWS))


def centroid(sound: FloatArray) -> float:
    power = np.square(np.abs(np.fft.rfft(sound)))
    return float((power * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / power.sum())


def length_s(sound: FloatArray) -> float:
    """Seconds until the sound has lost 99 % of its energy."""
    energy = np.cumsum(np.square(sound.astype(np.float64)))
    return float(np.searchsorted(energy, 0.99 * energy[-1])) / RATE


@pytest.mark.parametrize("kind", DRUM_CLASSES)
def test_sounds_are_finite_within_range_and_differ(kind: str) -> None:
    sounds = draws(kind)
    for sound in sounds:
        assert sound.dtype == np.float32 and sound.ndim == 1 and sound.flags.c_contiguous
        assert np.isfinite(sound).all()
        assert 0.2 < np.abs(sound).max() <= 1.0
        assert 0.002 < len(sound) / RATE < 7.0
    assert len({sound.tobytes() for sound in sounds}) == DRAWS


@pytest.mark.parametrize("kind", DRUM_CLASSES)
def test_the_same_seed_makes_the_same_sound(kind: str) -> None:
    once, again = (render(kind, np.random.default_rng(5)) for _ in range(2))
    assert once.tobytes() == again.tobytes()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        render("theremin", np.random.default_rng(0))


@pytest.mark.parametrize("name", ARCHETYPES)
def test_every_archetype_plays_every_drum(name: str) -> None:
    rng = np.random.default_rng(3)
    style = draw_kit(rng, name)
    assert style.name == name
    for kind in DRUM_CLASSES[:-1]:
        assert np.isfinite(render(kind, rng, style)).all()


@pytest.mark.parametrize("rate", [8000, 22050, 32000, 48000])
def test_other_rates_keep_length_and_range(rate: int) -> None:
    at_home = render("snare", np.random.default_rng(7))
    elsewhere = render("snare", np.random.default_rng(7), rate=rate)
    assert len(elsewhere) / rate == pytest.approx(len(at_home) / RATE, rel=0.02)
    assert np.abs(elsewhere).max() <= 1.0


def test_kicks_lie_below_toms_and_toms_below_hats() -> None:
    middle = {kind: np.median([centroid(sound) for sound in draws(kind)]) for kind in ("kick", "tom", "hat_closed")}
    assert middle["kick"] < middle["tom"] < middle["hat_closed"]
    assert middle["hat_closed"] > 4000 > 400 > middle["kick"]


def test_open_hats_ring_longer_than_closed_and_cymbals_longest() -> None:
    closed, opened, cymbal = (
        np.median([length_s(sound) for sound in draws(kind)]) for kind in ("hat_closed", "hat_open", "cymbal")
    )
    assert closed * 3 < opened < cymbal


def test_rims_are_shorter_than_snares() -> None:
    rim, snare = (np.median([length_s(sound) for sound in draws(kind)]) for kind in ("rim", "snare"))
    assert rim < 0.7 * snare


def test_a_machine_clap_has_several_bursts() -> None:
    bursts = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        sound = np.abs(render("clap", rng, draw_kit(rng, "eight")))[: int(0.1 * RATE)]
        level = np.convolve(sound, np.ones(88) / 88, mode="same")[::44]  # 2 ms mean, every ms
        rises = (level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:]) & (level[1:-1] > 0.3 * level.max())
        bursts.append(int(rises.sum()))
    assert np.median(bursts) >= 2


def test_a_machine_cowbell_has_two_partials_a_fifth_apart() -> None:
    ratios = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        sound = render("cowbell", rng, draw_kit(rng, "eight"))
        power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 16)))
        pitch = np.fft.rfftfreq(1 << 16, 1 / RATE)
        power[(pitch < 300) | (pitch > 1600)] = 0
        first = pitch[np.argmax(power)]
        power[np.abs(pitch - first) < 0.12 * first] = 0
        second = pitch[np.argmax(power)]
        ratios.append(max(first, second) / min(first, second))
    assert 1.2 < np.median(ratios) < 2.1


def test_shakers_rise_more_slowly_than_closed_hats() -> None:
    def rise(sound: FloatArray) -> float:
        energy = np.cumsum(np.square(sound.astype(np.float64)))
        return float(np.searchsorted(energy, 0.2 * energy[-1])) / RATE

    shaker, hat = (np.median([rise(sound) for sound in draws(kind)]) for kind in ("shaker", "hat_closed"))
    assert shaker > 1.5 * hat


def test_lengths_are_like_those_of_a_library() -> None:
    lengths = np.array([len(sound) / RATE for kind in DRUM_CLASSES for sound in draws(kind)])
    assert 0.2 < np.median(lengths) < 0.9
    assert 0.1 < (lengths > 1.0).mean() < 0.5


def test_modes_are_the_sum_of_decaying_sines() -> None:
    n, pitches, taus, loud = 3000, np.array([110.0, 997.0, 30000.0]), np.array([0.01, 0.05, 1.0]), np.array([1, 0.5, 1])
    time = np.arange(n) / RATE
    expected = sum(
        a * np.exp(-time / tau) * np.sin(2 * np.pi * f * time)
        for f, tau, a in list(zip(pitches, taus, loud, strict=True))[:2]  # the third is above hearing
    )
    np.testing.assert_allclose(modal_bank(n, pitches, taus, loud), expected, atol=2e-4)
    assert not modal_bank(64, [1.0], 1.0, 1.0).any()


def test_squares_do_not_alias() -> None:
    sound = pulse_cluster(RATE // 2, [3000.0], rng=np.random.default_rng(0))
    power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))))
    pitch = np.fft.rfftfreq(len(sound), 1 / RATE)
    off = np.abs(pitch / 3000 - np.round(pitch / 3000)) > 0.01
    assert power[off].sum() < 1e-4 * power.sum()


@pytest.mark.parametrize("n", [700, 60000])
def test_filters_do_what_their_names_say(n: int) -> None:
    low, high = (np.sin(2 * np.pi * f * time_axis(n)) for f in (300, 9000))
    both = low + high
    steady = slice(n // 4, n - n // 8)
    assert np.abs(noise.apply(both, noise.lowpass(800), noise.lowpass(800)) - 0)[steady].std() < 0.5
    kept = noise.apply(both, noise.highpass(3000), noise.highpass(3000))[steady]
    assert np.corrcoef(kept, high[steady])[0, 1] > 0.5 > abs(np.corrcoef(kept, low[steady])[0, 1])


@pytest.mark.parametrize("chain", [(noise.tilt(-3),), (noise.bandpass(900, 3), noise.tilt(2)), (noise.lowpass(60, 3),)])
def test_long_sounds_are_filtered_without_seams(chain: tuple[noise.Filter, ...]) -> None:
    tone = np.sin(2 * np.pi * 90 * time_axis(50000)) * decay(50000, 0.4)
    size = 1 << 17
    whole = np.fft.irfft(noise.filtered(tone, size, *chain), size)[: len(tone)]
    np.testing.assert_allclose(noise.apply(tone, *chain), whole, atol=2e-3 * np.abs(whole).max())


@pytest.mark.parametrize("chain", [noise.tilt(-4), noise.tilt(3), noise.lowpass(900), noise.bell(3000, 2, 9)])
def test_filters_only_ring_forward(chain: noise.Filter) -> None:
    click = np.zeros(4000, dtype=np.float32)
    click[2000] = 1.0
    rung = np.abs(noise.apply(click, chain))
    assert rung[:1950].max() < 0.02 * rung.max()


def test_fall_holds_then_dies() -> None:
    level = decay(RATE, 0.1, attack=0.01, hold=0.1)
    assert level[0] == 0 and level[int(0.1 * RATE)] == 1
    assert level[int(0.21 * RATE)] == pytest.approx(np.exp(-1), rel=0.01)
