"""What the sound words of a query meant, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.search.matcher import Matches
from tui_browser.search.sound_vocabulary import SOUND_WORDS


def meanings(matches: Matches) -> list[str]:
    """A line for each sound word: what it means, and how many samples of the library sound and are called so."""
    lines = []
    for found in matches.sounds:
        called = f", {found.by_name:,} called so" if found.by_name else ""
        lines.append(f"{found.word}: {SOUND_WORDS[found.word]} ({found.by_sound:,} sound so{called})")
    return lines


def short_meanings(words: Sequence[str]) -> str:
    """The same in one line, without numbers."""
    return "   ".join(f"{word}: {SOUND_WORDS[word]}" for word in words)
