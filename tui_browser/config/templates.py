"""Copy templates: a sample as the text that another program wants, from a fixed set of fields."""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
import os
import re
import shlex
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

from tui_browser.config.pathmap import PathMap, file_uri, is_windows
from tui_browser.errors import ConfigError

SUPERDIRT_ENDINGS = (b".wav", b".aif", b".aiff", b".aifc")
"""What SuperDirt loads from a folder of sounds, and counts."""
CSV_COLUMNS = (
    "path", "class", "class_p", "duration_s", "loudness_db", "brightness_hz", "noisiness", "pitch_hz", "attack_s",
    "tags",
)  # fmt: skip
# A spec of any width could fill the memory: `{name:9999999999}`.
_SPEC = re.compile(r"[<>^]?0?[0-9]{0,3}(\.[0-9]{1,2})?[sdfeg]?\Z")
_TIDAL_WORD = re.compile(r"[^\W_][\w.-]*\Z", re.ASCII)
"""What Tidal's mini-notation reads as one name: it may begin with a digit, as `808:3`, but has no blank."""


@dataclass(frozen=True, slots=True)
class TemplateSample:
    """What is known of a sample that is handed on; NaN and None where nothing is."""

    path: bytes
    """Absolute, on this machine."""
    class_name: str | None = None
    class_p: float | None = None
    duration_s: float | None = None
    loudness_db: float | None = None
    brightness_hz: float | None = None
    noisiness: float | None = None
    pitch_hz: float | None = None
    attack_s: float | None = None
    bpm: float | None = None
    key: str | None = None
    x: float | None = None
    y: float | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One way to write samples."""

    name: str
    text: str
    """With fields in braces; empty for the table of CSV."""
    help: str = ""
    between: str = "\n"
    """What stands between several samples."""
    mapped: bool = True
    """Whether paths are as the other machine names them."""


BUILT_IN = (
    Template("path", "{path}", "the path as it is"),
    Template("shell", "{quoted}", "quoted for a shell", between=" "),
    Template("file URI", "{uri}", "for programs that take addresses"),
    Template("Tidal", 'sound "{bank}"', "its folder's name and its number there, as SuperDirt loads folders"),
    Template("SuperDirt", "~dirt.loadSoundFile({string}, \\{word});", "this one file under a name for Tidal"),
    Template("SuperCollider", "Buffer.read(s, {string});", "read it into a buffer"),
    Template("Sonic Pi", "sample {ruby}", "play it"),
    Template(
        "Strudel", "samples({{ {word}: 'http://localhost:5432/{served}' }})\ns(\"{word}\")",
        "served by `npx @strudel/sampler` from the folder above its own",
    ),
    Template("CSV", "", "a table with a row for each sample"),
    Template("path here", "{path}", "on this machine, without the path map", mapped=False),
)  # fmt: skip


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _word(stem: str) -> str:
    word = re.sub(r"\W+", "_", stem.lower(), flags=re.ASCII).strip("_")
    return word if word[:1].isalpha() else f"s_{word}".rstrip("_")


def superdirt_name(path: bytes) -> str:
    """The sample as Tidal asks SuperDirt for it: `folder:number` as SuperDirt counts, else its name as one word.

    Looks into the folder on disk.
    """
    folder, name = os.path.split(path)
    bank_name = os.fsdecode(os.path.basename(folder))
    if _TIDAL_WORD.match(bank_name) and name.lower().endswith(SUPERDIRT_ENDINGS) and name[:1] != b".":
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = []
        loaded = [one for one in names if one.lower().endswith(SUPERDIRT_ENDINGS) and one[:1] != b"."]
        if name in loaded:
            return f"{bank_name}:{loaded.index(name)}"
    return _word(os.fsdecode(os.path.splitext(name)[0]))


FIELDS: Mapping[str, str] = {
    "path": "the absolute path",
    "quoted": "the path quoted for a shell",
    "uri": "its `file://` address",
    "string": 'the path in double quotes, with `\\"` and `\\\\` (SuperCollider, JavaScript, Python, JSON)',
    "ruby": "the same for Ruby, where `#` needs one too",
    "name": "the file's name",
    "stem": "the name without its ending",
    "word": "the stem as one word of small letters, digits and `_`",
    "folder": "the name of the folder that it lies in",
    "bank": "`folder:number` as SuperDirt counts",
    "served": "folder and name as part of a web address",
    "class": "its class",
    "class_p": "how probable that is, 0 to 1",
    "duration_s": "its length in seconds",
    "loudness_db": "dBFS of its loudest 50 ms",
    "brightness_hz": "where its spectrum has its middle",
    "noisiness": "0 for a tone, 1 for noise",
    "pitch_hz": "its pitch; empty without one",
    "attack_s": "how long it takes to rise",
    "bpm": "beats a minute; empty without a steady beat",
    "key": "its key, as `Am` or `C#`; empty without one",
    "x": "its place on the map, 0 to 1",
    "y": "upwards",
    "tags": "its tags with commas between",
    "number": "1 for the first of several, 2 for the next",
}
"""Every field with what it stands for."""


def _value(field: str, one: TemplateSample, path: bytes, number: int) -> str | float | None:
    """What a field stands for; `path` is the sample's path where it goes."""
    folder, name = os.path.split(one.path)
    stem = os.fsdecode(os.path.splitext(name)[0])
    match field:
        case "path":
            return os.fsdecode(path)
        case "quoted":
            text = os.fsdecode(path)
            return f'"{text}"' if is_windows(path) else shlex.quote(text)
        case "uri":
            return file_uri(path)
        case "string":
            return _string(os.fsdecode(path))
        case "ruby":
            return _string(os.fsdecode(path)).replace("#", "\\#")
        case "name":
            return os.fsdecode(name)
        case "stem":
            return stem
        case "word":
            return _word(stem)
        case "folder":
            return os.fsdecode(os.path.basename(folder))
        case "bank":
            return superdirt_name(one.path)
        case "served":
            return "/".join(quote_from_bytes(part, safe=b"") for part in one.path.split(b"/")[-2:])
        case "class":
            return one.class_name or ""
        case "key":
            return one.key or ""
        case "tags":
            return ",".join(one.tags)
        case "number":
            return str(number)
    value: float | None = getattr(one, field)
    return value


def _formatted(value: str | float | None, spec: str) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, str) or spec:
        return format(value, spec)
    return f"{value:.3f}".rstrip("0").rstrip(".")


class _Fields(string.Formatter):
    """Fields by their plain name, and nothing else: no attribute, no index, no conversion."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        subject, path, number = args
        return _value(field_name, subject, path, number), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        return _formatted(value, format_spec)

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        """Nobody needs all fields."""


def check_template(name: str, text: str, *, path: str | None = None) -> None:
    """Raises ConfigError unless the text is a template; a wrong field is named with the nearest right one."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        hint = "a brace that is meant is written twice: {{ or }}"
        raise ConfigError(f"template {name!r} is wrong: {str(error).lower()}", path=path, hint=hint) from error
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if field not in FIELDS:
            close = difflib.get_close_matches(field.casefold(), list(FIELDS), n=1, cutoff=0.5)
            hint = f"did you mean {{{close[0]}}}?" if close else f"one of {', '.join(FIELDS)}"
            raise ConfigError(f"template {name!r} has a field that is unknown: {{{field}}}", path=path, hint=hint)
        try:
            if conversion or not _SPEC.match(spec or ""):
                raise ValueError
            _formatted(_value(field, TemplateSample(b"/a/b.wav", **_ANY), b"/a/b.wav", 1), spec or "")
        except ValueError as error:
            hint = "as {duration_s:.2f} or {class:>10}"
            raise ConfigError(f"template {name!r} formats {{{field}}} wrongly", path=path, hint=hint) from error


_ANY: dict[str, Any] = dict.fromkeys(
    ("class_p", "duration_s", "loudness_db", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "bpm", "x", "y"), 0.5
)


def available_templates(own: Mapping[str, str]) -> list[Template]:
    """A person's own templates first, then the built-in ones whose name they did not take."""
    mine = [Template(name, text, "your own") for name, text in own.items()]
    return mine + [one for one in BUILT_IN if one.name not in own]


def render(template: Template, subjects: Sequence[TemplateSample], *, paths: PathMap | None = None) -> str:
    """The samples as this template writes them; bytes that are not UTF-8 are surrogate escapes.

    May look into the samples' folders on disk, so a screen calls it in a thread.
    """
    seen = [(paths.to_remote(one.path) if paths and template.mapped else one.path, one) for one in subjects]
    if not template.text:
        return _table(seen)
    fields = _Fields()
    return template.between.join(
        fields.vformat(template.text, (one, path, number), {}) for number, (path, one) in enumerate(seen, start=1)
    )


def _table(seen: Sequence[tuple[bytes, TemplateSample]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for path, one in seen:
        writer.writerow([_formatted(_value(column, one, path, 1), "") for column in CSV_COLUMNS])
    return out.getvalue()
