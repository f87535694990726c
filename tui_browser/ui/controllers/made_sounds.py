"""The sounds made in this session: hear any again, and keep it with the tags of its parents."""

from __future__ import annotations

import os
from collections.abc import Callable

from tui_browser.config.places import working_folder
from tui_browser.errors import printable
from tui_browser.generate.sound_files import copy_to_folder
from tui_browser.records import SampleId
from tui_browser.service.messages import Annotate, Request
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.presenter import Presenter
from tui_browser.ui.latest_worker import LatestWorker
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.making import MadeSound

_NAMES = 2
"""Sources in the name of a saved sound."""


class MadeSounds:
    """Goes through the list of made sounds and copies those to keep."""

    def __init__(
        self,
        state: BrowserState,
        presenter: Presenter,
        playback: PlaybackController,
        library: LibraryLike,
        worker: LatestWorker,
        *,
        request: Callable[[Request], None],
    ) -> None:
        self.folder = working_folder()
        """Where the last sound was saved, and where the next one is suggested to go."""
        self._state = state
        self._presenter = presenter
        self._playback = playback
        self._library = library
        self._worker = worker
        self._request = request
        self._tags: dict[bytes, tuple[str, ...]] = {}
        """Tags for saved files that are not in the library yet."""

    # --- the list ----------------------------------------------------------------------------------------------------

    def hear(self) -> None:
        """Play the present sound again, and show it."""
        making = self._state.making
        sound = making.sound
        if sound is not None:
            making.show(self._state.cursor.sample)
            self._playback.play(sound.path, generated=True)
            self._presenter.show_making()

    def step(self, by: int) -> bool:
        """Hear the sound made before (-1) or after (1); False at the end of the list."""
        if self._state.making.step(by) is None:
            return False
        self.hear()
        return True

    def go(self, at: int) -> None:
        """Hear the sound at this place of the list."""
        if 0 <= at < len(self._state.making.sounds):
            self._state.making.at = at
            self.hear()

    # --- keeping -----------------------------------------------------------------------------------------------------

    def save(self, made: MadeSound, folder: str, *, then: Callable[[bytes, tuple[str, ...]], None]) -> None:
        """Copy a sound and its lineage into a folder, under a new name.

        `then` gets the path and the tags that its parents have, if there are any and the folder is in the library.
        """
        self.folder = folder
        target = os.fsencode(os.path.abspath(os.path.expanduser(folder)))
        stem, tags = saved_stem(made), self._tags_of_parents(made)

        def saved(path: bytes) -> None:
            self._presenter.say(f"saved: {printable(path)}")
            if tags and self._in_library(path):
                then(path, tags)

        self._worker.submit(lambda: copy_to_folder(made.path, target, stem=stem), saved)

    def _tags_of_parents(self, made: MadeSound) -> tuple[str, ...]:
        """The tags of all parents, those of the weightiest first."""
        known = self._state.map_model.snapshot.tags
        tags = (tag for parent in made.recipe.parents for tag in known.get(parent.sample, ()))
        return tuple(dict.fromkeys(tags))

    def _in_library(self, path: bytes) -> bool:
        """Whether a file is below a root, so that it soon has a place on the map."""
        return any(path.startswith(root.rstrip(b"/") + b"/") for root in self._state.map_model.roots)

    def tag(self, path: bytes, typed: str) -> None:
        """Give a saved file these tags, separated by blanks, as soon as it is in the library."""
        tags = tuple(dict.fromkeys(typed.split()))
        if tags:
            self._tags[path] = tags
            self._presenter.say(f"tags for {printable(os.path.basename(path))}: {printable(' '.join(tags))}")
            self.library_changed()

    def library_changed(self) -> None:
        """Give tags to the saved files that have come into the library."""
        if not self._tags:
            return
        library, paths = self._library, tuple(self._tags)

        def find() -> list[tuple[bytes, SampleId | None]]:
            return [(path, library.id_of(path)) for path in paths]

        def found(samples: list[tuple[bytes, SampleId | None]]) -> None:
            for path, sample in samples:
                tags = self._tags.pop(path, ()) if sample is not None else ()
                if tags and sample is not None:
                    self._request(Annotate(AnnotationChange(add_tags=dict.fromkeys(tags, (sample,)))))

        self._worker.submit(find, found)


def saved_stem(made: MadeSound) -> bytes:
    """The name of a saved sound without its ending: its sources, and how it was made."""
    names = list(dict.fromkeys(os.path.splitext(os.path.basename(path))[0] for path in made.sources))
    return b"-".join([*(name[:80] for name in names[:_NAMES]), os.fsencode(made.how)])
