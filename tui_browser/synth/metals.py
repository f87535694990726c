"""Hats, cymbals and cowbells: pulse clusters, dense plate modes, and noise whose high frequencies decay first."""

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
    pulse_cluster,
    sine,
    time_axis,
    uniform,
    weighted_choice,
)
from tui_browser.synth.styles import KitStyle


def plate(
    rng: np.random.Generator,
    n: int,
    *,
    low: float,
    high: float,
    count: int,
    tau: float,
    faster: float,
    pivot: float = 3000.0,
) -> FloatArray:
    """(n,) ring of a thin plate: `count` modes from `low` to `high` Hz; `tau` is the time constant at `pivot` Hz."""
    pitches = low + (high - low) * rng.random(count) ** 1.3
    taus = np.minimum(tau * (pivot / pitches) ** faster, 6.0) * rng.uniform(0.5, 1.4, count)
    loud = rng.standard_normal(count) * np.exp(uniform(rng, 0.1, 1.1) * rng.standard_normal(count))
    return modal_bank(n, pitches, taus, loud, phases=rng.random(count))


def _circuit(rng: np.random.Generator, style: KitStyle, n: int) -> FloatArray:
    """(n,) sustained metallic sound of an analogue machine: six pulses, ring-modulated pulses, FM, or noise."""
    source = weighted_choice(rng, {"squares": 0.5, "ring": 0.15, "fm": 0.15, "noise": 0.2})
    if style.engine == "fm" and source == "squares":
        source = "fm"
    if source == "noise":
        return noise.white(rng, n)
    if source == "fm":
        base = log_uniform(rng, 250, 1500) * style.tune
        modulator = sine(base * uniform(rng, 1.3, 7.7), n)
        phase = oscillator_phase(base * uniform(rng, 1.0, 4.5), n) + np.float32(log_uniform(rng, 0.8, 6.0)) * modulator
        return np.sin(phase * np.float32(2 * np.pi))
    tune = log_uniform(rng, 0.8, 1.3) * style.tune**0.5
    cluster = pulse_cluster(n, [pitch * tune for pitch in style.metal], rng=rng, width=uniform(rng, 0.3, 0.5))
    if source == "ring":
        cluster = cluster * np.sign(sine(log_uniform(rng, 400, 3000), n))
    return normalise(cluster) + np.float32(uniform(rng, 0, 0.5)) * noise.white(rng, n) * np.float32(0.3)


def hat_closed(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A closed hi-hat: a short metallic burst above a few kilohertz."""
    if style.engine == "acoustic" and not chance(rng, 0.1):
        return _acoustic_hat(rng, style, openness=float(rng.random()) * 0.34, pedal=chance(rng, 0.18))
    return _machine_hat(rng, style, log_uniform(rng, 0.008, 0.06) * style.length**0.5)


def hat_open(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """An open hi-hat: the same sound, ringing for some tenths of a second."""
    if style.engine == "acoustic" and not chance(rng, 0.1):
        return _acoustic_hat(rng, style, openness=uniform(rng, 0.42, 0.95), pedal=False)
    sound = _machine_hat(rng, style, log_uniform(rng, 0.085, 0.40) * style.length**0.5)
    if chance(rng, 0.2):
        sound = effects.gate(sound, uniform(rng, 0.15, 0.5), 0.02)
    return sound


def _machine_hat(rng: np.random.Generator, style: KitStyle, tau: float) -> FloatArray:
    n = n_samples(min(tau * 7, 1.8))
    corner = log_uniform(rng, 4500, 9500)
    filters = [noise.highpass(corner, uniform(rng, 0.6, 1.8)), noise.highpass(corner * uniform(rng, 0.3, 0.8))]
    if chance(rng, 0.5):
        filters.append(noise.bell(log_uniform(rng, 5000, 12000), uniform(rng, 1, 4), uniform(rng, 3, 14)))
    if chance(rng, 0.25):
        filters.append(noise.lowpass(log_uniform(rng, 9000, 16000)))
    sound = noise.apply(_circuit(rng, style, n), *filters)
    level = decay(n, tau, attack=uniform(rng, 0, 0.002), hold=uniform(rng, 0, 0.3) * tau)
    if chance(rng, 0.4):
        level = level * np.float32(0.6) + np.float32(0.4) * decay(n, tau * uniform(rng, 0.1, 0.4))
    return sound * level


def _acoustic_hat(rng: np.random.Generator, style: KitStyle, *, openness: float, pedal: bool) -> FloatArray:
    """Two plates that touch; `openness` 0 is closed, 1 fully open."""
    tau = (0.012 * (45.0 ** float(openness))) * log_uniform(rng, 0.7, 1.5) * style.length**0.3
    n = n_samples(min(tau * 7.5, 2.2))
    low = log_uniform(rng, 300, 1400)
    ring = plate(rng, n, low=low, high=17000, count=90, tau=tau, faster=uniform(rng, 0.0, 0.5), pivot=7000)
    corner = log_uniform(rng, 1200, 6000)
    sizzle = noise.decaying(
        rng,
        n,
        noise.highpass(corner),
        noise.bell(log_uniform(rng, 5000, 11000), 0.8, uniform(rng, -3, 9)),
        noise.lowpass(log_uniform(rng, 11000, 22000)),
        tau=tau,
        faster=uniform(rng, -0.1, 0.4),
        pivot=7000,
    )
    ring = noise.apply(ring, noise.highpass(corner * uniform(rng, 0.12, 0.7)))
    air = noise.decaying(rng, n, noise.tilt(uniform(rng, -1, 3)), tau=tau * uniform(rng, 0.6, 1.3), faster=0.2)
    sizzle += air * np.float32(from_db(uniform(rng, -38, -18)))
    rise = uniform(rng, 0.004, 0.02) if pedal else uniform(rng, 0.0003, 0.002)
    sizzle *= np.minimum(time_axis(n) / np.float32(rise), 1)
    parts = [normalise(sizzle), normalise(ring) * np.float32(from_db(uniform(rng, -10, 6)))]
    if chance(rng, 0.8):  # knock of stand and lower plate
        thump = noise.burst(rng, 0.3, noise.bandpass(log_uniform(rng, 70, 800), 0.4), tau=log_uniform(rng, 0.005, 0.05))
        parts.append(normalise(thump) * np.float32(from_db(uniform(rng, -34, -9))))
    if not pedal:
        stick = noise.burst(
            rng, 0.015, noise.bandpass(log_uniform(rng, 2000, 8000), 0.8), tau=log_uniform(rng, 0.001, 0.005)
        )
        parts.append(normalise(stick) * np.float32(from_db(uniform(rng, -20, 0))))
    else:
        clack = noise.burst(
            rng, 0.04, noise.bandpass(log_uniform(rng, 300, 1500), 0.7), tau=log_uniform(rng, 0.004, 0.015)
        )
        parts.append(normalise(clack) * np.float32(from_db(uniform(rng, -26, -6))))
    return layer(*parts)


def cymbal(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A crash, ride, splash or china: a broadband metallic sound that rings for seconds."""
    if style.engine == "acoustic" and not chance(rng, 0.1):
        make = weighted_choice(rng, {_crash: 0.45, _ride: 0.3, _splash: 0.12, _china: 0.13})
        return make(rng, style)
    return _machine_cymbal(rng, style)


def _machine_cymbal(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    tau = log_uniform(rng, 0.3, 1.1) * style.length**0.4
    n = n_samples(min(tau * 6.5, 3.0))
    source = _circuit(rng, style, n)
    body = noise.apply(source, noise.bandpass(log_uniform(rng, 900, 4000), uniform(rng, 0.6, 2.5)))
    air = noise.apply(source, noise.highpass(log_uniform(rng, 5000, 9000)))
    ping = decay(n, tau * uniform(rng, 0.05, 0.4))
    level = np.float32(uniform(rng, 0.15, 1.0)) * np.float32(0.5) * (decay(n, tau * 0.8) + ping)
    dust = noise.coloured(rng, n, noise.highpass(log_uniform(rng, 800, 3000))) * np.float32(uniform(rng, 0, 0.5))
    sound: FloatArray = (normalise(body) + dust) * decay(n, tau) + normalise(air) * level
    return sound


def _wash(rng: np.random.Generator, n: int, tau: float, *, low: float, rise: float, highs_db: float) -> FloatArray:
    sound = noise.decaying(
        rng,
        n,
        noise.highpass(low),
        noise.bell(log_uniform(rng, 3000, 9000), 0.6, highs_db),
        noise.lowpass(log_uniform(rng, 5000, 18000)),
        tau=tau,
        faster=uniform(rng, 0.3, 1.1),
    )
    sound *= np.minimum(time_axis(n) / np.float32(rise), 1)
    return sound


def _crash(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    tau = log_uniform(rng, 0.22, 1.0) * style.length**0.4
    n = n_samples(min(tau * uniform(rng, 4.5, 6.5), 3.2))
    low = log_uniform(rng, 180, 700)
    ring = plate(rng, n, low=low, high=15000, count=130, tau=tau, faster=uniform(rng, 0.3, 0.7))
    wash = _wash(
        rng, n, tau, low=log_uniform(rng, 250, 3500), rise=log_uniform(rng, 0.001, 0.03), highs_db=uniform(rng, -2, 8)
    )
    hit = noise.burst(rng, 0.06, noise.highpass(log_uniform(rng, 300, 3000)), tau=log_uniform(rng, 0.003, 0.02))
    return layer(
        normalise(wash) * np.float32(from_db(uniform(rng, -9, 0))),
        normalise(ring) * np.float32(from_db(uniform(rng, -9, 0))),
        normalise(hit) * np.float32(from_db(uniform(rng, -20, -2))),
    )


def _ride(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    tau = log_uniform(rng, 0.35, 1.3) * style.length**0.3
    n = n_samples(min(tau * uniform(rng, 4, 5.5), 3.2))
    bell = chance(rng, 0.25)
    low = log_uniform(rng, 350, 900) if bell else log_uniform(rng, 250, 800)
    ring = plate(rng, n, low=low, high=13000, count=90, tau=tau, faster=uniform(rng, 0.3, 0.7))
    strong = int(rng.integers(4, 12))
    pitches = (
        log_uniform(rng, 500, 1100) * np.cumsum(rng.uniform(0.5, 1.4, strong))
        if bell
        else rng.uniform(1800, 8000, strong)
    )
    ping = modal_bank(n, pitches, tau * (0.9 if bell else uniform(rng, 0.1, 0.5)), rng.uniform(0.3, 1, strong))
    wash = _wash(rng, n, tau, low=log_uniform(rng, 400, 2500), rise=0.004, highs_db=uniform(rng, -3, 5))
    stick = noise.burst(
        rng, 0.02, noise.bandpass(log_uniform(rng, 2500, 8000), 0.8), tau=log_uniform(rng, 0.001, 0.006)
    )
    return layer(
        normalise(ping) * np.float32(from_db(uniform(rng, -10, 0))),
        normalise(ring) * np.float32(from_db(uniform(rng, -14, -3))),
        normalise(wash) * np.float32(from_db(uniform(rng, -22, -5))),
        normalise(stick) * np.float32(from_db(uniform(rng, -12, 0))),
    )


def _splash(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    tau = log_uniform(rng, 0.12, 0.35) * style.length**0.4
    n = n_samples(tau * 6)
    low = log_uniform(rng, 450, 1200)
    ring = plate(rng, n, low=low, high=16000, count=90, tau=tau, faster=uniform(rng, 0.2, 0.6))
    wash = _wash(rng, n, tau, low=log_uniform(rng, 800, 2500), rise=0.002, highs_db=uniform(rng, 0, 8))
    return layer(normalise(wash), normalise(ring) * np.float32(from_db(uniform(rng, -10, 2))))


def _china(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    tau = log_uniform(rng, 0.2, 0.7) * style.length**0.4
    n = n_samples(min(tau * 5.5, 3.0))
    ring = plate(rng, n, low=log_uniform(rng, 200, 500), high=11000, count=130, tau=tau, faster=uniform(rng, 0.1, 0.5))
    wash = _wash(
        rng, n, tau, low=log_uniform(rng, 250, 900), rise=log_uniform(rng, 0.002, 0.02), highs_db=uniform(rng, -6, 3)
    )
    return effects.drive(layer(normalise(wash), normalise(ring)), log_uniform(rng, 0.05, 1.0))


def cowbell(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    """A cowbell: a few partials between 400 Hz and 3 kHz with a hard attack, ringing for some tenths of a second."""
    if style.engine == "acoustic" and not chance(rng, 0.2):
        return _struck_bell(rng, style)
    return _machine_bell(rng, style)


def _machine_bell(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    low = log_uniform(rng, 420, 720) * style.tune**0.4
    tau = log_uniform(rng, 0.035, 0.22) * style.length**0.5
    n = n_samples(min(tau * 7, 1.4))
    ratio = uniform(rng, 1.4, 1.56) if chance(rng, 0.8) else uniform(rng, 1.25, 1.9)
    if style.engine == "fm":
        modulator = sine(low * ratio * uniform(rng, 1.0, 2.0), n) * decay(n, tau)
        tone = np.sin(
            (oscillator_phase(low, n) + np.float32(log_uniform(rng, 0.1, 0.8)) * modulator) * np.float32(2 * np.pi)
        )
        tone = tone + sine(low * ratio, n)
    else:
        tone = pulse_cluster(n, (low, low * ratio), rng=rng, width=uniform(rng, 0.35, 0.5))
        centre = low * ratio * log_uniform(rng, 0.9, 4.0)
        tone = noise.apply(tone, noise.bandpass(centre, log_uniform(rng, 0.6, 3.5)), noise.highpass(low * 0.6))
    first = decay(n, tau * uniform(rng, 0.06, 0.3))
    mix = np.float32(uniform(rng, 0.2, 0.8))
    return normalise(tone) * (mix * decay(n, tau) + (1 - mix) * first)


def _struck_bell(rng: np.random.Generator, style: KitStyle) -> FloatArray:
    lowest = log_uniform(rng, 380, 950) * style.tune**0.4
    tau = log_uniform(rng, 0.03, 0.3) * style.length**0.4
    n = n_samples(min(tau * 7, 1.8))
    ratios = np.array([1.0, uniform(rng, 1.35, 1.75), uniform(rng, 2.2, 2.9), uniform(rng, 3.2, 4.1)])
    ratios = np.concatenate([ratios, rng.uniform(4.2, 14.0, int(rng.integers(3, 10)))])
    loud = np.concatenate([[uniform(rng, 0.3, 1.0), uniform(rng, 0.5, 1.0)], rng.uniform(0.05, 0.7, len(ratios) - 2)])
    loud *= ratios ** -uniform(rng, 0.0, 0.6)
    taus = tau * rng.uniform(0.5, 1.2, len(ratios)) * ratios ** -uniform(rng, 0.2, 0.9)
    ring = modal_bank(n, lowest * ratios, taus, loud, phases=rng.random(len(ratios)))
    stick = noise.burst(rng, 0.02, noise.bandpass(log_uniform(rng, 900, 5000), 0.7), tau=log_uniform(rng, 0.001, 0.006))
    return layer(normalise(ring), normalise(stick) * np.float32(from_db(uniform(rng, -24, -3))))
