"""Snares, claps and rims."""

from __future__ import annotations

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import effects, noise
from tui_browser.synth.drums import beater, membrane
from tui_browser.synth.signal import (
    RATE,
    add_at,
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


def snare(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A snare drum: tone and wires in a random balance."""
    if style.brush:
        return _brushed(rng, style)
    if style.engine == "acoustic":
        return _acoustic_snare(rng, style)
    return _machine_snare(rng, style)


def _machine_snare(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 130, 300) * style.tune**0.4
    tone_tau = log_uniform(rng, 0.02, 0.11) * style.length**0.5
    hiss_tau = log_uniform(rng, 0.03, 0.16) * style.length**0.7
    n = n_samples(min(7 * max(tone_tau, hiss_tau), 1.5))
    bend = pitch_sweep(n, pitch, uniform(rng, 1.0, 2.2), log_uniform(rng, 0.005, 0.04))
    if style.engine == "fm":
        other = sine(bend * uniform(rng, 0.7, 5.0), n) * decay(n, tone_tau)
        tone = np.sin(
            (oscillator_phase(bend, n) + np.float32(log_uniform(rng, 0.1, 2.0)) * other) * np.float32(2 * np.pi)
        )
        tone = tone * decay(n, tone_tau)
    else:
        upper = pitch * uniform(rng, 1.4, 2.1)
        tone = sine(bend, n) * decay(n, tone_tau) + np.float32(uniform(rng, 0, 0.9)) * sine(
            pitch_sweep(n, upper, uniform(rng, 1.0, 1.6), 0.01), n
        ) * decay(n, tone_tau * uniform(rng, 0.4, 1.0))
    filters = [noise.highpass(log_uniform(rng, 300, 2500), uniform(rng, 0.5, 1.2))]
    if chance(rng, 0.6):
        filters.append(noise.lowpass(log_uniform(rng, 4000, 14000)))
    hiss = noise.coloured(rng, n, *filters) * decay(n, hiss_tau, attack=uniform(rng, 0, 0.003))
    if chance(rng, 0.35):
        hiss += noise.coloured(rng, n, noise.lowpass(log_uniform(rng, 1000, 4000))) * decay(n, hiss_tau * 0.4)
    click = noise.burst(rng, 0.01, noise.lowpass(log_uniform(rng, 2000, 9000)), tau=log_uniform(rng, 0.0005, 0.003))
    return layer(
        normalise(tone) * np.float32(from_db(uniform(rng, -11, 0))),
        normalise(hiss) * np.float32(from_db(uniform(rng, -10, 0))),
        normalise(click) * np.float32(from_db(uniform(rng, -22, -2))),
    )


def _acoustic_snare(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    pitch = log_uniform(rng, 140, 290) * style.tune**0.5
    tau = log_uniform(rng, 0.03, 0.14) * style.length**0.5
    drum = membrane(
        rng,
        pitch,
        tau,
        bend=uniform(rng, 1.0, 1.35),
        bend_s=log_uniform(rng, 0.005, 0.03),
        overtones=log_uniform(rng, 0.2, 1.5),
        damping=uniform(rng, 0.2, 1.0),
        heads=uniform(rng, 0.2, 0.8) if chance(rng, 0.7) else 0.0,
    )
    wires_tau = log_uniform(rng, 0.03, 0.14) * style.length**0.6
    n = n_samples(min(wires_tau * 8, 1.5))
    wires = noise.decaying(
        rng,
        n,
        noise.highpass(log_uniform(rng, 120, 1500)),
        noise.bell(log_uniform(rng, 2000, 7000), 0.8, uniform(rng, -3, 10)),
        noise.lowpass(log_uniform(rng, 3000, 16000)),
        tau=wires_tau,
        faster=uniform(rng, 0.1, 0.7),
    )
    wires *= np.minimum(time_axis(n) / np.float32(uniform(rng, 0.001, 0.014)), 1)
    parts = [
        normalise(drum) * np.float32(from_db(uniform(rng, -9, 0))),
        normalise(wires) * np.float32(from_db(uniform(rng, -13, 0))),
        normalise(beater(rng, uniform(rng, 0.0, 0.9))) * np.float32(from_db(uniform(rng, -24, -3))),
    ]
    if chance(rng, 0.4):  # the shell, as in rim shots
        rings = int(rng.integers(2, 6))
        pitches = np.sort(np.exp(rng.uniform(np.log(380), np.log(2600), rings)))
        shell = modal_bank(n_samples(0.6), pitches, log_uniform(rng, 0.02, 0.09), rng.random(rings) + 0.2)
        parts.append(normalise(shell) * np.float32(from_db(uniform(rng, -24, -4))))
    whole = layer(*parts)
    if chance(rng, 0.07):  # a flam or a drag
        late = np.zeros(len(whole) + 2200, dtype=np.float32)
        add_at(late, whole, 0, uniform(rng, 0.2, 0.6))
        add_at(late, whole, n_samples(uniform(rng, 0.015, 0.045)))
        return late
    return whole


def _brushed(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    n = n_samples(uniform(rng, 0.15, 0.8))
    strokes = decay(n, log_uniform(rng, 0.03, 0.12), attack=log_uniform(rng, 0.002, 0.12))
    wires = noise.coloured(rng, n, noise.bandpass(log_uniform(rng, 1500, 6000), 0.5), noise.lowpass(12000)) * strokes
    rough = noise.grains(rng, 4000 * strokes)
    wires += 2 * noise.apply(rough, noise.bandpass(log_uniform(rng, 2000, 5000), 0.6))
    drum = membrane(
        rng,
        log_uniform(rng, 160, 300) * style.tune**0.4,
        log_uniform(rng, 0.03, 0.09),
        bend=1.05,
        bend_s=0.02,
        overtones=0.6,
        damping=0.7,
        heads=0.4,
    )
    return layer(normalise(wires), normalise(drum) * np.float32(from_db(uniform(rng, -30, -8))))


def clap(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A clap: noise bursts and a tail of a machine, one person, or a group that is not quite together."""
    if style.engine == "acoustic" and not chance(rng, 0.25):
        return _hands(rng, style)
    return _machine_clap(rng, style)


def _machine_clap(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    bursts = int(rng.integers(2, 6))
    gap = log_uniform(rng, 0.006, 0.016)
    tail_tau = log_uniform(rng, 0.02, 0.14) * style.length**0.7
    n = n_samples(bursts * gap + min(7 * tail_tau, 1.2))
    level = np.zeros(n, dtype=np.float32)
    at = 0.0
    for turn in range(bursts):
        last = turn == bursts - 1
        each = decay(n_samples(gap * (1.5 if last else 1.0)), gap * uniform(rng, 0.15, 0.5), attack=0.0005)
        add_at(level, each, int(at * RATE), uniform(rng, 0.6, 1.0))
        at += gap * uniform(rng, 0.75, 1.3)
    start = int((at - gap) * RATE)
    tail = decay(n - start, tail_tau) * np.float32(uniform(rng, 0.2, 0.9))
    level[start:] = np.maximum(level[start:], tail)
    centre = log_uniform(rng, 750, 2400) * style.tune**0.4
    filters = [noise.bandpass(centre, log_uniform(rng, 0.7, 4.0)), noise.highpass(log_uniform(rng, 150, 900))]
    if chance(rng, 0.5):
        filters.append(noise.bell(centre * uniform(rng, 1.8, 4), 1.0, uniform(rng, 2, 12)))
    sound = noise.coloured(rng, n, *filters)
    if chance(rng, 0.6):
        sound += np.float32(uniform(rng, 0.1, 0.7)) * noise.coloured(
            rng, n, noise.highpass(log_uniform(rng, 2000, 6000))
        )
    return sound * level


def _hands(rng: np.random.Generator, _style: KitStyle) -> FloatArray:
    people = 1 if chance(rng, 0.45) else int(rng.integers(2, 14))
    loose = log_uniform(rng, 0.004, 0.03)
    total = np.zeros(n_samples(0.35 + 4 * loose), dtype=np.float32)
    for _ in range(people):
        add_at(total, _one_clap(rng), n_samples(abs(rng.normal(0, loose)) if people > 1 else 0), uniform(rng, 0.3, 1.0))
    if chance(rng, 0.6):
        seconds = log_uniform(rng, 0.1, 0.7)
        answer = effects.room_impulse(rng, seconds, tone_hz=log_uniform(rng, 2500, 12000))
        total = effects.room(total, answer, log_uniform(rng, 0.2, 1.2))
    return total


def _one_clap(rng: np.random.Generator) -> FloatArray:
    centre = log_uniform(rng, 600, 2800)
    tau = log_uniform(rng, 0.002, 0.012)
    filters = [noise.bandpass(centre, log_uniform(rng, 0.8, 3.5)), noise.highpass(log_uniform(rng, 200, 700))]
    body = noise.burst(rng, tau * 7, *filters, tau=tau)
    bright = noise.burst(rng, 0.02, noise.highpass(log_uniform(rng, 2000, 5000)), tau=log_uniform(rng, 0.001, 0.004))
    return layer(normalise(body), normalise(bright) * np.float32(from_db(uniform(rng, -24, -4))))


def rim(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A rim shot or cross stick: a short wooden or electronic click without wires."""
    if style.engine == "acoustic" and not chance(rng, 0.15):
        return _cross_stick(rng, style)
    make = weighted_choice(rng, {_machine_rim: 0.75, _click_rim: 0.25})
    return make(rng, style)


def _machine_rim(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    kinds = ((455, 1667), (220, 500, 1000), (1650, 2450), (380, 820, 1750), (480, 1750), (900, 1420, 2600))
    pitches = np.array(kinds[int(rng.integers(len(kinds)))]) * log_uniform(rng, 0.75, 1.4) * style.tune**0.4
    tau = log_uniform(rng, 0.003, 0.022) * style.length**0.4
    n = n_samples(tau * 9)
    sound = modal_bank(n, pitches, tau * rng.uniform(0.6, 1.4, len(pitches)), rng.uniform(0.3, 1.0, len(pitches)))
    sound = effects.drive(sound, log_uniform(rng, 0.1, 5.0), lean=uniform(rng, 0, 0.6)) * decay(n, tau * 2)
    click = noise.burst(rng, 0.006, noise.highpass(log_uniform(rng, 500, 4000)), tau=log_uniform(rng, 0.0003, 0.002))
    sound = layer(normalise(sound), normalise(click) * np.float32(from_db(uniform(rng, -24, -2))))
    return noise.apply(sound, noise.highpass(log_uniform(rng, 100, 500)))


def _click_rim(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    n = n_samples(uniform(rng, 0.02, 0.08))
    pitch = log_uniform(rng, 350, 2200) * style.tune**0.4
    tone = sine(pitch_sweep(n, pitch, uniform(rng, 1.0, 2.5), log_uniform(rng, 0.001, 0.006)), n) * decay(
        n, log_uniform(rng, 0.003, 0.012)
    )
    snap = noise.burst(rng, 0.02, noise.bandpass(pitch * uniform(rng, 1.5, 4), 1.2), tau=log_uniform(rng, 0.001, 0.005))
    return layer(tone, normalise(snap) * np.float32(from_db(uniform(rng, -14, 2))))


def _cross_stick(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    wood = int(rng.integers(4, 16))
    lowest = log_uniform(rng, 450, 1100) * style.tune**0.4
    pitches = lowest * np.sort(np.concatenate([[1.0], rng.uniform(1.15, 7.0, wood)]))
    taus = log_uniform(rng, 0.003, 0.016) * (lowest / pitches) ** uniform(rng, 0.2, 0.8)
    knock = modal_bank(
        n_samples(0.25), pitches, taus, np.exp(rng.standard_normal(wood + 1)), phases=rng.random(wood + 1)
    )
    shell = log_uniform(rng, 150, 420)
    drum = modal_bank(
        n_samples(0.5),
        shell * np.array([1, 1.6, 2.2, 2.8]),
        log_uniform(rng, 0.015, 0.07) / np.array([1, 1.3, 1.7, 2.0]),
        rng.uniform(0.2, 1, 4),
    )
    click = noise.burst(
        rng, 0.01, noise.bandpass(log_uniform(rng, 1500, 6000), 0.5), tau=log_uniform(rng, 0.0006, 0.003)
    )
    grain = noise.burst(
        rng, 0.2, noise.bandpass(lowest * uniform(rng, 0.7, 3), 0.25), tau=log_uniform(rng, 0.004, 0.03)
    )
    parts = [
        normalise(knock),
        normalise(drum) * np.float32(from_db(uniform(rng, -22, -4))),
        normalise(click) * np.float32(from_db(uniform(rng, -14, 0))),
        normalise(grain) * np.float32(from_db(uniform(rng, -18, 0))),
    ]
    if chance(rng, 0.85):  # soft buzz of the wires
        corner = log_uniform(rng, 120, 1000)
        slope = noise.tilt(uniform(rng, -3, 1))
        wires = noise.decaying(rng, n_samples(0.8), noise.highpass(corner), slope, tau=log_uniform(rng, 0.03, 0.11))
        parts.append(normalise(wires) * np.float32(from_db(uniform(rng, -30, -6))))
    return layer(*parts)
