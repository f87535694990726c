"""Copies: how many made ones are found, how many that are none, and how the search grows.

Copies of validation sounds are made in code; the pool has hundreds of round robins, which are no copies.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from benchmarks.report import Table, show
from tui_browser.dsp.near_fingerprints import near_pairs
from tui_browser.indexing.copy_finder import CANDIDATES_DB, COPY_KINDS, KEEPER, find_copies
from tui_browser.indexing.indexer import index_library
from tui_browser.library.library import open_for_writing
from tui_browser.search.name_facts import name_facts
from tui_browser.store.copies import CopyMember
from tui_browser.store.store import Store

Sound = NDArray[np.float32]
_ORIGINAL = "orig"
_CODED = {"mp3": ("MP3", None), "ogg": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS")}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with pool and validation")
    parser.add_argument("--sounds", type=int, default=300, help="so many validation sounds are copied")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--grow", type=int, nargs="*", default=[12_500, 25_000, 50_000, 100_000])


def run(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="copies-") as folder:
        made = _make(args.data, Path(folder) / "made", count=args.sounds)
        of_made, first = _measure_made(f"{folder}/made.db", made)
        of_pool, second = _measure_pool(f"{folder}/pool.db", args.data / "pool")
    growth = _measure_growth(np.concatenate([first, second]), args.grow)
    show([of_made, of_pool, growth, _measure_names(args.data / "pool.tsv")], markdown=args.markdown)
    return 0


def _make(data: Path, folder: Path, *, count: int) -> Path:
    """All validation sounds as WAV, of some of them eleven copies each."""
    with (data / "validation.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    chosen = set(np.random.default_rng(1).choice(len(rows), min(count, len(rows)), replace=False).tolist())
    for number, row in enumerate(rows):
        sound, rate = soundfile.read(data / "validation" / row["path"], dtype="float32")
        stem = folder / row["machine"].replace("/", "_") / f"{number:04d}"
        stem.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(f"{stem}.{_ORIGINAL}.wav", sound, rate, subtype="PCM_16")
        for name, copy, copy_rate, kind in _copies(sound, rate, seed=number) if number in chosen else ():
            _write(f"{stem}.{name}", name, copy, copy_rate, kind)
    return folder


def _copies(sound: Sound, rate: int, *, seed: int) -> Iterator[tuple[str, Sound, int, str]]:
    """Name, sound, rate and sample format of each copy."""
    peak = float(np.abs(sound).max()) or 1.0
    silence = np.zeros(int(rate * np.random.default_rng(seed).uniform(0.005, 0.3)), dtype=np.float32)
    heard = np.flatnonzero(np.abs(sound) > peak * 10 ** (-50 / 20))
    other = 44_100 if rate == 48_000 else 48_000
    yield "flac", sound, rate, "PCM_16"
    yield "gain", sound * np.float32(0.5), rate, "PCM_16"
    yield "norm24", sound / np.float32(peak) * np.float32(0.99), rate, "PCM_24"
    yield "lead", np.concatenate([silence, sound]), rate, "PCM_16"
    yield "tail", sound[: heard[-1] + 1], rate, "PCM_16"
    yield "stereo", np.stack([sound, sound], axis=1), rate, "PCM_24"
    yield "rate", soxr.resample(sound, rate, other), other, "PCM_16"
    yield "half-rate", soxr.resample(sound, rate, 22_050), 22_050, "PCM_16"
    yield "mp3", soxr.resample(sound, rate, 44_100), 44_100, ""
    yield "ogg", sound, rate, ""
    yield "opus", soxr.resample(sound * np.float32(0.4), rate, 48_000), 48_000, ""


def _write(stem: str, name: str, sound: Sound, rate: int, kind: str) -> None:
    sound = np.clip(sound, -1.0, 1.0)
    if name in _CODED:
        container, codec = _CODED[name]
        soundfile.write(f"{stem}.{name}", sound, rate, format=container, subtype=codec)
    else:
        soundfile.write(f"{stem}.{'flac' if name == 'flac' else 'wav'}", sound, rate, subtype=kind)


def _indexed(library: str, folder: Path) -> None:
    with open_for_writing(library) as store:
        index_library(store, add=[os.fsencode(folder.resolve())], model=None, jobs=os.cpu_count() or 1, layout="none",
                      report=lambda _: None)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Searched:
    """A library after a search for copies."""

    members: dict[int, CopyMember]
    names: dict[int, str]
    fingerprints: NDArray[np.uint8]
    remark: str


def _searched(library: str) -> _Searched:
    with Store.open(library) as store:
        begun = time.process_time()
        found = find_copies(store, report=lambda *_: None)
        took_s = time.process_time() - begun
        names = {int(row.id): os.fsdecode(row.path) for row in store.rows()}
        _, fingerprints = store.copies.fingerprints()
    remark = f"{len(names):,} samples, {len(found.compared):,} pairs compared in {took_s:.1f} s of processor time"
    return _Searched({each.sample: each for each in found.members}, names, fingerprints, remark)


def _measure_made(library: str, folder: Path) -> tuple[Table, NDArray[np.uint8]]:
    """Recall by kind of copy, and precision: another recording counts as wrong, even if it sounds the same."""
    _indexed(library, folder)
    searched = _searched(library)
    parts = {
        sample: (os.path.dirname(name), *os.path.basename(name).split(".")[:2])
        for sample, name in searched.names.items()
    }
    original = {part[:2]: sample for sample, part in parts.items() if part[2] == _ORIGINAL}
    made, right, precise = Counter[str](), Counter[str](), Counter[tuple[str, bool]]()
    for sample, (machine, number, name) in parts.items():
        member, first = searched.members.get(sample), searched.members.get(original[machine, number])
        if name != _ORIGINAL:
            made[name] += 1
            right[name] += member is not None and first is not None and member.keeper == first.keeper
        if member is not None and member.kind != KEEPER:
            precise[COPY_KINDS[member.kind], parts[member.keeper][:2] == (machine, number)] += 1
    table = Table("made copies of validation sounds", remarks=[searched.remark])
    for name, count in made.items():
        table.add(f"{name}: found", 100 * right[name] / count, "of 100")
    for kind in COPY_KINDS[2:]:
        true, false = precise[kind, True], precise[kind, False]
        if true + false:
            note = f"{false} of {true + false} have a keeper of another recording"
            table.add(f"{kind}: made copies", 100 * true / (true + false), "of 100", note=note)
    return table, searched.fingerprints


def _measure_pool(library: str, pool: Path) -> tuple[Table, NDArray[np.uint8]]:
    """What is found among recordings with round robins; the remarks name the pairs."""
    _indexed(library, pool)
    searched = _searched(library)
    table = Table("recordings with many round robins", remarks=[searched.remark])
    copies = [member for member in searched.members.values() if member.kind != KEEPER]
    table.add("copies found", len(copies), "samples")
    for member in copies:
        pair = (os.path.relpath(searched.names[each], pool.resolve()) for each in (member.keeper, member.sample))
        table.remarks.append(f"{COPY_KINDS[member.kind]} {member.agreement:.3f}: {' | '.join(pair)}")
    return table, searched.fingerprints


def _measure_growth(fingerprints: NDArray[np.uint8], sizes: list[int]) -> Table:
    """Libraries of fingerprints between real ones."""
    known = np.unique(fingerprints, axis=0).astype(np.float32)
    rng = np.random.default_rng(0)
    table = Table("the search of fingerprints")
    for size in sizes:
        first, second = rng.integers(len(known), size=(2, size))
        share = rng.uniform(0.0, 0.35, (size, 1)).astype(np.float32)
        between = known[first] * (1 - share) + known[second] * share + rng.normal(0, 1.0, (size, known.shape[1]))
        begun = time.process_time()
        pairs = near_pairs(np.clip(between, 0, 255).astype(np.uint8), within_db=CANDIDATES_DB)
        took_s = time.process_time() - begun
        table.add(f"{size:,} fingerprints", took_s, "s", note=f"{len(pairs):,} pairs to compare")
    return table


def _measure_names(pool: Path) -> Table:
    """Facts in the names of real packs; the remarks list the tempi and keys, to be read by a person."""
    with pool.open(encoding="utf-8") as file:
        names = [row["url-or-repo-path"].split(" <- ")[0] for row in csv.DictReader(file, delimiter="\t")]
    begun = time.process_time()
    facts = [name_facts(os.fsencode(name)) for name in names]
    took_us = (time.process_time() - begun) / len(names) * 1e6
    table = Table("facts in names of packs", remarks=[f"{len(names):,} names, {took_us:.0f} us each"])
    for what in ("bpm", "key", "loop"):
        found = sum(any(getattr(each, what) is not None for each in of_name) for of_name in facts)
        table.add(f"names that say {'loop or one-shot' if what == 'loop' else what}", found, "names")
    said = {(name, each) for name, of_name in zip(names, facts, strict=True) for each in of_name}
    table.remarks += sorted(
        f"{name}: {each.bpm or ''} {each.key or ''} ({each.source})" for name, each in said if each.bpm or each.key
    )
    return table
