"""What sounds that are no drum are called, by the words of their paths."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks.regions import FITS
from tui_browser.map.path_labels import NONE, groups_of, labels_of, shared_folder
from tui_browser.map.sound_words import TOPICS, lexicon
from tui_browser.records import Names

POOL = Path(__file__).parents[3] / "shared" / "data"


def names_of(paths: list[str]) -> Names:
    encoded = [path.encode() for path in paths]
    return Names(b"".join(encoded), np.cumsum([0, *map(len, encoded)]).astype(np.int64))


def topic_of(label: int) -> str:
    return TOPICS[lexicon().topics[label]].split(",")[0]


def called(*paths: str) -> list[str]:
    """The labels of these files among one that says nothing in another folder; empty for none."""
    names = names_of([*(f"/home/me/{path}" for path in paths), "/home/me/zz.wav"])
    labels = labels_of(names, np.arange(len(paths)))
    return [lexicon().labels[label] if label != NONE else "" for label in labels.tolist()]


@pytest.mark.parametrize(
    ("path", "label", "topic"),
    [
        ("Bass/sub_01.wav", "sub", "bass"),
        ("jvbass/000_00.wav", "bass", "bass"),
        ("Vox/Adlibs/hey-04.wav", "shout", "voice"),
        ("fsdd/7_theo_14.wav", "speech", "voice"),
        ("tabla/000_bass_flick1.wav", "tabla", "percussion"),
        ("tabla2/000_bass_lick1b.wav", "tabla", "percussion"),
        ("ORCHESTRA/bass-clarinet/bass-clarinet_Gs2.mp3", "clarinet", "winds"),
        ("philharmonia_contrabassoon/contrabassoon_As2_05_mezzo-piano_normal.wav", "bassoon", "winds"),
        ("CajonFlamenco/101.flac", "cajon", "percussion"),
        ("Synths/LeadsAndPads/warmPad 3.wav", "pad", "keys"),
        ("AKWF/AKWF_0937.wav", "single cycle", "keys"),
        ("FX/Risers/uplifter_long.wav", "riser", "effects"),
        ("field/door_slam.wav", "impact", "effects"),
        ("kit/steel drum C4.wav", "steel drum", "bells"),
        ("kit/metal hit.wav", "metal", "bells"),
        ("Loops/amen.wav", "break", "loops"),
        ("Gitarre/Klang 3.wav", "guitar", "strings"),
        ("sons/voix 3.wav", "voice", "voice"),
        ("femalevoice_oo.wav", "voice", "voice"),
    ],
)
def test_a_sound_is_called_what_a_person_calls_it(path: str, label: str, topic: str) -> None:
    assert called(path) == [label]
    assert topic_of(lexicon().labels.index(label)) == topic


@pytest.mark.parametrize(
    "path",
    [
        "000_1.wav", "sf/015.wav", "l/01.wav", "wav/a1b2c3d4.wav", "Splice/SP_Vol2_0012.wav", "Studio One 808/x.wav",
        "KSHMR/one shots/final mix 2.wav", "Звук/скрипка 3.wav", "efektit/sekalaiset 3.wav", "Bass Drum/BassDrum1.wav",
        "kicks/bass drum 3.wav", "Hi Hats/hi hat 2.wav", "Vintage Drum Machine/12.wav", "flamenco/3.wav",
        "struck/4.wav",
    ],
)  # fmt: skip
def test_names_that_say_nothing_of_a_sound_call_it_nothing(path: str) -> None:
    assert called(path) == [""]


def test_what_all_paths_share_says_nothing() -> None:
    names = names_of(["/samples/guitars/take 1.wav", "/samples/guitars/slow/take 2.wav", "/samples/guitars/bell.wav"])
    assert shared_folder(names) == len("/samples/guitars/")
    labels = labels_of(names, np.arange(3))
    assert labels[:2].tolist() == [NONE, NONE] and lexicon().labels[labels[2]] == "bell"
    assert shared_folder(names_of([])) == 0 and len(labels_of(names_of([]), np.arange(0))) == 0


def test_every_label_leads_to_itself_and_every_topic_has_some() -> None:
    words = lexicon()
    assert {words.labels[words.label(label)] for label in words.labels if " " not in label} == {
        label for label in words.labels if " " not in label
    }
    assert set(words.topics) == set(range(len(TOPICS))) and len(set(words.labels)) == len(words.labels)


def test_the_label_does_not_depend_on_what_else_there_is() -> None:
    rng = np.random.default_rng(3)
    paths = ["/m/a/guitar 1.wav", "/m/b/voice.wav", "/m/c/0003.wav", "/m/d/tabla/2.wav"] * 30
    alone = labels_of(names_of(paths), np.arange(4))
    order = rng.permutation(len(paths))
    mixed = labels_of(names_of([paths[at] for at in order]), np.arange(len(paths)))
    assert mixed.tolist() == [alone[at % 4] for at in order]


def spread(kinds: list[tuple[str, int]], seed: int = 0) -> tuple[np.ndarray, Names]:
    """Clouds of samples, one for each folder name with a count, on a circle."""
    rng = np.random.default_rng(seed)
    middles = [(0.5 + 0.35 * np.cos(angle), 0.5 + 0.35 * np.sin(angle)) for angle in np.arange(len(kinds))]
    places = np.concatenate([rng.normal(at, 0.02, (many, 2)) for at, (_, many) in zip(middles, kinds, strict=True)])
    paths = [f"/home/me/lib/{word}/{at:03d}.wav" for word, many in kinds for at in range(many)]
    return places.clip(0, 0.999), names_of(paths)


def test_regions_carry_the_words_of_their_samples_and_those_without_words_none() -> None:
    kinds = [("Bass", 40), ("speech", 35), ("tabla2", 30), ("Strings", 44), ("sf", 50), ("l", 40)]
    places, names = spread(kinds)
    rows = np.arange(len(names), dtype=np.int64)
    groups = groups_of(places, rows, labels_of(names, rows), side=4)
    found = {group.text: group for group in groups}
    assert set(found) == {"bass", "speech", "tabla", "strings"}
    for text, first, many in (("bass", 0, 40), ("speech", 40, 35), ("tabla", 75, 30), ("strings", 105, 44)):
        inside = (found[text].members >= first) & (found[text].members < first + many)
        assert inside.all() and len(found[text].members) > many / 2


def test_a_mixed_group_is_called_by_two_words_or_by_its_topic() -> None:
    place = np.full((60, 2), 0.4)
    rows = np.arange(60, dtype=np.int64)

    def texts(*words: str) -> list[str]:
        names = names_of([f"/home/me/{words[at % len(words)]}/{at}.wav" for at in range(60)])
        return [group.text for group in groups_of(place, rows, labels_of(names, rows), side=2)]

    assert texts("conga", "bongo") == ["conga, bongo"]
    assert texts("conga", "bongo", "tabla", "cajon", "claves") == ["percussion"]
    assert texts("piano", "pad", "lead", "organ") == ["keys, synths"]
    assert texts("voice", "01", "02", "03", "04", "05", "06", "07", "08", "09") == [], "too few of those beside them"
    assert sorted(texts("voice", "guitar", "03")) == ["guitar", "voice"]


@pytest.mark.skipif(not (POOL / "pool-kinds.tsv").exists(), reason="no recordings beside the checkout")
def test_most_of_a_real_messy_collection_is_called_what_it_is() -> None:
    with open(POOL / "pool-kinds.tsv", newline="") as file:
        kinds = {row["path"]: row["kind"] for row in csv.DictReader(file, delimiter="\t")}
    paths = sorted(path for path in kinds if "/other__" in path)
    names = names_of([f"/home/me/{path}" for path in paths])
    labels = labels_of(names, np.arange(len(paths)))
    named = np.flatnonzero(labels != NONE)
    assert len(named) > 0.8 * len(paths)
    true = [topic_of(labels[at]) in FITS[kinds[paths[at]]].split() for at in named.tolist() if kinds[paths[at]] in FITS]
    assert np.mean(true) > 0.85
