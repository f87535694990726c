"""The Python API: `tui_browser.SampleTool`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from tui_browser.errors import BrowserError
from tui_browser.generate.generator import Generator, lineage_path
from tui_browser.generate.lineage import Lineage
from tui_browser.generate.request import GenerationRequest
from tui_browser.generate.sound_files import check_output_paths, numbered_paths
from tui_browser.indexing.file_encoder import FileEncoder, hear_files, load_model, model_reference
from tui_browser.indexing.indexer import index_library
from tui_browser.library.annotating import annotation_change
from tui_browser.library.library import Library, open_for_writing
from tui_browser.library.likeness import SoundTarget, blended, weights_of
from tui_browser.records import FloatArray, Neighbour, SampleId, SampleRow
from tui_browser.store.annotation_changes import AnnotationChange, CollectedSamples

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class SampleTool:
    """A model and, if given, a library, for scripts.

    `model` is the name or the folder of a bundle; None is the library's model, or the default one. `library` is a
    library file, or a folder of samples, whose library is then the file `.tui-browser.db` in it, updated by
    `build_library`. One process can have several tools. A child process loads torch, and only when a call needs it.
    Close the tool, or use it in `with`.
    """

    def __init__(self, model: str | None = None, library: Path | None = None) -> None:
        self._folder: bytes | None = None
        self._library: str | None = None
        if library is not None:
            path = os.path.abspath(os.fsdecode(library))
            self._library = path
            if os.path.isdir(path):
                self._folder = os.fsencode(path)
                self._library = os.path.join(path, ".tui-browser.db")
        self._bundle = load_model(model or _model_of(self._library))
        self._reading: tuple[tuple[int, int], Library] | None = None
        """The library of the last search with its device and inode: reading 50,000 samples anew takes 90 ms."""
        self._encoder = FileEncoder(self._bundle)
        self._generator = Generator(self._bundle)

    def embed(self, path: Path) -> FloatArray:
        """The embedding (D,) of a sound: float32, unit length. Raises AudioError."""
        vector: FloatArray = self._encoder.encode(_bytes(path)).embedding[0]
        return vector

    def get_features(self, path: Path) -> FloatArray:
        """The log-mel (M, T) of a sound, float32: the input of the model. Raises AudioError."""
        mel = self._encoder.decode(_bytes(path)).mel
        assert mel is not None  # `decode` raises AudioError for a sound without one
        return mel

    def predict(self, path: Path) -> tuple[FloatArray, str] | None:
        """The probabilities of the model's classes, which sum to 1, and the most probable class.

        None for a model without classes. Raises AudioError.
        """
        probabilities = self._encoder.encode(_bytes(path)).probabilities
        if probabilities is None or self._bundle.classes is None:
            return None
        return probabilities[0], self._bundle.classes[int(probabilities[0].argmax())]

    def build_library(self, *, jobs: int | None = None) -> int:
        """Index the library's folders; returns the number of samples. Raises LibraryError."""
        with open_for_writing(self._known_library()) as store:
            outcome = index_library(
                store,
                add=[self._folder] if self._folder is not None else [],
                model=model_reference(self._bundle),
                jobs=jobs or os.cpu_count() or 1,
                layout="none",
                report=lambda _: None,
            )
        return outcome.samples

    def find_similar(
        self,
        path: Path | Sequence[Path],
        k: int = 5,
        *,
        unlike: Sequence[Path] = (),
        among: str = "",
        weights: Mapping[str, float] | None = None,
    ) -> list[Neighbour]:
        """The `k` samples of the library nearest to a sound, nearest first, without the file itself.

        Several files are one target, from which those in `unlike` lead away. `among` is a query that neighbours match;
        `weights` weighs aspects (`pitch`, `length` ... of docs/similar.md). A folder without a library is indexed
        first. Raises AudioError, LibraryError, QueryError, and ValueError for an aspect that does not exist.
        """
        chosen = weights_of(weights or {})
        self._ensure_indexed()
        library = self._open_library()
        if library.space and library.space != self._bundle.space:
            raise BrowserError(
                "another model encoded the library",
                path=library.path,
                hint="build_library() encodes it with this one",
            )
        files = [path] if isinstance(path, (str, bytes, os.PathLike)) else list(path)
        liked = [self._target(library, file) for file in files]
        left_out = [self._target(library, file) for file in unlike]
        target = blended([sound for _, sound in liked], [sound for _, sound in left_out])
        own = [known for known, _ in (*liked, *left_out)]
        found = library.neighbours(target, k=k, leave_out=own, among=among, weights=chosen)
        return [Neighbour(row.path, row.onset_s, each.distance, each.confidence) for row, each in found]

    def _target(self, library: Library, path: Path) -> tuple[bytes, SoundTarget]:
        """What the library calls a file, and its sound, stored or heard now."""
        name = _bytes(path)
        name = library.known_as([name])[0] or name
        stored = library.target_of(name)
        return name, self._encoder.target(name) if stored is None else stored

    def search(self, query: str = "", *, limit: int = 0) -> list[SampleRow]:
        """The library's samples that match a query (docs/queries.md), best first; `limit` 0 returns all.

        A folder without a library is indexed first. Raises QueryError for a query that is not understood.
        """
        self._ensure_indexed()
        with Library.open(self._known_library(), hear=hear_files) as library:
            return [row for row, _ in library.search(query, limit=limit)]

    def annotate(
        self,
        paths: Sequence[Path] | Path,
        *,
        tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
        rating: int | None = None,
        note: str | None = None,
        class_name: str | None = None,
        favourite: bool | None = None,
        hidden: bool | None = None,
    ) -> int:
        """Say something of samples of the library, in one change; the number of samples that changed.

        None leaves a value as it is; a rating of 0, and an empty note or class, take it away. Raises BrowserError for
        a file that is not in the library.
        """
        change = annotation_change(
            self._samples(paths), tags=tags, remove_tags=remove_tags, rating=rating, note=note,
            class_name=class_name, favourite=favourite, hidden=hidden,
        )  # fmt: skip
        with open_for_writing(self._known_library()) as store:
            return len(store.annotate(change, run="annotate").samples)

    def collect(self, name: str, paths: Sequence[Path] | Path) -> list[bytes]:
        """Add samples to the end of a collection, which is made where there is none; the paths of all that it has."""
        samples = self._samples(paths)
        with open_for_writing(self._known_library()) as store:
            store.annotate(AnnotationChange(collect={name: CollectedSamples(samples)}), run=f"collect {name}")
            collection = store.collection(name)
        assert collection is not None
        return [item.path for item in collection.items]

    def take_back(self) -> str | None:
        """Undo the newest call of `annotate` or `collect`, or run of such a verb; what it was. None if none is left."""
        with open_for_writing(self._known_library()) as store:
            taken = store.take_back()
        return None if taken is None else taken[0]

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
        """Generate a sound and write it to `out`; returns the lineage of each sound written.

        The file is a WAV of 0.03 to 2 s: mono, 44.1 kHz, 24 bit, peak at most 1. What it holds depends on `paths`:

        - none: a latent drawn from the model's prior, of the class `class_name` if one is given;
        - one: that sound again, or varied with Gaussian noise of `variance` on its latent z (useful: 0 to 2);
        - several: a mix, z = sum(w z) / sum(w), with equal `weights` by default; with `raw`, weights may be negative
          and z = sum(w z).

        `at` = (x, y), each 0 to 1, mixes the samples around that place on the library's map; a folder without a
        library is indexed first. A path may also be the JSON that `lineage` writes beside a sound; alone, it generates
        that sound again.

        A `count` above 1 writes `a-1.wav`, `a-2.wav` ... for `a.wav`, with the seeds `seed`, `seed + 1` ... The same
        seed gives the same bytes with the same machine and version of torch. Without a seed, a drawn or varied sound
        gets a random one, which its lineage holds; any other sound has seed 0.

        No file is overwritten. Raises OrderError for wrong weights, class, place, variance, count or seed; AudioError
        for a path that cannot be read; BundleError for a model without a decoder; BrowserError if `out` exists or
        cannot be written.
        """
        request = GenerationRequest(
            paths=(_bytes(paths),) if isinstance(paths, (str, bytes, os.PathLike)) else tuple(map(_bytes, paths)),
            weights=None if weights is None else tuple(map(float, weights)),
            raw=raw,
            variance=float(variance),
            class_name=class_name,
            at=None if at is None else (float(at[0]), float(at[1])),
            count=int(count),
            seed=None if seed is None else int(seed),
        )
        request.check()
        names = numbered_paths(_bytes(out), count)
        check_output_paths([*names, *(lineage_path(name) for name in names if lineage)])
        if at is not None:
            self._ensure_indexed()
        lineages = []
        with contextlib.ExitStack() as stack:
            library = stack.enter_context(Library.open(self._known_library())) if at is not None else None
            for name, sound in zip(names, self._generator.make(request, library=library), strict=True):
                sound.save(name, lineage=lineage)
                lineages.append(sound.lineage)
        return lineages

    def close(self) -> None:
        """End the child processes; a later call starts them again."""
        if self._reading is not None:
            self._reading[1].close()
            self._reading = None
        self._encoder.close()
        self._generator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_library(self) -> Library:
        path = self._known_library()
        try:
            stat = os.stat(path)
            file = (stat.st_dev, stat.st_ino)
        except OSError:
            file = (0, 0)
        if self._reading is not None and self._reading[0] != file:
            self._reading[1].close()
            self._reading = None
        if self._reading is None:
            self._reading = file, Library.open(path, hear=hear_files)
        return self._reading[1]

    def _ensure_indexed(self) -> None:
        """Index a folder that has no library yet."""
        if self._folder is not None and not os.path.exists(self._known_library()):
            self.build_library()

    def _samples(self, paths: Sequence[Path] | Path) -> list[SampleId]:
        self._ensure_indexed()
        files = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else paths
        samples = []
        with Library.open(self._known_library()) as library:
            for path in map(_bytes, files):
                known = library.known_as([path])[0]
                sample = None if known is None else library.id_of(known)
                if sample is None:
                    raise BrowserError("this file is not in the library", path=path, hint="build_library() adds it")
                samples.append(sample)
        return samples

    def _known_library(self) -> str:
        if self._library is None:
            raise BrowserError("this tool has no library", hint='create it with SampleTool(library="my.db")')
        return self._library


def _model_of(library: str | None) -> str | None:
    """The model of a library; None where there is none yet, and of one that cannot be read, which later calls tell."""
    if library is None or not os.path.exists(library):
        return None
    try:
        with Library.open(library) as opened:
            return opened.model if opened.space else None
    except BrowserError:
        return None


def _bytes(path: Path) -> bytes:
    return os.path.abspath(os.fsencode(path))
