"""A kit as a JSON file, for kits that stand in no library."""

from __future__ import annotations

import json

from tui_browser.kits.kit import Kit, KitError, kit_from_record
from tui_browser.safe_files import read_bounded

_MOST_BYTES = 1 << 20


def read_kit(path: str) -> Kit:
    """The kit in a file that holds `kit_record` as JSON; raises KitError."""
    try:
        record = json.loads(read_bounded(path, _MOST_BYTES))
    except OSError as error:
        raise KitError("the kit cannot be read", path=path, hint=error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise KitError("the kit is not valid JSON", path=path, hint="kit show NAME --json writes one") from error
    try:
        return kit_from_record(record)
    except KitError as error:
        raise KitError(error.what, path=path, hint=error.hint) from error
