"""Text for a terminal whose locale is not UTF-8: each character becomes the ASCII one that looks most like it."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Mapping

LOOK_ALIKE = "tui-browser-look-alike"
"""Name of the codec error handler that `register_look_alikes` adds."""

_SIGNS = {
    "·": "-", "•": "*", "…": ".", "–": "-", "—": "-", "−": "-", "×": "x", "±": "~", "→": ">", "←": "<",
    "↑": "^", "○": "o", "↓": "v", "▸": ">", "▾": "v", "♪": ">", "★": "*", "✗": "x", "●": "*", "◆": "X",
    "❲": "[", "❳": "]", "⟨": "(", "⟩": ")", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "«": "<",
    "»": ">", "ß": "s", "æ": "a", "Æ": "A", "ø": "o", "Ø": "O", "œ": "o", "Œ": "O", "ł": "l", "Ł": "L",
    "đ": "d", "ð": "d", "þ": "p", "ı": "i", "\u00a0": " ", "─": "-", "━": "-", "│": "|", "┃": "|", "█": "#",
    "▓": "#", "▒": "#", "░": "-", "▔": "-", "▁": "_", "▎": "|", "▏": "|", "▕": "|", "▊": "|",
}  # fmt: skip


def has_utf8_locale(env: Mapping[str, str]) -> bool:
    """Whether the locale in LC_ALL, LC_CTYPE or LANG, in this order, is one of UTF-8; True without any of them."""
    names = [env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)]
    if env.get("LC_CTYPE") == "C.UTF-8" and env.get("LANG") and not env.get("LC_ALL"):
        names = [env["LANG"]]  # Python sets this LC_CTYPE itself when it starts in the C locale, or in an unknown one
    return not names or "utf8" in names[0].lower().replace("-", "")


def plain_letters(text: str) -> str:
    """The text in ASCII, as many cells wide: letters without their marks, `?` for what looks like nothing in ASCII."""
    return text if text.isascii() else "".join(map(_plain, text))


def register_look_alikes() -> None:
    """Let streams write in ASCII with `errors=LOOK_ALIKE`."""
    codecs.register_error(LOOK_ALIKE, _look_alikes)


def _look_alikes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain_letters(error.object[error.start : error.end]), error.end


def _plain(char: str) -> str:
    if char.isascii():
        return char
    if char in _SIGNS:
        return _SIGNS[char]
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return ""
    if 0x2500 <= ord(char) < 0x2580:  # the corners and crossings of lines
        return "+"
    base = unicodedata.normalize("NFKD", char)[0]
    wide = unicodedata.east_asian_width(char) in ("W", "F")
    return (base if base.isascii() and base.isprintable() else "?") + (" " if wide and base.isascii() else "?" * wide)
