"""Freesound: a search line, its results, and below them what is known of the one under the cursor."""

from __future__ import annotations

import re
import time
from typing import Protocol

from rich.cells import set_cell_size
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from tui_browser.errors import counted, printable
from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.key import APPLY
from tui_browser.records import REFUSING_TRAINING
from tui_browser.search.licences import Licence
from tui_browser.ui import formatting
from tui_browser.ui.dialogs.base import CommandDialog
from tui_browser.ui.keys.command import FREESOUND
from tui_browser.ui.state.freesound import FetchState, FreesoundState
from tui_browser.ui.styles import Styles
from tui_browser.ui.widgets.details import NONCOMMERCIAL
from tui_browser.ui.widgets.field import MAX_QUERY, TextField
from tui_browser.ui.widgets.hints import Hints
from tui_browser.ui.widgets.note import Note
from tui_browser.ui.widgets.pane import Line, Span

_ABOUT_ROWS, _NOTICE_ROWS = 3, 2
_AROUND = 6 + _ABOUT_ROWS + _NOTICE_ROWS
"""Rows of the box for other things than results: frame, title, search line, gap, notice and keys."""
_SHARE = 0.9
"""Of the screen's height that the box takes at most."""
_MOST_ROWS = 24
_LICENCE, _LENGTH, _AUTHOR = 17, 8, 16
"""Cells of the columns right of the name."""
_VERSION = re.compile(r" [0-9.]+$")
_WIDE = 70
"""Cells from which on authors have a column."""


class FreesoundActions(Protocol):
    """What the screen asks for; the `FreesoundController` in the app."""

    @property
    def shown(self) -> FreesoundState: ...
    def type(self, text: str) -> None: ...
    def search(self) -> None: ...
    def search_like(self) -> None: ...
    def move(self, by: int) -> None: ...
    def go(self, at: int) -> None: ...
    def toggle_chosen(self) -> None: ...
    def listen(self) -> None: ...
    def stop_listening(self) -> None: ...
    def toggle_auto_play(self) -> None: ...
    def fetch(self) -> None: ...
    def cancel_fetch(self) -> bool: ...


class FreesoundScreen(CommandDialog):
    """Stays open until it is closed; the result is None."""

    NAME = FREESOUND
    DEFAULT_CSS = """
    FreesoundScreen > Vertical { width: 90%; max-width: 120; }
    """

    def __init__(self, actions: FreesoundActions) -> None:
        super().__init__()
        self._actions = actions

    def box(self) -> ComposeResult:
        paint = self.host.paint
        yield Note(paint, [[]], id="title")
        yield TextField(self._actions.shown.text, most=MAX_QUERY, placeholder=self._placeholder())
        yield Note(paint, [[]], id="gap")
        yield Note(paint, [[]] * self._rows(), id="results")
        yield Note(paint, [[]] * _ABOUT_ROWS, id="about")
        yield Note(paint, [[]] * _NOTICE_ROWS, id="notice")
        yield Hints(paint, self.host.keys, screen=FREESOUND)

    def _placeholder(self) -> str:
        return "footstep wood  dur:1-2  license:cc0  tag:field-recording ..."

    def on_mount(self) -> None:
        self._type(not self._actions.shown.sounds and not self._actions.shown.searching)

    def _type(self, typing: bool) -> None:
        """Let keys go to the search line, or to the results."""
        field, hints = self.query_one(TextField), self.query_one(Hints)
        self.set_focus(field if typing else None)
        if typing:
            field.cursor_position = len(field.value)
            keys = self.host.keys
            up_down = f"{keys.first('sound_up', ascii=True)} {keys.first('sound_down', ascii=True)}"
            hints.suggest(
                ("enter", "search"), (up_down, "choose"), (keys.first("sound_switch"), "results"),
                (keys.first("sound_close"), "close"),
            )  # fmt: skip
        else:
            hints.suggest()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        self.query_one("#results", Note).write([[]] * self._rows())
        self.redraw()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._actions.type(event.value)

    def entered(self, text: str) -> None:
        """Search at once, and go to the results."""
        self._actions.type(text)
        self._actions.search()
        self._type(False)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Note) and event.widget.id == "results":
            at = self._top() + event.y
            if at < len(self._actions.shown.sounds):
                self._type(False)
                self._actions.go(at)
                self._actions.listen()

    # --- commands ----------------------------------------------------------------------------------------------------

    def do_sound_up(self) -> None:
        self._actions.move(-1)

    def do_sound_down(self) -> None:
        self._actions.move(1)

    def do_sound_page_up(self) -> None:
        self._actions.move(-self._rows())

    def do_sound_page_down(self) -> None:
        self._actions.move(self._rows())

    def do_sound_listen(self) -> None:
        self._actions.listen()

    def do_sound_auto(self) -> None:
        self._actions.toggle_auto_play()

    def do_sound_choose(self) -> None:
        self._actions.toggle_chosen()

    def do_sound_fetch(self) -> None:
        self._actions.fetch()

    def do_sound_cancel(self) -> None:
        if not self._actions.cancel_fetch():
            self.host.refuse("nothing is being fetched")

    def do_sound_search(self) -> None:
        self._type(True)

    def do_sound_switch(self) -> None:
        self._type(self.focused is None)

    def do_sound_example(self) -> None:
        self._actions.search_like()
        field = self.query_one(TextField)
        with field.prevent(Input.Changed):
            field.value = self._actions.shown.text

    def do_sound_close(self) -> None:
        self._actions.stop_listening()
        self.dismiss(None)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _rows(self) -> int:
        return max(1, min(_MOST_ROWS, int(_SHARE * self.app.size.height) - _AROUND))

    def _top(self) -> int:
        shown, rows = self._actions.shown, self._rows()
        return max(0, min(shown.at - rows // 2, len(shown.sounds) - rows))

    def redraw(self) -> None:
        if not self.is_mounted or not self.query("#notice"):
            return
        paint, shown = self.host.paint, self._actions.shown
        results = self.query_one("#results", Note)
        width, rows, top = results.size.width, self._rows(), self._top()
        lines: list[Line] = [
            self._result(sound, here=at == shown.at, width=width)
            for at, sound in enumerate(shown.sounds[top : top + rows], start=top)
        ]
        if shown.needs_key and not lines:
            lines = key_lines(shown, paint, width)[:rows]
        results.write(lines + [[]] * (rows - len(lines)))
        self.query_one("#title", Note).write([self._title(width)])
        about = about_lines(shown, paint, width, key=self.host.keys.first("sound_example"))
        self.query_one("#about", Note).write(about[:_ABOUT_ROWS] + [[]] * (_ABOUT_ROWS - len(about)))
        notice = self._notice(width)
        self.query_one("#notice", Note).write(notice + [[]] * (_NOTICE_ROWS - len(notice)))

    def _title(self, width: int) -> Line:
        paint, shown = self.host.paint, self._actions.shown
        count = counted(shown.count, "sound") if shown.asked and not shown.searching else ""
        chosen = f"{len(shown.chosen):,} selected" if shown.chosen else ""
        right = paint.dot.join(filter(None, (chosen, count)))
        title = "Freesound"
        return [
            (title, paint.role("accent", on="surface", bold=True)),
            (right.rjust(max(0, width - len(title))), paint.role("muted", on="surface")),
        ]

    def _result(self, sound: FoundSound, *, here: bool, width: int) -> Line:
        paint, shown = self.host.paint, self._actions.shown
        on = "selection" if here else "surface"
        text, muted = paint.role("text", on=on, bold=here), paint.role("muted", on=on)
        cursor = (">" if paint.ascii else "▸") if here else " "
        chosen = ("*" if paint.ascii else "●") if sound.id in shown.chosen else " "
        there = ("=" if paint.ascii else "✓") if sound.id in shown.here else " "
        playing = ("~" if paint.ascii else "♪") if sound.id == shown.listening else " "
        author = _AUTHOR if width >= _WIDE else 0
        room = max(4, width - 5 - _LENGTH - _LICENCE - author)
        name = formatting.cut_end(printable(sound.name), room, ellipsis=paint.ellipsis)
        licence = sound.licence
        forbidden = licence.commercial is False
        spans: list[Span] = [
            (cursor, text),
            (chosen, paint.role("accent", on=on)),
            (there, paint.role("accent", on=on)),
            (f"{playing} ", paint.role("accent", on=on)),
            (set_cell_size(name, room), text),
            (formatting.seconds(sound.duration_s or float("nan")).rjust(_LENGTH), muted),
            (
                f"  {set_cell_size(_short(licence, paint), _LICENCE - 2)}",
                paint.role("warning" if forbidden else "muted", on=on),
            ),
        ]
        if author:
            spans.append(
                (set_cell_size(formatting.cut_end(sound.author, author - 1, ellipsis=paint.ellipsis), author), muted)
            )
        return spans

    def _notice(self, width: int) -> list[Line]:
        paint, shown = self.host.paint, self._actions.shown
        if shown.fetch is not None:
            return [[(fetch_text(shown.fetch, time.monotonic()), paint.role("accent", on="surface"))]]
        style = paint.role("warning" if shown.problem else "muted", on="surface")
        if shown.needs_key and not shown.sounds:  # told above
            return []
        return [[(line, style)] for line in formatting.wrapped(shown.notice, max(8, width))[:_NOTICE_ROWS]]


def key_lines(shown: FreesoundState, paint: Styles, width: int) -> list[Line]:
    """How to get a key, and why it is asked for."""
    text, muted = paint.role("text", on="surface"), paint.role("muted", on="surface")
    reason: list[Line] = [
        [(line, paint.role("warning", on="surface"))] for line in formatting.wrapped(shown.notice, max(8, width))
    ]
    return [
        *reason,
        [],
        [("1  ", muted), (f"get a key, which is free: {APPLY}", text)],
        [("2  ", muted), ("in another terminal: tui-browser freesound login", text)],
        [("3  ", muted), ("search here", text)],
    ]


def _short(licence: Licence, paint: Styles) -> str:
    """The name of a licence without its version, for a column."""
    return formatting.cut_end(_VERSION.sub("", licence.name), _LICENCE - 3, ellipsis=paint.ellipsis)


def fetch_text(fetch: FetchState, now_s: float) -> str:
    """How far fetching has come, with the time left."""
    if fetch.cancelled:
        return "cancelling ..."
    text = f"fetching {fetch.done} of {counted(fetch.total, 'sound')}"
    if fetch.failures:
        text += f", {len(fetch.failures)} failed"
    if fetch.done:
        left_s = (now_s - fetch.started_s) / fetch.done * (fetch.total - fetch.done)
        text += f", {max(1, round(left_s))} s left"
    return text


def about_lines(shown: FreesoundState, paint: Styles, width: int, *, key: str) -> list[Line]:
    """What is known of the result under the cursor; without one, how to begin."""

    def cut(line: str) -> str:
        return formatting.cut_end(line, max(8, width), ellipsis=paint.ellipsis)

    text, muted = paint.role("text", on="surface"), paint.role("muted", on="surface")
    warning = paint.role("warning", on="surface")
    sound = shown.current
    if sound is None:
        if shown.needs_key or not shown.example:
            return []
        like = f"{key} among the results searches for {printable(shown.example)!r}, after {printable(shown.example_of)}"
        return [[], [(cut(like), muted)]]
    licence = sound.licence
    first: list[Span] = [(licence.name or "licence unknown", text)]
    if licence.commercial is False:
        first += [(paint.dot, muted), (NONCOMMERCIAL, warning)]
    if sound.ai_preference in REFUSING_TRAINING:
        first += [(paint.dot, muted), ("no model may be trained on it", warning)]
    first += [(f"{paint.dot}by {sound.author}" if sound.author else "", text)]
    tags = " ".join(f"#{tag}" for tag in sound.tags)
    return [first, [(cut(tags), text)], [(cut(sound.url), muted)]]
