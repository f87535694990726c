"""Finds copies: groups of samples with one sound, each around the sample that should stay.

Samples with the same content hash are identical. Of the others, those whose fingerprints lie near each other are read
and compared with the keeper of a group; the comparison is kept, so that the next search reads only what is new.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tui_browser.audio.decode import decode
from tui_browser.dsp.fingerprint import SIZE, fingerprint
from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.dsp.near_fingerprints import near_pairs
from tui_browser.errors import AudioError, BundleError
from tui_browser.indexing.copy_comparison import NEAR, SAME, SoundComparer
from tui_browser.indexing.file_encoder import load_model
from tui_browser.records import FileStat, SampleId
from tui_browser.store.copies import Comparison, CopyFile, CopyMember
from tui_browser.store.reader import StoreReader

COPY_KINDS = ("keeper", "identical", "same", "near")
"""What a member is to its group's keeper, by the number that is stored."""
KEEPER, IDENTICAL, SAME_SOUND, NEARLY_SAME = range(4)
CANDIDATES_DB = 0.9
"""Fingerprints farther apart are not compared; docs/organise.md tells how many copies that costs."""
FULL_RATE = 44_100
"""Sample rates above this one say nothing of which file is the original."""
_LOSSY = frozenset(b".mp3 .mp2 .ogg .oga .opus .m4a .aac .wma .mpc .amr .weba".split())

Report = Callable[[int, int], None]
"""Told how many samples are done, and of how many."""


@dataclass(slots=True)
class FoundCopies:
    """The result of a search for copies."""

    members: list[CopyMember] = field(default_factory=list)
    """Group by group, the keeper first."""
    compared: list[Comparison] = field(default_factory=list)
    """Comparisons that are new."""
    fingerprints: list[tuple[int, bytes]] = field(default_factory=list)
    """Of samples that had none."""


def keeper_rank(file: CopyFile) -> tuple[bool, bool, bool, int, int, float, int]:
    """The lowest stays: one that is there, with annotations, lossless, of full rate, stereo, longest, oldest."""
    lossy = os.path.splitext(file.path)[1].lower() in _LOSSY
    rate = min(file.sample_rate, FULL_RATE)
    return file.missing, not file.annotated, lossy, -rate, -file.channels, -round(file.duration_s, 2), file.id


def missing_fingerprints(store: StoreReader, *, report: Report) -> list[tuple[int, bytes]]:
    """Fingerprints of the samples that have none, because an older version decoded them.

    None without the library's model, and for models that see no log-mel: then only identical sounds are copies.
    """
    samples = store.copies.without_fingerprint()
    if not samples:
        return []
    try:
        front_end = load_model(store.meta("model") or None).front_end
    except BundleError:
        return []
    if not isinstance(front_end, MelFrontEnd):
        return []
    found: list[tuple[int, bytes]] = []
    for done, file in enumerate(store.copies.files(samples)):
        report(done, len(samples))
        with contextlib.suppress(AudioError, OSError):
            clip = decode(FileStat.of(file.path, os.stat(file.path)), front_end=front_end)
            made = fingerprint(clip.mel, front_end=front_end)
            if made is not None and clip.content_hash == file.content_hash:
                found.append((int(file.id), made))
    report(len(samples), len(samples))
    return found


def find_copies(
    store: StoreReader,
    *,
    report: Report,
    more: Sequence[tuple[int, bytes]] = (),
    within_db: float = CANDIDATES_DB,
) -> FoundCopies:
    """Search the whole library; files that are not there, or cannot be read, are compared by their hash alone.

    `more` are fingerprints that are not stored yet.
    """
    same_hash = _by_hash(store.copies.same_hashes())
    ids, table = store.copies.fingerprints()
    if more:
        ids = np.concatenate([ids, np.array([sample for sample, _ in more], dtype=np.int64)])
        table = np.concatenate([table, np.frombuffer(b"".join(made for _, made in more), np.uint8).reshape(-1, SIZE)])
    near: dict[int, list[int]] = defaultdict(list)
    for first, second in near_pairs(table, within_db=within_db).tolist():
        near[int(ids[first])].append(int(ids[second]))
        near[int(ids[second])].append(int(ids[first]))
    involved = near.keys() | {sample for samples in same_hash.values() for sample in samples}
    files = {int(file.id): file for file in store.copies.files(involved)}
    sounds = _sounds(files.values())
    found = _Grouping(files, sounds, near, store.copies.comparisons(), report=report).run()
    found.fingerprints = list(more)
    return found


def _by_hash(samples: Iterable[tuple[SampleId, str]]) -> dict[str, list[int]]:
    by_hash: dict[str, list[int]] = defaultdict(list)
    for sample, content_hash in samples:
        by_hash[content_hash].append(int(sample))
    return by_hash


def _sounds(files: Iterable[CopyFile]) -> dict[str, list[CopyFile]]:
    """The files of each sound, the one that should stay first."""
    by_hash: dict[str, list[CopyFile]] = defaultdict(list)
    for file in files:
        by_hash[file.content_hash].append(file)
    return {content: sorted(group, key=keeper_rank) for content, group in by_hash.items()}


class _Grouping:
    """Makes the groups: each sound in the order of its rank gathers the copies that are in no group yet."""

    def __init__(
        self,
        files: Mapping[int, CopyFile],
        sounds: Mapping[str, list[CopyFile]],
        near: Mapping[int, Sequence[int]],
        known: Mapping[tuple[str, str], Comparison],
        *,
        report: Report,
    ) -> None:
        self._files = files
        self._sounds = sounds
        self._near = near
        self._known = known
        self._report = report
        self._comparer = SoundComparer()
        self._found = FoundCopies()

    def run(self) -> FoundCopies:
        leaders = sorted(self._sounds, key=lambda content: keeper_rank(self._sounds[content][0]))
        taken: set[str] = set()
        for done, leader in enumerate(leaders):
            self._report(done, len(leaders))
            if leader in taken:
                continue
            taken.add(leader)
            joined = [each for each in self._compared(leader, taken) if each[1].agreement >= NEAR]
            taken.update(content for content, _ in joined)
            self._add_group(leader, joined)
        self._report(len(leaders), len(leaders))
        return self._found

    def _compared(self, leader: str, taken: set[str]) -> Iterable[tuple[str, Comparison]]:
        """The sounds near to this one that are free, each as a copy of it."""
        others = (other for file in self._sounds[leader] for other in self._near.get(file.id, ()))
        for content in sorted({self._files[other].content_hash for other in others} - taken):
            comparison = self._comparison(self._sounds[leader][0], self._sounds[content][0])
            if comparison is not None:
                yield content, comparison

    def _comparison(self, leader: CopyFile, other: CopyFile) -> Comparison | None:
        """The second as a copy of the first; None where a file cannot be read."""
        low, high = sorted((leader.content_hash, other.content_hash))
        comparison = self._known.get((low, high))
        if comparison is None:
            if leader.missing or other.missing:
                return None
            try:
                comparison = self._comparer.compare(leader, other)
            except (AudioError, OSError):
                return None
            self._found.compared.append(comparison)
        if comparison.first == leader.content_hash:
            return comparison
        return comparison._replace(gain_db=-comparison.gain_db, shift_s=-comparison.shift_s)

    def _add_group(self, leader: str, joined: Sequence[tuple[str, Comparison]]) -> None:
        keeper, *twins = self._sounds[leader]
        if not twins and not joined:
            return
        add = self._found.members.append
        add(CopyMember(keeper.id, keeper.id, KEEPER, 1.0, 0.0, 0.0))
        for twin in twins:
            add(CopyMember(twin.id, keeper.id, IDENTICAL, 1.0, 0.0, twin.onset_s - keeper.onset_s))
        for content, comparison in joined:
            kind = SAME_SOUND if comparison.agreement >= SAME else NEARLY_SAME
            for file in self._sounds[content]:
                shift_s = file.onset_s - keeper.onset_s
                add(CopyMember(file.id, keeper.id, kind, comparison.agreement, comparison.gain_db, shift_s))
