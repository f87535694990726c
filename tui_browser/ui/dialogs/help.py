"""`?`: every key there is, by group."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from tui_browser.ui import formatting
from tui_browser.ui.dialogs.scrolling import ScrollingDialog
from tui_browser.ui.keys.command import HELP, Command
from tui_browser.ui.keys.manual import sections
from tui_browser.ui.widgets.pane import Line

_QUERIES = (
    ("kick", "names and folders with these letters in this order, and the class of this name"),
    ("'kick ^kick kick$", "side by side; at the start of the name; at its end; an upper-case letter is one"),
    ("kick | tom -loop", "either, and without this word; also or, and, not, ( )"),
    ("folder:drums ext:wav", "a part of the folders; an extension; also name:, path: and under:/a/whole/folder"),
    ("class:hat-open dur:<0.4", "a class, shorter than 0.4 s; in the same way bright: loud: pitch: noise: attack:"),
    ("bpm:118-122 key:Am", "tempo and key, of loops and other long sounds; bpm~120 with half and double"),
    ("license:cc0 author:anna", "a licence, also license:by-nc, license:commercial; part of an author's name"),
    ("tag:dark is:fav", "a tag; favourites; also is:heard, is:missing, is:loop, is:oneshot, is:uncertain, is:copy"),
    ("size:>1M changed:7d", "of the file; also rate:44.1k, ch:2, root:, dates as changed:2024-05"),
    ("@short-kicks", "a saved search: tui-browser search --save NAME QUERY saves one"),
    ("sort:-dur", "the longest first; docs/queries.md has it all"),
)


class HelpScreen(ScrollingDialog):
    """Made from the table of commands, with a person's own keys."""

    NAME = HELP

    def heading(self) -> Line:
        paint, keys = self.host.paint, self.host.keys
        return [
            ("Keys", paint.role("accent", on="surface", bold=True)),
            (f"   {keys.first('close')} closes, {keys.first('scroll_down', ascii=paint.ascii)} scrolls",
             paint.role("muted", on="surface")),
        ]  # fmt: skip

    def lines(self, width: int) -> Sequence[Line]:
        paint = self.host.paint
        title = paint.role("accent", on="surface", bold=True)
        key_style, text = paint.role("text", on="surface", bold=True), paint.role("muted", on="surface")
        rows = [(group, [self._entry(command) for command in commands]) for group, commands in sections(self.keys)]
        rows.append(("In the search line", list(_QUERIES)))
        left = min(22, max(cell_len(key) for _, group in rows for key, _ in group), width // 2)
        lines: list[Line] = []
        for group, entries in rows:
            lines += [[], [(group, title)]]
            for key, help in entries:
                wrapped = _wrap(help, max(10, width - left - 2))
                head = formatting.cut_end(key, left, ellipsis=paint.ellipsis)
                lines.append([(head + " " * (left - cell_len(head) + 2), key_style), (wrapped[0], text)])
                lines += [[(" " * (left + 2), text), (more, text)] for more in wrapped[1:]]
        return lines[1:]

    def _entry(self, command: Command) -> tuple[str, str]:
        written = self.host.keys.written(command.id, ascii=self.host.paint.ascii)
        return " ".join(written) or "palette", command.help


def _wrap(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width) or [""]
