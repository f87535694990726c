"""Processing that makes a sound brighter, shorter, dirtier and so on, with random strength.

Sounds are (n,) float32 at `RATE` from their onset on. Each function returns a new sound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui_browser.records import FloatArray
from tui_browser.synth import effects, noise
from tui_browser.synth.signal import RATE, chance, log_uniform, n_samples, normalise, time_axis, uniform

Process = Callable[[np.random.Generator, FloatArray], FloatArray]
Range = tuple[float, float]


def chain(*steps: Process) -> Process:
    """One step after the other."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        for step in steps:
            sound = normalise(step(rng, sound))
        return sound

    return process


def same(_rng: np.random.Generator, sound: FloatArray) -> FloatArray:
    """The sound itself."""
    return sound


# --- spectrum ---------------------------------------------------------------------------------------------------------


def lowpass(hz: Range, *, steep: bool = False) -> Process:
    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        cut = noise.lowpass(log_uniform(rng, *hz))
        return noise.apply(sound, *((cut, cut) if steep else (cut,)))

    return process


def highpass(hz: Range) -> Process:
    return lambda rng, sound: noise.apply(sound, noise.highpass(log_uniform(rng, *hz)))


def bell(hz: Range, db: Range, *, q: float = 0.9) -> Process:
    return lambda rng, sound: noise.apply(sound, noise.bell(log_uniform(rng, *hz), q, uniform(rng, *db)))


def tilt(db_per_octave: Range) -> Process:
    return lambda rng, sound: noise.apply(sound, noise.tilt(uniform(rng, *db_per_octave)))


def comb(delay_s: Range, share: Range) -> Process:
    """The sound with itself a few milliseconds later, turned over: every other partial is missing."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        late, mixed = n_samples(log_uniform(rng, *delay_s)), sound.copy()
        mixed[late:] -= np.float32(uniform(rng, *share)) * sound[: max(0, len(sound) - late)]
        return mixed

    return process


def varispeed(ratio: Range) -> Process:
    """Played faster (above 1) or slower, as a tape."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        factor = log_uniform(rng, *ratio)
        at = np.arange(0, len(sound) - 1, factor)
        played: FloatArray = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
        return played

    return process


# --- envelope ---------------------------------------------------------------------------------------------------------


def shorten(tau_s: Range) -> Process:
    """A faster decay after the first milliseconds."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        when = np.maximum(time_axis(len(sound)) - np.float32(0.01), 0.0)
        faded: FloatArray = sound * np.exp(-when / np.float32(log_uniform(rng, *tau_s)))
        loud = np.flatnonzero(np.abs(faded) > 1e-3 * float(np.abs(faded).max(initial=0)))
        return faded[: int(loud[-1]) + 1] if len(loud) else faded

    return process


def lengthen(times: Range) -> Process:
    """A slower decay: overlapping grains, each read from an earlier place than it stands at."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        factor, hop = uniform(rng, *times), 441
        keep = min(len(sound), n_samples(0.015))
        count = int(len(sound) * factor) // hop
        window = np.hanning(4 * hop + 1)[:-1].astype(np.float32) / np.float32(2.0)
        out = np.zeros((count + 6) * hop, dtype=np.float32)
        padded = np.concatenate([sound, np.zeros(5 * hop, dtype=np.float32)])
        for grain in range(count):
            start = min(int(grain * hop / factor + rng.integers(0, hop)), len(sound))
            out[grain * hop : (grain + 4) * hop] += window * padded[start : start + 4 * hop]
        fade = np.linspace(0, 1, keep, dtype=np.float32)
        out[:keep] = sound[:keep] * (1 - fade) + out[:keep] * fade
        return out

    return process


def fade_in(seconds: Range) -> Process:
    """A slower attack."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        rise = min(n_samples(log_uniform(rng, *seconds)), max(1, int(0.7 * len(sound))))
        faded = sound.copy()
        faded[:rise] *= np.linspace(0, 1, rise, dtype=np.float32) ** 2
        return faded

    return process


def accent(db: Range, seconds: Range = (0.006, 0.03)) -> Process:
    """The attack louder, or with negative `db` softer, than what follows."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        boost = 10.0 ** (uniform(rng, *db) / 20.0) - 1.0
        shape = np.exp(-time_axis(len(sound)) / np.float32(log_uniform(rng, *seconds)))
        accented: FloatArray = sound * (1 + np.float32(boost) * shape)
        return accented

    return process


def flutter(hz: Range, depth: Range) -> Process:
    """Amplitude modulation."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        phase = time_axis(len(sound)) * np.float32(2 * np.pi * log_uniform(rng, *hz))
        shaken: FloatArray = sound * (1 - np.float32(uniform(rng, *depth)) * (0.5 - 0.5 * np.cos(phase)))
        return shaken

    return process


# --- what is added ----------------------------------------------------------------------------------------------------


def envelope(sound: FloatArray) -> FloatArray:
    """(n,) smooth level of a sound."""
    width = 441
    level = np.convolve(np.abs(sound), np.full(width, 1.0 / width, dtype=np.float32))[: len(sound)]
    smooth: FloatArray = level.astype(np.float32)
    return smooth


def with_noise(share: Range, low_hz: Range, high_hz: Range = (15_000, 16_000)) -> Process:
    """Noise that follows the sound's envelope."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        filters = noise.highpass(log_uniform(rng, *low_hz)), noise.lowpass(log_uniform(rng, *high_hz))
        hiss = noise.coloured(rng, len(sound), *filters) * envelope(sound)
        mixed: FloatArray = sound + np.float32(uniform(rng, *share)) * hiss
        return mixed

    return process


def with_floor(db: Range, low_hz: Range, high_hz: Range = (15_000, 16_000), *, tail_s: float = 0.25) -> Process:
    """Steady noise below the sound and for a while after it."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        sound = np.concatenate([sound, np.zeros(n_samples(tail_s * float(rng.random())), dtype=np.float32)])
        filters = noise.highpass(log_uniform(rng, *low_hz)), noise.lowpass(log_uniform(rng, *high_hz))
        level = 10.0 ** (uniform(rng, *db) / 20.0)
        mixed: FloatArray = sound + np.float32(level) * noise.coloured(rng, len(sound), *filters)
        return mixed

    return process


def with_crackle(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
    """Clicks of a dusty record."""
    sound = np.concatenate([sound, np.zeros(n_samples(0.2 * float(rng.random())), dtype=np.float32)])
    rate = np.full(len(sound), log_uniform(rng, 60, 300), dtype=np.float32)
    clicks = noise.apply(noise.grains(rng, rate), noise.bandpass(log_uniform(rng, 1500, 5000), 0.7))
    mixed: FloatArray = sound + np.float32(uniform(rng, 0.2, 0.5)) * clicks
    return mixed


def with_click(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
    """A short click at the onset."""
    click = noise.burst(rng, log_uniform(rng, 0.002, 0.006), noise.highpass(log_uniform(rng, 1500, 4000)))
    mixed = np.concatenate([sound, np.zeros(max(0, len(click) - len(sound)), dtype=np.float32)])
    mixed[: len(click)] += np.float32(uniform(rng, 0.6, 1.5)) * normalise(click)
    return mixed


def struck(hz: Range, tau_s: Range, count: tuple[int, int], share: Range, *, sparse: bool = False) -> Process:
    """The sound on a body: decaying modes at inharmonic frequencies, set off by its attack."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        taus = [log_uniform(rng, *tau_s) for _ in range(int(rng.integers(*count)))]
        length = n_samples(min(2.0, 4 * max(taus)))
        body = np.zeros(length, dtype=np.float32)
        low = log_uniform(rng, hz[0], 1.5 * hz[0])
        for at, tau in enumerate(taus):
            pitch = low * (1 + at) ** uniform(rng, 1.2, 1.6) if sparse else log_uniform(rng, *hz)
            if pitch > 0.45 * RATE:
                continue
            wave = np.sin(time_axis(length) * np.float32(2 * np.pi * pitch) + np.float32(6.28 * rng.random()))
            body += np.float32(uniform(rng, 0.4, 1.0)) * wave * np.exp(-time_axis(length) / np.float32(tau))
        blow = sound[: n_samples(0.02)]
        rung = normalise(noise.convolve(blow, body))
        mixed = np.zeros(max(len(sound), len(rung)), dtype=np.float32)
        mixed[: len(sound)] = normalise(sound)
        mixed[: len(rung)] += np.float32(uniform(rng, *share)) * rung
        return mixed

    return process


def with_tone(share: Range, *, wave: str = "harmonic") -> Process:
    """A pitched tone that follows the sound's envelope; a `saw` has all partials."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        pitch, partials = log_uniform(rng, 70, 500), 30 if wave == "saw" else 4
        time, tone = time_axis(len(sound)), np.zeros(len(sound), dtype=np.float32)
        for partial in range(1, partials + 1):
            if partial * pitch < 0.45 * RATE:
                fall = 1.0 / partial if wave == "saw" else 1.0 / partial**2
                tone += np.float32(fall) * np.sin(time * np.float32(2 * np.pi * partial * pitch))
        mixed: FloatArray = normalise(sound) + np.float32(uniform(rng, *share)) * tone * envelope(normalise(sound)) * 2
        return mixed

    return process


# --- recording chain --------------------------------------------------------------------------------------------------


def drive(amount: Range, *, lean: float = 0.0) -> Process:
    return lambda rng, sound: effects.drive(sound, log_uniform(rng, *amount), lean=lean * float(rng.random()))


def clip(db: Range) -> Process:
    """Cut off at a level: the hardest distortion."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        level = np.float32(10.0 ** (uniform(rng, *db) / 20.0))
        cut: FloatArray = np.clip(normalise(sound), -level, level)
        return cut

    return process


def crush(bits: Range) -> Process:
    return lambda rng, sound: effects.crush(sound, uniform(rng, *bits))


def hold(rate_hz: Range) -> Process:
    return lambda rng, sound: effects.hold(sound, log_uniform(rng, *rate_hz))


def room(seconds: Range, wet: Range) -> Process:
    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        impulse = effects.room_impulse(rng, log_uniform(rng, *seconds), tone_hz=log_uniform(rng, 3000, 9000))
        return effects.room(sound, impulse, uniform(rng, *wet))

    return process


def echo(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
    """Repeats."""
    return effects.echo(rng, sound)


def spread(seconds: Range) -> Process:
    """The sound played by several who are not together."""

    def process(rng: np.random.Generator, sound: FloatArray) -> FloatArray:
        late = [0] + [n_samples(log_uniform(rng, *seconds)) for _ in range(int(rng.integers(1, 4)))]
        out = np.zeros(len(sound) + max(late), dtype=np.float32)
        for start in late:
            out[start : start + len(sound)] += np.float32(uniform(rng, 0.5, 1.0)) * sound
        return out

    return process


def one_of(*processes: Process) -> Process:
    """Any of them."""
    return lambda rng, sound: processes[int(rng.integers(len(processes)))](rng, sound)


def sometimes(process: Process, share: float = 0.5) -> Process:
    """The process, or nothing."""
    return lambda rng, sound: process(rng, sound) if chance(rng, share) else sound
