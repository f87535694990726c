"""What the details show: at once what the snapshot knows, then, from a thread, the library's row and the waveform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tui_browser.atlas.spectrum import spectrum
from tui_browser.audio.player_messages import KnownLevel
from tui_browser.errors import AudioError
from tui_browser.library.messages import Guest
from tui_browser.records import CLASSES, FAVOURITE, FEATURES, MISSING, FloatArray, SampleId, SampleRow, Snapshot
from tui_browser.search.toms import tom_level
from tui_browser.ui.audition import Stoppable
from tui_browser.ui.classes import class_name
from tui_browser.ui.lane import Lane
from tui_browser.ui.names import folder_below
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.shell import After
from tui_browser.ui.widgets.details import SPECTRUM_S, Facts
from tui_browser.ui.world import World

PATIENCE_S = 0.1
"""How long what is known at once waits for the rest."""
BANDS = 48
"""Rows of a spectrogram, before it is fitted into the room that there is."""
PARTS = 1024
"""Parts of a waveform, before it is fitted: more than any screen has room for, so that it is read only once."""
MOMENTS = 128
"""Columns of a spectrogram, before it is fitted."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a thread has found out about one file."""

    path: bytes
    row: SampleRow | None
    peaks: FloatArray | None
    spectrum: FloatArray | None = None


def facts_of(world: World, row: int) -> Facts:
    """What the snapshot knows of a sample."""
    snapshot = world.snapshot
    values = dict(zip(FEATURES, (float(value) for value in snapshot.features[row]), strict=True))
    flags = int(snapshot.flags[row])
    return Facts(
        path=snapshot.names[row],
        class_index=world.hue_of(row),
        class_p=float(snapshot.class_p[row]),
        class_name=_class_name(snapshot, row),
        duration_s=values["duration_s"],
        loudness_db=values["loudness_db"],
        pitch_hz=values["pitch_hz"],
        brightness_hz=values["brightness_hz"],
        tags=snapshot.tags.get(world.id_at(row), ()),
        favourite=bool(flags & FAVOURITE),
        missing=bool(flags & MISSING),
        below=folder_below(snapshot.names[row], world.roots),
    )


def _class_name(snapshot: Snapshot, row: int) -> str:
    """The class, of a tom with its level: `tom (low)`."""
    name = class_name(snapshot, row)
    level = tom_level(snapshot, row) if name == "tom" else ""
    return f"{name} ({level})" if level else name


def guest_facts(guest: Guest, classes: tuple[str, ...] = CLASSES) -> Facts:
    """What is known of a guest."""
    name = guest.class_name or ""
    index = min(classes.index(name), len(CLASSES)) if name in classes else len(CLASSES)
    return Facts(guest.path, index, guest.class_p, name, guest.duration_s, guest.loudness_db, guest=True)


class Inspector:
    """Keeps the details of one sample or guest."""

    def __init__(self, library: LibraryLike, lane: Lane, *, show: Callable[[Facts | None], None], after: After) -> None:
        """`after` calls back later."""
        self._library = library
        self._lane = lane
        self._show = show
        self._after = after
        self._soon: Stoppable | None = None
        self._found: Found | None = None
        self._stale = False
        self.spectral = False
        """Whether the spectrogram is shown in place of the waveform."""
        self.facts: Facts | None = None

    @property
    def row(self) -> SampleRow | None:
        """The library's row of the sample that is shown, once it is there."""
        found = self._found
        return found.row if found is not None and self.facts is not None and found.path == self.facts.path else None

    def level_of(self, path: bytes) -> KnownLevel | None:
        """The level of the file that is shown, once its row is there; None of any other, or where it was not kept."""
        row = self.row
        if row is None or row.path != path or row.level is None:
            return None
        return KnownLevel(*row.level, row.size, row.mtime_ns)

    def inspect(self, facts: Facts | None, sample: SampleId | None) -> None:
        """Show these facts; the rest follows from a thread (`sample` is None for a guest)."""
        self.facts = None if facts is None else self._with_found(facts)
        known = (
            self._found if self._found is not None and facts is not None and self._found.path == facts.path else None
        )
        if facts is None or known is not None:
            self._tell()
        if facts is None or (known is not None and not self._stale):
            return
        if known is None and self._soon is None:  # a moment later all is there, and painted in one go
            self._soon = self._after(PATIENCE_S, self._tell)
        library, path, missing, spectral = self._library, facts.path, facts.missing, self.spectral
        self._stale = False

        def look() -> Found:
            row = library.sample(sample) if sample is not None else None
            spectrum = _spectrum(path) if spectral and not missing else None
            if known is not None and known.peaks is not None and _same_sound(known.row, row):
                return Found(path, row, known.peaks, spectrum)
            return Found(path, row, None if missing else _peaks(path), spectrum)

        self._lane.ask(look, self._take)

    def forget(self) -> None:
        """Look again at the next chance: the library has changed."""
        self._stale = True

    def _take(self, found: Found) -> None:
        if self.facts is not None and self.facts.path == found.path:
            self._found = found
            self.facts = self._with_found(self.facts)
            self._tell()

    def _tell(self) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        self._show(self.facts)

    def _with_found(self, facts: Facts) -> Facts:
        found = self._found
        if found is None or found.path != facts.path:
            return facts
        row = found.row
        facts = replace(facts, peaks=found.peaks, spectrum=found.spectrum if self.spectral else None)
        if row is None:
            return facts
        return replace(facts, sample_rate=row.sample_rate, channels=row.channels, note=row.note)


def _same_sound(old: SampleRow | None, new: SampleRow | None) -> bool:
    return old is not None and new is not None and old.content_hash == new.content_hash


def _spectrum(path: bytes) -> FloatArray | None:
    """The spectrogram of the first seconds; None for a file that cannot be read now."""
    from tui_browser.audio.waveform import read_window  # soundfile: 60 ms; paid in the thread

    try:
        samples, rate = read_window(path, start_s=0.0, seconds=SPECTRUM_S)
    except (AudioError, OSError):
        return None
    mono = samples.mean(axis=1) if len(samples) else np.zeros(0, dtype=np.float32)
    return spectrum(mono, rate=rate, width=MOMENTS, height=BANDS)


def _peaks(path: bytes) -> FloatArray | None:
    """The waveform; None for a file that cannot be read now, which is no news here."""
    from tui_browser.audio.waveform import waveform  # soundfile: 60 ms; paid in the thread

    try:
        return waveform(path, columns=PARTS)
    except (AudioError, OSError):
        return None
