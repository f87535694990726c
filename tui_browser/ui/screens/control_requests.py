"""Carries out what clients of the control socket ask for, by the commands and controllers that keys use, too."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from tui_browser.config.settings import nearest_hint
from tui_browser.control.protocol import ControlError, ControlRequest
from tui_browser.control.server import Answer, failure
from tui_browser.errors import BrowserError
from tui_browser.library.sample_fields import sample_fields
from tui_browser.records import SampleId
from tui_browser.ui.command_screen import CommandScreen
from tui_browser.ui.controllers.control import cursor_fields, shown_count
from tui_browser.ui.controllers.controllers import Controllers
from tui_browser.ui.keys.command import MAIN, PICK
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.latest_worker import in_thread

MOST_PICKED = 1_000
"""Samples in one answer."""
Fields = dict[str, Any]
Result = TypeVar("Result")


class ControlledScreen(Protocol):
    """The main screen, as requests need it."""

    @property
    def keys(self) -> Keys: ...
    @property
    def searching(self) -> bool: ...
    @property
    def on_list(self) -> bool: ...
    @property
    def top_screen(self) -> CommandScreen | None: ...
    def search_for(self, text: str, *, may_be_none: bool = False) -> None: ...


class ControlRequests:
    """Answers each request, a search once its matches are there; tells listeners what has changed."""

    def __init__(self, controllers: Controllers, screen: ControlledScreen) -> None:
        self._controllers = controllers
        self._state = controllers.state
        self._library = controllers.context.library
        self._screen = screen
        self._searches: list[tuple[str, Answer]] = []
        """Queries whose matches are being searched for."""
        self._following = False

    def take(self, request: ControlRequest, answer: Answer) -> None:
        """Carry out a request, now or later; raises ControlError."""
        top = self._screen.top_screen
        if top is None:
            raise ControlError("the app is ending")
        match request.do:
            case "state":
                facts = self._facts(top)
                self._load(self._state.cursor.sample, answer, lambda sample: {"sample": sample, **facts})
            case "details":
                self._find(request, answer, lambda sample: self._load(sample, answer, _details))
            case "search":
                self._search(request.query, answer)
            case "cursor":
                self._find(request, answer, lambda sample: self._go(sample, answer))
            case "play":
                self._find(request, answer, lambda sample: self._play(sample, answer))
            case "stop":
                self._controllers.playback.stop()
                answer({"ok": True})
            case "pick":
                self._pick(top, answer)
            case "command":
                self._command(top, request.command, answer)

    # --- cursor and sound --------------------------------------------------------------------------------------------

    def _find(self, request: ControlRequest, answer: Answer, then: Callable[[SampleId | None], None]) -> None:
        """Call `then` with the sample that is asked for; None where that is the one under the cursor."""
        if request.path is not None:
            path, library = os.fsencode(request.path), self._library

            def find() -> SampleId | None:
                sample = library.id_of(path)
                return sample if sample is not None else library.id_of(os.path.realpath(path))

            self._later(find, answer, lambda sample: then(self._known(sample, path)))
        elif request.sample is not None:
            sample = SampleId(request.sample)
            then(self._known(sample if self._state.map_model.row_of(sample) is not None else None))
        else:
            then(None)

    def _known(self, sample: SampleId | None, path: bytes | None = None) -> SampleId:
        if sample is not None:
            return sample
        if path is None:
            raise ControlError("no sample has this id", hint="'state' has that of the sample under the cursor")
        raise ControlError("this file is not in the library", path=path, hint="tui-browser index FOLDER adds it")

    def _go(self, sample: SampleId | None, answer: Answer) -> None:
        self._move(sample, silently=False)
        answer({"ok": True, **cursor_fields(self._state)})

    def _play(self, sample: SampleId | None, answer: Answer) -> None:
        self._move(sample, silently=True)
        if self._state.path is None:
            raise ControlError("the cursor is on no sample")
        if self._state.missing:
            raise ControlError("the file is missing", path=self._state.path)
        self._controllers.playback_settings.play_at_cursor()
        self._controllers.follow_sound()
        answer({"ok": True, **cursor_fields(self._state)})

    def _move(self, sample: SampleId | None, *, silently: bool) -> None:
        if sample is None:
            return
        if self._state.map_model.row_of(sample) is None:
            raise ControlError("this sample is not on the map yet", hint="try again in a moment")
        self._controllers.animation.finish()
        self._controllers.free_cursor.leave()
        self._controllers.cursor.go(sample, silently=silently)

    # --- search, pick, commands --------------------------------------------------------------------------------------

    def _search(self, query: str, answer: Answer) -> None:
        if self._state.map_model.index is None or not len(self._state.map_model):
            raise ControlError("the library has no samples, or is still loading", hint="try again in a moment")
        self._controllers.animation.finish()
        self._screen.search_for(query, may_be_none=True)
        self._searches.append((query, answer))
        self.follow()

    def _settle_searches(self) -> None:
        """Answer the search whose matches are there, and those that it has replaced."""
        for query, answer in self._searches[:]:
            if query.strip() != self._state.search.text.strip():
                answer(failure(ControlError("another search has taken the place of this one")))
            elif not self._controllers.search.settled:
                continue
            elif problems := self._state.search.problems:
                answer(failure(ControlError(problems[0].sentence)))
            else:
                answer({"ok": True, "query": query.strip(), "count": shown_count(self._state)} | self._best())
            self._searches.remove((query, answer))

    def _best(self) -> Fields:
        """The best match, on which the cursor is; null without one."""
        return cursor_fields(self._state) if shown_count(self._state) else {"id": None, "path": None}

    def _pick(self, top: CommandScreen, answer: Answer) -> None:
        state, library = self._state, self._library
        samples = state.map_model.ids_at(state.selection.rows(state.map_model).tolist())
        if not samples and state.cursor.sample is not None and not state.on_guest:
            samples = [state.cursor.sample]
        if not samples:
            raise ControlError("the cursor is on no sample of the library")
        if len(samples) > MOST_PICKED:
            what = f"{len(samples):,} samples are selected, and one answer has at most {MOST_PICKED:,}"
            raise ControlError(what, hint="tui-browser export writes any number")

        def read() -> list[Fields]:
            rows = [library.sample(sample) for sample in samples]
            return [sample_fields(row) for row in rows if row is not None]

        def picked(fields: list[Fields]) -> None:
            answer({"ok": True, "samples": fields})
            if top.NAME == PICK:
                top.perform("choose")
            else:
                self._controllers.control.publish("picked", {"paths": [each["path"] for each in fields]})

        self._later(read, answer, picked)

    def _command(self, top: CommandScreen, command_id: str, answer: Answer) -> None:
        keys, status = self._screen.keys, self._controllers.presenter.widgets.status
        command = keys.by_id.get(command_id)
        if command is None:
            hint = nearest_hint(command_id, tuple(keys.by_id))
            raise ControlError(f"no command is called {command_id!r}", hint=hint)
        if command not in (*keys.on_screen(top.mode), *keys.on_screen(top.NAME)):
            raise ControlError(f"{command_id!r} does not act on the screen {top.mode!r}, which is shown now")
        if reason := keys.refusal(command, top.available()):
            raise ControlError(reason)
        said_before = status.said
        top.perform(command)
        said = status.notice if status.said != said_before else ""
        if said and status.severity != "information":
            raise ControlError(said)
        answer({"ok": True, "said": said})

    # --- answers -----------------------------------------------------------------------------------------------------

    def _facts(self, top: CommandScreen) -> Fields:
        state, screen = self._state, self._screen
        playing, guest, above = (
            state.playback.path,
            state.guest if state.on_guest else None,
            top.NAME not in (MAIN, PICK),
        )
        return {
            "guest": os.fsdecode(guest.path) if guest is not None else None,
            "query": state.search.text.strip(),
            "count": shown_count(state),
            "total": len(state.map_model),
            "selected": len(state.selection),
            "mode": top.mode,
            "focus": None if above else "search" if screen.searching else "list" if screen.on_list else "map",
            "playing": os.fsdecode(playing) if playing is not None else None,
            "library": self._controllers.context.library_path,
        }

    def _load(self, sample: SampleId | None, answer: Answer, fields_of: Callable[[Fields | None], Fields]) -> None:
        """Answer with all that the library knows of a sample, or of the one under the cursor."""
        library, id = self._library, None if self._state.on_guest else self._state.cursor.sample
        id = id if sample is None else sample

        def read() -> Fields | None:
            row = library.sample(id) if id is not None else None
            return sample_fields(row) if row is not None else None

        self._later(read, answer, lambda fields: answer({"ok": True, **fields_of(fields)}))

    def _later(self, work: Callable[[], Result], answer: Answer, done: Callable[[Result], None]) -> None:
        """Run `work` in a thread, then `done` here; an error of either is the answer."""

        def finish(future: asyncio.Future[Result]) -> None:
            try:
                done(future.result())
            except BrowserError as error:
                answer(failure(error))

        in_thread(work, "control").add_done_callback(finish)

    # --- news --------------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Cursor, sound or query may have changed: tell so when all that belongs together has."""
        if self._controllers.control.is_open and not self._following:
            self._following = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._following = False
        self._controllers.control.publish_changes()
        self._settle_searches()


def _details(sample: Fields | None) -> Fields:
    if sample is None:
        raise ControlError("the cursor is on no sample of the library")
    return {"sample": sample}
