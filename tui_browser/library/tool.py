"""The library and the model from Python: what `tui_browser.SampleTool` is."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tui_browser.errors import BrowserError
from tui_browser.library.door import Library, change
from tui_browser.library.ear import Ear, load_model, reference_of
from tui_browser.library.generating import Studio, lineage_path
from tui_browser.library.indexer import index_library
from tui_browser.library.lineage import Lineage
from tui_browser.library.order import Order
from tui_browser.library.saving import numbered, refuse_taken
from tui_browser.records import FloatArray, Neighbour

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class SampleTool:
    """A model and, if given, a library, for scripts.

    `model` is the name or folder of a bundle. `library` is a library file, or a folder of samples, whose library is
    then kept in the folder's `.tui-browser.db` and brought up to date by `build_library`. Several tools can live in
    one process; torch is loaded by a child process, and only when a call needs it. Close it, or use it in `with`.
    """

    def __init__(self, model: str = "drums", library: Path | None = None) -> None:
        self._bundle = load_model(model)
        self._folder: bytes | None = None
        self._library: str | None = None
        if library is not None:
            path = os.path.abspath(os.fsdecode(library))
            self._library = path
            if os.path.isdir(path):
                self._folder = os.fsencode(path)
                self._library = os.path.join(path, ".tui-browser.db")
        self._ear = Ear(self._bundle)
        self._studio = Studio(self._bundle)

    def embed(self, path: Path) -> FloatArray:
        """The vector (D,) of a sound: float32, unit length. Raises AudioError."""
        vector: FloatArray = self._ear.hear(_bytes(path)).embedding[0]
        return vector

    def get_features(self, path: Path) -> FloatArray:
        """What the model hears of a sound: its log-mel (M, T), float32. Raises AudioError."""
        mel = self._ear.clip(_bytes(path)).mel
        assert mel is not None  # a clip without one has been refused
        return mel

    def predict(self, path: Path) -> tuple[FloatArray, str] | None:
        """Probabilities over the model's classes (they sum to 1) and the likeliest one; None for a model without any.

        Raises AudioError.
        """
        chances = self._ear.hear(_bytes(path)).probabilities
        if chances is None or self._bundle.classes is None:
            return None
        return chances[0], self._bundle.classes[int(chances[0].argmax())]

    def build_library(self, *, jobs: int | None = None) -> int:
        """Bring the library up to date with its folders; returns how many samples it holds. Raises LibraryError."""
        with change(self._known_library()) as store:
            outcome = index_library(
                store,
                add=[self._folder] if self._folder is not None else [],
                model=reference_of(self._bundle),
                jobs=jobs or os.cpu_count() or 1,
                layout="none",
                report=lambda _: None,
            )
        return outcome.samples

    def find_similar(self, path: Path, k: int = 5) -> list[Neighbour]:
        """The `k` samples of the library nearest to a sound, nearest first, the file itself left out.

        A folder that was never indexed is indexed first. Raises AudioError, LibraryError.
        """
        target = _bytes(path)
        self._make_sure()
        with Library.open(self._known_library()) as library:
            if library.space and library.space != self._bundle.space:
                raise BrowserError(
                    "the library was heard by another model", path=library.path, hint="build_library() moves it"
                )
            target = library.known_as([target])[0] or target
            vector = library.vector_of(target)
            if vector is None:
                vector = self.embed(target)
            found = library.near(vector, k=k, leave_out=target)
        return [Neighbour(row.path, row.onset_s, distance) for row, distance in found]

    def generate(
        self,
        out: Path,
        paths: Sequence[Path] | Path = (),
        weights: Sequence[float] | None = None,
        variance: float = 0.0,
        seed: int | None = None,
        *,
        raw: bool = False,
        class_name: str | None = None,
        at: tuple[float, float] | None = None,
        count: int = 1,
        lineage: bool = False,
    ) -> list[Lineage]:
        """Write a new sound to `out`, a WAV (mono, 44.1 kHz, 24 bit, peak at most 1) of 0.03 to 2 s; how it was made.

        Without `paths` it is drawn from what the model knows, of the class `class_name` where one is given. One path
        is made again, or varied: z gets Gaussian noise of this `variance` (0 to about 2 is useful). Several are mixed,
        z = sum(w z) / sum(w), all alike without `weights`; with `raw` the weights may be negative and z = sum(w z).
        `at` = (x, y), each 0 to 1, mixes what lies around that place on the library's map; a folder that was never
        indexed is indexed first. A path may also be the JSON that `lineage` wrote beside a sound: alone it makes that
        sound once more.

        `count` above 1 writes `a-1.wav`, `a-2.wav` ... for `a.wav`, with the seeds `seed`, `seed + 1` ...; the same
        seed gives the same bytes on the same machine and torch. Without a seed a drawn or varied sound has a fresh
        one, which the answer holds, and any other has 0.

        Nothing is overwritten. Raises OrderError for wrong weights, class, place, variance, count or seed, AudioError
        for a path that cannot be heard, BundleError for a model that makes no sounds, and BrowserError where
        something stands at `out` or it cannot be written.
        """
        order = Order(
            paths=(_bytes(paths),) if isinstance(paths, (str, bytes, os.PathLike)) else tuple(map(_bytes, paths)),
            weights=None if weights is None else tuple(map(float, weights)),
            raw=raw,
            variance=float(variance),
            class_name=class_name,
            at=None if at is None else (float(at[0]), float(at[1])),
            count=int(count),
            seed=None if seed is None else int(seed),
        )
        order.check()
        names = numbered(_bytes(out), count)
        refuse_taken([*names, *(lineage_path(name) for name in names if lineage)])
        if at is not None:
            self._make_sure()
        made = []
        with contextlib.ExitStack() as stack:
            library = stack.enter_context(Library.open(self._known_library())) if at is not None else None
            for name, sound in zip(names, self._studio.make(order, library=library), strict=True):
                sound.save(name, lineage=lineage)
                made.append(sound.lineage)
        return made

    def close(self) -> None:
        """End the processes that were started; a later call starts them anew."""
        self._ear.close()
        self._studio.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_sure(self) -> None:
        """Index a folder that was never indexed."""
        if self._folder is not None and not os.path.exists(self._known_library()):
            self.build_library()

    def _known_library(self) -> str:
        if self._library is None:
            raise BrowserError("this tool has no library", hint='SampleTool(library="my.db") gives it one')
        return self._library


def _bytes(path: Path) -> bytes:
    return os.path.abspath(os.fsencode(path))
