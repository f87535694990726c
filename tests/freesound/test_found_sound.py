"""Whatever an answer, or a JSON beside a file, holds: it is a sound with harmless texts, or none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tui_browser.folder.sidecar import parse_sidecar
from tui_browser.freesound.download import sidecar_bytes
from tui_browser.freesound.fetched_files import file_stem
from tui_browser.freesound.found_sound import parse_sound

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_FIELDS = (
    "name", "username", "license", "duration", "tags", "url", "previews", "gen_ai_preference", "md5", "type",
    "filesize", "file", "author",
)  # fmt: skip
_SOUND = st.fixed_dictionaries({"id": st.integers(-5, 1 << 60) | _JSON}, optional=dict.fromkeys(_FIELDS, _JSON))


@given(_SOUND | _JSON)
@settings(max_examples=60)
def test_a_result_of_any_kind_is_a_harmless_sound_or_none(result: Any) -> None:
    sound = parse_sound(result)
    if sound is None:
        return
    texts = (sound.name, sound.author, sound.license, sound.url, sound.ai_preference, *sound.tags)
    assert all(text.isprintable() for text in texts)
    stem = file_stem(sound)
    assert b"/" not in stem and b"\0" not in stem and not stem.startswith((b".", b"-")) and len(stem) < 200
    written = json.loads(sidecar_bytes(sound, stem + b".ogg"))
    assert written["id"] == sound.id
    read = parse_sidecar(written, name=stem + b".ogg")
    assert (read is None) == (not sound.license)


@given(_SOUND | _JSON)
@settings(max_examples=60)
def test_a_json_of_any_kind_is_a_harmless_credit_or_none(content: Any) -> None:
    read = parse_sidecar(content, name=b"a.wav")
    if read is not None:
        credit = read.credit
        texts = (credit.licence, credit.author, credit.title, credit.source, credit.ai_preference, *read.tags)
        assert all(text.isprintable() and len(text) < 4000 for text in texts)
