"""The beat: its steps, tracks, tempo and pattern, playing it, and writing it for other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_browser.kits.pattern import STEPS_A_BAR, TEMPOS, Pattern
from tui_browser.kits.patterns import named_pattern, pattern_names
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.keys.command import KIT, MAIN, PICK, Choice, Command, command
from tui_browser.ui.state.beat_formats import FORMATS, RENDERED

if TYPE_CHECKING:
    from tui_browser.ui.state.kit_beat import KitBeat

_GROUP = "Beat"
_KIT = ("kit",)
_FILE = " file"
"""Begins with a blank, as no pattern does."""


def _step(id: str, keys: str, label: str, help: str, *, repeats: bool = False, hint: int = 0) -> Command:
    return command(id, keys, label, help, _GROUP, needs=_KIT, screens=(KIT,), repeats=repeats, hint=hint)


COMMANDS: tuple[Command, ...] = (
    command(
        "beat_play", "` f5", "Beat", "play the beat of the kit, or stop it", _GROUP,
        needs=_KIT, screens=(MAIN, PICK, KIT),
    ),
    command(
        "beat_strip", "ctrl+x", "Beat strip", "the steps of the beat below the map, and into them; again hides them",
        _GROUP, screens=(MAIN, PICK, KIT),
    ),
    _step("beat_toggle_play", "space", "Play", "play the beat, or stop it", hint=1),
    _step("beat_left", "left h", "Left", "step before", repeats=True),
    _step("beat_right", "right l", "Right", "next step", repeats=True),
    _step("beat_far_left", "shift+left H", "Bar before", "a bar to the left", repeats=True),
    _step("beat_far_right", "shift+right L", "Next bar", "a bar to the right", repeats=True),
    _step("beat_first", "home", "First", "first step"),
    _step("beat_last", "end", "Last", "last step"),
    _step("beat_step", "enter x", "Step", "a sound on this step, or a rest", hint=2),
    _step("beat_stronger", "+ =", "Stronger", "the step stronger", repeats=True),
    _step("beat_softer", "-", "Softer", "the step softer, down to a rest", repeats=True),
    _step("beat_clear", "d", "Clear", "a rest on all steps of the track"),
    _step("beat_more", "b", "Bar more", "this bar once more behind it, up to 64 steps"),
    _step("beat_less", "B", "Bar less", "take this bar out"),
    _step("beat_mute", "m", "Mute", "the track is silent, or no longer"),
    _step("beat_solo", "s", "Solo", "only this track, and others with solo"),
    _step("beat_faster", "}", "Faster", "the beat 1 bpm faster", repeats=True),
    _step("beat_slower", "{", "Slower", "the beat 1 bpm slower", repeats=True),
    _step("beat_tempo", "t", "Tempo", "type the tempo"),
    _step("beat_swing_more", ")", "More swing", "every second step a little later", repeats=True),
    _step("beat_swing_less", "(", "Less swing", "every second step a little earlier", repeats=True),
    _step("beat_pattern", "P", "Patterns", "choose a pattern, heard at once, or one in a file", hint=9),
    _step("beat_render", "e", "Render", "write the beat as a WAV"),
    _step("beat_export", "E", "Export beat", "write kit or beat: MIDI, Tidal, Strudel, SFZ, Hydrogen, stems ..."),
)  # fmt: skip


class BeatCommands(CommandGroup):
    """Act on the chosen step and track."""

    @property
    def _beat(self) -> KitBeat:
        beat = self.state.beat.at_hand
        assert beat is not None  # the commands need a kit
        return beat

    @property
    def _place(self) -> tuple[int, int]:
        """The chosen track and step."""
        return self.state.beat.row, self.state.beat.step

    def do_beat_play(self) -> None:
        self.controllers.beat_player.toggle()

    def do_beat_toggle_play(self) -> None:
        self.controllers.beat_player.toggle()

    def do_beat_strip(self) -> None:
        self.panel.fold_kit("strip")

    # --- steps -------------------------------------------------------------------------------------------------------

    def do_beat_left(self) -> None:
        self._go(self.state.beat.step - 1)

    def do_beat_right(self) -> None:
        self._go(self.state.beat.step + 1)

    def do_beat_far_left(self) -> None:
        self._go(self.state.beat.step - STEPS_A_BAR)

    def do_beat_far_right(self) -> None:
        self._go(self.state.beat.step + STEPS_A_BAR)

    def do_beat_first(self) -> None:
        self._go(0)

    def do_beat_last(self) -> None:
        self._go(self._beat.pattern.steps)

    def _go(self, step: int) -> None:
        self.panel.show_steps()
        self.state.beat.choose_step(step)
        self.controllers.kit_view.draw()

    def do_beat_step(self) -> None:
        self._change(self._beat.toggled(*self._place), "step")

    def do_beat_stronger(self) -> None:
        self._change(self._beat.louder(*self._place, 1), "velocity")

    def do_beat_softer(self) -> None:
        self._change(self._beat.louder(*self._place, -1), "velocity")

    def do_beat_clear(self) -> None:
        self._change(self._beat.without_steps(self.state.beat.row), "cleared track")

    def do_beat_more(self) -> None:
        self._change(self._beat.with_bar(self.state.beat.step), "bar", limit="a pattern has 64 steps at most")

    def do_beat_less(self) -> None:
        self._change(self._beat.without_bar(self.state.beat.step), "bar", limit="a pattern has 16 steps at least")

    # --- tracks, tempo -----------------------------------------------------------------------------------------------

    def do_beat_mute(self) -> None:
        self._change(self._beat.muted(self.state.beat.row), "mute", steps=False)

    def do_beat_solo(self) -> None:
        self._change(self._beat.solo(self.state.beat.row), "solo", steps=False)

    def do_beat_faster(self) -> None:
        self._change(self._beat.at_tempo(self._beat.pattern.bpm + 1), "tempo", steps=False)

    def do_beat_slower(self) -> None:
        self._change(self._beat.at_tempo(self._beat.pattern.bpm - 1), "tempo", steps=False)

    def do_beat_tempo(self) -> None:
        def set_tempo(typed: str) -> None:
            try:
                bpm = float(typed.replace(",", "."))
            except ValueError:
                bpm = 0.0
            if not TEMPOS[0] <= bpm <= TEMPOS[1]:
                self.refuse(f"a tempo is a number from {TEMPOS[0]:g} to {TEMPOS[1]:g}")
            elif self.state.beat.at_hand is not None:
                self._change(self._beat.at_tempo(bpm), "tempo", steps=False)

        self.panel.prompt("Tempo in bpm", "enter sets it, esc cancels", set_tempo, value=f"{self._beat.pattern.bpm:g}")

    def do_beat_swing_more(self) -> None:
        self._change(self._beat.swung(1), "swing", steps=False)

    def do_beat_swing_less(self) -> None:
        self._change(self._beat.swung(-1), "swing", steps=False)

    def _change(self, changed: KitBeat, label: str, *, limit: str = "this is the limit", steps: bool = True) -> None:
        if steps:
            self.panel.show_steps()  # they are edited where they are seen
        if not self.controllers.beat_edits.make(changed, label):
            self.refuse(limit)

    # --- patterns ----------------------------------------------------------------------------------------------------

    def do_beat_pattern(self) -> None:
        before, edits = self._beat, self.controllers.beat_edits
        patterns = {name: named_pattern(name) for name in pattern_names()}
        choices = [
            *(Choice(name, name, f"{each.bpm:g} bpm, {each.steps} steps") for name, each in patterns.items()),
            Choice(_FILE, "from a file", "a pattern that was written as text"),
        ]

        def show(name: str) -> None:
            edits.show(before.playing(patterns[name]) if name in patterns else before)

        def keep(name: str) -> None:
            edits.show(before)
            if name in patterns:
                edits.make(before.playing(patterns[name]), "pattern")
            else:
                self.panel.prompt("Pattern in the file", "tab completes folders, enter loads it, esc cancels",
                                  self._load_pattern, value=f"{self.controllers.beat_export.folder}/",
                                  complete=complete_folder)  # fmt: skip

        self.panel.pick(
            "Pattern", choices, now=before.pattern.name, show=show, back=lambda: edits.show(before), keep=keep
        )

    def _load_pattern(self, path: str) -> None:
        def take(pattern: Pattern) -> None:
            if self.state.beat.at_hand is not None:
                self.controllers.beat_edits.make(self._beat.playing(pattern), "pattern")

        self.controllers.beat_export.read_pattern(path, take)

    # --- for other programs ------------------------------------------------------------------------------------------

    def do_beat_render(self) -> None:
        self._ask_path(RENDERED)

    def do_beat_export(self) -> None:
        choices = [Choice(id, form.label, form.help) for id, form in FORMATS.items()]
        self.panel.choose("Write", choices, self._ask_path)

    def _ask_path(self, form: str) -> None:
        export = self.controllers.beat_export

        def replace(path: str, then: Callable[[], None]) -> None:
            self.panel.confirm(f"Replace {path}?", then=then)

        self.panel.prompt(
            f"{FORMATS[form].label}: write to", "tab completes folders, enter writes it, esc cancels",
            lambda path: export.write(form, path, ask=replace),
            value=export.suggested(form), complete=complete_folder,
        )  # fmt: skip
