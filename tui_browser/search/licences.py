"""Licences of sounds: one short name for the many ways in which they are written, and what each allows."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_DEEDS = "https://creativecommons.org"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of Creative Commons, or a text that names another one."""

    code: str
    """`cc0`, `by`, `by-nc` ...; empty for a licence that is not known."""
    name: str
    """As credits spell it: `CC BY-NC 4.0`."""
    url: str = ""
    """The page of the licence; empty where it is not known."""

    @property
    def commercial(self) -> bool | None:
        """Whether commercial use is allowed; None where that is not known."""
        return None if not self.code else "nc" not in re.split(r"[-+]", self.code)


CODES = (
    "cc0", "pdm", "by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd", "sampling+", "nc-sampling+",
)  # fmt: skip
COMMERCIAL = frozenset(code for code in CODES if Licence(code, "").commercial)
"""Codes of the licences that allow commercial use."""
NONCOMMERCIAL = frozenset(CODES) - COMMERCIAL

_GROUPS = {
    "commercial": COMMERCIAL, "free": COMMERCIAL, "noncommercial": NONCOMMERCIAL, "nc": NONCOMMERCIAL,
    "publicdomain": frozenset({"cc0", "pdm"}),
}  # fmt: skip
GROUP_WORDS = ("commercial", "noncommercial", "none")
"""Words of a query that mean several licences, or that none is known."""
_WORDS = {
    "attribution": "by", "by": "by", "noncommercial": "nc", "nc": "nc", "sharealike": "sa", "sa": "sa",
    "noderivatives": "nd", "noderivs": "nd", "noderivative": "nd", "nd": "nd", "sampling+": "sampling+",
    "samplingplus": "sampling+", "zero": "cc0", "0": "cc0", "cc0": "cc0", "publicdomain": "pdm", "pdm": "pdm",
}  # fmt: skip
_NOISE = frozenset({"cc", "creative", "commons", "creativecommons", "licence", "license", "licensed", "the", "v"})
_PAGE = re.compile(
    r"creativecommons\.org/(?:licen[sc]es|publicdomain)/(zero|mark|[a-z+-]+)(?:/([0-9]+(?:\.[0-9]+)?))?", re.IGNORECASE
)
_VERSION = re.compile(r"\bv?([1-4]\.[0-9])\b")
_PATHS = {"cc0": "publicdomain/zero", "pdm": "publicdomain/mark"}


@functools.lru_cache(maxsize=1024)
def licence_of(text: str) -> Licence:
    """The licence that a text or an address names; one without a code where it is not known."""
    text = text.strip()
    if page := _PAGE.search(text):
        word, version = page[1].lower(), page[2] or ""
        code = {"zero": "cc0", "mark": "pdm"}.get(word, word)
        return _known(code, version) if code in CODES else Licence("", text)
    version = found[1] if (found := _VERSION.search(text)) else ""
    code = code_of(_VERSION.sub(" ", text))
    return _known(code, version) if code else Licence("", text)


def code_of(text: str) -> str:
    """The code of a licence without a version, as in `CC-BY`, `Attribution NonCommercial` or `cc zero`; or empty."""
    folded = text.lower().replace("non-commercial", "noncommercial").replace("non commercial", "noncommercial")
    folded = folded.replace("share-alike", "sharealike").replace("share alike", "sharealike")
    folded = folded.replace("public domain", "publicdomain").replace("public-domain", "publicdomain")
    folded = re.sub(r"\bno[- ](deriv)", r"no\1", folded).replace("sampling plus", "sampling+")
    words = [word for word in re.split(r"[^a-z0-9+]+", folded) if word and word not in _NOISE]
    words = [
        word.removeprefix("cc") if word not in _WORDS and word.removeprefix("cc") in _WORDS else word for word in words
    ]
    if not words or any(word not in _WORDS for word in words):
        return ""
    parts = list(dict.fromkeys(_WORDS[word] for word in words))
    if set(parts) == {"cc0", "pdm"}:
        return "cc0"
    wanted = set(parts)
    for code in CODES:
        own = {"sampling+"} | ({"nc"} if code.startswith("nc-") else set()) if "sampling+" in code else {code}
        if code.startswith("by"):
            own = set(code.split("-"))
        if wanted == own:
            return code
    return ""


def codes_meant(word: str) -> frozenset[str] | None:
    """The codes that a word of a query means: one licence, or several as `nc`; None for a word that is not known.

    The empty set stands for sounds whose licence is not known.
    """
    folded = word.strip().lower()
    if folded in ("none", "unknown", ""):
        return frozenset() if folded else None
    group = _GROUPS.get(folded.replace("-", "").replace("_", "").replace(" ", ""))
    if group is not None:
        return group
    licence = licence_of(folded)
    return frozenset({licence.code}) if licence.code else None


def _known(code: str, version: str) -> Licence:
    names = {"cc0": "CC0", "pdm": "Public Domain Mark", "sampling+": "CC Sampling+", "nc-sampling+": "CC NC-Sampling+"}
    name = names.get(code, f"CC {code.upper()}")
    path = _PATHS.get(code, f"licenses/{code}")
    deed_version = version or ("1.0" if code in (*_PATHS, "sampling+", "nc-sampling+") else "4.0")
    return Licence(code, f"{name} {version}".rstrip(), f"{_DEEDS}/{path}/{deed_version}/")
