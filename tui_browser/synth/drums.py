"""Kicks and toms: falling pitches, membrane modes and beaters."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import effects, noise
from tui_browser.synth.signal import (
    chance,
    decay,
    from_db,
    layer,
    log_uniform,
    modal_bank,
    n_samples,
    normalise,
    oscillator_phase,
    pitch_sweep,
    sine,
    time_axis,
    uniform,
    weighted_choice,
)
from tui_browser.synth.styles import KitStyle

MEMBRANE = np.array([1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.6, 3.652, 4.06, 4.154, 4.6, 4.9, 5.3])
"""Frequencies of the modes of an ideal circular membrane relative to the lowest."""


def membrane(
    rng: np.random.Generator,
    pitch: float,
    tau: float,
    *,
    bend: float,
    bend_s: float,
    overtones: float,
    damping: float,
    heads: float = 0.0,
) -> FloatArray:
    """A struck drum head. The frequency of the lowest mode starts at `bend` times `pitch` and falls.

    `overtones` is the level of the other modes. They decay faster, with the frequency ratio to the power of `damping`.
    `heads` detunes a second set of modes, as of a second head.
    """
    n = n_samples(min(tau * 7.0, 2.5))
    lowest = sine(pitch_sweep(n, pitch, bend, bend_s), n, start=uniform(rng, 0, 0.25)) * decay(n, tau)
    ratios = MEMBRANE[1:] * (1 + 0.03 * rng.standard_normal(len(MEMBRANE) - 1))
    loud = overtones * rng.random(len(ratios)) / np.sqrt(ratios)
    taus = tau * uniform(rng, 0.3, 0.9) / ratios**damping
    pitches = pitch * ratios * (1 + (bend - 1) * 0.15)
    if heads > 0:
        pitches = np.concatenate([pitches, pitches * (1 + heads), [pitch * (1 + heads)]])
        taus = np.concatenate([taus, taus * 0.8, [tau * 0.8]])
        loud = np.concatenate([loud, loud * 0.6, [0.4]])
    return lowest + modal_bank(n, pitches, taus, loud, phases=rng.random(len(pitches)))


def beater(rng: np.random.Generator, hardness: float) -> FloatArray:
    """Noise of the beater's impact; `hardness` 0 is felt, 1 hard plastic."""
    low = log_uniform(rng, 300, 900) * (1 + 3 * hardness)
    return noise.burst(
        rng,
        uniform(rng, 0.006, 0.03),
        noise.bandpass(low, uniform(rng, 0.5, 1.5)),
        noise.lowpass(1500 + 9000 * hardness),
        tau=log_uniform(rng, 0.001, 0.006),
    )


def kick(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A bass drum: analogue, acoustic or FM."""
    if style.engine == "acoustic":
        return _acoustic_kick(rng, style)
    if style.engine == "fm":
        return _fm_kick(rng, style)
    make = weighted_choice(
        rng,
        {
            "eight": {_boom: 0.8, _punch: 0.2},
            "trap": {_boom: 0.75, _punch: 0.25},
            "six": {_thud: 0.8, _punch: 0.2},
            "rhythm box": {_thud: 1.0},
            "broken": {_hard: 0.6, _punch: 0.4},
            "house": {_punch: 0.8, _boom: 0.2},
            "nine": {_punch: 0.9, _hard: 0.1},
        }.get(style.name, {_punch: 0.45, _boom: 0.2, _thud: 0.25, _hard: 0.1}),
    )
    return make(rng, style)


def _boom(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 36, 66) * style.tune**0.3
    tau = log_uniform(rng, 0.05, 0.5) * style.length
    n = n_samples(min(tau * 7, 3.0))
    bend = pitch_sweep(n, pitch, uniform(rng, 1.3, 4.0), log_uniform(rng, 0.003, 0.015))
    bend *= 1 + uniform(rng, 0, 0.25) * np.exp(-np.arange(n) / 44100 / log_uniform(rng, 0.03, 0.15))
    body = sine(bend, n) * decay(n, tau, hold=uniform(rng, 0, 0.03))
    body = effects.drive(body, log_uniform(rng, 0.05, 3.0) if chance(rng, 0.5) else 0.0)
    click = noise.burst(rng, 0.01, noise.lowpass(log_uniform(rng, 700, 7000)), tau=log_uniform(rng, 0.0004, 0.003))
    return layer(body, click * np.float32(uniform(rng, 0, 0.35)))


def _punch(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 42, 66) * style.tune**0.4
    tau = log_uniform(rng, 0.05, 0.18) * style.length
    n = n_samples(min(tau * 7, 1.5))
    bend = pitch_sweep(n, pitch, uniform(rng, 2.5, 7), log_uniform(rng, 0.010, 0.045))
    bend += log_uniform(rng, 20, 2500) * np.exp(-np.arange(n) / 44100 / log_uniform(rng, 0.001, 0.006))
    body = effects.drive(sine(bend, n), log_uniform(rng, 0.1, 2.0)) * decay(n, tau, hold=uniform(rng, 0, 0.06))
    click = noise.burst(rng, 0.02, noise.lowpass(log_uniform(rng, 1500, 9000)), tau=log_uniform(rng, 0.001, 0.005))
    return layer(normalise(body), click * np.float32(log_uniform(rng, 0.03, 0.4)))


def _thud(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 45, 74) * style.tune**0.3
    tau = log_uniform(rng, 0.025, 0.11) * style.length**0.6
    n = n_samples(tau * 8)
    body = sine(pitch_sweep(n, pitch, uniform(rng, 1.0, 1.6), log_uniform(rng, 0.004, 0.02)), n) * decay(n, tau)
    second = sine(pitch * uniform(rng, 1.7, 2.6), n) * decay(n, tau * uniform(rng, 0.2, 0.6))
    click = noise.burst(rng, 0.01, noise.lowpass(log_uniform(rng, 500, 4000)), tau=log_uniform(rng, 0.0005, 0.003))
    return layer(body, second * np.float32(uniform(rng, 0, 0.4)), click * np.float32(uniform(rng, 0, 0.3)))


def _hard(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 40, 70)
    tau = log_uniform(rng, 0.06, 0.3) * style.length
    n = n_samples(min(tau * 6, 1.5))
    bend = pitch_sweep(n, pitch, uniform(rng, 5, 20), log_uniform(rng, 0.006, 0.03))
    body = effects.drive(sine(bend, n) * decay(n, tau), log_uniform(rng, 3, 40), lean=uniform(rng, 0, 0.5))
    return noise.apply(body, noise.lowpass(log_uniform(rng, 1200, 9000)), noise.bell(log_uniform(rng, 80, 400), 1, 6))


def _fm_kick(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 40, 75) * style.tune**0.3
    tau = log_uniform(rng, 0.05, 0.25) * style.length
    n = n_samples(min(tau * 7, 1.5))
    bend = pitch_sweep(n, pitch, uniform(rng, 1.5, 6), log_uniform(rng, 0.005, 0.05))
    other = sine(bend * uniform(rng, 0.5, 4.3), n) * decay(n, log_uniform(rng, 0.005, 0.06))
    phase = oscillator_phase(bend, n) + np.float32(log_uniform(rng, 0.05, 1.5)) * other
    return np.sin(phase * np.float32(2 * np.pi)) * decay(n, tau)


def _acoustic_kick(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    hardness = float(rng.random()) * 0.6 + (0.4 if style.name == "metal" else 0.0)
    pitch = log_uniform(rng, 40, 76) * style.tune**0.3
    tau = log_uniform(rng, 0.03, 0.16) * style.length**0.7
    drum = membrane(
        rng,
        pitch,
        tau,
        bend=uniform(rng, 1.05, 2.2),
        bend_s=log_uniform(rng, 0.008, 0.04),
        overtones=log_uniform(rng, 0.05, 0.6),
        damping=uniform(rng, 0.6, 1.6),
        heads=uniform(rng, 0.2, 0.7) if chance(rng, 0.3) else 0.0,
    )
    drum = normalise(drum)
    stroke = beater(rng, hardness)
    air = noise.burst(rng, 0.12, noise.bandpass(log_uniform(rng, 90, 500), 0.7), tau=log_uniform(rng, 0.01, 0.04))
    parts = [
        drum,
        normalise(stroke) * np.float32(from_db(uniform(rng, -26, -4))),
        normalise(air) * np.float32(from_db(uniform(rng, -30, -8))),
    ]
    if chance(rng, 0.4):  # sympathetic snare wires
        wires = noise.decaying(rng, n_samples(0.3), noise.bandpass(log_uniform(rng, 2000, 6000), 0.6), tau=0.06)
        parts.append(normalise(wires) * np.float32(from_db(uniform(rng, -48, -26))))
    return layer(*parts)


def tom(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A tom, from floor to high: a clear pitch, longer and higher than a kick's."""
    if style.engine == "acoustic":
        return _acoustic_tom(rng, style)
    pitch = log_uniform(rng, 68, 330) * style.tune**0.3
    tau = log_uniform(rng, 0.05, 0.3) * style.length**0.8 * (150 / pitch) ** 0.25
    n = n_samples(min(tau * 7, 2.5))
    swept = style.name in ("electronic pads", "modular", "broken") or chance(rng, 0.15)
    bend = pitch_sweep(
        n, pitch, uniform(rng, 1.4, 3.5) if swept else uniform(rng, 1.0, 1.6), log_uniform(rng, 0.02, 0.2)
    )
    if style.engine == "fm":
        other = sine(bend * uniform(rng, 0.5, 3.0), n) * decay(n, tau * uniform(rng, 0.1, 0.6))
        body = np.sin(
            (oscillator_phase(bend, n) + np.float32(log_uniform(rng, 0.03, 0.6)) * other) * np.float32(2 * np.pi)
        )
    else:
        body = effects.drive(sine(bend, n), log_uniform(rng, 0.02, 1.0))
        if chance(rng, 0.35):
            body = body + np.float32(uniform(rng, 0.1, 0.6)) * sine(bend * uniform(rng, 1.45, 1.7), n) * decay(n, tau)
    body = body * decay(n, tau, hold=uniform(rng, 0, 0.02))
    hiss = noise.coloured(rng, n, noise.lowpass(log_uniform(rng, 400, 5000))) * decay(n, tau * uniform(rng, 0.2, 0.9))
    click = noise.burst(rng, 0.01, noise.lowpass(log_uniform(rng, 700, 6000)), tau=log_uniform(rng, 0.0005, 0.004))
    return layer(
        body,
        hiss * np.float32(from_db(uniform(rng, -50, -14))),
        click * np.float32(uniform(rng, 0, 0.3)),
    )


def _acoustic_tom(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 62, 260) * style.tune**0.5
    tau = log_uniform(rng, 0.09, 0.5) * style.length**0.7 * (130 / pitch) ** 0.4
    drum = membrane(
        rng,
        pitch,
        tau,
        bend=uniform(rng, 1.0, 1.35),
        bend_s=log_uniform(rng, 0.02, 0.15),
        overtones=log_uniform(rng, 0.15, 1.5),
        damping=uniform(rng, 0.25, 1.1),
        heads=uniform(rng, 0.03, 0.5) if chance(rng, 0.6) else 0.0,
    )
    stick = normalise(beater(rng, uniform(rng, 0.1, 1.0)))
    skin = noise.decaying(
        rng, n_samples(0.25), noise.bandpass(pitch * uniform(rng, 2, 9), 0.4), tau=log_uniform(rng, 0.015, 0.06)
    )
    parts = [
        normalise(drum),
        stick * np.float32(from_db(uniform(rng, -20, -1))),
        normalise(skin) * np.float32(from_db(uniform(rng, -28, -6))),
    ]
    if chance(rng, 0.35):
        buzz = n_samples(uniform(rng, 0.2, 0.6))
        wires = noise.decaying(rng, buzz, noise.bandpass(log_uniform(rng, 2000, 6000), 0.6), tau=0.1)
        parts.append(
            normalise(wires * np.minimum(time_axis(buzz) / 0.01, 1)) * np.float32(from_db(uniform(rng, -48, -28)))
        )
    return layer(*parts)
