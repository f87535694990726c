"""What is made, as the map, the details and the status line show it."""

from __future__ import annotations

import numpy as np

from tui_browser.layouts.axes import latent_axes
from tui_browser.records import CLASSES
from tui_browser.ui import formatting
from tui_browser.ui.controllers.details_loader import guest_facts
from tui_browser.ui.state.browser_state import BrowserState
from tui_browser.ui.state.making import Ingredient, MadeSound, Place, Recipe
from tui_browser.ui.widgets.details import Facts, ParentFact
from tui_browser.ui.widgets.map_making import MakingMarks

MOST_LINES = 9
"""Parents that a line leads to."""


def making_marks(state: BrowserState) -> MakingMarks:
    """What the map shows of it; the free cursor leaves the marks of the last sound behind."""
    making, shown = state.making, state.making.shown_sound
    if not making.active:
        return MakingMarks()
    cursor, sound = _drawn(state, making.place), making.sound
    asked = lands = None
    if sound is not None and sound.recipe.layout == state.map_model.snapshot.layout:
        asked = _drawn(state, sound.recipe.at)
        lands = _drawn(state, sound.lands) if sound is shown or asked is not None else None
    recipe = shown.recipe if shown is not None else making.plan
    return MakingMarks(
        cursor=cursor,
        parents=() if recipe is None else _parent_places(state, recipe),
        centre=cursor if shown is None else asked or lands,
        asked=asked,
        lands=lands,
    )


def _parent_places(state: BrowserState, recipe: Recipe) -> tuple[Place, ...]:
    rows = (state.map_model.row_of(parent.sample) for parent in recipe.parents[:MOST_LINES])
    places = (state.map_model.place_on_map(row) for row in rows)
    return tuple(place for place in places if place is not None)


def _drawn(state: BrowserState, place: Place | None) -> Place | None:
    """Where a place of the layout is drawn."""
    if place is None:
        return None
    x, y = np.clip(state.map_model.stretch.apply(place), 0.0, 1.0).tolist()
    return x, y


def making_facts(state: BrowserState) -> Facts | None:
    """What the details show of it; None where they show a sample."""
    making, sound = state.making, state.making.shown_sound
    if sound is not None:
        return made_facts(state, sound)
    if making.place is None:
        return None
    recipe = making.plan
    parents = () if recipe is None else _parents(state, recipe)
    return Facts(b"", len(CLASSES), 0.0, title="an empty place", story=_plan_story(state, recipe), parents=parents)


def made_facts(state: BrowserState, sound: MadeSound) -> Facts:
    """A made sound: what it is, where it lies, and its parents."""
    parents = _parents(state, sound.recipe)
    if sound.guest is None:
        return Facts(
            sound.path, len(CLASSES), 0.0, class_name="", title=sound.title, story="being heard ...", parents=parents
        )
    facts = guest_facts(sound.guest, state.map_model.snapshot.class_names)
    return Facts(
        path=facts.path,
        class_index=facts.class_index,
        class_p=facts.class_p,
        class_name=facts.class_name,
        duration_s=facts.duration_s,
        loudness_db=facts.loudness_db,
        title=sound.title,
        story=landing_words(sound),
        parents=parents,
    )


def landing_words(sound: MadeSound) -> str:
    """How far from the place that was asked for a sound lies; empty where none was."""
    miss = sound.miss
    if miss is None:
        return ""
    return "lands where it was asked for" if miss < 0.005 else f"lands {100 * miss:.0f} % of the map away"


def _plan_story(state: BrowserState, recipe: Recipe | None) -> str:
    if recipe is None:
        return ""
    pinned = [f"dim{number + 1}" for number in latent_axes(state.map_model.snapshot.layout) if number is not None]
    return f"with {' and '.join(pinned)} of this place, from" if pinned else "would be made from"


def _parents(state: BrowserState, recipe: Recipe) -> tuple[ParentFact, ...]:
    return tuple(
        ParentFact(share_words(parent, raw=recipe.raw), parent.name, _class_index(state, parent))
        for parent in recipe.parents
    )


def share_words(parent: Ingredient, *, raw: bool) -> str:
    """A parent's weight as it is shown."""
    if raw:
        return f"{parent.weight:+.2f}"
    return "< 1 %" if 0 < parent.weight < 0.005 else f"{100 * parent.weight:.0f} %"


def _class_index(state: BrowserState, parent: Ingredient) -> int:
    row = state.map_model.row_of(parent.sample)
    return len(CLASSES) if row is None else state.map_model.hue_of(row)


def making_line(state: BrowserState) -> str:
    """What the status line says of it when it has nothing newer to say; empty where it tells of a sample."""
    making, sound = state.making, state.making.shown_sound
    if sound is not None:
        number = f"made {making.at + 1} of {len(making.sounds)}"
        return " · ".join(filter(None, (number, sound.title, class_words(sound), landing_words(sound))))
    if making.place is None:
        return ""
    if making.plan is None or not making.plan.parents:
        return "an empty place"
    nearest = making.plan.parents[0]
    others = len(making.plan.parents) - 1
    return f"an empty place near {nearest.name}" + (f" and {formatting.samples(others)} more" if others else "")


def class_words(sound: MadeSound) -> str:
    """What a made sound is heard as; empty where that is not known."""
    guest = sound.guest
    if guest is None or not guest.class_name:
        return ""
    return formatting.certainty(guest.class_name, guest.class_p)
