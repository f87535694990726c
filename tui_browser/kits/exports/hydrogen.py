"""A kit as a drumkit of the drum machine Hydrogen: `drumkit.xml` beside its sounds, or both in one `.h2drumkit`.

The elements and their order follow the schema that Hydrogen publishes (namespace http://www.hydrogen-music.org/drumkit).
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping, Sequence
from typing import IO
from xml.etree import ElementTree

from tui_browser.kits.kit import Kit
from tui_browser.kits.names import identifier, xml_text
from tui_browser.kits.pads import Pad
from tui_browser.records import Credit

NAMESPACE = "http://www.hydrogen-music.org/drumkit"
DRUMKIT = "drumkit.xml"
_RELEASE = 1000
_COMPONENT = 0


def drumkit_xml(kit: Kit, pads: Sequence[Pad], credits_by_hash: Mapping[str, Credit]) -> str:
    """The text of `drumkit.xml`, with an instrument a slot."""
    known = [credits_by_hash[pad.slot.content_hash] for pad in pads if pad.slot.content_hash in credits_by_hash]
    root = ElementTree.Element("drumkit_info", {"xmlns": NAMESPACE})
    _texts(
        root,
        name=kit.name,
        author=", ".join(sorted({credit.author for credit in known if credit.author})),
        info=f"{len(pads)} sounds chosen with tui-browser",
        license=", ".join(sorted({credit.licence for credit in known if credit.licence})) or "undefined license",
    )
    components = ElementTree.SubElement(root, "componentList")
    _texts(ElementTree.SubElement(components, "drumkitComponent"), id=_COMPONENT, name="Main", volume=1.0)
    instruments = ElementTree.SubElement(root, "instrumentList")
    for number, pad in enumerate(pads):
        _instrument(ElementTree.SubElement(instruments, "instrument"), number, pad)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def write_archive(folder: str, kit: Kit, file: IO[bytes]) -> None:
    """Write a folder with `drumkit.xml` and its sounds as `.h2drumkit`: a gzipped tar with one folder."""
    top = identifier(kit.name, fallback="kit")
    with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted(os.listdir(folder)):
            archive.add(os.path.join(folder, name), arcname=f"{top}/{name}", recursive=False, filter=_without_owner)


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


def _instrument(element: ElementTree.Element, number: int, pad: Pad) -> None:
    slot = pad.slot
    _texts(
        element,
        id=number, name=slot.role, volume=1.0, isMuted=False,
        pan_L=min(1.0, 1.0 - slot.pan), pan_R=min(1.0, 1.0 + slot.pan), randomPitchFactor=0.0, gain=slot.gain,
        applyVelocity=True, filterActive=False, filterCutoff=1.0, filterResonance=0.0,
        Attack=0, Decay=0, Sustain=1.0, Release=_RELEASE, muteGroup=slot.choke - 1 if slot.choke else -1,
        midiOutChannel=-1, midiOutNote=pad.note, isStopNote=False, sampleSelectionAlgo="VELOCITY",
        isHihat=-1, lower_cc=0, higher_cc=127, FX1Level=0.0, FX2Level=0.0, FX3Level=0.0, FX4Level=0.0,
    )  # fmt: skip
    component = ElementTree.SubElement(element, "instrumentComponent")
    _texts(component, component_id=_COMPONENT, gain=1.0)
    layer = ElementTree.SubElement(component, "layer")
    _texts(layer, filename=pad.file, min=0.0, max=1.0, gain=1.0, pitch=slot.pitch_semitones)


def _texts(parent: ElementTree.Element, **values: str | float | bool) -> None:
    """Add a child with a text for each value."""
    for name, value in values.items():
        if isinstance(value, bool):
            text = "true" if value else "false"
        else:
            text = xml_text(value) if isinstance(value, str) else f"{value:.6g}"
        ElementTree.SubElement(parent, name).text = text
