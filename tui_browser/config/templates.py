"""Copy templates: samples as text for other programs, from a fixed set of fields."""

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
"""Extensions of the files that SuperDirt loads and numbers in a folder."""
CSV_COLUMNS = (
    "path", "class", "class_p", "duration_s", "loudness_db", "brightness_hz", "noisiness", "pitch_hz", "attack_s",
    "tags",
)  # fmt: skip
# The width is limited because `{name:9999999999}` would exhaust memory.
_SPEC = re.compile(r"[<>^]?0?[0-9]{0,3}(\.[0-9]{1,2})?[sdfeg]?\Z")
_TIDAL_WORD = re.compile(r"[^\W_][\w.-]*\Z", re.ASCII)
"""A name in Tidal's mini-notation: it may start with a digit, as `808:3`, but has no spaces."""


@dataclass(frozen=True, slots=True)
class TemplateSample:
    """The values of a sample that templates may use; NaN or None where unknown."""

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
    """A named text with fields, to be filled in for each sample."""

    name: str
    text: str
    """Text with fields in braces; empty for a CSV table."""
    help: str = ""
    between: str = "\n"
    """Separator between samples."""
    mapped: bool = True
    """Whether the path map applies to paths."""


BUILT_IN = (
    Template("path", "{path}", "the plain path"),
    Template("shell", "{quoted}", "quoted for a shell", between=" "),
    Template("file URI", "{uri}", "for programs that open URIs"),
    Template("Tidal", 'sound "{bank}"', "folder name and number, as SuperDirt loads folders"),
    Template("SuperDirt", "~dirt.loadSoundFile({string}, \\{word});", "load this file under a name for Tidal"),
    Template("SuperCollider", "Buffer.read(s, {string});", "read the file into a buffer"),
    Template("Sonic Pi", "sample {ruby}", "play the file"),
    Template(
        "Strudel", "samples({{ {word}: 'http://localhost:5432/{served}' }})\ns(\"{word}\")",
        "served by `npx @strudel/sampler` from the parent of its folder",
    ),
    Template("CSV", "", "a table with a row for each sample"),
    Template("path here", "{path}", "the path on this machine, without the path map", mapped=False),
)  # fmt: skip


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _word(stem: str) -> str:
    word = re.sub(r"\W+", "_", stem.lower(), flags=re.ASCII).strip("_")
    return word if word[:1].isalpha() else f"s_{word}".rstrip("_")


def superdirt_name(path: bytes) -> str:
    """The sample's name in SuperDirt: `folder:number` by SuperDirt's numbering, else the file name as one word.

    Reads the folder on disk.
    """
    folder, name = os.path.split(path)
    bank_name = os.fsdecode(os.path.basename(folder))
    if _TIDAL_WORD.match(bank_name) and name.lower().endswith(SUPERDIRT_ENDINGS) and name[:1] != b".":
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = []
        loaded = [other for other in names if other.lower().endswith(SUPERDIRT_ENDINGS) and other[:1] != b"."]
        if name in loaded:
            return f"{bank_name}:{loaded.index(name)}"
    return _word(os.fsdecode(os.path.splitext(name)[0]))


FIELDS: Mapping[str, str] = {
    "path": "the absolute path",
    "quoted": "the path quoted for a shell",
    "uri": "the `file://` URI",
    "string": 'the path in double quotes, with `\\"` and `\\\\` (SuperCollider, JavaScript, Python, JSON)',
    "ruby": "the same for Ruby, with `\\#`",
    "name": "the file name",
    "stem": "the file name without its extension",
    "word": "the stem as one word of lower-case letters, digits and `_`",
    "folder": "the name of the folder",
    "bank": "`folder:number` as SuperDirt counts",
    "served": "folder and file name as part of a URL",
    "class": "the class",
    "class_p": "the probability of the class, 0 to 1",
    "duration_s": "length in seconds",
    "loudness_db": "dBFS of the loudest 50 ms",
    "brightness_hz": "spectral centroid in Hz",
    "noisiness": "0 for a tone, 1 for noise",
    "pitch_hz": "pitch in Hz; empty without one",
    "attack_s": "attack time in seconds",
    "bpm": "tempo in beats per minute; empty without a steady beat",
    "key": "key, as `Am` or `C#`; empty without one",
    "x": "place on the map, left to right, 0 to 1",
    "y": "place on the map, bottom to top, 0 to 1",
    "tags": "tags, separated by commas",
    "number": "1 for the first of several samples, 2 for the next",
}
"""Help text of each field."""
NUMBER_FIELDS = frozenset(
    ("class_p", "duration_s", "loudness_db", "brightness_hz", "noisiness", "pitch_hz", "attack_s", "bpm", "x", "y")
)
"""Fields that are measured numbers."""


def _value(field: str, sample: TemplateSample, path: bytes, number: int) -> str | float | None:
    """The value of a field; `path` is the sample's path after the path map."""
    folder, name = os.path.split(sample.path)
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
            return superdirt_name(sample.path)
        case "served":
            return "/".join(quote_from_bytes(part, safe=b"") for part in sample.path.split(b"/")[-2:])
        case "class":
            return sample.class_name or ""
        case "key":
            return sample.key or ""
        case "tags":
            return ",".join(sample.tags)
        case "number":
            return str(number)
    value: float | None = getattr(sample, field)
    return value


def _formatted(value: str | float | None, spec: str) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, str) or spec:
        return format(value, spec)
    return f"{value:.3f}".rstrip("0").rstrip(".")


class _FieldFormatter(string.Formatter):
    """Formatter that accepts plain field names only: no attributes, indices or conversions."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        sample, path, number = args
        return _value(field_name, sample, path, number), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        return _formatted(value, format_spec)

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        """Allow unused fields."""


def check_template(name: str, text: str, *, path: str | None = None) -> None:
    """Raise ConfigError unless the text is a valid template; for an unknown field, with the nearest known one."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        hint = "write a literal brace twice: {{ or }}"
        raise ConfigError(f"template {name!r} is invalid: {str(error).lower()}", path=path, hint=hint) from error
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if field not in FIELDS:
            close = difflib.get_close_matches(field.casefold(), list(FIELDS), n=1, cutoff=0.5)
            hint = f"did you mean {{{close[0]}}}?" if close else f"one of {', '.join(FIELDS)}"
            raise ConfigError(f"template {name!r} has an unknown field: {{{field}}}", path=path, hint=hint)
        try:
            if conversion or not _SPEC.match(spec or ""):
                raise ValueError
            _formatted(_value(field, TemplateSample(b"/a/b.wav", **_EXAMPLE), b"/a/b.wav", 1), spec or "")
        except ValueError as error:
            hint = "write it as {duration_s:.2f} or {class:>10}"
            raise ConfigError(
                f"template {name!r} has an invalid format for {{{field}}}", path=path, hint=hint
            ) from error


_EXAMPLE: dict[str, Any] = dict.fromkeys(NUMBER_FIELDS, 0.5)


def available_templates(own: Mapping[str, str]) -> list[Template]:
    """The user's own templates, then the built-in ones with other names."""
    mine = [Template(name, text, "your own") for name, text in own.items()]
    return mine + [template for template in BUILT_IN if template.name not in own]


def render(template: Template, samples: Sequence[TemplateSample], *, paths: PathMap | None = None) -> str:
    """The samples as text; bytes that are not UTF-8 become surrogate escapes.

    May read the samples' folders on disk, so the UI calls it in a thread.
    """
    pairs = [(paths.to_remote(sample.path) if paths and template.mapped else sample.path, sample) for sample in samples]
    if not template.text:
        return _csv_table(pairs)
    formatter = _FieldFormatter()
    return template.between.join(
        formatter.vformat(template.text, (sample, path, number), {})
        for number, (path, sample) in enumerate(pairs, start=1)
    )


def _csv_table(pairs: Sequence[tuple[bytes, TemplateSample]]) -> str:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(CSV_COLUMNS)
    for path, sample in pairs:
        writer.writerow([_formatted(_value(column, sample, path, 1), "") for column in CSV_COLUMNS])
    return table.getvalue()
