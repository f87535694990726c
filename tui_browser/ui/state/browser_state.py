"""Everything that the main screen shows, in one object; no widgets, no threads."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_browser.library.likeness import PLAIN, Weights
from tui_browser.library.slice_search import SliceNeighbour
from tui_browser.records import MISSING, Progress, SampleId
from tui_browser.service.messages import Guest
from tui_browser.ui.state.beat import BeatState
from tui_browser.ui.state.colouring import CLASS
from tui_browser.ui.state.cursor import CursorState
from tui_browser.ui.state.history import History
from tui_browser.ui.state.making import MakingState
from tui_browser.ui.state.map_model import MapModel, empty_map_model
from tui_browser.ui.state.places import PlacesState
from tui_browser.ui.state.playback import PlaybackState
from tui_browser.ui.state.search import SearchState
from tui_browser.ui.state.selection import Selection
from tui_browser.ui.state.status_log import StatusLog
from tui_browser.ui.state.visibility_filter import VisibilityFilter


@dataclass(slots=True)
class BrowserState:
    """Made once for the main screen. All controllers read all of it; the line below a field names who changes it."""

    map_model: MapModel = field(default_factory=empty_map_model)
    """`MapController` and `Presenter`."""
    cursor: CursorState = field(default_factory=CursorState)
    """`CursorController`, `NeighbourController` and `SearchController`; `Presenter` where the sample is gone."""
    guest: Guest | None = None
    """A file outside of the library, placed on the map: `NeighbourController`."""
    search: SearchState = field(default_factory=SearchState)
    """`SearchController`; `Presenter` for each new map model."""
    visibility: VisibilityFilter = field(init=False)
    """`UndoableEdits`."""
    places: PlacesState = field(default_factory=PlacesState)
    """The tree of places: `PlacesController` and `PlacesCommands`."""
    selection: Selection = field(default_factory=Selection)
    """`UndoableEdits`."""
    history: History = field(default_factory=History)
    """Whoever does what can be undone."""
    playback: PlaybackState = field(default_factory=PlaybackState)
    """`PlaybackController`."""
    colour_by: str = CLASS
    """One of `colouring.CHOICES`: `MapController`."""
    labelled: bool = True
    """Whether regions of the map have labels: `MapController`."""
    progress: Progress | None = None
    """The long job of the index service; None while it rests: `MapController`."""
    layout_offer: str = ""
    """What to say of a newer layout that is ready; empty without one: `LayoutPrompt`."""
    making: MakingState = field(default_factory=MakingState)
    """What is made: `GenerationController`, `MadeSounds` and `FreeCursor`."""
    beat: BeatState = field(default_factory=BeatState)
    """The kit and the beat at hand: `BeatEdits`, `BeatPlayer`, `SoundWalk` and the commands of both."""
    weights: Weights = PLAIN
    """How much each aspect of a neighbour counts: `SimilarController`."""
    log: StatusLog = field(default_factory=StatusLog)
    """What was said: `Presenter`."""
    marks: dict[str, SampleId] = field(default_factory=dict)
    """Samples by the letter of their mark: `JumpCommands`."""

    def __post_init__(self) -> None:
        self.visibility = VisibilityFilter(self.search)

    @property
    def row(self) -> int | None:
        """Row of the selected sample in the map model."""
        return self.map_model.row_of(self.cursor.sample)

    @property
    def on_guest(self) -> bool:
        """Whether keys act on the guest and not on a sample."""
        return self.guest is not None and self.cursor.rank == 0 and self.cursor.neighbours is not None

    @property
    def path(self) -> bytes | None:
        """The file that keys act on."""
        if self.on_guest and self.guest is not None:
            return self.guest.path
        row = self.row
        return None if row is None else self.map_model.snapshot.names[row]

    @property
    def missing(self) -> bool:
        """Whether that file is known to be missing."""
        row = self.row
        return not self.on_guest and row is not None and bool(self.map_model.snapshot.flags[row] & MISSING)

    @property
    def guest_place(self) -> tuple[float, float] | None:
        """Where the guest is drawn; None without one."""
        if self.guest is None:
            return None
        x, y = self.map_model.stretch.apply(self.guest.xy).tolist()
        return x, y

    def neighbour_slice(self, path: bytes) -> SliceNeighbour | None:
        """The slice by which this file, under the cursor, is in the neighbour list; None where the whole file is."""
        return self.cursor.neighbour_slice if path == self.path else None
