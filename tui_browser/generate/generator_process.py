"""The maker of sounds as a process: torch lives there. One job in, one sound out, in order."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_browser import child
from tui_browser.errors import BrowserError, WorkerError
from tui_browser.model.bundle import Bundle
from tui_browser.records import FloatArray

if TYPE_CHECKING:
    from tui_browser.generate.generator import DecodeBatch, SoundDecoder


@dataclass(frozen=True, slots=True, eq=False)
class ParentSound:
    """A sound to make others from: its `z`, or what z is found by."""

    seconds: float
    z: FloatArray | None = None
    """(Z,)"""
    mel: FloatArray | None = None
    """(M, T) the encoder's picture; looked at where `z` is None."""
    sound: FloatArray | None = None
    """(n,) mono at 44,100 Hz from the onset on, beside `mel`: the z that the encoder says is brought nearer to it."""


@dataclass(frozen=True, slots=True, eq=False)
class GenerationJob:
    """One sound to make: drawn from the prior, or from ingredients; the same job gives the same sound."""

    seed: int
    ingredients: tuple[ParentSound, ...] = ()
    weights: tuple[float, ...] | None = None
    """One an ingredient; None where all count alike. Divided by their sum unless `raw`."""
    raw: bool = False
    variance: float = 0.0
    """Of the noise on z; a drawn sound has it beyond the prior's own."""
    class_index: int | None = None
    """Of a drawn sound; None for any."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedAudio:
    """What a job gave."""

    sound: FloatArray
    """(n,) mono at 44,100 Hz, finite, peak at most 1."""
    z: FloatArray
    """(Z,) what was decoded."""
    seconds: float
    torch: str
    """The version that rendered it."""


def maker_main(conn: Connection, bundle: Bundle) -> None:
    """The child: says (None, None) when it is ready or (None, error) when it cannot be, then answers jobs."""
    try:
        import torch  # 1.6 s

        from tui_browser.generate.generator import DecodeBatch, SoundDecoder

        torch.set_flush_denormal(True)
        torch.use_deterministic_algorithms(True)
        maker = SoundDecoder(bundle, threads=1)
        still = DecodeBatch(z=np.zeros((1, bundle.z_dim), np.float32), seconds=np.full(1, 0.1, np.float32))
        maker.decode(still, seed=0)  # the first one pays for what torch sets up
    except BrowserError as error:
        conn.send((None, error))
        return
    except ImportError as error:
        conn.send((None, WorkerError("making sounds needs torch, which cannot be loaded", hint=str(error))))
        return
    hear = _LatentEncoder(bundle)
    conn.send((None, None))
    while True:
        tag, job = conn.recv()
        try:
            conn.send((tag, work(job, maker, hear)))
        except BrowserError as error:
            conn.send((tag, error))


class _LatentEncoder:
    """z of pictures; the encoder's network is loaded when the first one comes."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._network: Any = None

    def __call__(self, mel: FloatArray) -> FloatArray:
        from tui_browser.model.encoder_network import load_encoder
        from tui_browser.model.encoder_process import encode_mels

        if self._network is None:
            self._network = load_encoder(self._bundle)
        z: FloatArray = encode_mels(self._network, mel[np.newaxis]).z[0]
        return z


def work(job: GenerationJob, maker: SoundDecoder, hear: _LatentEncoder) -> GeneratedAudio:
    """The sound that a job asks for; raises BundleError where the encoder is damaged."""
    import torch  # loaded by now

    from tui_browser.generate.generator import DecodeBatch

    if job.ingredients:
        z = [each.z if each.z is not None else _found(each, maker, hear) for each in job.ingredients]
        seconds = np.array([each.seconds for each in job.ingredients], dtype=np.float32)
        recipe = DecodeBatch(z=np.stack(z).astype(np.float32), seconds=seconds)
        if len(recipe) > 1 or job.weights is not None:
            recipe = maker.mix(recipe, job.weights or [1.0] * len(recipe), raw=job.raw)
        if job.variance > 0:
            recipe = maker.vary(recipe, count=1, variance=job.variance, seed=job.seed)
    else:
        recipe = maker.draw(1, seed=job.seed, class_index=job.class_index, variance=1.0 + job.variance)
    # As a plain string: the version's own kind would be unpickled by importing torch.
    return _rendered(recipe, maker, seed=job.seed, torch=str(torch.__version__))


def _found(ingredient: ParentSound, maker: SoundDecoder, hear: _LatentEncoder) -> FloatArray:
    """(Z,) of a recorded sound."""
    assert ingredient.mel is not None  # an ingredient has this or z
    z = hear(ingredient.mel)
    return z if ingredient.sound is None else maker.fit(z, ingredient.sound, ingredient.seconds)


def _rendered(recipe: DecodeBatch, maker: SoundDecoder, *, seed: int, torch: str) -> GeneratedAudio:
    sound = maker.decode(recipe, seed=seed)[0]
    return GeneratedAudio(sound=sound, z=recipe.z[0], seconds=float(recipe.seconds[0]), torch=torch)


class GeneratorProcess:
    """The parent's end. Starting returns at once; the first answer waits until torch is loaded.

    Raises BundleError where the model makes no sounds or is damaged, and WorkerError where the process is gone,
    from the call that first notices: both stay, a new Maker is needed then.
    """

    def __init__(self, bundle: Bundle, *, log: str | None = None, niceness: int = 0) -> None:
        self.bundle = bundle
        self._log = log
        self._failed: BrowserError | None = None
        self._ready = False
        env = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._child = child.start(
            "tui_browser.generate.generator_process:maker_main", bundle, log=log, niceness=niceness, env=env
        )

    def make(self, job: GenerationJob) -> GeneratedAudio:
        """The sound of one job; waits. Not to be mixed with jobs that `submit` still has under way."""
        self.submit(None, job)
        while True:
            for _, answer in self._receive():
                if isinstance(answer, BrowserError):
                    raise answer
                return answer

    def submit(self, tag: Hashable, job: GenerationJob) -> None:
        """Hand over a job; `poll` gives the answer with its `tag`."""
        self._raise()
        try:
            self._child.send((tag, job))
        except WorkerError:
            while self._child.conn.poll():
                self._receive()  # the child's last words say more
            raise

    def fileno(self) -> int:
        """Readable when `poll` has news, for selectors."""
        return self._child.conn.fileno()

    def poll(self) -> list[tuple[Any, GeneratedAudio | BrowserError]]:
        """Answers that are there, oldest first; never waits."""
        self._raise()
        answers: list[tuple[Any, GeneratedAudio | BrowserError]] = []
        while self._child.conn.poll():
            answers += self._receive()
        return answers

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._child.close(grace_s=0.1)
        self._failed = self._failed or WorkerError("the maker of sounds is closed")

    def _receive(self) -> list[tuple[Any, GeneratedAudio | BrowserError]]:
        """The next answer; none for the word that the child is ready."""
        self._raise()
        try:
            tag, answer = self._child.receive()
        except WorkerError as error:
            hint = f"see {self._log}" if self._log else ""
            self._failed = WorkerError("the process that makes sounds is gone", hint=hint)
            raise self._failed from error
        if self._ready:
            return [(tag, answer)]
        if isinstance(answer, BrowserError):
            self._failed = answer
            raise answer
        self._ready = True
        return []

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed
