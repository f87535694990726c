"""Training data of the decoder: log-mels and charts of recorded and synthesised sounds.

They are computed once and cached in a folder, quantised to 8 bits (a third of a decibel).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.front_end import FrontEnd
from tui_browser.dsp.trim import dc_offset, leading_silence
from tui_browser.errors import AudioError
from tui_browser.model.decoder_charts import analyse
from tui_browser.model.decoder_shape import LONGEST_S, RATE, SHORTEST_S, DecoderShape
from tui_browser.records import CLASSES, DRUMS, FloatArray
from tui_browser.synth.other import SYNTHESISED_KINDS
from tui_browser.training.augment import augment_waveform
from tui_browser.training.labels import LABELS, label_of
from tui_browser.training.pool import Pool

VERSION = 3
"""Increased by every change that gives other examples for the same arguments."""
_SILENT_DB = 60.0
"""A sound ends where its level stays this far below its loudest 5 ms."""


@dataclass(frozen=True, slots=True)
class DecoderExamples:
    """E sounds."""

    mels: NDArray[np.uint8]
    """(E, bands, frames) log-mels for the encoder."""
    charts: NDArray[np.uint8]
    """(E, 3, M, T) level, tone, and place with 0 for -1 and 255 for 1."""
    seconds: FloatArray
    """(E,) length until the sound falls silent."""
    full: FloatArray
    """(E,) length until the file ends, at most `LONGEST_S`."""
    labels: NDArray[np.int64]
    """(E,) index into `LABELS`."""
    kits: NDArray[np.str_]
    """(E,)"""
    clean: NDArray[np.bool_]
    """(E,) whether the sound is an unmodified recording."""


def read_clip(path: str) -> FloatArray:
    """The first `LONGEST_S` of a file from its onset, mono, at `RATE`; raises AudioError."""
    import soundfile
    import soxr

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError("a clip cannot be read", path=path, hint=str(error)) from error
    mono = trim_to_onset(samples.mean(axis=1), rate)
    return mono if rate == RATE else np.asarray(soxr.resample(mono, rate, RATE), dtype=np.float32)


def trim_to_onset(mono: FloatArray, rate: int) -> FloatArray:
    """The first `LONGEST_S` from the onset, without DC offset."""
    start = leading_silence(mono, rate)
    sound = mono[start : start + int(LONGEST_S * rate)]
    return np.asarray(sound - np.float32(dc_offset(sound)), dtype=np.float32)


def encoder_mel(sound: FloatArray, *, front_end: FrontEnd) -> FloatArray:
    """(M, T) log-mel, for the encoder, of a sound at `RATE` that starts at its onset."""
    import soxr

    resampled = soxr.resample(sound[: int(front_end.window_s * RATE) + 4096], RATE, front_end.sample_rate)
    return front_end.compute(np.asarray(resampled, dtype=np.float32))


def audible_s(sound: FloatArray) -> float:
    """Length in seconds until the sound stays `_SILENT_DB` below its loudest 5 ms."""
    size = RATE // 200
    blocks = np.pad(sound, (0, -len(sound) % size)).reshape(-1, size)
    power = np.square(blocks).mean(axis=1)
    audible = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (-_SILENT_DB / 10))
    end = (int(audible[-1]) + 1) * size if len(audible) else 0
    return min(max(min(end, len(sound)) / RATE, SHORTEST_S), LONGEST_S)


def load_examples(
    pools: Sequence[Pool],
    *,
    folder: str,
    shape: DecoderShape,
    front_end: FrontEnd,
    drums: int,
    others: int,
    synth: int,
    seed: int,
) -> DecoderExamples:
    """Examples of pools, cached in `folder`.

    There are `drums` views of each percussion clip, `others` of each other clip, and `synth` synthesised sounds of
    each drum, a third as many of each kind.
    """
    grid = (shape.bands, shape.frames, shape.f_min, shape.f_max, shape.corner_hz, shape.hop_s, shape.floor_db)
    clips = [(clip.path, clip.kind) for pool in pools for clip in pool.clips]
    numbers = (VERSION, grid, front_end, drums, others, synth, seed, clips)
    key = hashlib.blake2b(repr(numbers).encode(), digest_size=6).hexdigest()
    path = os.path.join(folder, f"sounds-{key}.npz")
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        columns = _compute(pools, shape=shape, front_end=front_end, drums=drums, others=others, synth=synth, seed=seed)
        part = f"{path}.{os.getpid()}.npz"
        np.savez(part, **columns)  # type: ignore[arg-type]  # numpy's stub takes the names for its own options
        os.replace(part, path)
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return DecoderExamples(mels=arrays.pop("pictures"), **arrays)


def _compute(
    pools: Sequence[Pool], *, shape: DecoderShape, front_end: FrontEnd, drums: int, others: int, synth: int, seed: int
) -> dict[str, NDArray[np.generic]]:
    rows = []
    for sound, full, label, kit, clean in _sounds(pools, drums=drums, others=others, synth=synth, seed=seed):
        if np.abs(sound).max(initial=0.0) < 1e-4 or len(sound) < RATE // 100:
            continue
        charts = analyse(sound, shape=shape)
        charts[2] = 0.5 + 0.5 * charts[2]
        mel = encoder_mel(sound, front_end=front_end)
        rows.append((_bytes(mel), _bytes(charts), audible_s(sound), full, label, kit, clean))
    mels, all_charts, audible_lengths, file_lengths, labels, kits, clean_flags = zip(*rows, strict=True)
    return {
        "pictures": np.stack(mels),
        "charts": np.stack(all_charts),
        "seconds": np.array(audible_lengths, dtype=np.float32),
        "full": np.array(file_lengths, dtype=np.float32),
        "labels": np.array(labels, dtype=np.int64),
        "kits": np.array(kits),
        "clean": np.array(clean_flags),
    }


def _bytes(values: FloatArray) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(values, 0.0, 1.0) * 255.0), dtype=np.uint8)


def _sounds(
    pools: Sequence[Pool], *, drums: int, others: int, synth: int, seed: int
) -> Iterator[tuple[FloatArray, float, int, str, bool]]:
    """Sounds from their onset, with length, label, kit, and whether they are unmodified recordings."""
    import soxr

    from tui_browser.synth.render import render

    for number, pool in enumerate(pools):
        for i, clip in enumerate(pool.clips):
            sound, label = read_clip(os.path.join(pool.folder, clip.path)), label_of(CLASSES[clip.label], clip.kind)
            yield sound, len(sound) / RATE, label, clip.kit, True
            for view in range(1, drums if label < len(DRUMS) else others):
                rng = np.random.default_rng([seed, number, i, view])
                if view % 2:  # change only the speed
                    varied = soxr.resample(sound, 1000.0 * 2 ** float(rng.uniform(-0.3, 0.3)), 1000.0)
                else:
                    varied = augment_waveform(sound, label, rng, rate=RATE)
                varied = trim_to_onset(np.asarray(varied, dtype=np.float32), RATE)
                yield varied, len(varied) / RATE, label, clip.kit, False
    for name, count in (dict.fromkeys(DRUMS, synth) | dict.fromkeys(SYNTHESISED_KINDS, synth // 3)).items():
        label = LABELS.index(name)
        for i in range(count):
            rng = np.random.default_rng([seed, 7, label, i])
            made = trim_to_onset(render(name, rng, rate=RATE), RATE)
            if i % 3 == 2:
                made = trim_to_onset(augment_waveform(made, label, rng, rate=RATE), RATE)
            yield made, len(made) / RATE, label, "synth", False
