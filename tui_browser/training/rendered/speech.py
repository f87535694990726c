"""Speech and sung vowels by espeak-ng: words, syllables and held vowels of many voices."""

from __future__ import annotations

import io
import subprocess

import numpy as np

from tui_browser.errors import BrowserError
from tui_browser.records import FloatArray

_LANGUAGES = (
    "en",
    "en-us",
    "en-gb-scotland",
    "de",
    "fr-fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "pl",
    "tr",
    "ru",
    "hi",
    "ja",
)
_VARIANTS = (
    *("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5"),
    *("+croak", "+whisper", "+klatt", "+klatt2", "+klatt4"),
)
_WORDS = (
    "yeah", "hey", "one", "two", "three", "four", "go", "come on", "listen", "drop", "bass", "wow", "no", "oh", "ah",
    "uh", "la", "do", "sunshine", "tonight", "everybody", "the machine is alive", "can you feel it", "ready", "stop",
    "hello", "music", "fire", "baby", "up", "down", "we are not alone", "check", "mama", "love", "again",
)  # fmt: skip
_VOWELS = ("a:", "e:", "i:", "o:", "u:", "aI", "0", "3:", "A:", "O:")


def speak(rng: np.random.Generator) -> tuple[FloatArray, int]:
    """A spoken word or a held vowel (n,) mono, and its rate in Hz; raises BrowserError without espeak-ng."""
    import soundfile

    voice = f"{_LANGUAGES[int(rng.integers(len(_LANGUAGES)))]}{_VARIANTS[int(rng.integers(len(_VARIANTS)))]}"
    speed, pitch = int(rng.integers(80, 260)), int(rng.integers(0, 100))
    if rng.random() < 0.4:
        voice = f"en{voice[voice.index('+') :] if '+' in voice else ''}"  # whose names the vowels are
        speed = int(rng.integers(80, 110))
        text = f"[[{str(rng.choice(_VOWELS)) * int(rng.integers(1, 5))}]]"
    else:
        text = str(rng.choice(_WORDS))
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    try:
        spoken = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise BrowserError("speech is made by espeak-ng, which is not installed", hint="install espeak-ng") from None
    samples, rate = soundfile.read(io.BytesIO(spoken.stdout), dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples[:, 0]), int(rate)
