"""A pattern arranged for a kit: one track for each slot, named like it, so that rows of both are the same."""

from __future__ import annotations

from dataclasses import replace

from tui_browser.kits.kit import Kit
from tui_browser.kits.pattern import FEWEST_TRACKS, Pattern, Track
from tui_browser.kits.tracks import parts_of


def arranged(kit: Kit, pattern: Pattern) -> tuple[Pattern, list[str]]:
    """The pattern with a track for each slot in the order of the slots, and the tracks that no slot plays.

    What a slot plays is as for `parts_of`, whatever is muted; a slot that plays no track has an empty one.
    """
    unmixed = replace(pattern, tracks=tuple(replace(track, muted=False, solo=False) for track in pattern.tracks))
    parts, without = parts_of(kit, unmixed)
    played = {part.slot.role: part.track.name for part in parts}
    tracks = {track.name: track for track in pattern.tracks}
    rest = (0.0,) * pattern.steps
    rows = tuple(
        replace(tracks[played[slot.role]], name=slot.role) if slot.role in played else Track(slot.role, rest)
        for slot in kit.slots
    )
    return replace(pattern, tracks=rows), without


def without_rests(pattern: Pattern) -> Pattern:
    """The pattern without tracks that never sound, as far as it keeps the fewest tracks of a pattern."""
    kept = [track for track in pattern.tracks if any(track.velocities)]
    silent = [track for track in pattern.tracks if not any(track.velocities)]
    kept += silent[: max(0, FEWEST_TRACKS - len(kept))]
    names = {track.name for track in kept}
    return replace(pattern, tracks=tuple(track for track in pattern.tracks if track.name in names))
