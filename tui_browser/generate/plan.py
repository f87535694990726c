"""The parents of a generated sound: files, lineages, samples of the library, or samples around a map position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tui_browser.audio.mono import downmix
from tui_browser.audio.resampling import resample
from tui_browser.audio.waveform import read_window
from tui_browser.dsp.trim import dc_offset
from tui_browser.errors import AudioError, BrowserError, BundleError
from tui_browser.generate.generator_process import ParentSound
from tui_browser.generate.lineage import LINEAGE_SUFFIX, GenerationMode, Lineage, LineageSource, read_lineage
from tui_browser.generate.request import GenerationRequest
from tui_browser.indexing.file_encoder import FileEncoder
from tui_browser.layouts.axes import latent_axes
from tui_browser.library.library import Library
from tui_browser.map.interpolation import interpolation_weights
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_shape import LONGEST_S, RATE, SHORTEST_S
from tui_browser.records import Clip, FloatArray, SampleId

_SAME_PLACE = 1e-6
"""Two positions on an axis that differ by less are one: a stored position is a float32."""
_SILENT_DB = 60.0
"""A sound ends where its level stays this far below its loudest 5 ms."""


@dataclass(frozen=True, slots=True)
class GenerationPlan:
    """What all sounds of a request share."""

    how: GenerationMode
    parents: tuple[ParentSound, ...] = ()
    sources: tuple[LineageSource, ...] = ()
    weights: tuple[float, ...] | None = None
    repeats: Lineage | None = None
    """The lineage of a sound that is generated again."""
    pins: tuple[tuple[int, float], ...] = ()
    """Latent dimensions, from 0, that a place on a map with latent axes fixes, and their values."""


def make_plan(request: GenerationRequest, bundle: Bundle, library: Library | None) -> GenerationPlan:
    """Find the parents of the sounds of a request; samples and map positions need a `library`.

    Raises AudioError for a path that cannot be decoded (FilesRefused for several), BundleError if a lineage or the
    library belongs to another model, BrowserError if the library lacks what the request needs.
    """
    if request.samples:
        weights = None if request.weights is None else dict(zip(request.samples, request.weights, strict=True))
        return _from_samples(request, _check_library(library, bundle), request.samples, weights)
    if request.at is not None:
        library = _check_library(library, bundle)
        snapshot = library.snapshot(vectors=False)
        rows, shares = interpolation_weights(snapshot.xy, request.at)
        if not rows:
            raise BrowserError("the map is empty", path=library.path, hint="tui-browser index creates a layout")
        ids = tuple(SampleId(int(sample)) for sample in snapshot.ids[rows])
        return _from_samples(request, library, ids, dict(zip(ids, shares, strict=True)))
    return _from_paths(request, bundle) if request.paths else GenerationPlan("drawn")


def _check_library(library: Library | None, bundle: Bundle) -> Library:
    """The library; raises an error if it is empty or was encoded by another model."""
    if library is None or not len(library):
        raise BrowserError(
            "a map position needs a library with samples",
            path=None if library is None else library.path,
            hint="tui-browser index FOLDER fills it",
        )
    if library.space != bundle.space:
        raise BundleError(
            f"the library was encoded by the model {library.space}, not by {bundle.space}",
            path=library.path,
            hint=f"tui-browser index --model {bundle.name} encodes it again",
        )
    return library


def _from_samples(
    request: GenerationRequest, library: Library, ids: Sequence[SampleId], weights: Mapping[SampleId, float] | None
) -> GenerationPlan:
    latents = library.latents(ids)
    if not latents:
        raise BrowserError("these samples have no latent", path=library.path, hint="silent samples are not encoded")
    return GenerationPlan(
        "at" if request.at is not None else _mode(request, len(latents)),
        tuple(ParentSound(_clip_length(row.duration_s - row.onset_s), z=z) for row, z in latents),
        tuple(LineageSource(row.path, row.content_hash, row.onset_s) for row, _ in latents),
        None if weights is None else tuple(weights[row.id] for row, _ in latents),
        pins=() if request.at is None else pins_at(library, request.at, [z for _, z in latents]),
    )


def pins_at(library: Library, at: tuple[float, float], parents: Sequence[FloatArray]) -> tuple[tuple[int, float], ...]:
    """The latent dimensions on the axes of the shown map and the values that the place `at` means.

    Empty for a map without latent axes, and where the parents (Z,) themselves lie there: they stay exactly as they are.
    """
    layout = library.shown_layout()
    scales, dimensions = library.scales(layout), latent_axes(layout)
    if scales is None:
        return ()
    axes = zip(dimensions, scales, at, strict=True)
    pins = [(number, scale, place) for number, scale, place in axes if number is not None]
    lies_there = all(
        abs(float(scale.apply(np.array([float(z[number])]))[0]) - place) <= _SAME_PLACE
        for z in parents
        for number, scale, place in pins
    )
    return () if lies_there else tuple((number, scale.invert(place)) for number, scale, place in pins)


def _from_paths(request: GenerationRequest, bundle: Bundle) -> GenerationPlan:
    pairs, errors = [], []
    with FileEncoder(bundle) as encoder:
        for path in request.paths:
            try:
                pairs.append(_parent_from_file(path, bundle, encoder))
            except BrowserError as error:
                errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else FilesRefused(errors)
    parents, sources = zip(*pairs, strict=True)
    repeats = None
    if len(request.paths) == 1 and request.weights is None and request.paths[0].lower().endswith(LINEAGE_SUFFIX):
        repeats = read_lineage(request.paths[0])
    return GenerationPlan(_mode(request, len(pairs)), parents, sources, request.weights, repeats)


def _mode(request: GenerationRequest, count: int) -> GenerationMode:
    return "mixed" if count > 1 else "varied" if request.variance > 0 else "again"


def _parent_from_file(path: bytes, bundle: Bundle, encoder: FileEncoder) -> tuple[ParentSound, LineageSource]:
    if path.lower().endswith(LINEAGE_SUFFIX):
        lineage = read_lineage(path)
        if lineage.space != bundle.space or len(lineage.z) != bundle.z_dim:
            raise BundleError(f"this sound belongs to the model {lineage.space}, not to {bundle.space}", path=path)
        detail = None if lineage.detail is None else np.array(lineage.detail, dtype=np.float32)
        parent = ParentSound(lineage.seconds, z=lineage.latent(), detail=detail)
        return parent, LineageSource(path, lineage.content_hash, 0.0)
    clip = encoder.decode(path)
    samples, rate = read_sound(clip)
    mono = resample(downmix(samples), rate, RATE)
    parent = ParentSound(audible_s(samples, rate), mel=clip.mel, sound=mono)
    return parent, LineageSource(path, clip.content_hash, clip.onset_s)


class FilesRefused(AudioError):
    """Several files could not be used; `errors` has one error for each."""

    def __init__(self, errors: Sequence[BrowserError]) -> None:
        super().__init__(f"{len(errors)} files cannot be used: {'; '.join(map(str, errors))}")
        self.errors = tuple(errors)


def read_sound(clip: Clip) -> tuple[FloatArray, int]:
    """Samples (n, channels) of a clip from its onset, without DC offset, and their rate."""
    samples, rate = read_window(clip.stat.path, start_s=clip.onset_s, seconds=LONGEST_S)
    if len(samples):
        samples = samples - np.array([dc_offset(channel) for channel in samples.T], dtype=np.float32)
    return samples, rate


def audible_s(samples: FloatArray, rate: int) -> float:
    """Length in seconds until samples (n, channels) stay `_SILENT_DB` below their loudest 5 ms, as in training."""
    if not len(samples):
        return _clip_length(0.0)
    size = max(1, rate // 200)
    blocks = np.pad(samples, ((0, -len(samples) % size), (0, 0))).reshape(-1, size, samples.shape[1])
    power = np.square(blocks).mean(axis=1).max(axis=1)
    audible = np.flatnonzero(power > power.max() * 10 ** (-_SILENT_DB / 10))
    return _clip_length(min((int(audible[-1]) + 1) * size, len(samples)) / rate if len(audible) else 0.0)


def _clip_length(seconds: float) -> float:
    """The nearest length that the decoder can render, a float32 value."""
    return float(np.float32(min(max(seconds, SHORTEST_S), LONGEST_S)))
