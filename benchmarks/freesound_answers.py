"""Answers of Freesound for pictures: made up, always the same, and without a network."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.freesound.found_sound import FoundSound
from tui_browser.freesound.messages import Event, FetchSounds, Request, Search, SoundFetched, SoundsFound

_PAGE = "https://creativecommons.org"
_LICENCES = {
    "0": f"{_PAGE}/publicdomain/zero/1.0/", "by": f"{_PAGE}/licenses/by/4.0/", "nc": f"{_PAGE}/licenses/by-nc/4.0/",
}  # fmt: skip
_FOUND = (
    ("Footstep on wood, close", "elin_k", 0.84, "0", "footstep wood foley close boots", ""),
    ("Wooden stairs, slow walk 01", "northroom", 1.62, "by", "footstep stairs wood creak interior", ""),
    ("boots_on_floorboards_03.wav", "tapehiss", 1.31, "nc", "footstep boots wood floor field-recording", "no-gen-ai"),
    ("single step, hollow floor", "elin_k", 0.47, "0", "footstep wood hollow single one-shot", ""),
    ("Heels on parquet", "m_okafor", 1.95, "by", "footstep heels parquet wood", "open-source-models"),
    ("Attic, bare feet", "northroom", 1.18, "by", "footstep barefoot wood attic soft", ""),
    ("Jetty, walking off", "havsljud", 1.77, "0", "footstep wood pier water outdoor", ""),
    ("sneaker squeak on gym floor", "tapehiss", 0.66, "nc", "footstep squeak wood gym", "no-gen-ai"),
    ("Step and creak", "m_okafor", 1.04, "by", "footstep creak wood old-house", ""),
    ("Clogs", "klompen", 1.22, "0", "footstep clogs wood percussive", ""),
)


class CannedFreesound:
    """In place of the process that speaks to Freesound: finds always the same, fetches the first of what is asked."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def send(self, request: Request) -> None:
        match request:
            case Search(number=number):
                self._events.append(SoundsFound(number, tuple(map(_sound, range(len(_FOUND)))), 1_284, last=False))
            case FetchSounds(number=number, sounds=sounds, folder=folder):
                path = folder + b"/%d.ogg" % sounds[0].id
                self._events.append(SoundFetched(number, sounds[0], path, fresh=True))
            case _:
                pass

    def fileno(self) -> int:
        return -1

    def poll(self) -> Sequence[Event]:
        events, self._events = self._events, []
        return events


def _sound(at: int) -> FoundSound:
    name, author, seconds, licence, tags, preference = _FOUND[at]
    number = 514_200 + 37 * at
    return FoundSound(
        number, name, author, _LICENCES[licence], seconds, tuple(tags.split()),
        f"https://freesound.org/people/{author}/sounds/{number}/",
        (("preview-hq-ogg", f"https://cdn.freesound.org/previews/{number // 1000}/{number}_1-hq.ogg"),),
        ai_preference=preference,
    )  # fmt: skip
