"""Kits in the library: the index service stores them, and this reads them in a thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from tui_browser.errors import printable
from tui_browser.kits.kit import Kit, KitError, Slot
from tui_browser.kits.kit_collection import KIND, kit_change, kit_of
from tui_browser.kits.names import identifier
from tui_browser.kits.patterns import DEFAULT_PATTERN, named_pattern
from tui_browser.store.records import CollectionInfo
from tui_browser.ui.controllers.annotations import AnnotationController
from tui_browser.ui.controllers.beat_edits import BeatEdits
from tui_browser.ui.controllers.kit_view import KitView
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.beat import KitOrigin
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.kit_beat import KitBeat


class KitShelf:
    """Saves the kit at hand and loads others; its pattern stays."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        edits: BeatEdits,
        view: KitView,
        annotations: AnnotationController,
        library: LibraryLike,
        worker: LatestWorker,
    ) -> None:
        self._state = state
        self._presenter = presenter
        self._edits = edits
        self._view = view
        self._annotations = annotations
        self._library = library
        self._worker = worker

    # --- saving ------------------------------------------------------------------------------------------------------

    def made_sounds(self) -> list[bytes]:
        """The made sounds in the kit that were not saved: they are gone when the app ends."""
        beat, made = self._state.beat, {sound.path for sound in self._state.making.sounds}
        return [slot.path for slot in beat.at_hand.kit.slots if slot.path in made] if beat.at_hand is not None else []

    def save(self, name: str, *, folder: str = "", replace_kit: Callable[[str, Callable[[], None]], None]) -> None:
        """Store the kit under a name; made sounds are copied into `folder` first.

        `replace_kit` asks whether another kit of this name is replaced, and calls back for yes.
        """
        beat = self._state.beat
        if beat.at_hand is None:
            return
        try:
            named = replace(beat.at_hand.kit, name=name.strip())
        except KitError as error:
            self._presenter.refuse(str(error))
            return
        library, made = self._library, set(self.made_sounds())
        own = beat.saved.kit.name if beat.saved is not None else ""

        def prepare() -> tuple[Kit, str]:
            present = library.collection(named.name)
            if present is not None and present.kind != KIND:
                raise KitError(f"{printable(present.name)} is a collection of samples, not a kit: choose another name")
            slots = tuple(_kept(slot, folder) if slot.path in made else slot for slot in named.slots)
            return replace(named, slots=slots), present.name if present is not None else ""

        def store(kit: Kit) -> None:
            self._annotations.make(kit_change(kit), label="kit")
            if beat.at_hand is not None:
                beat.saved = beat.kept = beat.at_hand.with_kit(kit)
                self._edits.show(beat.saved)
            self._presenter.say(f"kit {printable(kit.name)} saved")

        def take(prepared: tuple[Kit, str]) -> None:
            kit, present = prepared
            if present and present.casefold() != own.casefold():
                replace_kit(printable(present), lambda: store(kit))
            else:
                store(kit)

        self._worker.submit(prepare, take)

    # --- loading -----------------------------------------------------------------------------------------------------

    def list_kits(self, then: Callable[[Sequence[CollectionInfo]], None]) -> None:
        """Read which kits there are."""
        library = self._library
        self._worker.submit(lambda: [info for info in library.collections() if info.kind == KIND], then)

    def load(self, name: str) -> None:
        """Take a kit of the library; it plays the pattern at hand."""
        library = self._library

        def read() -> Kit:
            collection = library.collection(name)
            if collection is None or collection.kind != KIND:
                raise KitError(f"there is no kit {printable(name)} any more")
            return kit_of(collection)

        def take(kit: Kit) -> None:
            beat = self._state.beat
            pattern = beat.at_hand.pattern if beat.at_hand is not None else named_pattern(DEFAULT_PATTERN)
            loaded = KitBeat.of(kit, pattern)
            beat.saved, beat.origin, beat.walk = loaded, KitOrigin(query=kit.query), None
            beat.kept = loaded
            if not self._edits.make(loaded, "another kit"):
                self._view.draw()

        self._worker.submit(read, take)


def _kept(slot: Slot, folder: str) -> Slot:
    """The slot with its made sound copied into a folder. It blocks."""
    from tui_browser.audio.sound_hash import sound_hash  # the codecs: paid in the thread
    from tui_browser.generate.sound_files import copy_to_folder

    target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
    path = copy_to_folder(slot.path, target, stem=os.fsencode(identifier(slot.role)))
    return replace(slot, path=path, content_hash=sound_hash(path))
