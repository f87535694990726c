"""Checks of the program: versions, settings, theme, formats and model."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
from collections.abc import Iterator

from tui_browser.cli.doctor.finding import Finding
from tui_browser.config.places import config_file, log_file, shipped
from tui_browser.config.settings import Settings, load_settings
from tui_browser.config.state import load_state
from tui_browser.config.themes import DEFAULT_THEME, load_theme
from tui_browser.errors import BrowserError, ConfigError, printable
from tui_browser.version import __version__


def versions() -> Iterator[Finding]:
    """Versions of the program and its dependencies, without importing them."""
    parts = [f"tui-browser {__version__}", f"Python {platform.python_version()}", platform.platform(terse=True)]
    missing = []
    for name in ("textual", "numpy", "torch", "soundfile", "soxr", "miniaudio", "pynndescent"):
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    found = ", ".join(parts)
    if missing and is_light():
        without = f"{found}; without {', '.join(missing)}: it plays and browses, but does not index"
        yield Finding("versions", "limited", without, "package metadata", "pip install tui-browser, to index here")
    elif missing:
        change = "reinstall it: pip install --force-reinstall tui-browser"
        yield Finding("versions", "fails", f"{found}; missing: {', '.join(missing)}", "package metadata", change)
    else:
        yield Finding("versions", "good", found, "package metadata")


def is_light() -> bool:
    """Whether this is the distribution without what indexing needs."""
    try:
        importlib.metadata.version("tui-browser-listen")
    except importlib.metadata.PackageNotFoundError:
        return False
    return importlib.util.find_spec("torch") is None


_EXTRAS = {
    "av": (("av",), "m4a, aac and wma"),
    "dask": (("distributed",), "index on a Dask cluster"),
    "layouts": (("umap", "openTSNE"), "the layouts umap and tsne"),
    "parquet": (("pyarrow",), "export as parquet"),
    "simpleaudio": (("simpleaudio",), "a second player"),
}
"""Extras by name: the modules of each, and what it adds."""


def extras() -> Iterator[Finding]:
    """Which extras are installed, and what the others would add."""
    installed = [name for name, (modules, _) in _EXTRAS.items() if all(map(importlib.util.find_spec, modules))]
    missing = [f"{name} ({adds})" for name, (_, adds) in _EXTRAS.items() if name not in installed]
    found = f"installed: {', '.join(installed) or 'none'}"
    if missing:
        lacking = ",".join(name for name in _EXTRAS if name not in installed)
        found += f"; not installed: {', '.join(missing)}"
        yield Finding("extras", "good", found, "looked for their modules", f"pip install 'tui-browser[{lacking}]'")
    else:
        yield Finding("extras", "good", found, "looked for their modules")


def settings() -> tuple[Settings, list[Finding]]:
    """The settings and a finding; the default settings if they are wrong."""
    path = config_file()
    where = printable(path) if os.path.exists(path) else f"none at {printable(path)}, so that all have their defaults"
    try:
        found = load_settings()
        from tui_browser.ui.commands.table import command_keys

        command_keys(found.keys, path=path)
    except ConfigError as error:
        return Settings(), [Finding("settings", "fails", str(error), "read", "correct or delete that line")]
    return found, [Finding("settings", "good", where, "read, keys included")]


def theme(settings: Settings) -> Iterator[Finding]:
    """Whether the theme loads."""
    name = settings.theme or load_state().theme or DEFAULT_THEME
    try:
        notice = load_theme(name).notice
    except ConfigError as error:
        yield Finding("theme", "fails", str(error), "read", 'theme = "dark" in the settings')
    else:
        if notice:
            yield Finding("theme", "limited", notice, "read", "remove that key")
        else:
            yield Finding("theme", "good", name, "read")


def model(name: str | None) -> Iterator[Finding]:
    """Whether the model loads in a child process and encodes silence."""
    if is_light():
        yield Finding("model", "limited", "not loaded, as PyTorch is not installed", "looked for torch")
        return
    import numpy as np

    from tui_browser.indexing.file_encoder import load_model
    from tui_browser.model.encoder_process import Encoder

    try:
        bundle = load_model(name)
        shape = (1, *bundle.front_end.size)
        with Encoder(bundle, log=log_file("doctor")) as encoder:
            encoding = encoder.encode(np.zeros(shape, dtype=np.float32))
    except BrowserError as error:
        yield Finding(
            "model", "fails", str(error), "loaded", f"the shipped models are in {printable(shipped('models'))}"
        )
        return
    parts = [f"embeddings of {bundle.dim} numbers"]
    parts += ["classes"] if bundle.classes else []
    parts += ["its own map"] if bundle.has_map else []
    if not np.isfinite(encoding.embedding).all():
        yield Finding(
            "model",
            "fails",
            f"{bundle.space} gives embeddings that are not finite",
            "encoded silence",
            "choose another --model",
        )
        return
    yield Finding("model", "good", f"{bundle.space}: {', '.join(parts)}", "loaded by torch in a child process")


def formats() -> Iterator[Finding]:
    """Which file formats can be decoded."""
    import soundfile

    known = soundfile.available_formats()
    missing_formats = [
        name for name in ("WAV", "AIFF", "FLAC", "OGG", "MP3", "CAF", "AU", "W64", "RF64") if name not in known
    ]
    version = getattr(soundfile, "__libsndfile_version__", "")
    av = "with" if importlib.util.find_spec("av") else "without"
    found = f"libsndfile {version}, {av} m4a, aac and wma"
    if missing_formats:
        yield Finding("formats", "limited", f"{found}; without {', '.join(missing_formats)}", "libsndfile's list",
                      "pip install --upgrade soundfile")  # fmt: skip
    else:
        change = "" if av == "with" else "pip install 'tui-browser[av]' adds them"
        yield Finding("formats", "good", found, "libsndfile's list", change)
