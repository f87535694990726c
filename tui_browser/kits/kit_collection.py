"""Kits in the library: a kit is a collection of the kind `kit`, a slot an item of it.

The library keeps an item with its sound: where the file moved, the slot has the new path.
"""

from __future__ import annotations

from tui_browser.errors import LibraryError
from tui_browser.kits.kit import Kit, KitError, slot_data, slot_from_data
from tui_browser.store.reader import StoreReader
from tui_browser.store.records import CollectionInfo, CollectionItem, SampleCollection
from tui_browser.store.store import Store

KIND = "kit"


def kit_infos(store: StoreReader) -> list[CollectionInfo]:
    """All kits by name, without their slots."""
    return [info for info in store.collections() if info.kind == KIND]


def load_kit(store: StoreReader, name: str) -> Kit:
    """The kit of this name, ignoring case; raises KitError where there is none."""
    collection = store.collection(name)
    if collection is None or collection.kind != KIND:
        names = ", ".join(info.name for info in kit_infos(store)[:10])
        raise KitError(f"there is no kit {name}", hint=f"there are: {names}" if names else "kit new makes one")
    return _kit_of(collection)


def absent_slots(store: StoreReader, name: str) -> list[str]:
    """The slots whose sounds are not in the library any more."""
    collection = store.collection(name)
    items = collection.items if collection is not None else ()
    return [str(item.data.get("role")) for item in items if item.sample is None]


def check_free(store: StoreReader, name: str, *, replace: bool) -> None:
    """Raise KitError where a kit may not get this name: a kit goes only with `replace`, a list of samples never."""
    present = store.collection(name)
    if present is not None and present.kind != KIND:
        raise KitError(f"{present.name} is a collection of samples, not a kit", hint="choose another name")
    if present is not None and not replace:
        raise KitError(f"there is a kit {present.name} already", hint="--force replaces it")


def save_kit(store: Store, kit: Kit, *, replace: bool) -> None:
    """Store a kit under its name (see `check_free`); raises KitError and LibraryError."""
    check_free(store, kit.name, replace=replace)
    present = store.collection(kit.name)
    data = {"query": kit.query}
    if present is None:
        store.create_collection(kit.name, kind="kit", data=data)
    items = [CollectionItem(None, slot.content_hash, slot.path, slot_data(slot)) for slot in kit.slots]
    try:
        store.replace_items(kit.name, items, data=data)
    except BaseException:  # ctrl-c included: no empty kit stays behind
        if present is None:
            store.delete_collection(kit.name)
        raise


def remove_kit(store: Store, name: str) -> str:
    """Delete a kit, not its samples, and return its name; raises KitError where there is none."""
    collection = store.collection(name)
    if collection is None or collection.kind != KIND or not store.delete_collection(name):
        raise KitError(f"there is no kit {name}", hint="kit list shows all")
    return collection.name


def _kit_of(collection: SampleCollection) -> Kit:
    slots = tuple(
        slot_from_data(item.data, path=item.path, content_hash=item.content_hash) for item in collection.items
    )
    query = collection.data.get("query", "")
    try:
        return Kit(collection.name, slots, query if isinstance(query, str) else "")
    except KitError as error:
        raise LibraryError(
            f"the kit {collection.name} is damaged: {error.what}", hint="kit remove deletes it"
        ) from error
