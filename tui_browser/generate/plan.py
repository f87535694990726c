"""What a new sound is made from: files, lineages, samples of the library, or what lies around a place on its map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.decode import downmix
from tui_browser.audio.resampling import resampled
from tui_browser.audio.waveform import read_window
from tui_browser.dsp.trim import dc_offset
from tui_browser.errors import AudioError, BrowserError, BundleError
from tui_browser.generate.generator_process import ParentSound
from tui_browser.generate.lineage import ENDING, How, Lineage, LineageSource, read_lineage
from tui_browser.generate.request import GenerationRequest
from tui_browser.indexing.file_encoder import FileEncoder
from tui_browser.library.library import Library
from tui_browser.map.interpolation import around
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_shape import LONGEST_S, RATE, SHORTEST_S
from tui_browser.records import Clip, FloatArray, SampleId

_SILENT_DB = 60.0
"""A sound has died away where it stays this far below its loudest 5 ms."""


@dataclass(frozen=True, slots=True)
class GenerationPlan:
    """What all sounds of an order share."""

    how: How
    ingredients: tuple[ParentSound, ...] = ()
    sources: tuple[LineageSource, ...] = ()
    weights: tuple[float, ...] | None = None
    again: Lineage | None = None
    """A sound that is made once more."""


def plan_of(order: GenerationRequest, bundle: Bundle, library: Library | None) -> GenerationPlan:
    """What the order's sounds are made from; `library` is asked for samples and places.

    Raises AudioError for a path that cannot be heard (Refused for several), BundleError where lineage or library are
    of another model, BrowserError where the library does not have what is asked for.
    """
    if order.samples:
        shares = None if order.weights is None else dict(zip(order.samples, order.weights, strict=True))
        return _of_samples(order, _open(library, bundle), order.samples, shares)
    if order.at is not None:
        library = _open(library, bundle)
        snapshot = library.snapshot(vectors=False)
        rows, weights = around(snapshot.xy, order.at)
        if not rows:
            raise BrowserError("nothing lies on the map yet", path=library.path, hint="tui-browser index places it")
        ids = tuple(SampleId(int(sample)) for sample in snapshot.ids[rows])
        return _of_samples(order, library, ids, dict(zip(ids, weights, strict=True)))
    return _of_paths(order, bundle) if order.paths else GenerationPlan("drawn")


def _open(library: Library | None, bundle: Bundle) -> Library:
    """The library, where it can be asked for what this model says of its samples."""
    if library is None or not len(library):
        raise BrowserError(
            "a place on the map needs a library with samples",
            path=None if library is None else library.path,
            hint="tui-browser index FOLDER fills it",
        )
    if library.space != bundle.space:
        raise BundleError(
            f"the library was heard by the model {library.space}, not by {bundle.space}",
            path=library.path,
            hint=f"tui-browser index --model {bundle.name} moves it",
        )
    return library


def _of_samples(
    order: GenerationRequest, library: Library, ids: Sequence[SampleId], shares: Mapping[SampleId, float] | None
) -> GenerationPlan:
    found = library.latents(ids)
    if not found:
        raise BrowserError("nothing is known of how this sounds", path=library.path, hint="a silent sample has no z")
    return GenerationPlan(
        "at" if order.at is not None else _how(order, len(found)),
        tuple(ParentSound(within(row.duration_s - row.onset_s), z=z) for row, z in found),
        tuple(LineageSource(row.path, row.content_hash, row.onset_s) for row, _ in found),
        None if shares is None else tuple(shares[row.id] for row, _ in found),
    )


def _of_paths(order: GenerationRequest, bundle: Bundle) -> GenerationPlan:
    pairs, refused = [], []
    with FileEncoder(bundle) as ear:
        for path in order.paths:
            try:
                pairs.append(_ingredient(path, bundle, ear))
            except BrowserError as error:
                refused.append(error)
    if refused:
        raise refused[0] if len(refused) == 1 else FilesRefused(refused)
    ingredients, sources = zip(*pairs, strict=True)
    again = None
    if len(order.paths) == 1 and order.weights is None and order.paths[0].lower().endswith(ENDING):
        again = read_lineage(order.paths[0])
    return GenerationPlan(_how(order, len(pairs)), ingredients, sources, order.weights, again)


def _how(order: GenerationRequest, count: int) -> How:
    return "mixed" if count > 1 else "varied" if order.variance > 0 else "again"


def _ingredient(path: bytes, bundle: Bundle, ear: FileEncoder) -> tuple[ParentSound, LineageSource]:
    if path.lower().endswith(ENDING):
        lineage = read_lineage(path)
        if lineage.space != bundle.space or len(lineage.z) != bundle.z_dim:
            raise BundleError(f"this sound was made by the model {lineage.space}, not by {bundle.space}", path=path)
        return ParentSound(lineage.seconds, z=lineage.latent()), LineageSource(path, lineage.content_hash, 0.0)
    clip = ear.decode(path)
    sound, rate = _sound(clip)
    heard = resampled(downmix(sound), rate, RATE)
    ingredient = ParentSound(_sounding_s(sound, rate), mel=clip.mel, sound=heard)
    return ingredient, LineageSource(path, clip.content_hash, clip.onset_s)


class FilesRefused(AudioError):
    """Several files that cannot be used; `errors` has one for each."""

    def __init__(self, errors: Sequence[BrowserError]) -> None:
        super().__init__(f"{len(errors)} files cannot be used: {'; '.join(map(str, errors))}")
        self.errors = tuple(errors)


def sounding_s(clip: Clip) -> float:
    """Seconds from a clip's onset until it stays far below its loudest 5 ms, as the decoder has learned lengths."""
    return _sounding_s(*_sound(clip))


def _sound(clip: Clip) -> tuple[FloatArray, int]:
    """(n, channels) of a clip from its onset on, without offset, and the rate."""
    samples, rate = read_window(clip.stat.path, start_s=clip.onset_s, seconds=LONGEST_S)
    if len(samples):
        samples = samples - np.array([dc_offset(channel) for channel in samples.T], dtype=np.float32)
    return samples, rate


def _sounding_s(level: FloatArray, rate: int) -> float:
    if not len(level):
        return within(0.0)
    size = max(1, rate // 200)
    blocks = np.pad(level, ((0, -len(level) % size), (0, 0))).reshape(-1, size, level.shape[1])
    power = np.square(blocks).mean(axis=1).max(axis=1)
    heard = np.flatnonzero(power > power.max() * 10 ** (-_SILENT_DB / 10))
    return within(min((int(heard[-1]) + 1) * size, len(level)) / rate if len(heard) else 0.0)


def within(seconds: float) -> float:
    """The length as near as a sound of it can be made, a float32 value."""
    return float(np.float32(min(max(seconds, SHORTEST_S), LONGEST_S)))
