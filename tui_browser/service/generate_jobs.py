"""Generates sounds for the app in a child process; the newest request replaces one that waits, and ends a morph.

A sound is answered as soon as its file is written. Afterwards, when nothing else waits, the same process hears it
again, which says what it is and where it truly lies on the map.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tui_browser.errors import BrowserError
from tui_browser.generate.generator import GeneratedSound, Generator, PlannedSound
from tui_browser.generate.generator_process import Answer, GeneratedAudio, HearingJob
from tui_browser.generate.lineage import read_lineage
from tui_browser.generate.morph import join, morph_weights
from tui_browser.generate.request import GenerationRequest
from tui_browser.generate.sound_encoder import HeardSound
from tui_browser.library.library import Library
from tui_browser.model.bundle import Bundle
from tui_browser.service.made_files import MadeFiles
from tui_browser.service.messages import (
    Event,
    GenerateSound,
    GenerationFailed,
    GenerationProgress,
    Guest,
    MorphSamples,
    SoundGenerated,
    SoundHeard,
)

SoundRequest = GenerateSound | MorphSamples


@dataclass(slots=True)
class _Work:
    """A request with the sounds that it still needs, and those of a morph that are made."""

    request: SoundRequest
    waiting: deque[PlannedSound]
    total: int
    sounds: list[GeneratedSound] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.request.number


class GenerateJobs:
    """Generation in the index service. The first request starts the process and creates the folder."""

    def __init__(
        self,
        bundle: Bundle,
        library: Library,
        *,
        guest_of: Callable[[bytes, HeardSound], tuple[Guest, bool]],
        emit: Callable[[Event], None],
    ) -> None:
        """`guest_of` places a sound that was heard again on the shown map."""
        self._generator = Generator(bundle)
        self._library = library
        self._guest_of = guest_of
        self._emit = emit
        self._next: SoundRequest | None = None
        self._work: _Work | None = None
        self._making: PlannedSound | None = None
        self._hearing: tuple[int, bytes] | None = None
        self._unheard: deque[tuple[int, bytes]] = deque()
        self._files = MadeFiles()

    def use(self, bundle: Bundle) -> None:
        """Generate with another model from now on; what was made stays."""
        self._generator.close()
        self._generator = Generator(bundle)
        self._next = self._making = self._hearing = None
        self._unheard.clear()
        self._fail(BrowserError("the library moves to another model"))

    def request(self, request: SoundRequest) -> None:
        """Generate this after the current sound; replaces a request that waits, and the rest of a morph."""
        self._next = request
        self._start_next()

    def prepare(self) -> None:
        """Load the model, for a request that is about to come; says nothing where it has no decoder."""
        try:
            _ = self._generator.process
        except BrowserError:
            self._generator.close()  # the request itself will say why

    def cancel(self) -> None:
        """Answer nothing more of what was requested; the sound that is being rendered is dropped when it is done."""
        self._next = self._work = None

    def fileno(self) -> int | None:
        """Readable when a sound is done; None while nothing is being generated or heard."""
        return self._generator.process.fileno() if self._busy else None

    @property
    def _busy(self) -> bool:
        return self._making is not None or self._hearing is not None

    def poll(self) -> None:
        """Emit what is done; never waits."""
        if not self._busy:
            return
        try:
            answers = self._generator.process.poll()
        except BrowserError as error:
            self._making = self._hearing = None
            self._unheard.clear()
            self._fail(error)
            self._generator.close()  # the next request starts it again
        else:
            for tag, answer in answers:
                self._take(tag, answer)
        self._start_next()

    def _take(self, tag: object, answer: Answer) -> None:
        hearing, planned = self._hearing, self._making
        self._hearing = self._making = None
        if hearing is not None:
            if isinstance(answer, HeardSound):
                guest, placed = self._guest_of(hearing[1], answer)
                self._emit(SoundHeard(hearing[0], guest, placed))
            return  # a sound that cannot be heard has no class and no place
        if planned is None or self._work is None or tag != self._work.number:
            return  # cancelled, or replaced
        try:
            if isinstance(answer, BrowserError):
                raise answer
            assert isinstance(answer, GeneratedAudio)  # what a GenerationJob is answered with
            self._finish(self._work, self._generator.finish(planned, answer))
        except (BrowserError, OSError) as error:
            self._fail(error)

    def _start_next(self) -> None:
        """Begin the newest request, the next sound of the present one, or hear a sound again."""
        if self._busy:
            return
        try:
            if self._next is not None:
                request, self._next = self._next, None
                self._work = _Work(request, deque(), 0)
                self._work.waiting.extend(self._planned(request))
                self._work.total = len(self._work.waiting)
                self._emit(GenerationProgress(request.number, 0, self._work.total))
            if self._work is not None and self._work.waiting:
                self._making = self._work.waiting.popleft()
                self._generator.process.submit(self._work.number, self._making.job)
            elif self._unheard:
                self._hearing = self._unheard.popleft()
                self._generator.process.submit(None, HearingJob(self._hearing[1]))
        except BrowserError as error:
            self._making = self._hearing = None
            self._generator.close()
            self._fail(error)

    def _planned(self, request: SoundRequest) -> Iterator[PlannedSound]:
        if isinstance(request, MorphSamples):
            for weights in morph_weights(request.steps):
                step = GenerationRequest(samples=request.samples, weights=weights)
                yield from self._generator.plan(step, library=self._library)
            return
        generation = GenerationRequest(
            paths=request.lineages,
            samples=request.samples,
            weights=request.weights,
            raw=request.raw,
            variance=request.variance,
            at=request.at,
            seed=request.seed,
        )
        yield from self._generator.plan(generation, library=self._library)

    def _finish(self, work: _Work, sound: GeneratedSound) -> None:
        sound = _of_first_sources(sound, work.request)
        path = self._files.free_path(sound.lineage.how)
        sound.save(path, lineage=True, durable=False)  # the file need not survive a power cut
        work.sounds.append(sound)
        sources, step = tuple(source.path for source in sound.lineage.sources), len(work.sounds)
        is_morph = isinstance(work.request, MorphSamples)
        self._emit(
            SoundGenerated(work.number, path, sound.lineage.how, sound.lineage.seed, sources, step if is_morph else 0)
        )
        self._unheard.append((work.number, path))
        if is_morph:
            self._emit(GenerationProgress(work.number, step, work.total))
        if is_morph and not work.waiting:
            joined = join([each.sound for each in work.sounds], [each.lineage for each in work.sounds])
            path = self._files.free_path("morph")
            self._files.save(path, joined.sound, joined.to_bytes())
            self._emit(SoundGenerated(work.number, path, "morph", 0, sources))
        if not work.waiting:
            self._work = None

    def _fail(self, error: BrowserError | OSError) -> None:
        """Answer the present request with the reason; a failure to hear a sound is answered with nothing."""
        work, self._work = self._work, None
        if work is not None:
            self._emit(GenerationFailed(work.number, str(error)))

    def close(self) -> None:
        """End the process and delete the folder."""
        self._generator.close()
        self._files.close()


def _of_first_sources(sound: GeneratedSound, request: SoundRequest) -> GeneratedSound:
    """A variation of a generated sound comes from what that came from: its own file goes when the app ends."""
    if not isinstance(request, GenerateSound) or len(request.lineages) != 1:
        return sound
    first = read_lineage(request.lineages[0])
    lineage = replace(sound.lineage, sources=first.sources, weights=first.weights, raw=first.raw, at=first.at)
    return replace(sound, lineage=lineage)
