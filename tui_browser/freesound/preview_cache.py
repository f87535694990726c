"""Previews that were listened to, kept for a while in the cache folder."""

from __future__ import annotations

import contextlib
import os

from tui_browser.config.places import cache_dir
from tui_browser.errors import FreesoundError
from tui_browser.freesound.download import remove_stale_parts
from tui_browser.freesound.fetched_files import ENDINGS
from tui_browser.freesound.found_sound import FoundSound
from tui_browser.safe_files import PRIVATE_FOLDER, make_own_folder

MOST_BYTES = 200 << 20


class PreviewCache:
    """Files by sound and kind of preview; those not used for longest are deleted first."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = os.fsencode(folder or os.path.join(cache_dir(), "freesound"))

    def path_of(self, sound: FoundSound, *, to_keep: bool) -> bytes | None:
        """Where the preview of a sound is or would be; None for a sound without one."""
        preview = sound.preview(to_keep=to_keep)
        if preview is None:
            return None
        quality, ending = preview[0].split("-")[1:]
        return os.path.join(self._folder, b"%d-%s" % (sound.id, quality.encode()) + ENDINGS[ending])

    def held(self, sound: FoundSound, *, to_keep: bool) -> bytes | None:
        """The file of a preview that is here."""
        path = self.path_of(sound, to_keep=to_keep)
        if path is None or not os.path.isfile(path):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return path

    def prepare(self) -> None:
        """Make the folder, for its owner alone; raises FreesoundError."""
        folder = os.fsdecode(self._folder)
        try:
            os.makedirs(os.path.dirname(folder), mode=PRIVATE_FOLDER, exist_ok=True)
            make_own_folder(folder)
        except OSError as error:
            raise FreesoundError("the cache cannot be written", path=folder, hint=error.strerror or "") from error
        remove_stale_parts(self._folder)

    def trim(self) -> None:
        """Delete the oldest previews beyond the limit."""
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            files = [(entry.stat(follow_symlinks=False), entry.path) for entry in entries if entry.is_file()]
            room = MOST_BYTES
            for status, path in sorted(files, key=lambda file: file[0].st_mtime, reverse=True):
                room -= status.st_size
                if room < 0:
                    with contextlib.suppress(OSError):
                        os.unlink(path)
