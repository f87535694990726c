"""Which tags the samples of a library would get from sidecars, folders and synonyms; nothing is written here."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, get_args

from tui_browser.records import SampleId
from tui_browser.search.synsets import Synsets, as_tag
from tui_browser.workbench.labels.folder_words import folder_tags, known_words
from tui_browser.workbench.labels.sidecars import SidecarReader

Source = Literal["sidecars", "folders", "tags"]
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sample with the tags that it has."""

    id: SampleId
    path: bytes
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagPlan:
    """Tags to be added."""

    add: dict[str, list[SampleId]]
    """Samples by new tag, the most frequent tag first."""
    unreadable: dict[bytes, str] = field(default_factory=dict)
    """Sidecars that could not be read."""

    @property
    def samples(self) -> int:
        """Number of samples that get a tag."""
        return len(set[SampleId]().union(*self.add.values()))

    @property
    def count(self) -> int:
        """Number of tags of all samples together."""
        return sum(map(len, self.add.values()))


def collect_tags(
    samples: Sequence[Tagged],
    *,
    sources: Collection[Source],
    synsets: Synsets,
    roots: Sequence[bytes] = (),
    least: int = 1,
    step: Callable[[], None] | None = None,
) -> TagPlan:
    """The tags that samples lack; a tag on fewer than `least` samples is left out.

    `step` is called after each sample.
    """
    sidecars, wanted = SidecarReader(), dict[str, list[SampleId]]()

    @cache
    def of_folder(folder: bytes) -> list[str]:
        return folder_tags(folder, roots, synsets)

    for sample in sorted(samples, key=lambda sample: sample.path):
        has = {tag.casefold() for tag in sample.tags}
        for tag in _tags(sample, sources, synsets, sidecars, of_folder):
            if tag and tag.casefold() not in has:
                has.add(tag.casefold())
                wanted.setdefault(tag, []).append(sample.id)
        if step is not None:
            step()
    return TagPlan(most_frequent_first(wanted, least), sidecars.unreadable)


def most_frequent_first(wanted: Mapping[str, list[SampleId]], least: int = 1) -> dict[str, list[SampleId]]:
    """The tags on at least `least` samples, the most frequent first."""
    return dict(sorted(((t, ids) for t, ids in wanted.items() if len(ids) >= least), key=lambda p: (-len(p[1]), p[0])))


def _tags(
    sample: Tagged,
    sources: Collection[Source],
    synsets: Synsets,
    sidecars: SidecarReader,
    of_folder: Callable[[bytes], list[str]],
) -> Iterator[str]:
    if "sidecars" in sources and (found := sidecars.sidecar(sample.path)) is not None:
        for tag in found.tags:
            yield as_tag(tag)
            yield synsets.canonical(tag)
        for text in found.texts:
            yield from known_words(text, synsets)
    if "folders" in sources:
        yield from of_folder(os.path.dirname(sample.path))
    if "tags" in sources:
        yield from (known for tag in sample.tags if (known := synsets.tag(tag)) is not None)
