"""Freesound in the app: searches as a person types, plays previews, fetches what is chosen into the library.

All that speaks to the network is in another process. Nothing is sent before a person types, or asks for sounds like a
sample.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from tui_browser.config.places import freesound_folder
from tui_browser.errors import FreesoundError, FreesoundKeyError, WorkerError, counted, printable
from tui_browser.folder.sample_path import is_below
from tui_browser.freesound.example import example_query
from tui_browser.freesound.fetched_files import fetched_numbers
from tui_browser.freesound.key import HOW, load_key
from tui_browser.freesound.messages import (
    CancelFetch,
    Event,
    FetchEnded,
    FetchPreview,
    FetchSounds,
    MoreResults,
    PreviewFailed,
    PreviewReady,
    Search,
    SearchFailed,
    SoundFailed,
    SoundFetched,
    SoundsFound,
    Waiting,
)
from tui_browser.freesound.search_request import parse_search
from tui_browser.service.messages import AddRoot, Rescan
from tui_browser.service.messages import Request as ServiceRequest
from tui_browser.ui import formatting
from tui_browser.ui.controllers.events import Emit
from tui_browser.ui.controllers.fetched_arrivals import FetchedArrivals
from tui_browser.ui.controllers.freesound_line import FreesoundLine
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import After, LatestWorker, Stoppable
from tui_browser.ui.ports import FreesoundLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.freesound import FetchState, FreesoundState

TYPING_RESTS_S = 0.6
"""How long typing rests before a search goes out: Freesound allows 60 a minute."""
CURSOR_RESTS_S = 0.25
"""How long the cursor rests on a result before auto-play fetches its preview."""
SHORTEST = 2
"""Letters of a search that goes out by itself; enter sends a shorter one."""
_AHEAD = 8
"""Results below the cursor at which the next page is asked for."""


class FreesoundController:
    """Keeps a `FreesoundState`, and tells by `FreesoundChanged` that it is another one."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        playback: PlaybackController,
        arrivals: FetchedArrivals,
        port: FreesoundLike,
        worker: LatestWorker,
        *,
        after: After,
        request: Callable[[ServiceRequest], None],
        emit: Emit,
    ) -> None:
        self.shown = FreesoundState()
        self.folder = os.fsencode(freesound_folder())
        self._state = state
        self._presenter = presenter
        self._playback = playback
        self._arrivals = arrivals
        self._worker = worker
        self._after = after
        self._request = request
        self._line = FreesoundLine(port, self.shown, readable=self.read, emit=emit)
        self._search_number = self._preview_number = 0
        """Of the last request of each kind; answers to older ones are dropped."""
        self._preview_path: bytes | None = None
        """The file that plays as a preview; None while it is on its way."""
        self._searched = ""
        """The text of the last search."""
        self._paging = False
        self._typing: Stoppable | None = None
        self._resting: Stoppable | None = None

    # --- opening -----------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Prepare for the screen: what the sample under the cursor would be searched by, the key, the folder."""
        shown, state = self.shown, self._state
        row, sample = state.row, state.cursor.sample
        shown.example = shown.example_of = ""
        if row is not None and sample is not None and state.path is not None:
            snapshot = state.map_model.snapshot
            class_index = int(snapshot.classes[row])
            class_name = snapshot.class_names[class_index] if class_index < len(snapshot.class_names) else None
            shown.example = example_query(state.path, snapshot.tags.get(sample, ()), class_name)
            shown.example_of = formatting.file_name(state.path)
        self._worker.submit(lambda: (_key_problem(), fetched_numbers(self.folder)), self._take_prepared)

    def _take_prepared(self, prepared: tuple[str, dict[int, bytes]]) -> None:
        problem, self.shown.here = prepared
        self.shown.needs_key = bool(problem)
        if problem:
            self._line.say(problem, problem=True)
        elif self.shown.problem:
            self._line.say("")
        else:
            self._line.changed()

    # --- searching ---------------------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """The search line holds another text: search for it once typing rests."""
        if text == self.shown.text:
            return
        self.shown.text = text
        self._stop_timer()
        if len(text.strip()) >= SHORTEST:
            self._typing = self._after(TYPING_RESTS_S, self.search)

    def search(self) -> None:
        """Search for the text now, unless it was searched for last and nothing went wrong."""
        self._stop_timer()
        shown = self.shown
        text = shown.text.strip()
        if not text or (text == self._searched and not shown.problem):
            return
        self._searched = text
        try:
            request = parse_search(text)
        except FreesoundError as error:
            self._line.say(str(error), problem=True)
            return
        shown.needs_key = False
        self._search_number = self._line.next_number()
        shown.searching = self._paging = self._line.send(Search(self._search_number, request))
        if shown.searching:
            self._line.say(f"searching for {printable(text)} ...")

    def search_like(self) -> None:
        """Search for sounds like the sample under the cursor: by its tags or its name, never by its sound."""
        shown = self.shown
        if not shown.example:
            self._line.say("this sample has neither tags nor a name that tells what it is", problem=True)
            return
        shown.text = shown.example
        self.search()

    def _stop_timer(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None

    # --- the results -------------------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Go to another result; with auto-play it is heard once the cursor rests."""
        self.go(self.shown.at + by)

    def go(self, at: int) -> None:
        shown = self.shown
        at = max(0, min(at, len(shown.sounds) - 1))
        if not shown.sounds or at == shown.at:
            return
        shown.at = at
        if self._resting is not None:
            self._resting.stop()
            self._resting = None
        if self._state.playback.auto:
            self._resting = self._after(CURSOR_RESTS_S, self._listen)
        if at >= len(shown.sounds) - _AHEAD and not shown.last and not self._paging:
            self._paging = self._line.send(MoreResults(self._search_number))
        self._line.changed()

    def toggle_chosen(self) -> None:
        """Select the result under the cursor or not, and go on."""
        shown, sound = self.shown, self.shown.current
        if sound is None:
            return
        if shown.chosen.pop(sound.id, None) is None:
            shown.chosen[sound.id] = sound
        self._line.changed()
        self.move(1)

    def toggle_auto_play(self) -> None:
        """Play each result on which the cursor rests, or not; the map does the same from then on."""
        self._state.playback.auto = auto = not self._state.playback.auto
        self._presenter.show_header()
        self._line.say("each result on which the cursor rests is played" if auto else "results are played on request")
        if auto and not self.shown.listening:
            self._listen()

    # --- listening ---------------------------------------------------------------------------------------------------

    def listen(self) -> None:
        """Play the result under the cursor, or stop it."""
        sound = self.shown.current
        if sound is not None and self.shown.listening == sound.id:
            self.stop_listening()
            self._line.changed()
        else:
            self._listen()

    def follow_sound(self) -> None:
        """The sound that plays may be another one: a preview that has ended is marked no more."""
        ended = self._preview_path is not None and self._state.playback.path != self._preview_path
        if self.shown.listening and ended:
            self.shown.listening, self._preview_path = 0, None
            self._line.changed()

    def stop_listening(self) -> None:
        """Stop the preview that plays, or that is on its way."""
        self._preview_number = self._line.next_number()
        if self.shown.listening:
            self.shown.listening = 0
            self._playback.stop()

    def _listen(self) -> None:
        self._resting = None
        sound = self.shown.current
        if sound is None:
            return
        self.shown.listening = sound.id
        here = self.shown.here.get(sound.id)
        if here is not None:
            self._preview_number = self._line.next_number()
            self._play(here)
            return
        self._preview_number = self._line.next_number()
        self._preview_path = None
        if self._line.send(FetchPreview(self._preview_number, sound)):
            self._line.changed()

    def _play(self, path: bytes) -> None:
        """Play a file of the cache or of the folder, neither of which has to be below a root."""
        self._preview_path = path
        self._playback.play(path, generated=True)
        self._line.changed()

    # --- fetching ----------------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Fetch the selected results, or the one under the cursor, into the folder."""
        shown = self.shown
        sounds = tuple(shown.chosen.values()) or ((shown.current,) if shown.current is not None else ())
        if shown.fetch is not None:
            self._line.say("the last sounds are still on their way", problem=True)
        elif sounds:
            number = self._line.next_number()
            shown.fetch = FetchState(number, len(sounds), time.monotonic())
            if not self._line.send(FetchSounds(number, sounds, self.folder)):
                shown.fetch = None
            self._line.changed()

    def cancel_fetch(self) -> bool:
        """Stop fetching; False where nothing is on its way."""
        if self.shown.fetch is None:
            return False
        self.shown.fetch.cancelled = True
        self._line.changed()
        return self._line.send(CancelFetch())

    # --- answers -----------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Handle the events of the process."""
        try:
            events = self._line.poll()
        except WorkerError as error:
            self.shown.searching, self.shown.fetch = False, None
            self._line.say(str(error), problem=True)
            return
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        shown = self.shown
        match event:
            case SoundsFound(number=number) if number == self._search_number:
                self._take_page(event)
            case SearchFailed(number=number, reason=reason, needs_key=needs_key) if number == self._search_number:
                shown.searching, self._paging, shown.needs_key = False, False, needs_key
                self._line.say(reason, problem=True)
            case Waiting(seconds=seconds, reason=reason):
                self._line.say(f"waiting {seconds:.0f} s: {reason}")
            case PreviewReady(number=number, path=path) if number == self._preview_number:
                self._play(path)
            case PreviewFailed(number=number, reason=reason) if number == self._preview_number:
                shown.listening = 0
                self._line.say(reason, problem=True)
            case SoundFetched(sound=sound, path=path, fresh=fresh) if shown.fetch is not None:
                shown.fetch.paths.append(path)
                shown.fetch.fresh += fresh
                shown.here[sound.id] = path
                shown.chosen.pop(sound.id, None)
                self._line.changed()
            case SoundFailed(sound=sound, reason=reason) if shown.fetch is not None:
                shown.fetch.failures.append(f"{sound.name}: {reason}")
                self._line.changed()
            case FetchEnded(cancelled=cancelled) if shown.fetch is not None:
                self._end_fetch(shown.fetch, cancelled=cancelled)
            case _:
                pass

    def _take_page(self, page: SoundsFound) -> None:
        shown = self.shown
        if shown.searching:
            shown.sounds, shown.at, shown.asked = [], 0, True
        shown.searching = self._paging = False
        shown.sounds += page.sounds
        shown.count = max(page.count, len(shown.sounds))
        shown.last = page.last
        self._line.say("" if shown.sounds else f"Couldn't find {printable(shown.text.strip())!r} in Freesound")

    def _end_fetch(self, fetch: FetchState, *, cancelled: bool) -> None:
        shown = self.shown
        shown.fetch = None
        if fetch.paths:
            self._arrivals.expect(fetch.paths)
            roots = self._state.map_model.roots
            covered = any(self.folder == root or is_below(self.folder, root) for root in roots)
            self._request(Rescan() if covered else AddRoot(self.folder))
        parts = [f"{_sounds(fetch.fresh)} fetched"]
        if len(fetch.paths) > fetch.fresh:
            parts.append(f"{_sounds(len(fetch.paths) - fetch.fresh)} there before")
        if fetch.failures:
            parts.append(f"{_sounds(len(fetch.failures))} failed: {fetch.failures[0]}")
        if cancelled:
            parts.append("the rest was cancelled")
        text = ", ".join(parts)
        self._line.say(text, problem=bool(fetch.failures))
        self._presenter.say(f"Freesound: {text}", severity="warning" if fetch.failures else "information")

    # --- the end -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """The app ends: no event is read any more."""
        self._stop_timer()
        self._line.close()


def _sounds(number: int) -> str:
    return counted(number, "sound")


def _key_problem() -> str:
    """Why there is no key that can be used; empty where there is one. The key itself is forgotten at once."""
    try:
        load_key()
    except FreesoundKeyError as error:
        hint = "" if error.hint == HOW else error.hint  # the screen tells how, at more length
        return str(FreesoundKeyError(error.what, path=error.path, hint=hint))
    return ""
