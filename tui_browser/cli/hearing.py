"""Files that a query names by `near:` and the library does not have, for the verbs that take a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui_browser.errors import AudioError
from tui_browser.library.library import Library
from tui_browser.library.likeness import SoundTarget


def hear(library: Library, paths: Sequence[bytes]) -> Mapping[bytes, SoundTarget | AudioError]:
    """Each file as a target, or why it cannot be heard."""
    from tui_browser.indexing.file_encoder import hear_files  # decoders; most queries name no file

    return hear_files(library, paths)
