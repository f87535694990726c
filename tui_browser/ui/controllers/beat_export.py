"""Writes the kit and the beat at hand as sound and for other programs, by the verbs `beat` and `kit` in a process."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping

from tui_browser.config.places import working_folder
from tui_browser.errors import BrowserError, counted, printable
from tui_browser.kits.arranged import without_rests
from tui_browser.kits.kit import kit_record
from tui_browser.kits.names import identifier
from tui_browser.kits.pattern import Pattern, pattern_record, pattern_text
from tui_browser.kits.patterns import find_pattern
from tui_browser.ui.controllers.beat_player import BeatPlayer
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.controllers.verb_process import VerbProcess
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.state.beat_formats import FORMATS
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.kit_beat import KitBeat
from tui_browser.workbench.new_files import NewFiles, make_folder


class BeatExport:
    """One file or folder at a time."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        player: BeatPlayer,
        worker: LatestWorker,
        *,
        library: str,
    ) -> None:
        self.folder = working_folder()
        """Where the last one was written, and where the next one is suggested to go."""
        self._state = state
        self._presenter = presenter
        self._player = player
        self._worker = worker
        self._library = library
        self._verb = VerbProcess()

    def suggested(self, form_id: str) -> str:
        """A path for this format."""
        beat, form = self._state.beat.at_hand, FORMATS[form_id]
        stem = "beat" if beat is None else identifier(beat.kit.name, fallback="kit")
        kind = "" if form.ending else f"-{identifier(form.words[-1])}"
        return os.path.join(self.folder, stem + kind + form.ending)

    def read_pattern(self, typed: str, then: Callable[[Pattern], None]) -> None:
        """Read a pattern from the file that was typed."""
        path = os.path.abspath(os.path.expanduser(typed.strip()))
        self.folder = os.path.dirname(path)
        self._worker.submit(lambda: find_pattern(path), then)

    def write(self, form_id: str, typed: str, *, ask: Callable[[str, Callable[[], None]], None]) -> None:
        """Write this format to the path that was typed; `ask` asks before anything is replaced."""
        beat, path = self._state.beat.at_hand, os.path.abspath(os.path.expanduser(typed.strip()))
        if beat is None or not typed.strip():
            return
        if self._worker.busy:
            self._presenter.refuse("the one before is still being written: try again when it is done")
            return
        refused = [slot for slot in beat.kit.slots if self._player.refusal(slot.path)]
        if refused:
            self._presenter.refuse(f"not written: {refused[0].role} is outside of the library's folders")
            return
        self.folder = os.path.dirname(path)

        def check() -> bool:
            make_folder(os.fsencode(os.path.dirname(path)))
            return os.path.isfile(path) or (os.path.isdir(path) and bool(os.listdir(path)))

        def begin(force: bool) -> None:
            self._presenter.say(f"writing {printable(path)} ...", brief=True)
            self._worker.submit(lambda: self._written(beat, form_id, path, force), written)

        def written(sentence: str) -> None:
            self._state.beat.kept = beat
            self._presenter.say(sentence)

        def checked(exists: bool) -> None:
            if exists:
                ask(printable(path), lambda: begin(True))
            else:
                begin(False)

        self._worker.submit(check, checked)

    def _written(self, beat: KitBeat, form_id: str, path: str, force: bool) -> str:
        """Write it and say what was written. It blocks; raises BrowserError."""
        form = FORMATS[form_id]
        if not form.words:
            folder, name = os.path.split(os.fsencode(path))
            with NewFiles(folder, [name], force=force) as files, files.open(name) as target:
                target.write(pattern_text(beat.pattern).encode())
            return f"pattern written: {printable(path)}"
        with tempfile.TemporaryDirectory(prefix="tui-browser-") as aside:
            words = [*form.words, "--kit", _json_file(aside, "kit.json", kit_record(beat.kit))]
            if form.of_beat:
                pattern = without_rests(beat.pattern)
                words += ["--pattern", _json_file(aside, "pattern.json", pattern_record(pattern))]
            words += ["--out", path, "--library", self._library, *(["--force"] if force else [])]
            rows = self._verb.run(words)
        others = f" and {counted(len(rows) - 1, 'stem')}" if len(rows) > 1 else ""
        return f"written: {printable(path)}{others}"

    def close(self) -> None:
        """The app ends: what is being written is given up."""
        self._verb.close()


def _json_file(folder: str, name: str, record: Mapping[str, object]) -> str:
    path = os.path.join(folder, name)
    try:
        with open(path, "x", encoding="ascii") as file:
            json.dump(record, file)
    except OSError as error:
        raise BrowserError("the beat could not be written", path=path, hint=error.strerror or "") from error
    return path
