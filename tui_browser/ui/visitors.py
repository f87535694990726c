"""What is pasted or dropped on the app: folders to add, files to find or to place on the map as guests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_browser.errors import counted, printable
from tui_browser.library.messages import AddRoot, Locate, Request
from tui_browser.records import SampleId
from tui_browser.ui.lane import Lane
from tui_browser.ui.paste import Dropped, dropped
from tui_browser.ui.ports import LibraryLike


@dataclass(frozen=True, slots=True)
class _Seen:
    """Something that was dropped, and its sample when the library has it."""

    drop: Dropped
    sample: SampleId | None


class Visitors:
    """Looks at what was pasted in a thread, then asks or acts."""

    def __init__(
        self,
        library: LibraryLike,
        lane: Lane,
        *,
        request: Callable[[Request], None],
        ask: Callable[[str, Sequence[str], Callable[[], None]], None],
        go: Callable[[SampleId], bool],
        say: Callable[[str], None],
    ) -> None:
        """`ask` puts a yes-or-no question; `go` selects a sample and tells whether the map has it already."""
        self._library = library
        self._lane = lane
        self._request = request
        self._ask = ask
        self._go = go
        self._say = say
        self.awaited: bytes | None = None
        """The file whose place is being worked out; an answer for another one is stale."""
        self._waiting: list[_Seen] = []

    def pasted(self, text: str) -> None:
        """Take a pasted text; a wrong one is told by the lane."""

        def look() -> list[_Seen]:
            return [
                _Seen(drop, self._library.id_of(drop.path) if drop.kind == "file" else None) for drop in dropped(text)
            ]

        self._lane.ask(look, self._take)

    def bring(self, paths: Sequence[bytes]) -> None:
        """Take files by their absolute paths, as if they had been dropped."""

        def look() -> list[_Seen]:
            return [_Seen(Dropped(path, "file"), self._library.id_of(path)) for path in paths]

        self._lane.ask(look, self._take)

    def next(self) -> bool:
        """Go on to the next of several files; False when there is none."""
        if not self._waiting:
            return False
        self._visit(self._waiting.pop(0))
        return True

    def _take(self, seen: Sequence[_Seen]) -> None:
        missing = [one.drop.path for one in seen if one.drop.kind == "missing"]
        folders = [one.drop.path for one in seen if one.drop.kind == "folder"]
        files = [one for one in seen if one.drop.kind == "file"]
        if missing:
            self._say(f"{printable(missing[0])} does not exist")
        if folders:
            self._offer(folders)
        elif files:
            self._waiting = files[1:]
            self._visit(files[0])

    def _offer(self, folders: Sequence[bytes]) -> None:
        def add() -> None:
            for folder in folders:
                self._request(AddRoot(folder))
            self._say(f"adding {printable(folders[0])}" if len(folders) == 1 else f"adding {len(folders)} folders")

        if len(folders) == 1:
            self._ask(
                f"Add {printable(folders[0])} to the library?",
                ("its sounds are indexed, and new ones as they come",),
                add,
            )
        else:
            names = tuple(printable(folder) for folder in folders[:6])
            self._ask(f"Add these {len(folders)} folders to the library?", names, add)

    def _visit(self, one: _Seen) -> None:
        name = printable(one.drop.path)
        more = len(self._waiting)
        rest = f"; {counted(more, 'more file')}: esc shows the next" if more else ""
        if one.sample is not None and self._go(one.sample):
            self._say(f"{name} is in the library: the cursor is on it{rest}")
            return
        self.awaited = one.drop.path
        self._request(Locate(one.drop.path))
        self._say(f"placing {name} on the map{rest}")
