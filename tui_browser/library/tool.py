"""The library and the model from Python: what `tui_browser.SampleTool` is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tui_browser.errors import BrowserError
from tui_browser.library.door import Library, change
from tui_browser.library.ear import Ear, load_model, reference_of
from tui_browser.library.indexer import index_library
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
        if self._folder is not None and not os.path.exists(self._known_library()):
            self.build_library()
        with Library.open(self._known_library()) as library:
            if library.space and library.space != self._bundle.space:
                raise BrowserError(
                    "the library was heard by another model", path=library.path, hint="build_library() moves it"
                )
            vector = library.vector_of(target)
            if vector is None:
                vector = self.embed(target)
            found = library.near(vector, k=k, leave_out=target)
        return [Neighbour(row.path, row.onset_s, distance) for row, distance in found]

    def generate(
        self,
        out: Path,
        paths: Sequence[Path] = (),
        weights: Sequence[float] | None = None,
        variance: float = 0.0,
        seed: int | None = None,
    ) -> None:
        """New sounds are not in this version; raises NotYet."""
        from tui_browser.errors import NotYet

        raise NotYet("generate is not in this version")

    def close(self) -> None:
        self._ear.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _known_library(self) -> str:
        if self._library is None:
            raise BrowserError("this tool has no library", hint='SampleTool(library="my.db") gives it one')
        return self._library


def _bytes(path: Path) -> bytes:
    return os.path.abspath(os.fsencode(path))
