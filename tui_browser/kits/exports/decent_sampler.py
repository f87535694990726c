"""A kit as a preset of the free sampler DecentSampler, as its file format reference describes it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from tui_browser.kits.kit import Kit
from tui_browser.kits.names import xml_text
from tui_browser.kits.pads import Pad

_OLDEST_VERSION = "1.6.0"


def preset_xml(kit: Kit, pads: Sequence[Pad]) -> str:
    """The text of the `.dspreset`: a group a slot, which plays to its end; choke groups silence each other by tags."""
    root = ElementTree.Element("DecentSampler", {"minVersion": _OLDEST_VERSION, "presetName": xml_text(kit.name)})
    groups = ElementTree.SubElement(root, "groups")
    for pad in pads:
        slot = pad.slot
        attributes = {"name": xml_text(slot.role), "ampEnvEnabled": "false"}
        if slot.choke:
            tag = f"choke{slot.choke}"
            attributes |= {"tags": tag, "silencedByTags": tag, "silencingMode": "fast"}
        group = ElementTree.SubElement(groups, "group", attributes)
        note = str(pad.note)
        sample = {"path": pad.file, "rootNote": note, "loNote": note, "hiNote": note}
        sample |= {"volume": f"{slot.level_db:.6g}dB", "pan": f"{100 * slot.pan:.6g}"}
        sample |= {"tuning": f"{slot.pitch_semitones:.6g}"}
        ElementTree.SubElement(group, "sample", sample)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
