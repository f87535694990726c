"""A kit as SFZ, which samplers such as sfizz, LinuxSampler and many DAWs read."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.kits.kit import Kit
from tui_browser.kits.names import comment_text
from tui_browser.kits.pads import SOUNDS, Pad


def sfz_text(kit: Kit, pads: Sequence[Pad]) -> str:
    """The instrument: a region a slot, each on its own key, played to its end.

    Names of people stand in comments only, so that no name can begin an opcode, a header or a directive.
    """
    lines = [f"// {comment_text(kit.name)}", "", "<control>", f"default_path={SOUNDS}/", ""]
    lines += ["<global>", "loop_mode=one_shot", "amp_veltrack=100", ""]
    for pad in pads:
        slot = pad.slot
        lines += [
            f"// {comment_text(slot.role)}",
            "<region>",
            f"sample={pad.file.removeprefix(f'{SOUNDS}/')}",
            f"key={pad.note}",
        ]
        semitones = round(slot.pitch_semitones)
        lines += _unless_zero("volume", slot.level_db) + _unless_zero("pan", 100 * slot.pan)
        lines += _unless_zero("transpose", semitones) + _unless_zero("tune", 100 * (slot.pitch_semitones - semitones))
        if slot.choke:
            lines += [f"group={slot.choke}", f"off_by={slot.choke}", "off_mode=fast"]
        lines.append("")
    return "\n".join(lines)


def _unless_zero(opcode: str, value: float) -> list[str]:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return [] if text in ("0", "-0") else [f"{opcode}={text}"]
