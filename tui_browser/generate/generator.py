"""New sounds: at random, from a file, from several, or from a place on the map."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np

from tui_browser.config.places import log_file
from tui_browser.errors import BundleError
from tui_browser.generate.generator_process import GeneratedAudio, GenerationJob, GeneratorProcess
from tui_browser.generate.lineage import LINEAGE_SUFFIX, Lineage
from tui_browser.generate.plan import GenerationPlan, make_plan
from tui_browser.generate.request import MAX_SEED, GenerationRequest
from tui_browser.generate.sound_files import RATE, quantise_24_bit, wav_bytes, write_new
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import decoder_hash, decoder_shape
from tui_browser.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedSound:
    """A new sound and how it came about."""

    sound: FloatArray
    """(n,) mono at 44,100 Hz, within -1 to 1, in the steps of 24 bits: saved and read back it is the same."""
    lineage: Lineage

    def save(self, path: bytes, *, lineage: bool = False, durable: bool = True) -> None:
        """Write the WAV, and its lineage beside it; raises as `write_new`."""
        write_new(path, wav_bytes(self.sound), durable=durable)
        if lineage:
            write_new(lineage_path(path), self.lineage.to_bytes(), durable=durable)


def lineage_path(path: bytes) -> bytes:
    """Where the lineage of the sound at `path` lies."""
    return os.path.splitext(path)[0] + LINEAGE_SUFFIX


@dataclass(frozen=True, slots=True, eq=False)
class PlannedSound:
    """One sound of an order, ready to be handed to the maker."""

    job: GenerationJob
    order: GenerationRequest
    plan: GenerationPlan


class Generator:
    """A model that makes sounds, in a process that starts with the first one and stays; a context manager."""

    def __init__(self, bundle: Bundle, *, niceness: int = 0) -> None:
        self.bundle = bundle
        self._niceness = niceness
        self._maker: GeneratorProcess | None = None
        self._decoder = ""

    @property
    def maker(self) -> GeneratorProcess:
        """The process, started at first use; raises BundleError for a model that makes no sounds."""
        if self._maker is None:
            decoder_shape(self.bundle)  # a refusal needs no torch
            self._decoder = decoder_hash(self.bundle)
            self._maker = GeneratorProcess(self.bundle, log=log_file("maker"), niceness=self._niceness)
        return self._maker

    def make(self, order: GenerationRequest, *, library: Library | None = None) -> Iterator[GeneratedSound]:
        """The sounds that an order asks for, one after the other.

        No path is a sound from the prior, of a class if one is named; one path is that sound re-generated, varied
        with a variance; several are mixed; a place is a mix of what lies around it on the library's map. Sound i has
        the seed `seed + i` and depends on nothing else, so that it can be asked for alone. Without a seed a
        fresh one is chosen where chance is wanted (a drawn or varied sound), else 0.

        Raises OrderError, AudioError for a path that cannot be heard, and BundleError.
        """
        for asked in self.ask(order, library=library):
            yield self.made(asked, self.maker.make(asked.job))

    def ask(self, order: GenerationRequest, *, library: Library | None = None) -> Iterator[PlannedSound]:
        """The same, not made yet: each job is for the maker, what it gives for `made`."""
        order.check()
        class_index = order.class_index(self.bundle)
        _ = self.maker  # torch is loaded while files are read
        plan = make_plan(order, self.bundle, library)
        first = _first_seed(order, plan)
        for number in range(order.count):
            seed = (first + number) % (MAX_SEED + 1)
            yield PlannedSound(
                GenerationJob(seed, plan.ingredients, plan.weights, order.raw, order.variance, class_index), order, plan
            )

    def made(self, asked: PlannedSound, take: GeneratedAudio) -> GeneratedSound:
        """What the maker gave, with how it came about; raises BundleError where that is no sound."""
        if not (np.isfinite(take.sound).all() and np.isfinite(take.z).all()):
            raise BundleError("the model made a sound that is not finite", path=self.bundle.folder)
        order, plan, sound = asked.order, asked.plan, quantise_24_bit(take.sound)
        lineage = Lineage(
            how=plan.how,
            model=self.bundle.name,
            space=self.bundle.space,
            decoder=self._decoder,
            torch=take.torch,
            seed=asked.job.seed,
            variance=order.variance,
            z=tuple(map(float, take.z)),
            seconds=take.seconds,
            class_name=order.class_name,
            weights=plan.weights,
            raw=order.raw,
            at=order.at,
            sources=plan.sources,
            content_hash=content_hash(sound),
        )
        if plan.again is not None and order.variance == 0:  # the same sound: it came about as it did
            lineage = replace(
                plan.again,
                seed=lineage.seed,
                decoder=self._decoder,
                torch=take.torch,
                content_hash=lineage.content_hash,
            )
        return GeneratedSound(sound, lineage)

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


def content_hash(sound: FloatArray) -> str:
    """The hash of a sound (n,) that the library would have for it: of its PCM with rate and channels."""
    import hashlib
    import struct

    digest = hashlib.blake2b(struct.pack("<II", RATE, 1), digest_size=16)
    digest.update(np.ascontiguousarray(sound, dtype="<f4").data)
    return digest.hexdigest()


def _first_seed(order: GenerationRequest, plan: GenerationPlan) -> int:
    if order.seed is not None:
        return order.seed
    if plan.again is not None and order.variance == 0:
        return plan.again.seed
    chance = plan.how == "drawn" or order.variance > 0
    return secrets.randbelow(1 << 32) if chance else 0
