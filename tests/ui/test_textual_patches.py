"""The private API of Textual that the app uses: where it stands, and what it was tried with."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.metadata
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen

import tui_browser.ui
from tui_browser.ui.terminal.textual_patches import PatchedScreen

UI = Path(tui_browser.ui.__file__).parent
PATCHES = UI / "terminal"

GENERATED = re.compile(r"_(computes|decorated_handlers|default_|css|merged|inherit|reactives)")
"""Members that Textual itself adds to a subclass."""

FINGERPRINTS = {
    "textual_patches": {
        "textual.app:App._begin_update": "74b869c652",
        "textual.app:App._display": "4b78dff666",
        "textual.app:App._end_update": "1ecb7ab2a3",
        "textual.app:App.exit": "d8c06b817a",
        "textual.app:App.get_driver_class": "b4903f3dba",
        "textual.screen:Screen._on_timer_update": "421401660d",
    },
    "compositor": {
        "textual._compositor:ChopsUpdate": "7c7d3e0bf7",
        "textual._compositor:LayoutUpdate": "619efe1cea",
        "textual._compositor:Compositor.render_full_update": "ce99ccda4d",
        "textual._compositor:Compositor.render_partial_update": "888dccc892",
    },
    "styles_cache": {
        "textual._styles_cache:StylesCache.render_line": "928d7496e8",
        "textual._styles_cache:StylesCache.render": "0945715ef8",
    },
    "fast_render": {
        "textual.widget:Widget.get_line_filters": "9ed1f5ea3f",
        "textual.widget:Widget.render_lines": "1f2a11f3d5",
    },
    "driver": {
        "textual._xterm_parser:XTermParser": "fc1e32fb7a",
        "textual.drivers.linux_driver:LinuxDriver.disable_input": "6154c5a7c1",
        "textual.drivers.linux_driver:LinuxDriver.run_input_thread": "d796af6d69",
        "textual.drivers.linux_driver:LinuxDriver.write": "b78a34033d",
    },
    "low_bandwidth": {
        "textual.drivers._writer_thread:WriterThread": "411a9202be",
        "textual.screen:Screen._update_timer": "6736ab9369",
        "textual.timer:Timer._run": "60c942a84c",
    },
}
"""By module of `ui/terminal`: what it overrides or relies on, and the hash of its source in the version tried."""


def fingerprint(name: str) -> str:
    """The first characters of the hash of a class's or function's source; `missing` where there is none."""
    module, _, attribute = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return "missing"
    if isinstance(found, property):
        found = found.fget
    source = inspect.getsource(found)
    return hashlib.sha256(source.encode()).hexdigest()[:10]


@pytest.mark.parametrize("module", FINGERPRINTS)
def test_textual_is_as_it_was_when_the_patch_was_tried(module: str) -> None:
    text = ast.get_docstring(ast.parse((PATCHES / f"{module}.py").read_text())) or ""
    tried = re.search(r"Private API of Textual ([\d.]+\d):", text)
    assert tried, f"{module}.py names the version of Textual that it was tried with"
    changed = {name: fingerprint(name) for name, known in FINGERPRINTS[module].items() if fingerprint(name) != known}
    assert not changed, (
        f"Textual {importlib.metadata.version('textual')} differs from {tried[1]} here: compare the sources, adapt "
        f"ui/terminal/{module}.py, then write the new hashes and version down. Until then `plain_textual = true` helps."
    )


def test_private_modules_are_imported_in_one_folder_only() -> None:
    private = re.compile(r"^\s*(?:from|import) textual\.(?:\w+\.)*_\w+", re.MULTILINE)
    outside = [path for path in UI.rglob("*.py") if path.parent != PATCHES and private.search(path.read_text())]
    assert outside == []
    assert {path.stem for path in PATCHES.glob("*.py") if private.search(path.read_text())} <= FINGERPRINTS.keys()


def test_private_members_are_used_in_one_folder_only() -> None:
    """No class elsewhere overrides one of Textual's private members, nor does any code there reach for one."""
    known = {name for kind in (App, Screen) for name in dir(kind) if re.match(r"_[a-z]", name)}
    known |= {"_exit", "_driver", "_compositor", "_styles_cache", "_message_queue", "_interval"}
    overrides, uses = [], []
    for module in pkgutil.walk_packages(tui_browser.ui.__path__, "tui_browser.ui."):
        if module.name.startswith("tui_browser.ui.terminal"):
            continue
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if member.__module__ == module.name and issubclass(member, MessagePump):
                theirs = {
                    name for base in member.__mro__ if base.__module__.startswith("textual") for name in vars(base)
                }
                mine = {name for name in vars(member) if re.match(r"_[a-z]", name) and not GENERATED.match(name)}
                overrides += [f"{member.__qualname__}.{name}" for name in mine & theirs]
    for path in UI.rglob("*.py"):
        if path.parent != PATCHES:
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Attribute) or node.attr not in known:
                    continue
                if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                    uses.append(f"{path.name}:{node.lineno} {node.attr}")
    assert (overrides, uses) == ([], [])
    assert PatchedScreen._on_timer_update is not Screen._on_timer_update


def test_private_modules_are_not_loaded_before_the_setting_is_known() -> None:
    code = "import sys, tui_browser.ui.app; print(*(name for name in sys.modules if '.ui.terminal.' in name))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    patches = {f"tui_browser.ui.terminal.{name}" for name in ("compositor", "driver", "styles_cache")}
    assert "tui_browser.ui.terminal.textual_patches" in loaded and not patches & set(loaded)
