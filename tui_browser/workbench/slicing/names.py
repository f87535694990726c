"""Names of slices: in the order of the recording, also when sorted by name, and free of clashes."""

from __future__ import annotations

import os
import string
import unicodedata
from collections.abc import Sequence

from tui_browser.errors import BrowserError
from tui_browser.workbench.slicing.plan import SlicePlan

DEFAULT_NAME = "{stem}-{number}"
FIELDS = {
    "stem": "name of the recording without its ending",
    "number": "1, 2, 3 ... with leading zeros",
    "start": "where the slice begins, in seconds with leading zeros",
    "length": "its length in seconds",
}
"""What a template may hold."""
_LONGEST_NAME = 255
_LEAST_DIGITS = 3


def check_template(template: str) -> str:
    """The template; raises BrowserError for an unknown field, or one that names all slices the same."""
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        if fields <= FIELDS.keys():
            template.format(**dict.fromkeys(FIELDS, "1"))
    except ValueError as error:
        raise BrowserError(f"the name {template} is no template: {error}", hint=f"as in {DEFAULT_NAME}") from error
    unknown = sorted(fields - FIELDS.keys())
    if unknown:
        raise BrowserError(f"a name has no field {{{unknown[0]}}}", hint=f"there are {', '.join(FIELDS)}")
    if not fields & {"number", "start"}:
        raise BrowserError(f"the name {template} is the same for all slices", hint="add {number} or {start}")
    if "/" in template or "\0" in template:
        raise BrowserError(f"the name {template} leads into another folder", hint="--out names the folder")
    return template


def slice_names(plan: SlicePlan, template: str, *, stem: bytes) -> list[bytes]:
    """The names of the slices of a plan, each ending in .wav."""
    digits = max(_LEAST_DIGITS, len(str(len(plan.cuts))))
    width = len(f"{plan.frames / plan.rate:.3f}")
    names = []
    for number, cut in enumerate(plan.cuts, start=1):
        fields = {
            "number": f"{number:0{digits}d}",
            "start": f"{cut.start / plan.rate:0{width}.3f}",
            "length": f"{(cut.end - cut.start) / plan.rate:.3f}",
        }
        rest = len(os.fsencode(template.replace("{stem}", "").format(**fields))) + len(b".wav")
        fields["stem"] = os.fsdecode(stem[: max(1, _LONGEST_NAME - rest)])
        names.append(os.fsencode(template.format(**fields)) + b".wav")
    return names


def distinct_stems(paths: Sequence[bytes]) -> list[bytes]:
    """The names of recordings without their endings; of equal ones the later have numbers."""
    taken: set[str] = set()
    stems = []
    for path in paths:
        stem = plain = os.path.splitext(os.path.basename(path))[0] or b"recording"
        number = 1
        while (key := unicodedata.normalize("NFC", os.fsdecode(stem)).casefold()) in taken:
            number += 1
            stem = plain + b"_%d" % number
        taken.add(key)
        stems.append(stem)
    return stems
