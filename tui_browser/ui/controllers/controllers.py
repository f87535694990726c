"""Makes the controllers of the main screen, each from the state and from those above it in this file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui_browser.config.places import log_file
from tui_browser.config.project import Project
from tui_browser.config.saved_searches import readable_searches
from tui_browser.config.settings import Settings
from tui_browser.config.state import SavedState, SavedView
from tui_browser.errors import WorkerError
from tui_browser.library.heard_files import HeardFiles
from tui_browser.library.known_sounds import known_sounds
from tui_browser.library.synsets_file import readable_synsets
from tui_browser.records import SampleId
from tui_browser.service.messages import Request
from tui_browser.service.neighbour_client import NeighbourClient
from tui_browser.ui.controllers.annotations import AnnotationController
from tui_browser.ui.controllers.beat_edits import BeatEdits
from tui_browser.ui.controllers.beat_export import BeatExport
from tui_browser.ui.controllers.beat_player import BeatPlayer
from tui_browser.ui.controllers.breath import BreathController
from tui_browser.ui.controllers.class_repair import ClassRepair
from tui_browser.ui.controllers.control import ControlController
from tui_browser.ui.controllers.copy_as import CopyController
from tui_browser.ui.controllers.cursor import CursorController
from tui_browser.ui.controllers.details_loader import DetailsLoader
from tui_browser.ui.controllers.drop_handler import DropHandler
from tui_browser.ui.controllers.events import Emit
from tui_browser.ui.controllers.feature_loader import FeatureLoader
from tui_browser.ui.controllers.fetched_arrivals import FetchedArrivals
from tui_browser.ui.controllers.free_cursor import FreeCursor
from tui_browser.ui.controllers.freesound import FreesoundController
from tui_browser.ui.controllers.generation import GenerationController
from tui_browser.ui.controllers.heard_files import HeardFileController
from tui_browser.ui.controllers.heard_log import HeardLog
from tui_browser.ui.controllers.kit import KitController
from tui_browser.ui.controllers.kit_shelf import KitShelf
from tui_browser.ui.controllers.kit_view import KitView, KitWidgets
from tui_browser.ui.controllers.layout_animation import LayoutAnimation
from tui_browser.ui.controllers.layout_preview import LayoutPreview
from tui_browser.ui.controllers.layout_prompt import LayoutPrompt
from tui_browser.ui.controllers.list_columns import ListColumns
from tui_browser.ui.controllers.made_sounds import MadeSounds
from tui_browser.ui.controllers.map import MapController
from tui_browser.ui.controllers.neighbours import NeighbourController
from tui_browser.ui.controllers.places import PlacesController
from tui_browser.ui.controllers.playback import PlaybackController
from tui_browser.ui.controllers.playback_settings import PlaybackSettings
from tui_browser.ui.controllers.prefetch import next_in_list
from tui_browser.ui.controllers.presenter import Presenter, Widgets
from tui_browser.ui.controllers.recordings import RecordingController
from tui_browser.ui.controllers.regions import RegionController
from tui_browser.ui.controllers.search import SearchController
from tui_browser.ui.controllers.sending import SendController
from tui_browser.ui.controllers.similar import SimilarController
from tui_browser.ui.controllers.slices import SliceController
from tui_browser.ui.controllers.snapshot_loader import SnapshotLoader
from tui_browser.ui.controllers.sound_tour import SoundTourController
from tui_browser.ui.controllers.sound_walk import SoundWalk
from tui_browser.ui.controllers.tiny_waves import TinyWaveController
from tui_browser.ui.controllers.tour import Tour
from tui_browser.ui.controllers.undoable_edits import UndoableEdits
from tui_browser.ui.controllers.visualiser import VisualiserController
from tui_browser.ui.keys.keys import Keys
from tui_browser.ui.latest_worker import Background
from tui_browser.ui.ports import FreesoundLike, LibraryLike, PlayerLike, Remember, ServiceLike
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.collection_orders import CollectionOrders
from tui_browser.ui.state.colouring import CHOICES, CLASS
from tui_browser.ui.state.playback import PlaybackOptions
from tui_browser.ui.state.search import SearchState
from tui_browser.ui.widgets.scene_view import SceneView
from tui_browser.visualiser.feature_client import FeatureClient


@dataclass(frozen=True, slots=True)
class AppContext:
    """The world outside of the screen: what the app was started with."""

    library: LibraryLike
    service: ServiceLike
    player: PlayerLike
    settings: Settings
    saved: SavedState
    """As it was when the app started."""
    remember: Remember
    library_path: str
    offer_tour: bool
    """Whether the person is new here."""
    freesound: FreesoundLike


class Controllers:
    """The state and its controllers; calls go down this list, events go up through `emit`."""

    def __init__(
        self,
        context: AppContext,
        widgets: Widgets,
        scene_view: SceneView,
        kit_widgets: KitWidgets,
        keys: Keys,
        background: Background,
        *,
        animate: bool,
        write_from_thread: Callable[[str], None],
        emit: Emit,
    ) -> None:
        library, settings, worker, after = context.library, context.settings, background.worker, background.after
        self.context = context
        heard = HeardFiles(library.nearest_slices)
        self.state = state = _restored(context, heard)
        self.animation = LayoutAnimation(background)
        self.details = DetailsLoader(library, worker("details"), after=after, emit=emit)
        self.presenter = presenter = Presenter(widgets, state, self.details, self.animation, background, emit=emit)

        self.snapshots = SnapshotLoader(state, presenter, library, background, emit=emit)
        self.map = MapController(state, presenter, self.snapshots, library, background, animate=animate, emit=emit)
        self.layout_preview = LayoutPreview(state, presenter, self.map, library, worker("layouts"))
        self.layout_prompt = LayoutPrompt(state, presenter, self.snapshots, keys, request=self.request)

        self.heard_log = HeardLog(request=self.request, after=after)
        self.playback = PlaybackController(
            state, context.player, presenter, self.details, self.heard_log,
            after=after, rest_s=settings.auto_play_delay_ms / 1000,
        )  # fmt: skip
        self.cursor = CursorController(
            state, presenter, self.playback, after=after, send=context.service.send, emit=emit
        )
        self.playback_settings = PlaybackSettings(
            state, presenter, self.cursor, self.playback,
            remember=context.remember, library_path=context.library_path,
        )  # fmt: skip
        self.sound_tour = SoundTourController(state, presenter, self.cursor, self.playback, worker("sound tour"))
        self.slices = SliceController(state, presenter, self.playback, library, worker("slices"))
        self.neighbour_index = NeighbourClient(context.service.send)
        self.neighbours = NeighbourController(
            state, presenter, self.cursor, self.slices, library, self.neighbour_index, worker("neighbours")
        )
        self.similar = SimilarController(state, presenter, self.neighbours)
        self.heard_files = HeardFileController(
            heard, presenter, library, worker("heard files"), request=self.request, emit=emit
        )
        self.search = SearchController(
            state, presenter, self.cursor, self.neighbours, self.heard_files, worker("search"),
            remember=context.remember, queries=context.saved.queries, emit=emit,
        )  # fmt: skip

        self.places = PlacesController(state, presenter, library, worker("places"))
        self.list_columns = ListColumns(
            state, presenter, library, worker("list columns"),
            chosen=settings.list_columns or context.saved.columns, remember=context.remember,
        )  # fmt: skip

        self.tiny_waves = TinyWaveController(state, presenter, worker("tiny waves"))

        self.undoable_edits = UndoableEdits(state, presenter)
        self.annotations = AnnotationController(state, presenter, request=self.request)
        self.collection_orders = CollectionOrders()
        self.class_repair = ClassRepair(self.annotations, request=self.request)
        self.copies = CopyController(
            presenter, worker("copies"), own_templates=settings.templates, path_maps=settings.path_map,
            write_osc52=write_from_thread, emit=emit,
        )  # fmt: skip
        self.sending = SendController(presenter, worker("send"), targets=settings.send, path_maps=settings.path_map)
        self.generation = GenerationController(state, presenter, self.playback, keys, request=self.request)
        self.made_sounds = MadeSounds(
            state, presenter, self.playback, library, worker("generation"), request=self.request
        )
        self.free_cursor = FreeCursor(state, presenter, self.cursor, self.generation, after=after)
        self.drops = DropHandler(presenter, self.neighbours, library, worker("drops"), request=self.request, emit=emit)
        self.recordings = RecordingController(presenter, self.playback, self.drops, worker("recordings"))
        self.regions = RegionController(state, self.playback, self.slices, self.copies, self.drops)

        self.kit_view = KitView(state, kit_widgets, keys)
        self.beat_player = BeatPlayer(state, context.player, self.kit_view, warn=presenter.warn, after=after)
        self.beat_edits = BeatEdits(state, self.kit_view, self.beat_player, library, worker("kit sounds"))
        self.kit = KitController(
            state, presenter, self.beat_edits, self.beat_player, library, worker("kit"), worker("kit changes")
        )
        self.sound_walk = SoundWalk(
            state, self.kit, self.beat_edits, self.beat_player, self.kit_view, worker("sound walk")
        )
        self.kit_shelf = KitShelf(
            state, presenter, self.beat_edits, self.kit_view, self.annotations, library, worker("kit shelf")
        )
        self.beat_export = BeatExport(state, presenter, self.beat_player, worker("beat export"), library=library.path)

        self.features = FeatureLoader(presenter, FeatureClient(log=log_file), background, emit=emit)
        self.visualiser = VisualiserController(
            state, presenter, scene_view, self.features, background, calm=not animate
        )
        self.breath = BreathController(state, presenter, self.features, background, on=settings.breathe)
        self.fetched_arrivals = FetchedArrivals(state, presenter, self.cursor, library, worker("arrivals"))
        self.freesound = FreesoundController(
            state, presenter, self.playback, self.fetched_arrivals, context.freesound, worker("freesound"),
            after=after, request=self.request, emit=emit,
        )  # fmt: skip
        self.control = ControlController(state, presenter, worker("control"), emit=emit)
        self.tour = Tour(presenter, keys, offer=context.offer_tour, remember=context.remember)

    def follow_sound(self) -> None:
        """The sound that plays may be another one: what moves with it follows."""
        if self.visualiser.place != "off" or self.breath.on:
            self.features.follow(self.state.playback.path)
            if self.state.playback.in_turn:
                row = next_in_list(self.state, self.presenter.widgets.list, include_cursor=False)
                if row is not None:
                    self.features.prepare(self.state.map_model.snapshot.names[row])
        self.visualiser.follow()
        self.freesound.follow_sound()
        self.breath.follow()

    def request(self, request: Request) -> None:
        """Send a request to the index service; where that has ended, say so."""
        try:
            self.context.service.send(request)
        except WorkerError as error:
            self.presenter.show_error(error)

    def save(self) -> None:
        """Save what the next start with this library needs."""
        state, path = self.state, self.context.library_path
        self.heard_log.flush()
        view = SavedView(
            int(state.cursor.sample) if state.cursor.sample is not None else None,
            state.colour_by,
            dict(state.marks),
            auto_play=state.playback.auto,
        )
        if path and len(state.map_model):
            self.context.remember(lambda saved: saved.with_library(path, view))


def _restored(context: AppContext, heard: HeardFiles) -> BrowserState:
    """The state as the last session with this library left it."""
    saved, view = context.saved, context.saved.library(context.library_path)
    search = SearchState(context.library.files_of, readable_searches, known_sounds(), heard, readable_synsets())
    state = BrowserState(search=search)
    state.cursor.start(SampleId(view.selected) if view.selected is not None else None)
    state.marks = {letter: SampleId(sample) for letter, sample in view.marks.items()}
    state.colour_by = view.colour_by if view.colour_by in CHOICES else CLASS
    state.playback.options = PlaybackOptions(saved.volume_db, saved.speed)
    settings = context.settings
    state.playback.project = Project(
        settings.project_bpm or saved.project_bpm, settings.project_key or saved.project_key
    )
    state.playback.auto = view.auto_play
    return state
