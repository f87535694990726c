"""The keys as text: sections for `?`, and the page docs/keys.md."""

from __future__ import annotations

from tui_browser.ui.keys.command import Command
from tui_browser.ui.keys.keys import Keys


def sections(keys: Keys) -> list[tuple[str, list[Command]]]:
    """The commands by group, both in the table's order."""
    groups: dict[str, list[Command]] = {}
    for command in keys.commands:
        groups.setdefault(command.group, []).append(command)
    return list(groups.items())


def markdown(keys: Keys) -> str:
    """The page docs/keys.md: every command with its keys, its name for the config file and what it does."""
    lines = [
        "# Keys",
        "",
        "Made from the table in `tui_browser/ui/commands`, which also feeds the footer, `?` and the palette.",
        "",
        "To change keys, name the command in `config.toml`; an empty list takes its keys away:",
        "",
        "```toml",
        "[keys]",
        'copy = "ctrl+y"',
        'play = ["space", "p"]',
        "```",
    ]
    for group, commands in sections(keys):
        lines += ["", f"## {group}", "", "| keys | command | does |", "|---|---|---|"]
        for command in commands:
            written = " ".join(f"`{key}`" for key in keys.written(command.id)) or "palette only"
            lines.append(f"| {written} | `{command.id}` | {command.help} |")
    lines += [
        "",
        "While you type a search, `enter` keeps it and goes to the best match, the up and down arrows choose among the",
        "matches, `esc` ends the search and brings back the view. Pasting a path (which is what dropping a file on a",
        "terminal does) offers to add a folder, and shows where a sound lies on the map.",
        "",
        "With the mouse: the pointer shows the sample that it rests on, a click selects and plays it, a shift-click",
        "adds it to the selection or removes it, a double click and the wheel zoom where the pointer is, dragging",
        "moves the map. A click on a kind of the legend hides it or brings it back, a double click shows it alone.",
        "",
        "Where a model tells more than drums apart, the legend folds by family: a click on ▸, or the down arrow in the",
        "legend, lists the classes of one, and ▾ or the up arrow folds it again. Only what is there is listed.",
        "",
    ]
    return "\n".join(lines)
