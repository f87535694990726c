"""Names that a person gave in a library, so that a query can say which of its own mean nothing there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui_browser.errors import printable
from tui_browser.records import Snapshot
from tui_browser.search.conditions import CollectionTerm, Expression, InvalidValue, TagTerm
from tui_browser.search.fields import nearest_choice
from tui_browser.search.synsets import tag_key


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Tags and collections, in lower case, also as the screen shows them."""

    tags: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()

    @classmethod
    def of(cls, snapshot: Snapshot) -> KnownNames:
        """Those of a library."""
        tags = {tag.lower() for own in snapshot.tags.values() for tag in own}
        return cls(_both_ways(tags), _both_ways(name.lower() for name in snapshot.collections))

    def refusal(self, term: Expression) -> InvalidValue | None:
        """Why a term means nothing in the library; None for every other one."""
        match term:
            case TagTerm(_, same) if same and any(tag_key(own) in same for own in self.tags):
                return None
            case TagTerm(tag):
                field, _, name = tag.partition(":") if tag.startswith(("word:", "phone:")) else ("", "", tag)
                start = f"{field}:" if field else ""
                return _unknown(name, [each.removeprefix(start) for each in self.tags if each.startswith(start)], "tag")
            case CollectionTerm(name):
                return _unknown(name, self.collections, "collection")
            case _:
                return None


def _both_ways(names: Iterable[str]) -> frozenset[str]:
    """The names as they are, and as the screen shows those that it may not write."""
    held = set(names)
    return frozenset(held | {printable(name).lower() for name in held})


def _unknown(name: str, known: Iterable[str], kind: str) -> InvalidValue | None:
    names = list(known)
    if any(each.startswith(name) for each in names):
        return None
    nearest = nearest_choice(name, sorted(names))
    quoted = f'"{nearest}"' if " " in nearest else nearest
    return InvalidValue(f"no {kind} is called so" if names else f"there is no {kind} yet", quoted)
