"""Paths that are pasted or dropped on the app: folders to add, files to show on the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_browser.errors import counted, printable
from tui_browser.records import SampleId
from tui_browser.service.messages import AddRoot, Guest, Locate, Request
from tui_browser.ui.controllers.events import Emit, FoldersDropped
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.terminal.paste import Dropped, dropped


@dataclass(frozen=True, slots=True)
class _DroppedFile:
    """A path that was dropped, and its sample when the library has it."""

    drop: Dropped
    sample: SampleId | None


class DropHandler:
    """Inspects paths in a thread; then asks whether to add a folder, or shows a file."""

    def __init__(
        self,
        presenter: Presenter,
        neighbours: NeighbourController,
        library: LibraryLike,
        worker: LatestWorker,
        *,
        request: Callable[[Request], None],
        emit: Emit,
    ) -> None:
        self._presenter = presenter
        self._neighbours = neighbours
        self._library = library
        self._worker = worker
        self._request = request
        self._emit = emit
        self._awaited: bytes | None = None
        """The file whose place is being computed; answers for other files are stale."""
        self._remaining: list[_DroppedFile] = []

    def paste(self, text: str) -> None:
        """Take a pasted text; an error is shown where it is no path."""

        def inspect() -> list[_DroppedFile]:
            return [
                _DroppedFile(drop, self._library.id_of(drop.path) if drop.kind == "file" else None)
                for drop in dropped(text)
            ]

        self._worker.submit(inspect, self._take)

    def show_files(self, paths: Sequence[bytes]) -> None:
        """Show files by their absolute paths, as if they had been dropped."""

        def inspect() -> list[_DroppedFile]:
            return [_DroppedFile(Dropped(path, "file"), self._library.id_of(path)) for path in paths]

        self._worker.submit(inspect, self._take)

    def show_next(self) -> bool:
        """Show the next of several files; False where there is none."""
        if not self._remaining:
            return False
        self._show(self._remaining.pop(0))
        return True

    def _take(self, dropped_paths: Sequence[_DroppedFile]) -> None:
        missing = [file.drop.path for file in dropped_paths if file.drop.kind == "missing"]
        folders = [file.drop.path for file in dropped_paths if file.drop.kind == "folder"]
        files = [file for file in dropped_paths if file.drop.kind == "file"]
        if missing:
            self._presenter.say(f"{printable(missing[0])} does not exist")
        if folders:
            self._ask_to_add(folders)
        elif files:
            self._remaining = files[1:]
            self._show(files[0])

    def _ask_to_add(self, folders: Sequence[bytes]) -> None:
        def add() -> None:
            for folder in folders:
                self._request(AddRoot(folder))
            self._presenter.say(
                f"adding {printable(folders[0])}" if len(folders) == 1 else f"adding {len(folders)} folders"
            )

        if len(folders) == 1:
            question = f"Add {printable(folders[0])} to the library?"
            self._emit(FoldersDropped(question, ("its sounds are indexed, and new ones as they come",), add))
        else:
            names = tuple(printable(folder) for folder in folders[:6])
            self._emit(FoldersDropped(f"Add these {len(folders)} folders to the library?", names, add))

    def _show(self, file: _DroppedFile) -> None:
        name = printable(file.drop.path)
        count = len(self._remaining)
        more_files = f"; {counted(count, 'more file')}: esc shows the next" if count else ""
        if file.sample is not None and self._neighbours.show_sample(file.sample):
            self._presenter.say(f"{name} is in the library: the cursor is on it{more_files}")
            return
        self._awaited = file.drop.path
        self._request(Locate(file.drop.path))
        self._presenter.say(f"placing {name} on the map{more_files}")

    def take_guest(self, guest: Guest) -> None:
        """A file was located: put it on the map, unless another one is awaited."""
        if guest.path == self._awaited:
            self._awaited = None
            self._neighbours.show_guest(guest)
