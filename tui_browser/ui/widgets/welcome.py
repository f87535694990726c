"""What stands where the map would be while there is nothing to show: what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.cells import cell_len

from tui_browser.errors import printable
from tui_browser.records import Progress, Root
from tui_browser.ui import words
from tui_browser.ui.commands import Keys
from tui_browser.ui.paint import Paint
from tui_browser.ui.widgets.pane import Line, Pane


class Welcome(Pane):
    """A few sentences in the middle of the area; the first is the most important."""

    DEFAULT_CSS = """
    Welcome { width: 1fr; height: 1fr; }
    """

    def __init__(self, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(paint, id=id)
        self._sentences: Sequence[str] = ()

    def tell(self, sentences: Sequence[str]) -> None:
        """Show these sentences; an empty one is a gap."""
        self._sentences = sentences
        self.draw()

    def draw(self) -> None:
        """Paint what has changed."""
        width, height, paint = self.size.width, self.size.height, self.paint
        if not width or not self._sentences:
            return
        room = max(10, min(width - 4, 72))
        lines: list[Line] = []
        for at, sentence in enumerate(self._sentences):
            style = paint.role("text", bold=True) if at == 0 else paint.role("muted")
            parts = textwrap.wrap(sentence, room, break_on_hyphens=False) or [""]
            lines.extend([(" " * ((width - cell_len(part)) // 2) + part, style)] for part in parts)
        above = max(0, (height - len(lines)) // 2)
        self.show([[]] * above + lines)

    def repainted(self, paint: Paint) -> None:
        super().repainted(paint)
        self.draw()

    def on_resize(self) -> None:
        self.resized()
        self.draw()


def sentences(keys: Keys, roots: Sequence[Root] | None, rejects: int, progress: Progress | None) -> list[str]:
    """What a person needs to know of a library without samples; `roots` is None while that is being found out."""
    if progress is not None and progress.phase in ("scan", "encode", "place"):
        folder = printable(roots[0].path) if roots else "the folder"
        where = folder if not roots or len(roots) == 1 else f"{len(roots)} folders"
        return [f"Indexing {where}", "", words.progress_line(progress), "",
                "Samples appear on the map as they are indexed. You can walk and play them at once."]  # fmt: skip
    if roots is None:
        return ["Opening the library"]
    if not roots:
        return [
            "No samples yet",
            "",
            f"Drop a folder on this window, paste its path, or press {keys.first('roots')} to add one.",
            "",
            "tui-browser FOLDER opens the app on a folder.",
            "tui-browser --demo opens a small library of synthesised drums.",
        ]
    absent = [root for root in roots if not root.present]
    if absent:
        return [f"{printable(absent[0].path)} is missing", "", "Its samples are kept and come back by themselves."]
    where = printable(roots[0].path) if len(roots) == 1 else f"these {len(roots)} folders"
    if rejects:
        files = "The one audio file" if rejects == 1 else f"None of the {rejects:,} audio files"
        verb = " could not be read" if rejects == 1 else " could be read"
        return [f"{files} in {where}{verb}", "", "tui-browser rejects lists the reasons.",
                f"{keys.first('roots')} adds another folder."]  # fmt: skip
    return [f"There is no audio file in {where}", "",
            "WAV, AIFF, FLAC, OGG, OPUS, MP3, CAF, AU and W64 files appear here by themselves.",
            f"{keys.first('roots')} adds another folder."]  # fmt: skip
