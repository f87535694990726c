"""Generating sounds: a variation, a mix, a sound for a place of the map; and saving one."""

from __future__ import annotations

from tui_browser.records import SampleId
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.keys.command import SAMPLE, Command, command

COMMANDS: tuple[Command, ...] = (
    command("vary", ".", "Vary", "make a variation of this sample; each press makes another", "Make", needs=SAMPLE),
    command("mix", "G", "Mix", "mix the selected samples, or this one and the previous one", "Make", needs=SAMPLE),
    command(
        "make_here",
        "g",
        "Make here",
        "make a sound for this place of the map, or for the empty place that you clicked",
        "Make",
        needs=SAMPLE,
    ),
    command("keep_made", "W", "Save sound", "save the last made sound in a folder, with its lineage", "Make"),
)

_MOST = 64
"""Samples of one mix; more would all sound alike."""


class GenerateCommands(CommandGroup):
    """The index service generates the sounds."""

    def do_vary(self) -> None:
        sample = self._sample()
        if sample is not None:
            self.controllers.generation.vary(sample, self._name(sample))

    def do_mix(self) -> None:
        sample, chosen = self._sample(), [SampleId(int(each)) for each in self.state.selection.ids]
        if sample is None:
            return
        if len(chosen) < 2:
            before = self.state.cursor.trail
            others = [each for each in (*chosen, *before[::-1]) if each != sample][:1]
            chosen = [sample, *others]
        if len(chosen) < 2:
            self.refuse(f"a mix needs two samples: walk to another one, or select some with {self.first_key('select')}")
        elif len(chosen) > _MOST:
            self.refuse(f"{len(chosen):,} samples are too many for a mix: {_MOST} at most")
        elif len(chosen) == 2:
            self.controllers.generation.mix(chosen, f"{self._name(chosen[0])} and {self._name(chosen[1])}")
        else:
            self.controllers.generation.mix(chosen, f"{len(chosen)} selected samples")

    def do_make_here(self) -> None:
        place = self.controllers.generation.clicked_place
        if place is None and self.state.on_guest:
            place = self.state.guest_place
        if place is None:
            place = self.state.map_model.place_on_map(self.state.row)
        if place is None:
            self.refuse("this sample is off the map")
            return
        self.controllers.generation.for_place(place)

    def do_keep_made(self) -> None:
        made = self.controllers.generation.newest
        if made is None:
            self.refuse(f"no sound was made yet: {self.first_key('vary')} makes a variation of this sample")
            return

        def save(folder: str) -> None:
            if folder:
                self.controllers.generation.save(made, folder)

        hint = "tab completes, enter saves under a new name, esc cancels"
        folder = self.controllers.generation.folder
        self.panel.prompt("Save the sound in", hint, save, value=folder, complete=complete_folder)

    def _sample(self) -> SampleId | None:
        sample = self.state.cursor.sample
        if sample is None or self.state.on_guest:
            self.refuse("a guest is not in the library")
            return None
        return sample

    def _name(self, sample: SampleId) -> str:
        row = self.state.map_model.row_of(sample)
        return "another sample" if row is None else formatting.file_name(self.state.map_model.snapshot.names[row])
