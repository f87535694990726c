"""New sounds: at random, from a file, from several, or from a place on the map."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np

from tui_browser.atlas.around import around
from tui_browser.audio.waveform import read_window
from tui_browser.config.places import log_file
from tui_browser.dsp.trim import dc_offset
from tui_browser.encode.bundle import Bundle
from tui_browser.encode.sound_bundle import decoder_of, sound_shape
from tui_browser.encode.sound_shape import LONGEST_S, SHORTEST_S
from tui_browser.errors import AudioError, BrowserError, BundleError
from tui_browser.library.door import Library
from tui_browser.library.ear import Ear
from tui_browser.library.lineage import ENDING, How, Lineage, Source, read_lineage
from tui_browser.library.maker import Ingredient, Job, Maker
from tui_browser.library.order import MOST_SEED, Order
from tui_browser.library.saving import RATE, wav_bytes, whole_steps, write_new
from tui_browser.records import Clip, FloatArray

_SILENT_DB = 60.0
"""A sound has ended for good where it stays this far below its peak."""
_TAIL_S = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A new sound and how it came about."""

    sound: FloatArray
    """(n,) mono at 44,100 Hz, within -1 to 1, in the steps of 24 bits: saved and read back it is the same."""
    lineage: Lineage

    def save(self, path: bytes, *, lineage: bool = False) -> None:
        """Write the WAV, and its lineage beside it; raises BrowserError where something stands there already."""
        write_new(path, wav_bytes(self.sound))
        if lineage:
            write_new(lineage_path(path), self.lineage.to_bytes())


def lineage_path(path: bytes) -> bytes:
    """Where the lineage of the sound at `path` lies."""
    return os.path.splitext(path)[0] + ENDING


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all sounds of an order share."""

    how: How
    ingredients: tuple[Ingredient, ...] = ()
    sources: tuple[Source, ...] = ()
    weights: tuple[float, ...] | None = None
    again: Lineage | None = None
    """A sound that is made once more."""


class Studio:
    """A model that makes sounds, in a process that starts with the first one and stays; a context manager."""

    def __init__(self, bundle: Bundle, *, niceness: int = 0) -> None:
        self.bundle = bundle
        self._niceness = niceness
        self._maker: Maker | None = None
        self._decoder = ""

    def warm(self) -> Maker:
        """Start the process now, so that the first sound does not wait; raises BundleError for a model without one."""
        if self._maker is None:
            sound_shape(self.bundle)  # a refusal needs no torch
            self._decoder = decoder_of(self.bundle)
            self._maker = Maker(self.bundle, log=log_file("maker"), niceness=self._niceness)
        return self._maker

    def make(self, order: Order, *, library: Library | None = None) -> Iterator[Made]:
        """The sounds that an order asks for, one after the other.

        No path is a sound from the prior, of a class if one is named; one path is that sound re-generated, varied
        with a variance; several are mixed; a place is a mix of what lies around it on the library's map. Sound i has
        the seed `seed + i` and depends on nothing else, so that it can be asked for alone. Without a seed a
        fresh one is chosen where chance is wanted (a drawn or varied sound), else 0.

        Raises OrderError, AudioError for a path that cannot be heard, and BundleError.
        """
        order.check()
        class_index = order.class_index(self.bundle)
        sound_shape(self.bundle)
        plan = self._plan(order, library)
        maker = self.warm()
        first = _first_seed(order, plan)
        for number in range(order.count):
            seed = (first + number) % (MOST_SEED + 1)
            job = Job(seed, plan.ingredients, plan.weights, order.raw, order.variance, class_index)
            take = maker.make(job)
            yield self._made(take.sound, take.z, take.seconds, torch=take.torch, seed=seed, order=order, plan=plan)

    def _made(
        self, sound: FloatArray, z: FloatArray, seconds: float, *, torch: str, seed: int, order: Order, plan: _Plan
    ) -> Made:
        if not np.isfinite(sound).all():
            raise BundleError("the model made a sound that is not finite", path=self.bundle.folder)
        sound = whole_steps(sound)
        lineage = Lineage(
            how=plan.how,
            model=self.bundle.name,
            space=self.bundle.space,
            decoder=self._decoder,
            torch=torch,
            seed=seed,
            variance=order.variance,
            z=tuple(map(float, z)),
            seconds=seconds,
            class_name=order.class_name,
            weights=plan.weights,
            raw=order.raw,
            at=order.at,
            sources=plan.sources,
            content_hash=content_hash(sound),
        )
        if plan.again is not None and order.variance == 0:  # the same sound: it came about as it did
            old = plan.again
            lineage = replace(old, seed=seed, decoder=lineage.decoder, torch=torch, content_hash=lineage.content_hash)
        return Made(sound, lineage)

    def _plan(self, order: Order, library: Library | None) -> _Plan:
        if order.at is not None:
            return self._place(order.at, library)
        if not order.paths:
            return _Plan("drawn")
        self.warm()  # torch is loaded while the files are read
        pairs, refused = [], []
        with Ear(self.bundle) as ear:
            for path in order.paths:
                try:
                    pairs.append(self._ingredient(path, ear))
                except BrowserError as error:
                    refused.append(error)
        if refused:
            raise refused[0] if len(refused) == 1 else Refused(refused)
        ingredients, sources = zip(*pairs, strict=True)
        again = None
        if len(order.paths) == 1 and order.weights is None and order.paths[0].lower().endswith(ENDING):
            again = read_lineage(order.paths[0])
        how: How = "mixed" if len(pairs) > 1 else "varied" if order.variance > 0 else "again"
        return _Plan(how, ingredients, sources, order.weights, again)

    def _ingredient(self, path: bytes, ear: Ear) -> tuple[Ingredient, Source]:
        if path.lower().endswith(ENDING):
            lineage = read_lineage(path)
            if lineage.space != self.bundle.space or len(lineage.z) != self.bundle.z_dim:
                raise BrowserError(
                    f"this sound was made by the model {lineage.space}, not by {self.bundle.space}", path=path
                )
            return Ingredient(lineage.seconds, z=lineage.latent()), Source(path, lineage.content_hash, 0.0)
        clip = ear.clip(path)
        return Ingredient(sounding_s(clip), mel=clip.mel), Source(path, clip.content_hash, clip.onset_s)

    def _place(self, at: tuple[float, float], library: Library | None) -> _Plan:
        if library is None or not len(library):
            raise BrowserError(
                "a place on the map needs a library with samples",
                path=None if library is None else library.path,
                hint="tui-browser index FOLDER fills it",
            )
        if library.space != self.bundle.space:
            raise BundleError(
                f"the library was heard by the model {library.space}, not by {self.bundle.space}",
                path=library.path,
                hint=f"tui-browser index --model {self.bundle.name} moves it",
            )
        snapshot = library.snapshot(vectors=False)
        rows, weights = around(snapshot.xy, at)
        share = dict(zip(map(int, snapshot.ids[rows]), weights, strict=True))
        found = library.latents(share)
        if not found:
            raise BrowserError("nothing lies on the map yet", path=library.path, hint="tui-browser index places it")
        return _Plan(
            "at",
            tuple(Ingredient(within(row.duration_s - row.onset_s), z=z) for row, z in found),
            tuple(Source(row.path, row.content_hash, row.onset_s) for row, _ in found),
            tuple(share[int(row.id)] for row, _ in found),
        )

    def close(self) -> None:
        """End the process; a later sound starts it anew."""
        if self._maker is not None:
            self._maker.close()
        self._maker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Refused(AudioError):
    """Several files that cannot be used; `errors` has one for each."""

    def __init__(self, errors: Sequence[BrowserError]) -> None:
        super().__init__(f"{len(errors)} files cannot be used: {'; '.join(map(str, errors))}")
        self.errors = tuple(errors)


def sounding_s(clip: Clip) -> float:
    """Seconds from a clip's onset to where it is silent for good, as long as a sound can be made."""
    samples, rate = read_window(clip.stat.path, start_s=clip.onset_s, seconds=LONGEST_S)
    if not len(samples):
        return within(0.0)
    level = np.max([np.abs(channel - dc_offset(channel)) for channel in samples.T], axis=0)
    heard = np.flatnonzero(level > level.max() * 10 ** (-_SILENT_DB / 20))
    return within((int(heard[-1]) + 1) / rate + _TAIL_S if len(heard) else 0.0)


def within(seconds: float) -> float:
    """The length as near as a sound of it can be made, a float32 value."""
    return float(np.float32(min(max(seconds, SHORTEST_S), LONGEST_S)))


def content_hash(sound: FloatArray) -> str:
    """The hash of a sound (n,) that the library would have for it: of its PCM with rate and channels."""
    import hashlib
    import struct

    digest = hashlib.blake2b(struct.pack("<II", RATE, 1), digest_size=16)
    digest.update(np.ascontiguousarray(sound, dtype="<f4").data)
    return digest.hexdigest()


def _first_seed(order: Order, plan: _Plan) -> int:
    if order.seed is not None:
        return order.seed
    if plan.again is not None and order.variance == 0:
        return plan.again.seed
    chance = plan.how == "drawn" or order.variance > 0
    return secrets.randbelow(1 << 32) if chance else 0
