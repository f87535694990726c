"""Routes events: what controllers report, and what the index service sends, each to the one that it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tui_browser.errors import BrowserError
from tui_browser.records import Progress
from tui_browser.service.messages import (
    Changed,
    ClassesRefitted,
    Event,
    GenerationFailed,
    GenerationProgress,
    Guest,
    LayoutChanged,
    LayoutOffered,
    LayoutStale,
    LocateFailed,
    NearestFound,
    NeighbourIndexReady,
    Notice,
    SoundGenerated,
    SoundHeard,
)
from tui_browser.ui.controllers.controllers import Controllers
from tui_browser.ui.controllers.events import (
    ClipboardUncertain,
    ControllerEvent,
    ControlRequested,
    CursorMoved,
    DetailsChanged,
    FeaturesReady,
    FilesHeard,
    FirstLoadEnded,
    FoldersDropped,
    FreesoundChanged,
    JobFailed,
    MakingChanged,
    MapEmpty,
    MapModelLoaded,
    MapShown,
    MatchesChanged,
    NothingMatched,
    StatusChanged,
)
from tui_browser.ui.screens.control_requests import ControlRequests


class RoutingScreen(Protocol):
    """The main screen, as far as events concern it."""

    @property
    def controllers(self) -> Controllers: ...
    @property
    def control_requests(self) -> ControlRequests: ...
    def report_first_load(self) -> None: ...
    def map_shown(self, event: MapShown) -> None: ...
    def show_emptiness(self, event: MapEmpty) -> None: ...
    def nothing_matched(self) -> None: ...
    def show_loaded_details(self, event: DetailsChanged) -> None: ...
    def show_freesound(self) -> None: ...
    def making_changed(self) -> None: ...
    def show_copied_text(self, event: ClipboardUncertain) -> None: ...
    def ask_to_add(self, event: FoldersDropped) -> None: ...
    def renew_lists(self) -> None: ...
    def show_refit(self, event: ClassesRefitted) -> None: ...


def route_controller_event(event: ControllerEvent, screen: RoutingScreen) -> None:
    """Pass an event of a controller to another controller or to the screen."""
    controllers = screen.controllers
    match event:
        case StatusChanged():
            screen.control_requests.follow()
        case ControlRequested(request=request, answer=answer):
            screen.control_requests.take(request, answer)
        case JobFailed(error=error):
            controllers.presenter.show_error(error)
        case FirstLoadEnded():
            screen.report_first_load()
        case MapModelLoaded(map_model=map_model):
            controllers.map.show(map_model)
        case MapShown():
            screen.map_shown(event)
            controllers.made_sounds.library_changed()
            controllers.list_columns.library_changed()
            controllers.fetched_arrivals.library_changed()
            controllers.places.library_changed()
            controllers.kit_view.draw()
        case MapEmpty():
            screen.show_emptiness(event)
        case MatchesChanged():
            controllers.search.renewed()
        case FilesHeard():
            controllers.search.search_again()
        case NothingMatched():
            screen.nothing_matched()
        case FreesoundChanged():
            screen.show_freesound()
        case DetailsChanged():
            screen.show_loaded_details(event)
        case MakingChanged():
            screen.making_changed()
            controllers.sound_walk.follow()
        case ClipboardUncertain():
            screen.show_copied_text(event)
        case FoldersDropped():
            screen.ask_to_add(event)
        case CursorMoved():
            controllers.sound_walk.follow()
        case FeaturesReady():
            controllers.follow_sound()


def route_service_event(event: Event, screen: RoutingScreen) -> None:
    """Pass an event of the index service to its controller."""
    controllers = screen.controllers
    match event:
        case Progress():
            controllers.map.take_progress(event)
            if event.phase == "idle":
                controllers.fetched_arrivals.indexing_rests()
        case Changed():
            controllers.snapshots.refresh()
            screen.renew_lists()
        case Notice(text=text, severity=severity):
            controllers.presenter.say(text, severity=severity)
        case Guest():
            controllers.heard_files.take(event)
            controllers.drops.take_guest(event)
        case LocateFailed(path=path, reason=reason):
            if not controllers.heard_files.failed(path, reason):
                controllers.presenter.show_error(BrowserError(reason, path=path))
        case LayoutOffered():
            controllers.layout_prompt.layout_ready()
        case LayoutStale():
            controllers.layout_prompt.stale(event)
        case LayoutChanged():
            controllers.layout_prompt.layout_changed(event)
        case SoundGenerated():
            controllers.generation.take(event)
        case SoundHeard():
            controllers.generation.take_heard(event)
        case GenerationProgress():
            controllers.generation.take_progress(event)
        case GenerationFailed():
            controllers.generation.failed(event)
        case NeighbourIndexReady() | NearestFound():
            controllers.neighbour_index.take(event)
        case ClassesRefitted():
            screen.show_refit(event)


def without_superseded(events: Sequence[Event]) -> list[Event]:
    """The events without each `Progress` and `Changed` that is followed by another one."""
    kept: list[Event] = []
    seen: set[type] = set()
    for event in reversed(events):
        if isinstance(event, (Progress, Changed)):
            if type(event) in seen:
                continue
            seen.add(type(event))
        kept.append(event)
    return kept[::-1]
