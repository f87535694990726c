"""Puts the top-level `models/` and `themes/` into the wheel as `tui_browser/_data/`."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataFolders(BuildHookInterface):
    """An editable install (version `editable`) reads the folders where they stand."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            for kind in ("models", "themes"):
                build_data["force_include"][kind] = f"tui_browser/_data/{kind}"
