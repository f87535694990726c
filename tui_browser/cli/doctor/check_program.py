"""The doctor's look at the program itself: versions, settings, theme, formats, model."""

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
    """The program and what it stands on, without importing the heavy ones."""
    parts = [f"tui-browser {__version__}", f"Python {platform.python_version()}", platform.platform(terse=True)]
    missing = []
    for name in ("textual", "numpy", "torch", "soundfile", "soxr", "miniaudio", "umap-learn", "pynndescent"):
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    extras = [name for name in ("simpleaudio", "av", "pyarrow") if importlib.util.find_spec(name)]
    found = ", ".join(parts) + (f"; extras: {', '.join(extras)}" if extras else "")
    if missing:
        change = "install it anew: pip install --force-reinstall tui-browser"
        yield Finding("versions", "fails", f"{found}; missing: {', '.join(missing)}", "package metadata", change)
    else:
        yield Finding("versions", "good", found, "package metadata")


def settings() -> tuple[Settings, list[Finding]]:
    """The settings, or the default ones and what is wrong with them."""
    path = config_file()
    where = printable(path) if os.path.exists(path) else f"none at {printable(path)}: all at their defaults"
    try:
        found = load_settings()
        from tui_browser.ui.keys.table import Keys

        Keys(found.keys, path=path)
    except ConfigError as error:
        return Settings(), [Finding("settings", "fails", str(error), "read", "mend or delete that line")]
    return found, [Finding("settings", "good", where, "read, with all keys")]


def theme(chosen: Settings) -> Iterator[Finding]:
    """The theme that will be worn."""
    name = chosen.theme or load_state().theme or DEFAULT_THEME
    try:
        load_theme(name)
    except ConfigError as error:
        yield Finding("theme", "fails", str(error), "read", 'theme = "dark" in the settings')
    else:
        yield Finding("theme", "good", name, "read")


def model(name: str | None) -> Iterator[Finding]:
    """The model, loaded in a process of its own and fed with silence."""
    import numpy as np

    from tui_browser.indexing.file_encoder import load_model
    from tui_browser.model.encoder_process import Encoder

    try:
        bundle = load_model(name)
        shape = (1, bundle.front_end.n_mels, bundle.front_end.frames)
        with Encoder(bundle, log=log_file("doctor")) as encoder:
            encoding = encoder.encode(np.zeros(shape, dtype=np.float32))
    except BrowserError as error:
        yield Finding("model", "fails", str(error), "loaded", f"the shipped ones lie in {printable(shipped('models'))}")
        return
    heads = [f"{bundle.dim} numbers a sound"]
    heads += ["classes"] if bundle.classes else []
    heads += ["a map of its own"] if bundle.has_map else []
    if not np.isfinite(encoding.embedding).all():
        yield Finding("model", "fails", f"{bundle.space} gives no numbers", "heard silence", "take another --model")
        return
    yield Finding("model", "good", f"{bundle.space}: {', '.join(heads)}", "loaded by torch in a process of its own")


def formats() -> Iterator[Finding]:
    """What can be decoded."""
    import soundfile

    known = soundfile.available_formats()
    lacking = [name for name in ("WAV", "AIFF", "FLAC", "OGG", "MP3", "CAF", "AU", "W64", "RF64") if name not in known]
    version = getattr(soundfile, "__libsndfile_version__", "")
    av = "with" if importlib.util.find_spec("av") else "without"
    found = f"libsndfile {version}, {av} m4a, aac and wma"
    if lacking:
        yield Finding("formats", "limited", f"{found}; without {', '.join(lacking)}", "asked libsndfile",
                      "pip install --upgrade soundfile")  # fmt: skip
    else:
        yield Finding("formats", "good", found, "asked libsndfile", "" if av == "with" else "pip install av adds them")
