"""Kits in the library: a kit is a collection of the kind `kit`, a slot an item of it.

The library keeps an item with its sound: where the file moved, the slot has the new path.
"""

from __future__ import annotations

from tui_browser.errors import LibraryError, printable
from tui_browser.kits.kit import Kit, KitError, Slot, slot_data, slot_from_data
from tui_browser.store.annotation_changes import AnnotationChange
from tui_browser.store.reader import StoreReader
from tui_browser.store.records import CollectionInfo, CollectionItem, CollectionKind, SampleCollection
from tui_browser.store.store import Store

KIND: CollectionKind = "kit"


def kit_infos(store: StoreReader) -> list[CollectionInfo]:
    """All kits by name, without their slots."""
    return [info for info in store.collections() if info.kind == KIND]


def load_kit(store: StoreReader, name: str) -> Kit:
    """The kit of this name, ignoring case; raises KitError where there is none."""
    collection = store.collection(name)
    if collection is None or collection.kind != KIND:
        names = ", ".join(info.name for info in kit_infos(store)[:10])
        raise KitError(f"there is no kit {name}", hint=f"there are: {names}" if names else "kit new makes one")
    return kit_of(collection)


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


def save_kit(store: Store, kit: Kit, *, replace: bool, run: str) -> None:
    """Store a kit under its name (see `check_free`); `run` names the change, which can be taken back.

    Raises KitError and LibraryError.
    """
    check_free(store, kit.name, replace=replace)
    store.annotate(kit_change(kit), run=run)


def kit_change(kit: Kit) -> AnnotationChange:
    """The change that stores a kit under its name."""
    items = tuple(CollectionItem(None, slot.content_hash, slot.path, slot_data(slot)) for slot in kit.slots)
    return AnnotationChange(collections={kit.name: SampleCollection(kit.name, KIND, items, {"query": kit.query})})


def remove_kit(store: Store, name: str) -> str:
    """Delete a kit, not its samples, and return its name; can be taken back. Raises KitError where there is none."""
    collection = store.collection(name)
    if collection is None or collection.kind != KIND:
        raise KitError(f"there is no kit {name}", hint="kit list shows all")
    change = AnnotationChange(collections={collection.name: None})
    store.annotate(change, run=f"kit remove {printable(collection.name)}")
    return collection.name


def kit_of(collection: SampleCollection) -> Kit:
    """The kit that a collection of this kind holds; raises LibraryError where it is damaged."""
    slots = tuple(_slot_of(item, number) for number, item in enumerate(collection.items, start=1))
    query = collection.data.get("query", "")
    try:
        return Kit(collection.name, slots, query if isinstance(query, str) else "")
    except KitError as error:
        raise LibraryError(
            f"the kit {collection.name} is damaged: {error.what}", hint="kit remove deletes it"
        ) from error


def _slot_of(item: CollectionItem, number: int) -> Slot:
    """The slot of an item; one that was added to the collection as a sample alone is played as it is."""
    if not item.data:
        return Slot(f"slot_{number}", item.path, item.content_hash)
    return slot_from_data(item.data, path=item.path, content_hash=item.content_hash)
