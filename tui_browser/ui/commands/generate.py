"""Making sounds: a variation, a mix, a morph, a sound for a place of the map; the list of them, and saving one."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.records import CLASSES, SampleId
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.dialogs.mixer_actions import MixerActions
from tui_browser.ui.keys.command import SAMPLE, Choice, Command, command
from tui_browser.ui.sample_names import sample_name

COMMANDS: tuple[Command, ...] = (
    command("vary", ".", "Vary", "make a variation of this sample; each press makes another", "Make", needs=SAMPLE),
    command(
        "mix",
        "G",
        "Mix",
        "mix the selected samples, or this one and the previous one, with a slider for each",
        "Make",
        needs=SAMPLE,
    ),
    command(
        "morph",
        "~",
        "Morph",
        "walk from the first selected sample to the second, or from the previous one to this one, in steps",
        "Make",
        needs=SAMPLE,
    ),
    command(
        "make_here",
        "g",
        "Make here",
        "make a sound for this place of the map, or for the empty place that you pointed at",
        "Make",
        needs=SAMPLE,
    ),
    command("made_before", "B", "Made before", "hear the sound that was made before, and show it", "Make"),
    command("made_after", "O", "Made after", "hear the sound that was made after that, and show it", "Make"),
    command(
        "made_list", "U", "Made sounds", "the list of what was made: hear each again, keep any", "Make", needs=("made",)
    ),
    command(
        "keep_made", "W", "Save sound", "save the last made sound in a folder, with its lineage", "Make",
        needs=("made",),
    ),
)  # fmt: skip

MOST_MIXED = 64
"""Samples of one mix; more would all sound alike."""
_NAME_WIDTH = 28
"""Most cells of a sample's name in what is said of a made sound."""
_LEAST_STEPS, _MOST_STEPS, _STEPS = 2, 64, 8


class GenerateCommands(CommandGroup):
    """The index service generates the sounds."""

    def do_vary(self) -> None:
        sample = self._sample()
        if sample is not None:
            self.controllers.generation.vary(sample, self._name(sample))

    def do_mix(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        if len(chosen) > MOST_MIXED:
            self.refuse(f"{len(chosen):,} samples are too many for a mix: {MOST_MIXED} at most")
            return
        controllers, names = self.controllers, [self._name(each) for each in chosen]
        what = f"a mix of {names[0]} and {names[1]}" if len(names) == 2 else f"a mix of {len(names)} samples"
        rows = [self.state.map_model.row_of(each) for each in chosen]
        hues = [len(CLASSES) if row is None else self.state.map_model.hue_of(row) for row in rows]

        def make(weights: Sequence[float] | None, variance: float) -> None:
            controllers.generation.mix(chosen, names, what, weights=weights, variance=variance)

        actions = MixerActions(
            make=make,
            hear=controllers.made_sounds.hear,
            step=lambda by: self.panel.perform("made_before" if by < 0 else "made_after"),
            keep=lambda: self.panel.perform("keep_made"),
            cancel=controllers.generation.cancel,
            refuse=self.refuse,
        )
        self.panel.show_mixer(list(zip(names, hues, strict=True)), actions)

    def do_morph(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        if len(chosen) > 2:
            self.refuse(f"a morph has two ends, and {len(chosen):,} samples are selected")
            return
        first, second = chosen if len(self.state.selection) == 2 else chosen[::-1]
        names = self._name(first), self._name(second)

        def begin(typed: str) -> None:
            steps = int(typed) if typed.strip().isdecimal() else 0
            if not _LEAST_STEPS <= steps <= _MOST_STEPS:
                self.refuse(f"a morph has {_LEAST_STEPS} to {_MOST_STEPS} steps, not {typed.strip() or 'none'}")
            else:
                self.controllers.generation.morph((first, second), names, steps=steps)

        self.controllers.generation.prepare()
        hint = f"{_LEAST_STEPS} to {_MOST_STEPS}; enter makes them, esc cancels"
        self.panel.prompt(f"Steps from {names[0]} to {names[1]}", hint, begin, value=str(_STEPS))

    def do_make_here(self) -> None:
        place = self.controllers.free_cursor.drawn
        if place is None and self.state.on_guest:
            place = self.state.guest_place
        if place is None:
            place = self.state.map_model.place_on_map(self.state.row)
        if place is None:
            self.refuse("this sample is off the map")
            return
        self.controllers.generation.for_place(place)

    # --- what was made -----------------------------------------------------------------------------------------------

    def do_made_before(self) -> None:
        self._step(-1, "this is the first sound that was made")

    def do_made_after(self) -> None:
        self._step(1, "this is the last sound that was made")

    def _step(self, by: int, end: str) -> None:
        making = self.state.making
        if making.sound is None:
            self.refuse(f"no sound was made yet: {self.first_key('vary')} makes a variation of this sample")
        elif not making.shown and by < 0:
            self.controllers.made_sounds.hear()  # the one that is not shown any more is the one before
        elif not self.controllers.made_sounds.step(by):
            self.controllers.made_sounds.hear()
            self.refuse(end)

    def do_made_list(self) -> None:
        making, made_sounds = self.state.making, self.controllers.made_sounds
        before, shown = making.at, making.shown
        choices = []
        for at, sound in reversed(list(enumerate(making.sounds))):
            heard = "" if sound.guest is None else formatting.certainty(sound.guest.class_name or "no class",
                                                                        sound.guest.class_p)  # fmt: skip
            choices.append(Choice(str(at), f"{at + 1}  {sound.title}", heard))

        def back() -> None:
            making.at = before
            if not shown:
                making.hide()
            self.presenter.show_making()

        def keep(choice: str) -> None:
            made_sounds.go(int(choice))
            self.presenter.say(f"{self.first_key('keep_made')} saves it", brief=True)

        self.panel.pick(
            "Made sounds", choices, now=str(making.at), show=lambda at: made_sounds.go(int(at)), keep=keep, back=back
        )

    def do_keep_made(self) -> None:
        made = self.state.making.sound
        if made is None:
            return

        def offer_tags(path: bytes, tags: tuple[str, ...]) -> None:
            hint = "tags of its parents, separated by spaces; enter gives them, esc gives none"
            name = formatting.file_name(path)
            give = self.controllers.made_sounds.tag
            known = self.state.map_model.snapshot.tags
            self.panel.prompt_tags(
                f"Tags for {name}", hint, lambda typed: give(path, typed), value=" ".join(tags), tags=known
            )

        def save(folder: str) -> None:
            if folder:
                self.controllers.made_sounds.save(made, folder, then=offer_tags)

        hint = "tab completes, enter saves under a new name, esc cancels"
        folder = self.controllers.made_sounds.folder
        self.panel.prompt("Save the sound in", hint, save, value=folder, complete=complete_folder)

    # --- samples -----------------------------------------------------------------------------------------------------

    def _sample(self) -> SampleId | None:
        sample = self.state.cursor.sample
        if sample is None or self.state.on_guest:
            self.refuse("a guest is not in the library")
            return None
        return sample

    def _chosen(self) -> list[SampleId] | None:
        """The selected samples, else this one and the one before it on the way; None where there is only one."""
        sample, chosen = self._sample(), [SampleId(int(each)) for each in self.state.selection.ids]
        if sample is None:
            return None
        if len(chosen) < 2:
            before = self.state.cursor.trail
            others = [each for each in (*chosen, *before[::-1]) if each != sample][:1]
            chosen = [sample, *others]
        if len(chosen) < 2:
            self.refuse(f"this needs two samples: walk to another one, or select some with {self.first_key('select')}")
            return None
        return chosen

    def _name(self, sample: SampleId) -> str:
        row = self.state.map_model.row_of(sample)
        if row is None:
            return "another sample"
        return formatting.cut_middle(sample_name(self.state.map_model.snapshot.names[row], ending=False), _NAME_WIDTH)
