"""The offer to move a library from a shipped model of before to the present one: one sentence, once."""

from __future__ import annotations

import os
from dataclasses import replace

from tui_browser.config.places import shipped
from tui_browser.config.settings import DEFAULT_MODEL, Settings
from tui_browser.config.state import load_state, remember
from tui_browser.library.library import Library


def model_offer(library: Library, settings: Settings) -> str:
    """A sentence for a library whose model is a shipped one but not the default; empty otherwise, and ever after.

    A person who has named that model in the settings is not asked.
    """
    name = library.model
    if not name or name in (DEFAULT_MODEL, settings.model) or not (_is_shipped(name) and _is_shipped(DEFAULT_MODEL)):
        return ""
    key = f"{DEFAULT_MODEL}:{os.path.abspath(library.path)}"
    if key in load_state().offers:
        return ""
    remember(lambda state: replace(state, offers=(*state.offers, key)))
    return f"{DEFAULT_MODEL} tells more kinds of sounds apart than {name}: palette, Models"


def _is_shipped(name: str) -> bool:
    return os.path.basename(name) == name and os.path.isdir(os.path.join(shipped("models"), name))
