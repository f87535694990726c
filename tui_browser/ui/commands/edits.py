"""Undo; copies, of the selection where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_browser.config.templates import TemplateSample
from tui_browser.records import FEATURES, KEYS
from tui_browser.service.messages import Guest
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.keys.command import SAMPLE, Choice, Command, command
from tui_browser.ui.state.map_model import MapModel

if TYPE_CHECKING:
    from tui_browser.ui.controllers.copy_as import CopyFormat

COMMANDS: tuple[Command, ...] = (
    command("undo", "u", "Undo", "undo the last edit, selection, search or change of view", "Undo", repeats=True),
    command("redo", "ctrl+r", "Redo", "redo what was undone", "Undo", repeats=True),
    command("copy", "y", "Copy path", "copy the full path; it is shown as well", "Keep", needs=SAMPLE, hint=4),
    command(
        "copy_as",
        "Y",
        "Copy as",
        "copy the path quoted, as a file URI, or for Tidal, SuperCollider, Sonic Pi ...",
        "Keep",
        needs=SAMPLE,
    ),
    command("cut", "e", "Cut a WAV", "write the slice that is playing, or the rest, as a WAV", "Keep", needs=SAMPLE),
)


class EditCommands(CommandGroup):
    """Act on all selected samples, else on the one under the cursor."""

    def do_undo(self) -> None:
        label = self.state.history.undo()
        self.say(f"undone: {label}") if label else self.refuse("nothing to undo")

    def do_redo(self) -> None:
        label = self.state.history.redo()
        self.say(f"redone: {label}") if label else self.refuse("nothing to redo")

    def do_copy(self) -> None:
        rows, names = self.chosen_rows(), self.state.map_model.snapshot.names
        path = self.state.path
        if len(rows) > 1:
            self.controllers.copies.copy_paths([names[row] for row in rows])
        elif rows or path is not None:
            self.controllers.copies.copy_path(names[rows[0]] if rows else path or b"")

    def do_copy_as(self) -> None:
        map_model, row, matches = self.state.map_model, self.state.row, self.state.search.matches
        chosen = self.state.selection.rows(map_model)
        if self.state.on_guest and self.state.guest is not None:
            sample = template_guest(self.state.guest)
        elif row is not None:
            sample = template_sample(map_model, row)
        else:
            return
        rows = chosen if len(chosen) else () if matches is None else matches.rows

        def many() -> list[TemplateSample]:
            return [template_sample(map_model, int(each)) for each in rows]

        def choose(formats: list[CopyFormat]) -> None:
            choices = [Choice(each.id, each.label, each.help, "", each.refusal) for each in formats]
            self.panel.choose("Copy as", choices, lambda id: self.controllers.copies.copy_as(id, sample, many))

        described = "selected" if len(chosen) else "found"
        self.controllers.copies.list_formats(sample, many=len(rows), described=described, then=choose)

    def do_cut(self) -> None:
        path, sample = self.file_under_cursor()
        if path is None:
            return

        def write_wav(folder: str) -> None:
            if folder:
                self.controllers.slices.write_wav(path, sample, folder)

        hint = "tab completes, enter writes the WAV there, esc cancels"
        folder = self.controllers.slices.folder
        self.panel.prompt("Write a WAV into", hint, write_wav, value=folder, complete=complete_folder)


def template_sample(map_model: MapModel, row: int) -> TemplateSample:
    """The facts of a sample that templates may use."""
    snapshot = map_model.snapshot
    index, features = int(snapshot.classes[row]), snapshot.features[row]
    values = dict(zip(FEATURES, map(float, features), strict=True))
    key = values.pop("key")
    has_class = index < len(snapshot.class_names)
    return TemplateSample(
        path=snapshot.names[row],
        class_name=snapshot.class_names[index] if has_class else None,
        class_p=float(snapshot.class_p[row]) if has_class else None,
        x=float(snapshot.xy[row, 0]),
        y=float(snapshot.xy[row, 1]),
        tags=snapshot.tags.get(map_model.id_at(row), ()),
        key=KEYS[int(key)] if key == key else None,
        **values,
    )


def template_guest(guest: Guest) -> TemplateSample:
    """The facts of a guest that templates may use."""
    return TemplateSample(
        path=guest.path,
        class_name=guest.class_name,
        class_p=guest.class_p,
        duration_s=guest.duration_s,
        loudness_db=guest.loudness_db,
        x=guest.xy[0],
        y=guest.xy[1],
    )
