"""Generates sounds for the app, one at a time in a child process; the newest request replaces one that waits.

Generated sounds are files in a cache folder, with their lineage, until the app ends; the app copies those to keep.
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
from tui_browser.generate.generator import Generator, PlannedSound
from tui_browser.generate.generator_process import GeneratedAudio
from tui_browser.generate.request import GenerationRequest
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.service.messages import Event, GenerateSound, GenerationFailed, SoundGenerated

_PREFIX = "made-"
_EXPIRES_S = 86_400.0
"""Age at which the folder of a killed app is deleted."""
_MOST_SOUNDS = 100
"""Sounds that stay in the folder; older ones are deleted."""


class GenerateJobs:
    """Generation in the index service. The first request starts the process and creates the folder."""

    def __init__(self, bundle: Bundle, library: Library, *, emit: Callable[[Event], None]) -> None:
        self._generator = Generator(bundle)
        self._library = library
        self._emit = emit
        self._waiting: GenerateSound | None = None
        self._current: tuple[GenerateSound, PlannedSound] | None = None
        self._folder: str | None = None
        self._stems: list[str] = []

    def request(self, request: GenerateSound) -> None:
        """Generate this sound after the current one; replaces a request that waits."""
        self._waiting = request
        self._start_next()

    def fileno(self) -> int | None:
        """Readable when a sound is done; None while none is being generated."""
        return self._generator.process.fileno() if self._current is not None else None

    def poll(self) -> None:
        """Emit what is done; never waits."""
        if self._current is None:
            return
        request, planned = self._current
        try:
            answers = self._generator.process.poll()
        except BrowserError as error:
            self._fail(request, error)
            self._generator.close()  # the next request starts it again
        else:
            for _, answer in answers:
                self._finish(request, planned, answer)
        self._start_next()

    def _start_next(self) -> None:
        request = self._waiting
        if request is None or self._current is not None:
            return
        self._waiting = None
        generation = GenerationRequest(
            samples=request.samples,
            weights=request.weights,
            variance=request.variance,
            at=request.at,
            seed=request.seed,
        )
        try:
            (planned,) = self._generator.plan(generation, library=self._library)
            self._generator.process.submit(request.number, planned.job)
        except BrowserError as error:
            self._generator.close()
            self._fail(request, error)
            return
        self._current = request, planned

    def _finish(self, request: GenerateSound, planned: PlannedSound, answer: GeneratedAudio | BrowserError) -> None:
        self._current = None
        try:
            if isinstance(answer, BrowserError):
                raise answer
            sound = self._generator.finish(planned, answer)
            path = self._free_path(sound.lineage.how)
            sound.save(path, lineage=True, durable=False)  # the file need not survive a power cut
        except (BrowserError, OSError) as error:
            self._fail(request, error)
            return
        sources = tuple(source.path for source in sound.lineage.sources)
        self._emit(SoundGenerated(request.number, path, sound.lineage.how, sound.lineage.seed, sources))

    def _fail(self, request: GenerateSound, error: BrowserError | OSError) -> None:
        self._current = None
        self._emit(GenerationFailed(request.number, str(error)))

    def _free_path(self, how: str) -> bytes:
        if self._folder is None:
            os.makedirs(cache_dir(), mode=0o700, exist_ok=True)
            _delete_expired(cache_dir())
            self._folder = tempfile.mkdtemp(prefix=_PREFIX, dir=cache_dir())
        stem = os.path.join(self._folder, f"{how}-{len(self._stems) + 1}")
        self._stems.append(stem)
        if len(self._stems) > _MOST_SOUNDS:
            old = self._stems[-_MOST_SOUNDS - 1]
            for ending in (".wav", ".json"):
                with contextlib.suppress(OSError):
                    os.unlink(old + ending)
        return os.fsencode(stem + ".wav")

    def close(self) -> None:
        """End the process and delete the folder."""
        self._generator.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _delete_expired(folder: str) -> None:
    """Delete the folders that killed apps left behind."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.startswith(_PREFIX) and time.time() - entry.stat(follow_symlinks=False).st_mtime > _EXPIRES_S:
                shutil.rmtree(entry.path, ignore_errors=True)
