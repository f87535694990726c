"""The model of a library, and the one that a person wants it to move to.

The move takes as long as an index run. Until it is complete the library keeps its model and its map; the wish is stored
in the library, so that a move that was interrupted goes on with the next run.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from tui_browser.config.places import shipped
from tui_browser.config.settings import load_settings
from tui_browser.errors import BundleError, ConfigError
from tui_browser.indexing.file_encoder import load_model, model_folders, model_reference
from tui_browser.model.bundle import Bundle, check_weights
from tui_browser.model.model_list import ModelFacts, list_models
from tui_browser.model.tfjs.find_models import is_autoencoder
from tui_browser.store.store import Store

_WANTED = "wanted_model"


def known_models(*, more: Iterable[str] = ()) -> list[ModelFacts]:
    """Shipped models, the user's own, those in the folders `more`, and the one of the settings."""
    with contextlib.suppress(ConfigError):  # told where the settings are used
        more = [*more, load_settings().model]
    return list_models(model_folders(), shipped=shipped("models"), more=[name for name in more if os.sep in name])


def usable_model(name: str) -> Bundle:
    """The model of this name or in this folder, its weights looked at, too; raises BundleError."""
    try:
        return check_weights(load_model(name))
    except BundleError as error:
        if is_autoencoder(name):
            hint = "tui-browser model import takes it"
            raise BundleError("this is a model of another program", path=name, hint=hint) from error
        raise


def want_model(store: Store, bundle: Bundle) -> None:
    """The library is to move to this model; the caller holds the writer lock."""
    store.set_meta({_WANTED: model_reference(bundle)})


def drop_wanted(store: Store) -> None:
    """No move is under way any more; the caller holds the writer lock."""
    if store.meta(_WANTED):
        store.set_meta({_WANTED: ""})


def library_bundle(store: Store, *, model: str | None, fallback: str | None) -> tuple[Bundle, str]:
    """The model to encode a library with, and a sentence if the one that it was to move to cannot be used.

    That is `model`, else the wanted one, else the one it has, else `fallback`. Raises BundleError.
    """
    wanted, note = store.meta(_WANTED), ""
    if model is None and wanted:
        try:
            return check_weights(load_model(wanted)), ""
        except BundleError as error:
            note = f"{error}; the library keeps its model"
    bundle = load_model(model or store.meta("model") or fallback)
    return bundle if bundle.space == store.counts().space else check_weights(bundle), note
