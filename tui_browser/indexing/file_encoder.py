"""Encode single files, for `near`, `classify` and guests on the map."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import fields
from types import TracebackType
from typing import Self

import numpy as np

from tui_browser.audio.decode import decode
from tui_browser.audio.fragment import copy_fragment
from tui_browser.config.places import data_dir, shipped
from tui_browser.config.settings import DEFAULT_MODEL
from tui_browser.errors import AudioError, BundleError
from tui_browser.indexing.workers import IndexWorkers
from tui_browser.library.library import Library
from tui_browser.library.likeness import SoundTarget
from tui_browser.model import pooling
from tui_browser.model.bundle import Bundle, load_bundle
from tui_browser.records import FEATURES, Clip, Encoding, FileStat, FloatArray


def model_folders() -> list[str]:
    """Folders in which bundles are found by name: the user's first, then the shipped one."""
    return [os.path.join(data_dir(), "models"), shipped("models")]


def load_model(name: str | None) -> Bundle:
    """Load the bundle of this name or folder, the default one for None; raises BundleError."""
    return load_bundle(name or DEFAULT_MODEL, folders=model_folders())


def model_reference(bundle: Bundle) -> str:
    """The bundle's name if it is in one of `model_folders`, else its folder: `load_model` takes both."""
    return bundle.name if os.path.dirname(bundle.folder) in map(os.path.abspath, model_folders()) else bundle.folder


def stat_file(path: bytes) -> FileStat:
    """The FileStat of one file; raises AudioError when it is a folder or cannot be reached."""
    try:
        stat = os.stat(path)
    except OSError as error:
        raise AudioError((error.strerror or "cannot be read").lower(), path=path) from error
    if os.path.isdir(path):
        raise AudioError("this is a folder, not an audio file", path=path)
    return FileStat.of(os.path.abspath(path), stat)


class FileEncoder:
    """Decodes and encodes files one at a time; a context manager that closes the workers it started."""

    def __init__(self, bundle: Bundle, *, workers: IndexWorkers | None = None) -> None:
        self.bundle = bundle
        self._owns_workers = workers is None
        self._workers = workers or IndexWorkers(bundle, jobs=1, nice=False)

    @classmethod
    def for_library(cls, library: Library, model: str | None) -> FileEncoder:
        """An encoder with the library's model; raises BundleError when `model` has another space."""
        bundle = load_model(model or library.model)
        if library.space and bundle.space != library.space:
            raise BundleError(
                f"the library uses the model {library.space}, not {bundle.space}",
                path=library.path,
                hint=f"tui-browser index --model {bundle.name} switches it",
            )
        return cls(bundle)

    def decode(self, path: bytes, *, start_s: float | None = None) -> Clip:
        """The decoded file, or its slice from `start_s` to the next onset.

        Raises AudioError when it cannot be read, is silent or too short.
        """
        from threadpoolctl import threadpool_limits

        try:
            with threadpool_limits(1):  # like the decoder pool: another order of sums changes the sixth digit
                clip = decode(stat_file(path), front_end=self.bundle.front_end, start_s=start_s)
        except AudioError as error:
            raise AudioError(error.what, path=error.path or path, hint=error.hint, code=error.code) from error
        if clip.mel is None and start_s is not None and start_s * clip.sample_rate >= clip.frames:
            length = f"it is {clip.frames / clip.sample_rate:.3f} s long"
            raise AudioError(f"it ends before {start_s:g} s", path=path, hint=length)
        if clip.mel is None:
            raise AudioError(clip.note or "silent", path=path, hint="at least 1 ms of sound is needed")
        return clip

    def decode_and_encode(self, path: bytes, *, start_s: float | None = None) -> tuple[Clip, Encoding]:
        """The decoded file and its encoding (B = 1); raises as `decode`."""
        clip = self.decode(path, start_s=start_s)
        return clip, self._workers.encoder.encode(*pooling.encoder_batch([clip]))

    def encode(self, path: bytes, *, start_s: float | None = None) -> Encoding:
        """The encoding of a file (B = 1); raises as `decode`."""
        return self.decode_and_encode(path, start_s=start_s)[1]

    def target(self, path: bytes, *, start_s: float | None = None, end_s: float | None = None) -> SoundTarget:
        """A file, or its sound from `start_s` on, as a target of a neighbour search; raises as `decode`.

        Without `end_s` a sound that begins at `start_s` ends at the next onset.
        """
        if end_s is None:
            clip, encoding = self.decode_and_encode(path, start_s=start_s)
        else:
            with region_file(path, start_s or 0.0, end_s) as part:
                clip, encoding = self.decode_and_encode(part)
        return SoundTarget(encoding.embedding[0], features_of(clip))

    def close(self) -> None:
        if self._owns_workers:
            self._workers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def hear_files(library: Library, paths: Sequence[bytes]) -> dict[bytes, SoundTarget | AudioError]:
    """Files as the library's model hears them, as targets of a neighbour search, or why one cannot be heard."""
    heard: dict[bytes, SoundTarget | AudioError] = {}
    with FileEncoder.for_library(library, None) as encoder:
        for path in paths:
            try:
                heard[path] = encoder.target(path)
            except AudioError as error:
                heard[path] = error
    return heard


@contextlib.contextmanager
def region_file(path: bytes, start_s: float, end_s: float) -> Iterator[bytes]:
    """A temporary WAV of a file's sound between two times; raises AudioError, of `path`, where that is empty."""
    with tempfile.TemporaryDirectory(prefix="tui-browser-") as folder:
        part = os.path.join(folder, "part.wav")
        with open(part, "wb") as file:
            copy_fragment(path, file, start_s=start_s, length_s=end_s - start_s)
        try:
            yield os.fsencode(part)
        except AudioError as error:  # a person does not know the temporary file
            raise AudioError(error.what, path=path, hint=error.hint) from error


def features_of(clip: Clip) -> FloatArray:
    """(F,) columns of `FEATURES` of a decoded sound, NaN where unknown and for tempo and key."""
    known = {field.name: getattr(clip.descriptors, field.name) for field in fields(clip.descriptors)}
    return np.array([known.get(name, np.nan) for name in FEATURES], dtype=np.float32)
