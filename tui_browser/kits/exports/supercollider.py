"""A kit as a SuperCollider dictionary with functions that load and play it."""

from __future__ import annotations

from collections.abc import Sequence

from tui_browser.kits.kit import Kit
from tui_browser.kits.names import comment_text, identifier
from tui_browser.kits.pads import Pad

_FUNCTIONS = r"""
%(kit)s[\load] = { |server|
	server = server ? Server.default;
	%(kit)s[\slots].do { |slot|
		slot[\buffer] = Buffer.read(server, %(kit)s[\folder] +/+ slot[\file]);
		SynthDef("%(name)s_" ++ slot[\channels], { |out = 0, buffer = 0, rate = 1, gain = 1, pan = 0, gate = 1|
			var sound = PlayBuf.ar(slot[\channels], buffer, BufRateScale.kr(buffer) * rate, doneAction: 2);
			var placed = if(slot[\channels] == 1) { Pan2.ar(sound, pan) } { Balance2.ar(sound[0], sound[1], pan) };
			Out.ar(out, placed * gain * EnvGen.kr(Env.asr(0, 1, 0.005), gate, doneAction: 2));
		}).add;
	};
};
%(kit)s[\hit] = { |name, velocity = 1|
	var slot = %(kit)s[\slots][name], sounding = %(kit)s[\sounding], node;
	if((slot[\choke] > 0) and: { sounding[slot[\choke]].notNil }) { sounding[slot[\choke]].release };
	node = Synth("%(name)s_" ++ slot[\channels], [
		\buffer, slot[\buffer], \rate, slot[\rate], \gain, slot[\gain] * velocity, \pan, slot[\pan]
	]);
	if(slot[\choke] > 0) {
		sounding[slot[\choke]] = node;
		node.onFree { if(sounding[slot[\choke]] === node) { sounding[slot[\choke]] = nil } };
	};
	node
};
"""


def kit_code(kit: Kit, pads: Sequence[Pad]) -> str:
    """The text of the `.scd`, which finds its sounds beside itself."""
    name = identifier(kit.name, fallback="kit")
    variable = f"~{name}"
    slots = [
        f"\t\t{pad.identifier}: (role: {quoted(pad.slot.role)}, file: {quoted(pad.file)}, channels: {pad.channels}, "
        f"gain: {pad.slot.gain:.6f}, pan: {pad.slot.pan:.6f}, rate: {pad.slot.speed:.6f}, "
        f"choke: {pad.slot.choke}, note: {pad.note})"
        for pad in pads
    ]
    order = ", ".join(f"\\{pad.identifier}" for pad in pads)
    head = [
        f"// {comment_text(kit.name)}: run this file, then {variable}[\\load].value; and, when the sounds are there,",
        f"// {variable}[\\hit].(\\{pads[0].identifier});",
        "(",
        f"{variable} = (",
        f"\tname: {quoted(kit.name)},",
        "\tfolder: thisProcess.nowExecutingPath.dirname,",
        f"\torder: [{order}],",
        "\tsounding: (),",
        "\tslots: (",
    ]
    functions = _FUNCTIONS.strip("\n") % {"kit": variable, "name": name}
    return "\n".join([*head, ",\n".join(slots), "\t)", ");", functions, ")", ""])


def quoted(text: str) -> str:
    """The text as a SuperCollider string: a backslash before quotes and backslashes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
