"""What the index service tells, to the controller that it concerns."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.errors import BrowserError
from tui_browser.library.messages import (
    Changed,
    Event,
    Guest,
    LayoutChanged,
    LayoutOffered,
    LayoutStale,
    LocateFailed,
    MakeFailed,
    Notice,
    SoundMade,
)
from tui_browser.records import Progress
from tui_browser.ui.commands import Keys
from tui_browser.ui.paint import Paint
from tui_browser.ui.session import Session


def take(event: Event, session: Session, keys: Keys, paint: Paint) -> None:
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
        case SoundMade():
            key = keys.first("keep_made", ascii=paint.ascii)
            session.making.take(event, more=f": {key} saves it" if key else "")
        case MakeFailed():
            session.making.failed(event)


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
