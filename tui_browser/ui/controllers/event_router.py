"""What the index service tells, to the controller that it concerns."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.errors import BrowserError
from tui_browser.records import Progress
from tui_browser.service.messages import (
    Changed,
    Event,
    GenerationFailed,
    Guest,
    LayoutChanged,
    LayoutOffered,
    LayoutStale,
    LocateFailed,
    NearestFound,
    NeighbourIndexReady,
    Notice,
    SoundGenerated,
)
from tui_browser.ui.controllers.controllers import Controllers
from tui_browser.ui.keys.table import Keys
from tui_browser.ui.styles import Styles


def take(event: Event, session: Controllers, keys: Keys, paint: Styles) -> None:
    """Let whoever it concerns have it."""
    match event:
        case Progress():
            session.scenery.take_progress(event)
        case Changed():
            session.feed.refresh()
        case Notice(text=text, severity=severity):
            session.stage.say(text, severity=severity)
        case Guest():
            session.welcome_guest(event)
        case LocateFailed(path=path, reason=reason):
            session.failed(BrowserError(reason, path=path))
        case LayoutOffered():
            session.offers.fitted(walked=session.journey.walked)
        case LayoutStale():
            session.offers.stale(event)
        case LayoutChanged():
            session.offers.changed(event)
        case SoundGenerated():
            key = keys.first("keep_made", ascii=paint.ascii)
            session.making.take(event, more=f": {key} saves it" if key else "")
        case GenerationFailed():
            session.making.failed(event)
        case NeighbourIndexReady() | NearestFound():
            session.indexed.take(event)


def newest(events: Sequence[Event]) -> list[Event]:
    """The events without Progress and Changed that a later one of their kind replaces."""
    kept: list[Event] = []
    seen: set[type] = set()
    for event in reversed(events):
        if isinstance(event, (Progress, Changed)):
            if type(event) in seen:
                continue
            seen.add(type(event))
        kept.append(event)
    return kept[::-1]
