"""The words of musicians for sounds, and what each one means."""

from __future__ import annotations

SOUND_WORDS = {
    # treble and its lack
    "bright": "much treble",
    "dark": "little treble",
    "dull": "little treble, a blunt attack",
    "muffled": "as if behind a door",
    "crisp": "clear treble and attack",
    "airy": "the very highest treble",
    "brittle": "thin and high, no body",
    "warm": "full low middle, soft treble",
    "mellow": "soft attack, little treble",
    "harsh": "loud, distorted upper middle",
    "smooth": "no edges: soft attack, nothing rough",
    "rough": "a fast flutter in the level",
    "sizzling": "treble noise that goes on",
    "hissy": "a steady hiss",
    # bass and body
    "boomy": "strong bass that lasts",
    "deep": "low pitch",
    "rumbling": "noise below the bass",
    "thin": "no bass and no body",
    "fat": "full low middle, driven",
    "heavy": "much bass, driven",
    "muddy": "low middle that covers the rest",
    "clear": "nothing covers the treble",
    "boxy": "as from a box: 400 to 650 Hz stand out",
    "nasal": "850 to 1600 Hz stand out",
    "tinny": "as from a small speaker",
    "hollow": "the middle is missing",
    # attack and length
    "punchy": "a loud attack with body",
    "snappy": "a loud attack, a short decay",
    "clicky": "a click at the start",
    "percussive": "a struck attack, a decay",
    "swelling": "a slow rise",
    "hard": "a loud, bright attack",
    "soft": "a gentle attack, little treble",
    "gentle": "soft and undriven",
    "aggressive": "driven, with upper middle",
    "short": "a short time",
    "long": "a long time",
    "sustained": "it holds its level",
    "tight": "together and short",
    "loose": "not together, or rattling on",
    "damped": "a fast decay",
    "ringing": "a few tones ring on",
    "loud": "a high level",
    "quiet": "a low level",
    # what it is made of
    "noisy": "more noise than tone",
    "tonal": "more tone than noise",
    "metallic": "many uneven partials that ring",
    "wooden": "a few short, low partials",
    "glassy": "a few high partials that ring",
    "buzzy": "a saw-like tone",
    # what was done to it
    "clean": "undriven, without noise",
    "distorted": "driven",
    "dirty": "driven, with noise or few bits",
    "gritty": "few bits, driven",
    "crunchy": "a low sample rate, driven",
    "fuzzy": "clipped all through",
    "crushed": "very few bits",
    "lofi": "a low sample rate, few bits, narrow",
    "dusty": "crackle and hiss of an old record",
    "roomy": "in a room",
    "spacious": "in a hall",
    "wet": "much reverb",
    "dry": "no reverb",
    "dead": "no reverb, damped",
    "echoing": "with repeats",
    "wide": "left and right differ",
    "mono": "left and right are the same",
}
"""What each word means, in a few plain words."""
ALIASES = {
    "brilliant": "bright", "trebly": "bright", "sparkly": "bright", "shiny": "bright", "bassy": "boomy",
    "booming": "boomy", "subby": "deep", "phat": "fat", "lo-fi": "lofi", "overdriven": "distorted",
    "saturated": "distorted", "bitcrushed": "crushed", "reverberant": "wet", "noiseless": "clean", "snapping": "snappy",
    "woody": "wooden", "metallike": "metallic", "pitched": "tonal", "atonal": "noisy", "stereo": "wide",
    "resonant": "ringing",
    "decaying": "damped", "tiny": "short", "sustaining": "sustained", "abrasive": "harsh", "piercing": "harsh",
    "mushy": "muddy", "silky": "smooth", "grainy": "gritty", "thumping": "punchy", "clicking": "clicky",
    "hissing": "hissy", "buzzing": "buzzy", "dampened": "damped", "muted": "damped", "echoey": "echoing",
    "cavernous": "spacious", "lifeless": "dull", "weighty": "heavy",
}  # fmt: skip
"""Other words for the same."""
BY_DESCRIPTOR = {
    "short": ("duration_s", -1.0), "long": ("duration_s", 1.0), "quiet": ("loudness_db", -1.0),
    "loud": ("loudness_db", 1.0),
}  # fmt: skip
"""Words that one descriptor measures, and whether they fit high values."""
BY_WIDTH = {"wide": 1.0, "mono": -1.0}
"""Words for how much left and right differ, which the library knows of files."""


def sound_word(text: str) -> str:
    """The sound word that a text stands for, whatever its case; empty for any other."""
    folded = text.lower()
    return folded if folded in SOUND_WORDS else ALIASES.get(folded, "")
