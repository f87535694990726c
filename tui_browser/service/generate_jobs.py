"""Making sounds beside the index: one at a time in a process of its own; of what is asked meanwhile the newest counts.

What is made lies in a folder of the cache, with its lineage, until the app ends; what a person keeps is copied.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable

from tui_browser.config.places import cache_dir
from tui_browser.errors import BrowserError
from tui_browser.generate.generate import Generator, PlannedSound
from tui_browser.generate.generator_process import GeneratedAudio
from tui_browser.generate.request import GenerationRequest
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.service.messages import Event, GenerateSound, GenerationFailed, SoundGenerated

_PREFIX = "made-"
_OLD_S = 86_400.0
"""Folders of an app that was killed go after a day."""
_KEPT = 100
"""Sounds of one sitting that stay to be kept."""


class GenerateJobs:
    """The maker of the index service. Nothing is started, and no folder made, before the first sound is asked for."""

    def __init__(self, bundle: Bundle, library: Library, *, tell: Callable[[Event], None]) -> None:
        self._studio = Generator(bundle)
        self._library = library
        self._tell = tell
        self._next: GenerateSound | None = None
        self._under_way: tuple[GenerateSound, PlannedSound] | None = None
        self._folder: str | None = None
        self._made: list[str] = []

    def ask(self, request: GenerateSound) -> None:
        """Make this sound, after the one under way; another one that still waits is given up."""
        self._next = request
        self._begin()

    def fileno(self) -> int | None:
        """Readable when `poll` has news; None while nothing is under way."""
        return self._studio.maker.fileno() if self._under_way is not None else None

    def poll(self) -> None:
        """Tell of what was made; never waits."""
        if self._under_way is None:
            return
        request, asked = self._under_way
        try:
            answers = self._studio.maker.poll()
        except BrowserError as error:
            self._failed(request, error)
            self._studio.close()  # the next one is tried anew
        else:
            for _, answer in answers:
                self._take(request, asked, answer)
        self._begin()

    def _begin(self) -> None:
        request = self._next
        if request is None or self._under_way is not None:
            return
        self._next = None
        order = GenerationRequest(
            samples=request.samples,
            weights=request.weights,
            variance=request.variance,
            at=request.at,
            seed=request.seed,
        )
        try:
            (asked,) = self._studio.ask(order, library=self._library)
            self._studio.maker.submit(request.number, asked.job)
        except BrowserError as error:
            self._studio.close()
            self._failed(request, error)
            return
        self._under_way = request, asked

    def _take(self, request: GenerateSound, asked: PlannedSound, answer: GeneratedAudio | BrowserError) -> None:
        self._under_way = None
        try:
            if isinstance(answer, BrowserError):
                raise answer
            made = self._studio.made(asked, answer)
            path = self._free_path(made.lineage.how)
            made.save(path, lineage=True, durable=False)  # a disk takes its time, and this one need not last
        except (BrowserError, OSError) as error:
            self._failed(request, error)
            return
        sources = tuple(source.path for source in made.lineage.sources)
        self._tell(SoundGenerated(request.number, path, made.lineage.how, made.lineage.seed, sources))

    def _failed(self, request: GenerateSound, error: BrowserError | OSError) -> None:
        self._under_way = None
        self._tell(GenerationFailed(request.number, str(error)))

    def _free_path(self, how: str) -> bytes:
        if self._folder is None:
            os.makedirs(cache_dir(), mode=0o700, exist_ok=True)
            _sweep(cache_dir())
            self._folder = tempfile.mkdtemp(prefix=_PREFIX, dir=cache_dir())
        stem = os.path.join(self._folder, f"{how}-{len(self._made) + 1}")
        self._made.append(stem)
        if len(self._made) > _KEPT:
            old = self._made[-_KEPT - 1]
            for ending in (".wav", ".json"):
                with contextlib.suppress(OSError):
                    os.unlink(old + ending)
        return os.fsencode(stem + ".wav")

    def close(self) -> None:
        """End the process and drop what nobody kept."""
        self._studio.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _sweep(folder: str) -> None:
    """Drop what apps that were killed have left."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.startswith(_PREFIX) and time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD_S:
                shutil.rmtree(entry.path, ignore_errors=True)
