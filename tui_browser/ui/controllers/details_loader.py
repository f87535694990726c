"""Details of one sample: at once what the snapshot knows; then, from a thread, the library's row and the waveform."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tui_browser.errors import AudioError
from tui_browser.map.spectrogram import spectrum
from tui_browser.playback.messages import KnownLevel
from tui_browser.records import CLASSES, FAVOURITE, FEATURES, HIDDEN, MISSING, FloatArray, SampleId, SampleRow
from tui_browser.search.toms import LEVELS
from tui_browser.service.messages import Guest
from tui_browser.ui.controllers.events import DetailsChanged, Emit
from tui_browser.ui.latest_worker import After, LatestWorker, Stoppable
from tui_browser.ui.ports import LibraryLike
from tui_browser.ui.sample_names import folder_below
from tui_browser.ui.state.classes import class_name, place_of_name
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.widgets.details import SPECTRUM_S, Facts

WAIT_S = 0.1
"""How long the facts of the snapshot wait to be painted together with the waveform."""
SPECTROGRAM_ROWS = 48
"""Before it is scaled to the panel."""
SPECTROGRAM_COLUMNS = 128
WAVEFORM_COLUMNS = 1024
"""More than any screen has room for, so that the file is read only once."""


@dataclass(frozen=True, slots=True)
class LoadedDetails:
    """What a thread has read of one file."""

    path: bytes
    row: SampleRow | None
    peaks: FloatArray | None
    spectrum: FloatArray | None = None


def facts_of(map_model: MapModel, row: int) -> Facts:
    """The facts of a sample that are in the snapshot."""
    snapshot = map_model.snapshot
    values = dict(zip(FEATURES, (float(value) for value in snapshot.features[row]), strict=True))
    flags = int(snapshot.flags[row])
    return Facts(
        path=snapshot.names[row],
        class_index=map_model.hue_of(row),
        class_p=float(snapshot.class_p[row]),
        class_name=_class_name(map_model, row),
        duration_s=values["duration_s"],
        loudness_db=values["loudness_db"],
        pitch_hz=values["pitch_hz"],
        brightness_hz=values["brightness_hz"],
        tags=snapshot.tags.get(map_model.id_at(row), ()),
        credit=snapshot.credits.get(map_model.id_at(row)),
        favourite=bool(flags & FAVOURITE),
        rating=snapshot.ratings.get(map_model.id_at(row), 0),
        user_note=snapshot.user_notes.get(map_model.id_at(row), ""),
        hidden=bool(flags & HIDDEN),
        missing=bool(flags & MISSING),
        below=folder_below(snapshot.names[row], map_model.roots),
    )


def _class_name(map_model: MapModel, row: int) -> str:
    """The class; a tom has its size with it: `tom (low)`."""
    name, sizes = class_name(map_model.snapshot, row), map_model.tom_sizes
    size = int(sizes[row]) if sizes is not None else len(LEVELS)
    return f"{name} ({LEVELS[size]})" if size < len(LEVELS) else name


def guest_facts(guest: Guest, classes: tuple[str, ...] = CLASSES) -> Facts:
    """The facts of a guest."""
    name = guest.class_name or ""
    return Facts(
        guest.path, place_of_name(classes, name), guest.class_p, name, guest.duration_s, guest.loudness_db, guest=True
    )


class DetailsLoader:
    """Keeps the details of one sample or guest."""

    def __init__(self, library: LibraryLike, worker: LatestWorker, *, after: After, emit: Emit) -> None:
        self._library = library
        self._worker = worker
        self._after = after
        self._emit = emit
        self._timer: Stoppable | None = None
        self._loaded: LoadedDetails | None = None
        self._stale = False
        self.with_spectrogram = False
        """Whether the spectrogram is shown in place of the waveform."""
        self.facts: Facts | None = None

    @property
    def row(self) -> SampleRow | None:
        """The library's row of the sample that is shown, once it is loaded."""
        loaded, facts = self._loaded, self.facts
        return loaded.row if loaded is not None and facts is not None and loaded.path == facts.path else None

    def level_of(self, path: bytes) -> KnownLevel | None:
        """The level of the file that is shown, once its row is loaded; None for others, or where none is stored."""
        row = self.row
        if row is None or row.path != path or row.level is None:
            return None
        return KnownLevel(*row.level, row.size, row.mtime_ns)

    def load(self, facts: Facts | None, sample: SampleId | None) -> None:
        """Show these facts, and load what is missing in a thread; `sample` is None for a guest."""
        self.facts = None if facts is None else self._with_loaded(facts)
        loaded = self._loaded
        known = loaded if loaded is not None and facts is not None and loaded.path == facts.path else None
        if facts is None or not facts.path or known is not None:
            self._report()
        if facts is None or not facts.path or (known is not None and not self._stale):
            return
        if known is None and self._timer is None:  # usually all is loaded by then, and painted at once
            self._timer = self._after(WAIT_S, self._report)
        library, path, missing, with_spectrogram = self._library, facts.path, facts.missing, self.with_spectrogram
        self._stale = False

        def read() -> LoadedDetails:
            row = library.sample(sample) if sample is not None else None
            spectrum = _spectrogram(path) if with_spectrogram and not missing else None
            if known is not None and known.peaks is not None and _same_sound(known.row, row):
                return LoadedDetails(path, row, known.peaks, spectrum)
            return LoadedDetails(path, row, None if missing else _peaks(path), spectrum)

        self._worker.submit(read, self._take)

    def mark_stale(self) -> None:
        """The library or the options have changed: load again at the next call of `load`."""
        self._stale = True

    def _take(self, loaded: LoadedDetails) -> None:
        if self.facts is not None and self.facts.path == loaded.path:
            self._loaded = loaded
            self.facts = self._with_loaded(self.facts)
            self._report()

    def _report(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._emit(DetailsChanged(self.facts, self.row))

    def _with_loaded(self, facts: Facts) -> Facts:
        loaded = self._loaded
        if loaded is None or loaded.path != facts.path:
            return facts
        row = loaded.row
        facts = replace(facts, peaks=loaded.peaks, spectrum=loaded.spectrum if self.with_spectrogram else None)
        if row is None:
            return facts
        corrected = row.corrected_class is not None and facts.class_p == 1.0
        return replace(
            facts,
            sample_rate=row.sample_rate,
            channels=row.channels,
            onsets_s=tuple(part.onset_s for part in row.slices),
            note=row.note,
            collections=row.collections,
            corrected_from=(row.class_name or "no class") if corrected else "",
        )


def _same_sound(old: SampleRow | None, new: SampleRow | None) -> bool:
    return old is not None and new is not None and old.content_hash == new.content_hash


def _spectrogram(path: bytes) -> FloatArray | None:
    """The spectrogram of the first seconds; None for a file that cannot be read now."""
    from tui_browser.audio.waveform import read_window  # soundfile: 60 ms; paid in the thread

    try:
        samples, rate = read_window(path, start_s=0.0, seconds=SPECTRUM_S)
    except (AudioError, OSError):
        return None
    mono = samples.mean(axis=1) if len(samples) else np.zeros(0, dtype=np.float32)
    return spectrum(mono, rate=rate, width=SPECTROGRAM_COLUMNS, height=SPECTROGRAM_ROWS)


def _peaks(path: bytes) -> FloatArray | None:
    """The waveform; None for a file that cannot be read now."""
    from tui_browser.audio.waveform import waveform  # soundfile: 60 ms; paid in the thread

    try:
        return waveform(path, columns=WAVEFORM_COLUMNS)
    except (AudioError, OSError):
        return None
