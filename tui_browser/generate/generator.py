"""The generator: draws, varies and mixes sounds, with their lineage."""

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
from tui_browser.generate.generator_process import GeneratedAudio, GenerationJob, GeneratorProcess, ParentSound
from tui_browser.generate.lineage import LINEAGE_SUFFIX, Lineage
from tui_browser.generate.morph import morph_weights
from tui_browser.generate.plan import GenerationPlan, make_plan
from tui_browser.generate.request import MAX_SEED, GenerationRequest
from tui_browser.generate.sound_files import RATE, quantise_24_bit, wav_bytes, write_new
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.model.decoder_bundle import decoder_hash, decoder_network
from tui_browser.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedSound:
    """A generated sound and its lineage."""

    sound: FloatArray
    """(n,) mono at 44,100 Hz, -1 to 1, quantised to 24 bits, so that a saved file holds exactly this sound."""
    lineage: Lineage

    def save(self, path: bytes, *, lineage: bool = False, durable: bool = True) -> None:
        """Write a WAV file and, with `lineage`, the lineage beside it; raises as `write_new`."""
        write_new(path, wav_bytes(self.sound), durable=durable)
        if lineage:
            write_new(lineage_path(path), self.lineage.to_bytes(), durable=durable)


def lineage_path(path: bytes) -> bytes:
    """Path of the lineage file of the sound at `path`."""
    return os.path.splitext(path)[0] + LINEAGE_SUFFIX


@dataclass(frozen=True, slots=True, eq=False)
class PlannedSound:
    """One sound of a request, ready for the generator process."""

    job: GenerationJob
    request: GenerationRequest
    plan: GenerationPlan


class Generator:
    """Generates sounds with the decoder of a model; a context manager.

    The decoder runs in a child process, which starts with the first sound and stays until `close`.
    """

    def __init__(self, bundle: Bundle, *, niceness: int = 0) -> None:
        self.bundle = bundle
        self._niceness = niceness
        self._process: GeneratorProcess | None = None
        self._decoder_hash = ""

    @property
    def process(self) -> GeneratorProcess:
        """The generator process, started at first use; raises BundleError for a model without a decoder."""
        if self._process is None:
            decoder_network(self.bundle)  # raises before a process is started
            self._decoder_hash = decoder_hash(self.bundle)
            self._process = GeneratorProcess(self.bundle, log=log_file("maker"), niceness=self._niceness)
        return self._process

    def make(self, request: GenerationRequest, *, library: Library | None = None) -> Iterator[GeneratedSound]:
        """Generate the sounds of a request, one after the other.

        Without a path, sounds are drawn from the prior, of a class if one is given. One path is re-generated, or varied
        if there is a variance. Several paths are mixed. A map position mixes the samples around it. Sound i depends
        only on the request and the seed `seed + i`, so it can be generated alone. Without a seed, drawn and varied
        sounds get a random one, others 0.

        Raises RequestError, AudioError for a path that cannot be decoded, and BundleError.
        """
        for planned in self.plan(request, library=library):
            yield self.finish(planned, self.process.make(planned.job))

    def plan(self, request: GenerationRequest, *, library: Library | None = None) -> Iterator[PlannedSound]:
        """The jobs of a request. `process` renders a job, `finish` turns the result into a sound; raises as `make`."""
        request.check()
        classes = request.meant_classes(self.bundle)
        _ = self.process  # loads torch while files are read
        plan = make_plan(request, self.bundle, library)
        first = _first_seed(request, plan)
        for number in range(request.count):
            seed = (first + number) % (MAX_SEED + 1)
            index = classes[int(np.random.default_rng([seed, 2]).integers(len(classes)))] if classes else None
            job = GenerationJob(seed, plan.parents, plan.weights, request.raw, request.variance, index, plan.pins)
            yield PlannedSound(job, request, plan)

    def finish(self, planned: PlannedSound, audio: GeneratedAudio) -> GeneratedSound:
        """The result of a job with its lineage; raises BundleError if the sound or its z is not finite."""
        numbers = audio.sound, audio.z, () if audio.detail is None else audio.detail
        if not all(np.isfinite(values).all() for values in numbers):
            raise BundleError("the model generated a sound that is not finite", path=self.bundle.folder)
        request, plan, sound = planned.request, planned.plan, quantise_24_bit(audio.sound)
        lineage = Lineage(
            how=plan.how,
            model=self.bundle.name,
            space=self.bundle.space,
            decoder=self._decoder_hash,
            torch=audio.torch,
            seed=planned.job.seed,
            variance=request.variance,
            z=tuple(map(float, audio.z)),
            seconds=audio.seconds,
            class_name=request.class_name,
            weights=plan.weights,
            raw=request.raw,
            at=request.at,
            sources=plan.sources,
            content_hash=_content_hash(sound),
            detail=None if audio.detail is None else tuple(round(float(value), 6) for value in audio.detail),
        )
        if plan.repeats is not None and request.variance == 0:  # the same sound keeps its origin
            lineage = replace(
                plan.repeats,
                seed=lineage.seed,
                decoder=self._decoder_hash,
                torch=audio.torch,
                content_hash=lineage.content_hash,
            )
        return GeneratedSound(sound, lineage)

    def morph(self, request: GenerationRequest, *, steps: int) -> Iterator[GeneratedSound]:
        """The way from the first of two paths to the second in `steps` sounds, both ends included; raises as `make`."""
        request.check()
        _ = self.process  # loads torch while files are read
        plan, seed = make_plan(request, self.bundle, None), request.seed or 0
        ends = [self.process.make(GenerationJob(seed, (parent,))) for parent in plan.parents]
        parents = tuple(ParentSound(end.seconds, z=end.z, detail=end.detail) for end in ends)
        for weights in morph_weights(steps):
            planned = PlannedSound(
                GenerationJob(seed, parents, weights), request, replace(plan, parents=parents, weights=weights)
            )
            yield self.finish(planned, self.process.make(planned.job))

    def close(self) -> None:
        """End the process; the next sound starts a new one."""
        if self._process is not None:
            self._process.close()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _content_hash(sound: FloatArray) -> str:
    """The content hash that the library would store for a sound (n,)."""
    import hashlib
    import struct

    digest = hashlib.blake2b(struct.pack("<II", RATE, 1), digest_size=16)
    digest.update(np.ascontiguousarray(sound, dtype="<f4").data)
    return digest.hexdigest()


def _first_seed(request: GenerationRequest, plan: GenerationPlan) -> int:
    if request.seed is not None:
        return request.seed
    if plan.repeats is not None and request.variance == 0:
        return plan.repeats.seed
    is_random = plan.how == "drawn" or request.variance > 0
    return secrets.randbelow(1 << 32) if is_random else 0
