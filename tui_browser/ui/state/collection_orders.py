"""The orders of collections that were asked for and are not in the snapshot yet, so that steps can follow quickly."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.records import SampleId

Order = tuple[SampleId, ...]


class CollectionOrders:
    """By collection: the order of the snapshot, and those that follow from it."""

    def __init__(self) -> None:
        self._pending: dict[str, list[Order]] = {}

    def present(self, name: str, stored: Order) -> Order:
        """The newest order that was asked for; the `stored` one where another change came in between."""
        stored = tuple(dict.fromkeys(stored))
        pending = self._pending.get(name, [])
        if stored not in pending or stored == pending[-1]:
            self._pending[name] = [stored]
        return self._pending[name][-1]

    def moved(self, name: str, order: Sequence[SampleId]) -> None:
        """This order was asked for."""
        self._pending[name].append(tuple(order))
