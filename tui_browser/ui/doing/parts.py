"""Parts of a sound: its hits, and a part of it as a file."""

from __future__ import annotations

from tui_browser.records import SampleId
from tui_browser.ui.completion import complete_folder
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.screens.prompt import Prompt


class Parting(Doing):
    """Goes through the hits of a long sound, and cuts."""

    def do_hit_next(self) -> None:
        self._go(1)

    def do_hit_back(self) -> None:
        self._go(-1)

    def _go(self, by: int) -> None:
        path, sample = self._selected()
        if path is not None:
            self.session.parts.go(path, sample, by)

    def do_cut(self) -> None:
        path, sample = self._selected()
        if path is None:
            return

        def cut(folder: str | None) -> None:
            if folder:
                self.session.parts.cut(path, sample, folder)

        hint = "tab completes, enter writes the WAV there, esc cancels"
        self.panel.open(
            Prompt("Write a WAV into", hint, value=self.session.parts.folder, complete=complete_folder), cut
        )

    def _selected(self) -> tuple[bytes | None, SampleId | None]:
        """The path under the cursor where its file is there, and its sample; a guest is none."""
        if self.stage.missing:
            self.refuse("the file is missing")
            return None, None
        return self.stage.path, None if self.stage.on_guest else self.session.journey.selected
