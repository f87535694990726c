"""Words for classes: class names in any spelling, common names of drums and of other sounds, and families."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tui_browser.records import CLASS_FAMILIES, DRUM_CLASSES, KINDS, OTHER
from tui_browser.search.toms import LEVELS

ClassWords = Mapping[str, frozenset[int]]

_SYNONYMS: dict[str, str] = {
    "kick": "kick kicks kik bd bassdrum bass-drum",
    "snare": "snare snares sd",
    "clap": "clap claps cp handclap handclaps",
    "rim": "rim rims rs rimshot rimshots sidestick",
    "hat_closed": "hat_closed hat hats hh hihat hihats hi-hat hi-hats ch chh closed closedhat closedhats",
    "hat_open": "hat_open hat hats hh hihat hihats hi-hat hi-hats oh ohh open openhat openhats",
    "cymbal": "cymbal cymbals cym crash ride",
    "tom": "tom toms",
    "cowbell": "cowbell cowbells cb",
    "shaker": "shaker shakers maracas",
    "other": "other others",
    "perc_hand": "perc_hand perc percussion conga congas tumba quinto bongo bongos djembe tabla tablas cajon darbuka "
    "doumbek timbale timbales cuica udu dholak taiko",
    "perc_metal": "perc_metal perc percussion triangle triangles gong gongs agogo agogos tambourine tambourines tamb "
    "chime chimes windchimes anvil",
    "perc_wood": "perc_wood perc percussion woodblock woodblocks clave claves guiro guiros castanet castanets "
    "templeblock",
    "bass": "bass basses sub subs subbass bassline basslines reese",
    "keys": "keys piano pianos organ organs ep epiano rhodes wurlitzer wurli clav clavinet harpsichord celesta",
    "pluck": "pluck plucks guitar guitars gtr harp koto ukulele uke banjo mandolin sitar lute zither",
    "mallet": "mallet mallets bell bells marimba vibes vibraphone kalimba xylophone glockenspiel glock musicbox",
    "strings": "strings violin violins viola cello celli contrabass orchestra pizzicato fiddle",
    "brass": "brass trumpet trumpets trombone tuba horn horns",
    "wind": "wind winds woodwind woodwinds flute flutes sax saxophone reed reeds clarinet oboe bassoon "
    "recorder whistle",
    "synth": "synth synths pad pads lead leads arp arps stab stabs chord chords drone drones",
    "voice": "voice voices vox vocal vocals speech spoken choir choirs acapella chant shout",
    "fx": "fx sfx effect effects riser risers impact impacts sweep sweeps noise laser lasers zap glitch whoosh",
    "foley": "foley effect effects footstep footsteps",
    "loop_drum": "loop_drum loop loops drumloop drumloops break breaks breakbeat breakbeats groove grooves",
    "loop_tonal": "loop_tonal loop loops melody melodies riff riffs phrase phrases",
}
_EVERY_OTHER = (OTHER, *KINDS)
"""Classes that `other` stands for: all sounds that are no drums."""

_SIZES = {**{name: level for level, name in enumerate(LEVELS)}, "middle": 1}
TOM_SIZES = {form: level for name, level in _SIZES.items() for form in (f"tom-{name}", f"{name}-tom")}
"""Index into `LEVELS` by `normalised` name."""


def class_words(names: Sequence[str]) -> ClassWords:
    """Class indices by word, for a model with classes of these names."""
    indices: dict[str, set[int]] = {}
    for index, name in enumerate(names):
        lower = name.lower()
        also = (*_SYNONYMS.get(lower, "").split(), *(_SYNONYMS[OTHER].split() if lower in _EVERY_OTHER else ()))
        for word in (lower, lower.replace(" ", "_"), lower.replace(" ", "-"), *also):
            indices.setdefault(word, set()).add(index)
    return {word: frozenset(classes) for word, classes in indices.items()}


CLASS_WORDS = class_words(DRUM_CLASSES)
"""Indices into `DRUM_CLASSES` by word."""


def with_families(meant: ClassWords) -> ClassWords:
    """The same words with the names of families, as `class:` takes them: a class of that name goes before."""
    families = {
        family: frozenset[int]().union(*(meant[name] for name in names if name in meant))
        for family, names in CLASS_FAMILIES.items()
    }
    return {**{family: classes for family, classes in families.items() if classes}, **meant}


def normalised(name: str) -> str:
    """The name in lower case with single hyphens: `hat_closed` and `Hat closed` -> `hat-closed`."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or name.lower()


def by_normalised_name(meant: ClassWords) -> ClassWords:
    """The same classes by `normalised` word."""
    by_name: dict[str, frozenset[int]] = {}
    for word, classes in meant.items():
        by_name[normalised(word)] = by_name.get(normalised(word), frozenset()) | classes
    return by_name
