"""Labels of the encoder's training data: ten drums, sixteen kinds of other sounds, and sounds of no known kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import DRUMS, FAMILY_OF, KINDS, OTHER

CLASS_NAMES = (*DRUMS, *KINDS)
"""The classes that the encoder learns."""
LABELS = (*CLASS_NAMES, OTHER)
"""Names of the labels in training data."""
UNKNOWN = LABELS.index(OTHER)
"""Label of a sound of no known kind: it is only told apart from all others, and belongs to no class."""


def label_of(class_name: str, kind: str) -> int:
    """The label of a sound of one of `CLASSES`; `kind` is one of `KINDS` where that is known of another sound."""
    if class_name != OTHER:
        return LABELS.index(class_name)
    return LABELS.index(kind) if kind in KINDS else UNKNOWN


def label_shares(*, drums: float, unknown: float = 0.03) -> NDArray[np.float64]:
    """(27,) share of each label in a batch: drums and kinds are evenly likely among themselves."""
    kinds = 1.0 - drums - unknown
    return np.array([*[drums / len(DRUMS)] * len(DRUMS), *[kinds / len(KINDS)] * len(KINDS), unknown])


def family_groups() -> NDArray[np.float32]:
    """(26, F) which class belongs to which family, for `CLASS_NAMES`."""
    families = sorted(set(FAMILY_OF.values()))
    return np.array([[FAMILY_OF[name] == family for family in families] for name in CLASS_NAMES], dtype=np.float32)
