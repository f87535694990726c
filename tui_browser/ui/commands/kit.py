"""The kit: made from the map, its slots and their sounds, kept in the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_browser.errors import counted, printable
from tui_browser.kits.kit import KitError
from tui_browser.ui import formatting
from tui_browser.ui.commands.group import CommandGroup
from tui_browser.ui.dialogs.folder_completion import complete_folder
from tui_browser.ui.keys.command import KIT, KIT_WALK, MAIN, PICK, SAMPLES, Choice, Command, command

if TYPE_CHECKING:
    from tui_browser.ui.state.kit_beat import KitBeat

_GROUP = "Kit"
_KIT = ("kit",)
_EVERYWHERE = (MAIN, PICK, KIT)
_WALK = (KIT_WALK,)
_PAN, _LEVEL_DB = 0.1, 1.0


def _slot(id: str, keys: str, label: str, help: str, *, repeats: bool = False, hint: int = 0) -> Command:
    return command(id, keys, label, help, _GROUP, needs=_KIT, screens=(KIT,), repeats=repeats, hint=hint)


COMMANDS: tuple[Command, ...] = (
    command(
        "kit_here", "Q", "Kit here", "a kit and a beat from the sounds around the cursor, or the selection; plays",
        _GROUP, needs=SAMPLES, screens=_EVERYWHERE,
    ),
    command(
        "kit_pane", "ctrl+k", "Kit", "the kit beside the map, and into it; again hides it", _GROUP, screens=_EVERYWHERE
    ),
    _slot("kit_up", "up k", "Up", "previous slot and track", repeats=True),
    _slot("kit_down", "down j", "Down", "next slot and track", repeats=True),
    _slot("kit_hear", "p", "Hear", "hear the sound of the slot alone"),
    _slot("kit_walk", "w", "Walk", "walk the map: its sounds are heard in place of this one, in the beat", hint=4),
    _slot("kit_put", "i", "Put in", "put the sound under the cursor of the map, or the made one, into the slot"),
    _slot("kit_next", "n", "Next similar", "the next similar sound in this slot", hint=5),
    _slot("kit_before", "N", "Similar before", "the similar sound before it"),
    _slot("kit_reroll", "r", "Reroll", "another sound of its class at random", hint=6),
    _slot("kit_reroll_all", "R", "Reroll all", "other sounds in all slots that are not locked"),
    _slot("kit_shuffle", "S", "Shuffle", "each slot takes one of the 20 samples most like its own", hint=7),
    _slot("kit_lock", "f", "Lock", "leave this slot as it is when others are chosen, or no longer"),
    _slot("kit_louder", "shift+up K", "Louder", "the slot 1 dB louder", repeats=True),
    _slot("kit_quieter", "shift+down J", "Quieter", "the slot 1 dB quieter", repeats=True),
    _slot("kit_pan_left", "[", "Pan left", "the slot further to the left", repeats=True),
    _slot("kit_pan_right", "]", "Pan right", "the slot further to the right", repeats=True),
    _slot("kit_pitch_up", "pageup ^", "Pitch up", "the slot a semitone higher", repeats=True),
    _slot("kit_pitch_down", "pagedown V", "Pitch down", "the slot a semitone lower", repeats=True),
    _slot("kit_choke", "c", "Choke", "the next choke group: slots of one stop each other; after the last none"),
    _slot("kit_add", "a", "Add slot", "a new slot with the sound under the cursor of the map"),
    _slot("kit_remove", "delete", "Remove slot", "take the slot and its track out"),
    _slot("kit_rename", "T", "Rename slot", "give the slot another name"),
    _slot("kit_save", "W", "Save kit", "save the kit in the library", hint=8),
    command("kit_load", "o", "Load kit", "take a kit of the library", _GROUP, screens=(KIT,)),
    command("kit_switch", "tab", "Map", "back to the map; kit and beat stay", _GROUP, screens=(KIT,), hint=3),
    command("kit_leave", "escape q", "Back", "back to the map; kit and beat stay", _GROUP, screens=(KIT,)),
    command("walk_keep", "enter", "Keep", "keep what is heard in the beat", _GROUP, screens=_WALK, hint=1),
    command("walk_back", "escape", "Bring back", "bring back what the track had", _GROUP, screens=_WALK, hint=2),
)  # fmt: skip


class KitCommands(CommandGroup):
    """Act on the chosen slot of the kit at hand."""

    @property
    def _beat(self) -> KitBeat:
        beat = self.state.beat.at_hand
        assert beat is not None  # the commands need a kit
        return beat

    # --- a kit, its pane, the chosen slot ----------------------------------------------------------------------------

    def do_kit_here(self) -> None:
        self.controllers.kit.make_here()
        if not self.controllers.kit_view.visible:
            self.panel.show_kit(pane=True, strip=True)

    def do_kit_pane(self) -> None:
        self.panel.fold_kit("pane")

    def do_kit_up(self) -> None:
        self._choose(self.state.beat.row - 1)

    def do_kit_down(self) -> None:
        self._choose(self.state.beat.row + 1)

    def _choose(self, row: int) -> None:
        self.state.beat.choose_row(row)
        self.controllers.kit_view.draw()

    def do_kit_switch(self) -> None:
        self.panel.enter_mode("")

    def do_kit_leave(self) -> None:
        self.panel.enter_mode("")

    def do_kit_hear(self) -> None:
        slot = self._beat.kit.slots[self.state.beat.row]
        reason = self.controllers.beat_player.refusal(slot.path)
        if reason:
            self.refuse(f"not played: {reason}")
        else:
            self.controllers.playback.play(slot.path, start_s=slot.onset_s, generated=True, loop=False)

    # --- walking -----------------------------------------------------------------------------------------------------

    def do_kit_walk(self) -> None:
        role = printable(self._beat.kit.slots[self.state.beat.row].role)
        self.controllers.sound_walk.begin()
        self.panel.enter_mode("")
        keep, back = self.first_key("walk_keep"), self.first_key("walk_back")
        self.say(f"walking: the cursor's sound is heard as {role}; {keep} keeps it, {back} brings the old one back")

    def do_walk_keep(self) -> None:
        kept = self.controllers.sound_walk.keep()
        self.panel.enter_mode(KIT)
        self.say("the sound is kept" if kept else "the sound is the same")

    def do_walk_back(self) -> None:
        self.controllers.sound_walk.bring_back()
        self.panel.enter_mode(KIT)
        self.say("the old sound is back")

    # --- sounds ------------------------------------------------------------------------------------------------------

    def do_kit_put(self) -> None:
        here = self.controllers.kit.sound_here()
        if here is None:
            self.refuse("there is no sound under the cursor of the map")
            return
        self.controllers.kit.put(self.state.beat.row, here)

    def do_kit_add(self) -> None:
        here = self.controllers.kit.sound_here()
        if here is None:
            self.refuse("there is no sound under the cursor of the map")
            return
        self.controllers.kit.add(here)

    def do_kit_next(self) -> None:
        self._swap(1)

    def do_kit_before(self) -> None:
        self._swap(-1)

    def _swap(self, by: int) -> None:
        if self.state.map_model.snapshot.vectors is None:
            self.refuse("the library is still loading: try again in a moment")
        else:
            self.controllers.kit.swap(self.state.beat.row, by)

    def do_kit_reroll(self) -> None:
        if self._beat.kit.slots[self.state.beat.row].locked:
            self.refuse(f"this slot is locked: {self.first_key('kit_lock')} frees it")
        else:
            self.controllers.kit.reroll([self.state.beat.row])

    def do_kit_reroll_all(self) -> None:
        self.controllers.kit.reroll(range(len(self._beat.kit.slots)))

    def do_kit_shuffle(self) -> None:
        if self.state.map_model.snapshot.vectors is None:
            self.refuse("the library is still loading: try again in a moment")
        else:
            self.controllers.kit.shuffle()

    # --- how a slot is played ----------------------------------------------------------------------------------------

    def do_kit_lock(self) -> None:
        self._change(lambda beat, row: beat.locked(row), "lock")

    def do_kit_louder(self) -> None:
        self._change(lambda beat, row: beat.leveled(row, _LEVEL_DB), "level")

    def do_kit_quieter(self) -> None:
        self._change(lambda beat, row: beat.leveled(row, -_LEVEL_DB), "level")

    def do_kit_pan_left(self) -> None:
        self._change(lambda beat, row: beat.panned(row, -_PAN), "pan")

    def do_kit_pan_right(self) -> None:
        self._change(lambda beat, row: beat.panned(row, _PAN), "pan")

    def do_kit_pitch_up(self) -> None:
        self._change(lambda beat, row: beat.pitched(row, 1.0), "pitch")

    def do_kit_pitch_down(self) -> None:
        self._change(lambda beat, row: beat.pitched(row, -1.0), "pitch")

    def do_kit_choke(self) -> None:
        self._change(lambda beat, row: beat.choked(row), "choke group")

    def do_kit_remove(self) -> None:
        self._change(lambda beat, row: beat.without(row), "slot")

    def do_kit_rename(self) -> None:
        row, role = self.state.beat.row, self._beat.kit.slots[self.state.beat.row].role

        def rename(typed: str) -> None:
            if typed.strip() and self.state.beat.at_hand is not None:
                self.state.beat.choose_row(row)
                self._change(lambda beat, row: beat.renamed(row, typed.strip()), "name of a slot")

        self.panel.prompt("Name of the slot", "a class has its usual MIDI note; esc cancels", rename, value=role)

    def _change(self, change: Callable[[KitBeat, int], KitBeat], label: str) -> None:
        try:
            changed = change(self._beat, self.state.beat.row)
        except KitError as error:
            self.refuse(str(error))
            return
        if not self.controllers.beat_edits.make(changed, label):
            self.refuse("this is the limit")

    # --- kept in the library -----------------------------------------------------------------------------------------

    def do_kit_save(self) -> None:
        kit, shelf = self._beat.kit, self.controllers.kit_shelf
        made = len(shelf.made_sounds())

        def save(name: str) -> None:
            if not name.strip():
                return
            if not made:
                shelf.save(name, replace_kit=self._ask_to_replace)
                return
            title = f"{counted(made, 'made sound')} of the kit: save in which folder"
            self.panel.prompt(
                title, "tab completes, enter saves them and the kit, esc cancels",
                lambda folder: shelf.save(name, folder=folder, replace_kit=self._ask_to_replace) if folder else None,
                value=self.controllers.made_sounds.folder, complete=complete_folder,
            )  # fmt: skip

        self.panel.prompt("Save the kit as", "enter saves it in the library, esc cancels", save, value=kit.name)

    def _ask_to_replace(self, name: str, then: Callable[[], None]) -> None:
        self.panel.confirm(f"Replace the kit {name}?", f"{self.first_key('undo')} brings it back", then=then)

    def do_kit_load(self) -> None:
        shelf = self.controllers.kit_shelf

        def choose(kits: object) -> None:
            assert isinstance(kits, list)
            choices = [Choice(info.name, printable(info.name), formatting.samples(info.items)) for info in kits]
            if choices:
                self.panel.choose("Load the kit", choices, shelf.load)
            else:
                self.refuse(f"no kit is saved yet: {self.first_key('kit_save')} saves this one")

        shelf.list_kits(choose)
