"""Hearing one file at a time: what `near`, `classify` and a guest on the map need."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

from tui_browser.audio.decode import decode
from tui_browser.config.places import data_dir, shipped
from tui_browser.encode import mixing
from tui_browser.encode.bundle import Bundle, load_bundle
from tui_browser.errors import AudioError, BundleError
from tui_browser.library.door import Library
from tui_browser.library.workers import Workers
from tui_browser.records import Clip, Encoding, FileStat

DEFAULT_MODEL = "drums"


def model_folders() -> list[str]:
    """Where bundles are found by name: the user's own before the shipped ones."""
    return [os.path.join(data_dir(), "models"), shipped("models")]


def load_model(name: str | None) -> Bundle:
    """The bundle of this name or in this folder, the default one for None; raises BundleError."""
    return load_bundle(name or DEFAULT_MODEL, folders=model_folders())


def reference_of(bundle: Bundle) -> str:
    """What finds this bundle again: its name where it has a known place, else its folder."""
    return bundle.name if os.path.dirname(bundle.folder) in map(os.path.abspath, model_folders()) else bundle.folder


def stat_of(path: bytes) -> FileStat:
    """What the scan would say of one file; raises AudioError when it cannot be looked at."""
    try:
        info = os.stat(path)
    except OSError as error:
        raise AudioError((error.strerror or "cannot be read").lower(), path=path) from error
    if os.path.isdir(path):
        raise AudioError("a folder is not a sound", path=path)
    return FileStat.of(os.path.abspath(path), info)


class Ear:
    """A model that is ready to listen; a context manager."""

    def __init__(self, bundle: Bundle, *, workers: Workers | None = None) -> None:
        self.bundle = bundle
        self._own = workers is None
        self._workers = workers or Workers(bundle, jobs=1, nice=False)

    @classmethod
    def for_library(cls, library: Library, model: str | None) -> Ear:
        """An ear that hears as the library was heard; raises BundleError when its model is another."""
        bundle = load_model(model or library.model)
        if library.space and bundle.space != library.space:
            raise BundleError(
                f"the library was heard by the model {library.space}, not by {bundle.space}",
                path=library.path,
                hint=f"tui-browser index --model {bundle.name} moves it",
            )
        return cls(bundle)

    def clip(self, path: bytes, *, start_s: float | None = None) -> Clip:
        """The decoded file, or what sounds from `start_s` to its next hit.

        Raises AudioError when it cannot be read, is silent or too short.
        """
        from threadpoolctl import threadpool_limits

        try:
            with threadpool_limits(1):  # as the decoders of the index: sums in another order differ in the sixth digit
                clip = decode(stat_of(path), front_end=self.bundle.front_end, start_s=start_s)
        except AudioError as error:
            raise AudioError(error.what, path=error.path or path, hint=error.hint, code=error.code) from error
        if clip.mel is None and start_s is not None and start_s * clip.sample_rate >= clip.frames:
            told = f"it lasts {clip.frames / clip.sample_rate:.3f} s"
            raise AudioError(f"it is over before second {start_s:g}", path=path, hint=told)
        if clip.mel is None:
            raise AudioError(clip.note or "nothing to hear", path=path, hint="a sound of 1 ms at least is needed")
        return clip

    def listen(self, path: bytes, *, start_s: float | None = None) -> tuple[Clip, Encoding]:
        """The decoded file and what the model says of it (B = 1); raises as `clip`."""
        clip = self.clip(path, start_s=start_s)
        return clip, self._workers.encoder.encode(*mixing.pictures([clip]))

    def hear(self, path: bytes, *, start_s: float | None = None) -> Encoding:
        """What the model says of a file (B = 1); raises as `listen`."""
        return self.listen(path, start_s=start_s)[1]

    def close(self) -> None:
        if self._own:
            self._workers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
