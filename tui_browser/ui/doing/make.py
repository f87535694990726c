"""Making sounds: a variation, a mix, what lies here; and keeping one."""

from __future__ import annotations

from tui_browser.records import SampleId
from tui_browser.ui import words
from tui_browser.ui.completion import complete_folder
from tui_browser.ui.doing.base import Doing
from tui_browser.ui.making import cursor_place
from tui_browser.ui.screens.prompt import Prompt

_MOST = 64
"""Samples of one mix; more would all sound alike."""


class MakingSounds(Doing):
    """New sounds from what is selected; the index service makes them."""

    def do_vary(self) -> None:
        sample = self._sample()
        if sample is not None:
            self.session.making.vary(sample, self._name(sample))

    def do_mix(self) -> None:
        sample, chosen = self._sample(), [SampleId(int(each)) for each in self.session.selection.ids]
        if sample is None:
            return
        if len(chosen) < 2:
            before = self.session.journey.trail
            others = [each for each in (*chosen, *before[::-1]) if each != sample][:1]
            chosen = [sample, *others]
        if len(chosen) < 2:
            self.refuse(f"a mix needs two samples: walk to another one, or select some with {self.first_key('select')}")
        elif len(chosen) > _MOST:
            self.refuse(f"{len(chosen):,} samples are too many for a mix: {_MOST} at most")
        elif len(chosen) == 2:
            self.session.making.mix(chosen, f"{self._name(chosen[0])} and {self._name(chosen[1])}")
        else:
            self.session.making.mix(chosen, f"{len(chosen)} selected samples")

    def do_make_here(self) -> None:
        stage, making = self.stage, self.session.making
        at = making.spot(self.session.journey.selected)
        if at is None and stage.on_guest and stage.guest is not None:
            at = stage.guest_place
        if at is None:
            at = cursor_place(stage.world, stage.row)
        if at is None:
            self.refuse("this sample is off the map")
            return
        making.here(stage.world, at)

    def do_keep_made(self) -> None:
        made = self.session.making.made
        if made is None:
            self.refuse(f"no sound was made yet: {self.first_key('vary')} makes a variation of this sample")
            return

        def keep(folder: str | None) -> None:
            if folder:
                self.session.making.keep(made, folder)

        hint = "tab completes, enter saves under a new name, esc cancels"
        self.panel.open(
            Prompt("Save the sound in", hint, value=self.session.making.folder, complete=complete_folder), keep
        )

    def _sample(self) -> SampleId | None:
        sample = self.session.journey.selected
        if sample is None or self.stage.on_guest:
            self.refuse("a guest is not in the library")
            return None
        return sample

    def _name(self, sample: SampleId) -> str:
        row = self.stage.world.row_of(sample)
        return "another sample" if row is None else words.file_name(self.stage.world.snapshot.names[row])
