"""Suggested tags: by number of samples, by their start, whatever their case."""

from __future__ import annotations

from tui_browser.search.tag_counts import suggested_tags, tag_counts


def test_d8_suggestions_are_the_hundred_most_frequent_with_the_start_in_any_case() -> None:
    samples = [("Kick", "dark"), ("kick",), ("KICK", "Kick"), ("Kitchen",), *((f"k{at:03d}",) for at in range(150))]
    counts = tag_counts(samples)
    assert counts[0] == ("Kick", 3)
    suggested = suggested_tags(counts, "K")
    assert len(suggested) == 100
    assert [tag for tag, _ in suggested[:3]] == ["Kick", "k000", "k001"]
    assert suggested_tags(counts, "kI") == [("Kick", 3), ("Kitchen", 1)]
    assert suggested_tags(counts, "ki", without=["KICK"]) == [("Kitchen", 1)]
    assert suggested_tags(counts, "dark ") == []
