"""The settings as text: the page docs/settings.md."""

from __future__ import annotations

from tui_browser.config.settings import documented_settings


def markdown() -> str:
    """The page docs/settings.md: every setting with its default and what it does."""
    lines = [
        "# Settings",
        "",
        "They stand in `config.toml` in your config folder (`~/.config/tui-browser/` on Linux,",
        "`~/Library/Application Support/tui-browser/` on macOS). A wrong key is named with its nearest right one.",
        "",
        "| setting | default | does |",
        "|---|---|---|",
    ]
    for key, default, text in documented_settings():
        lines.append(f"| `{key}` | `{_toml(default)}` | {text} |")
    lines += [
        "",
        "Themes of your own go into the folder `themes` beside the file; the shipped ones in `themes/` of the project",
        "show every key. Under `[families]` are the hues within the class `other`; a theme that names none takes those",
        "of the theme it inherits, else the colour of `other`. The keys of commands are listed in [keys.md](keys.md).",
        "",
    ]
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if isinstance(value, int) else "{}"
