"""Patterns to begin with, from common knowledge of styles, and finding a pattern by its name or in a file."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping

from tui_browser.errors import printable
from tui_browser.kits.pattern import Pattern, PatternError, pattern_from_record, pattern_from_text
from tui_browser.safe_files import read_bounded

DEFAULT_PATTERN = "four-on-the-floor"
_MOST_BYTES = 1 << 16
_TEXTS: Mapping[str, str] = {
    "four-on-the-floor": """
        bpm 120
        kick        X... X... X... X...
        snare       .... X... .... X...
        hat_closed  x.x. x.x. x.x. x.x.
        hat_open    .... .... .... ..x.
    """,
    "house": """
        bpm 124
        swing 54
        kick        X... X... X... X...
        clap        .... X... .... X...
        hat_closed  x..o ...o x..o ...o
        hat_open    ..X. ..X. ..X. ..X.
        shaker      o6o6 o6o6 o6o6 o6o6
    """,
    "techno": """
        bpm 132
        kick        X... X... X... X...
        rim         ...x ..x. ..x. .x..
        hat_closed  o.o. o.o. o.o. o.oo
        hat_open    ..X. ..X. ..X. ..X.
        tom         .... ...6 .... 6..6
    """,
    "boom-bap": """
        bpm 90
        swing 60
        kick        X..x .... ..X. .... X... ..x. ..X. ....
        snare       .... X... .... X..o .... X... .o.. X...
        hat_closed  x.x. x.x. x.x. x.x. x.x. x.x. x.x. x.x.
        hat_open    .... .... .... .... .... .... .... ..x.
    """,
    "trap": """
        bpm 140
        kick        X... ..x. .... .... ..x. ..X. .... ..x.
        snare       .... .... X... .... .... .... X... ....
        clap        .... .... x... .... .... .... x... ....
        hat_closed  x.x. x.x. x.xx x.x. x.x. xxxx x.x. 3579
        hat_open    .... .... .... ..x. .... .... .... ....
    """,
    "jungle": """
        bpm 165
        kick        X.X. .... ..XX .... X.X. .... ..X. ....
        snare       .... X..o .o.. X..o .... X..o .o.. ..X.
        hat_closed  x.x. x.x. x.x. x.x. x.x. x.x. x.x. x.x.
        hat_open    .... .... .... .... .... .... .... x...
        rim         .... .... .... .... .... .... .... ...o
    """,
    "drum-and-bass": """
        bpm 174
        kick        X... .... ..X. ....
        snare       .... X... .... X...
        hat_closed  x.o. x.o. x.o. x.o.
        hat_open    .... .... ..x. ....
    """,
    "halftime": """
        bpm 140
        kick        X... ...x .... ..x. X... .... ..x. ....
        snare       .... .... X... .... .... .... X... ...o
        hat_closed  x.x. x.x. x.x. x.x. x.xx x.x. x.x. x.xx
        cymbal      x... .... .... .... .... .... .... ....
    """,
    "two-step": """
        bpm 132
        swing 58
        kick        X... .... ..X. ....
        snare       .... X... .... X..o
        hat_closed  ..x. ..x. .xx. ..xo
        hat_open    .... ..o. .... ..x.
        rim         ...o .... .o.. .o..
    """,
    "dembow": """
        bpm 95
        kick        X... X... X... X...
        snare       ...X ..X. ...X ..X.
        hat_closed  x.x. x.x. x.x. x.x.
        shaker      oooo oooo oooo oooo
    """,
    "electro": """
        bpm 128
        kick        X... ..X. .... ..x. X..X ..X. .... ....
        snare       .... X... .... X... .... X... .... X...
        hat_closed  xoxo xoxo xoxo xoxo xoxo xoxo xoxo xoxo
        cowbell     x..x ..x. .... .... x..x ..x. ..x. x...
    """,
    "rock": """
        bpm 116
        kick        X... .... X.x. .... X... ...x X... ....
        snare       .... X... .... X... .... X... .... X...
        hat_closed  ..x. X.x. X.x. X.x. X.x. X.x. X.x. X...
        hat_open    .... .... .... .... .... .... .... ..X.
        cymbal      X... .... .... .... .... .... .... ....
    """,
    "funk": """
        bpm 102
        kick        X.X. ..o. ..X. .x..
        snare       .... X..o .o.o X..o
        hat_closed  xoxo xoxo xoxo x.xo
        hat_open    .... .... .... .x..
    """,
    "bossa-nova": """
        bpm 130
        kick        X..x X..x X..x X..x X..x X..x X..x X..x
        rim         x..x ..x. ..x. .x.. x..x ..x. ..x. .x..
        hat_closed  o.o. o.o. o.o. o.o. o.o. o.o. o.o. o.o.
        shaker      6o6o 6o6o 6o6o 6o6o 6o6o 6o6o 6o6o 6o6o
    """,
}


def pattern_names() -> tuple[str, ...]:
    """The names of the patterns to begin with."""
    return tuple(_TEXTS)


def named_pattern(name: str) -> Pattern:
    """A pattern to begin with; raises PatternError with the nearest name."""
    if name not in _TEXTS:
        near = difflib.get_close_matches(name.casefold(), _TEXTS, n=1)
        hint = f"did you mean {near[0]}?" if near else "beat list names them; a file is given by its path"
        raise PatternError(f"no pattern is called {name}", hint=hint)
    return pattern_from_text(_TEXTS[name], name=name)


def find_pattern(word: str) -> Pattern:
    """A pattern by its name, or from a file at this path, text or JSON; raises PatternError."""
    if word in _TEXTS or not ("/" in word or os.path.isfile(word)):
        return named_pattern(word)
    try:
        text = read_bounded(word, _MOST_BYTES).decode()
        if text.lstrip().startswith("{"):
            return pattern_from_record(json.loads(text))
        stem = printable(os.path.splitext(os.path.basename(word))[0])
        return pattern_from_text(text, name=stem[:60])
    except OSError as error:
        raise PatternError("the pattern cannot be read", path=word, hint=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise PatternError("the pattern is not text", path=word, hint="beat show writes an example") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise PatternError("the pattern is not valid JSON", path=word, hint="beat show --json writes one") from error
    except PatternError as error:
        raise PatternError(error.what, path=word, hint=error.hint or "beat show writes an example") from error
