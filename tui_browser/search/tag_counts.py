"""Tags with the number of samples that have them, and the most frequent ones that start with what was typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

MOST_SUGGESTIONS = 100

TagCount = tuple[str, int]
"""A tag and the number of samples that have it."""


def tag_counts(tags: Iterable[Sequence[str]]) -> list[TagCount]:
    """The tags of all samples, most frequent first, equal ones by name.

    Spellings that differ in case are one tag, in its most frequent spelling.
    """
    samples: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    for own in tags:
        samples.update({tag.casefold() for tag in own})
        for tag in own:
            spellings.setdefault(tag.casefold(), Counter())[tag] += 1
    named = [(min(spellings[key].items(), key=lambda pair: (-pair[1], pair[0]))[0], n) for key, n in samples.items()]
    return sorted(named, key=lambda pair: (-pair[1], pair[0].casefold()))


def suggested_tags(
    counts: Sequence[TagCount], typed: str, *, most: int = MOST_SUGGESTIONS, without: Iterable[str] = ()
) -> list[TagCount]:
    """The first `most` of `tag_counts` that start with `typed`, ignoring case."""
    start, left_out = typed.casefold(), {tag.casefold() for tag in without}
    fitting = (pair for pair in counts if pair[0].casefold().startswith(start) and pair[0].casefold() not in left_out)
    return [pair for pair, _ in zip(fitting, range(most), strict=False)]
