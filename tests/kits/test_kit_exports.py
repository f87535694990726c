"""Exports of a kit, each read by something that is not its writer."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

from tests.support.kits import ANNA, one_shot_library
from tests.support.programs import need
from tests.support.sounds import one_shot
from tui_browser.kits.exports.cue_wav import cue_wav
from tui_browser.kits.exports.hydrogen import write_archive
from tui_browser.kits.exports.writer import OWN_FILES, FolderFormat, write_folder
from tui_browser.kits.kit import Kit, Slot

HOSTILE = "a\"b\\c</name>&$(x) `y` // #z' é🥁"
ROLES = ("kick", 'kick" <region> sample=/etc/passwd key=1', "hat_closed", "hat_open", "\\", "nil", "*/ -- #define")
LATE_S = 0.02
"""Where the second slot begins."""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    folder = tmp_path_factory.mktemp("kit")
    hostile = b'x"y\\ $(z) // \xff\n\x1b[2J </name>.wav'
    paths = one_shot_library(folder / "l.db", folder / "lib", names={1: hostile})
    picked = [paths[0], paths[1], paths[8], paths[11], paths[4], paths[13], paths[15]]
    slots = [Slot(role, path, f"{at:032x}") for at, (role, path) in enumerate(zip(ROLES, picked, strict=True))]
    slots[0] = Slot("kick", picked[0], slots[0].content_hash, 0.0, -6.0, -0.5, 7.5)
    slots[1] = Slot(ROLES[1], picked[1], slots[1].content_hash, LATE_S)
    slots[2] = Slot("hat_closed", picked[2], slots[2].content_hash, choke=1)
    slots[3] = Slot("hat_open", picked[3], slots[3].content_hash, choke=1)
    return Kit(HOSTILE, tuple(slots))


@pytest.fixture
def written(kit: Kit, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    kind: FolderFormat = request.param
    folder = tmp_path / "export"
    folder.mkdir()
    write_folder(kit, kind, str(folder), {kit.slots[0].content_hash: ANNA})
    assert all(OWN_FILES[kind].fullmatch(name) for name in os.listdir(folder)), "--force may replace all of it"
    credit = (folder / "CREDITS.txt").read_text(encoding="utf-8")
    assert "Anna" in credit and "CC BY 4.0" in credit and "Credits of 1 sound" in credit
    return folder


def in_format(kind: FolderFormat) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("written", [kind], indirect=True)


@in_format("folder")
def test_the_folder_has_exact_copies_and_a_manifest(kit: Kit, written: Path) -> None:
    rows = [json.loads(line) for line in (written / "manifest.jsonl").read_text(encoding="ascii").splitlines()]
    assert [row["role"] for row in rows] == list(ROLES)
    for row, slot in zip(rows, kit.slots, strict=True):
        assert (written / row["file"]).read_bytes() == Path(os.fsdecode(slot.path)).read_bytes()
        assert os.fsencode(row["path"]) == slot.path and row["level_db"] == slot.level_db
    assert rows[0]["author"] == "Anna" and rows[1]["author"] is None
    assert sorted(os.listdir(written)) == sorted([*(row["file"] for row in rows), "CREDITS.txt", "manifest.jsonl"])


@in_format("sfz")
def test_sfizz_plays_the_sfz(kit: Kit, written: Path) -> None:
    pysfizz = pytest.importorskip("pysfizz", reason="sfizz has a package for Linux only")
    (instrument,) = written.glob("*.sfz")
    synth = pysfizz.Synth(sample_rate=44_100, block_size=64)
    assert synth.load_sfz_file(instrument)
    notes = [int(note) for note in re.findall(r"^key=(\d+)$", instrument.read_text(encoding="utf-8"), re.M)]
    assert sorted(synth.playable_keys) == sorted(notes) and len(notes) == len(kit.slots)
    assert [synth.get_note_info(notes[0])[0][name] for name in ("transpose", "tune")] == [8.0, -50.0]
    kick = synth.render_note(notes[0], 127, 0.01, 0.5)
    assert np.abs(kick[0]).max() > 2 * np.abs(kick[1]).max() > 0, "to the left"
    for at in (1, 4):
        heard = synth.render_note(notes[at], 127, 0.01, 0.3)[0]
        own, _ = soundfile.read(kit.slots[at].path, dtype="float32")
        assert similarity(heard, own[round(kit.slots[at].onset_s * 44_100) :]) > 0.98, (
            "to its end, though the key is up"
        )


def similarity(heard: Any, own: Any) -> float:
    """Greatest correlation within a few samples of delay."""
    count = min(len(heard), len(own)) - 300
    shifts = (heard[shift : shift + count] for shift in range(300))
    own = own[:count]
    return float(max(np.dot(own, part) / np.linalg.norm(own) / max(1e-9, np.linalg.norm(part)) for part in shifts))


@in_format("sfz")
def test_names_stay_out_of_the_sfz(kit: Kit, written: Path) -> None:
    (instrument,) = written.glob("*.sfz")
    code = [line for line in instrument.read_text(encoding="utf-8").splitlines() if not line.startswith("//")]
    for line in filter(None, code):
        assert re.fullmatch(r"<(control|global|region)>|[a-z_]+=[a-z0-9_./-]+", line), line
    assert code.count("<region>") == len(kit.slots) and code.count("group=1") == code.count("off_by=1") == 2
    assert all((written / "samples" / line[7:]).is_file() for line in code if line.startswith("sample="))


DRUMKIT = {
    "drumkit_info": "name author info license componentList instrumentList",
    "componentList": "drumkitComponent*",
    "drumkitComponent": "id name volume",
    "instrumentList": "instrument*",
    "instrument": "id name volume isMuted pan_L pan_R randomPitchFactor gain applyVelocity filterActive filterCutoff "
    "filterResonance Attack Decay Sustain Release muteGroup midiOutChannel? midiOutNote? isStopNote? "
    "sampleSelectionAlgo isHihat lower_cc higher_cc FX1Level? FX2Level? FX3Level? FX4Level? instrumentComponent*",
    "instrumentComponent": "component_id gain layer*",
    "layer": "filename min max gain pitch",
}
"""The sequences of elements in Hydrogen's published schema of drumkits; `?` may be absent, `*` may repeat."""
TYPES = {
    "true|false": "isMuted applyVelocity filterActive isStopNote",
    r"-?\d+": "id component_id muteGroup midiOutChannel midiOutNote isHihat lower_cc higher_cc",
    r"\d+": "Release",
    r"0(\.\d+)?|1": "pan_L pan_R randomPitchFactor filterCutoff filterResonance Attack Decay Sustain",
    r"-?\d+(\.\d+)?": "volume gain min max pitch FX1Level FX2Level FX3Level FX4Level",
}


def check_drumkit(element: ElementTree.Element) -> None:
    """Compare an element and all below it with the schema."""
    names = [child.tag.removeprefix("{http://www.hydrogen-music.org/drumkit}") for child in element]
    tag = element.tag.removeprefix("{http://www.hydrogen-music.org/drumkit}")
    if tag in DRUMKIT:
        order = "".join(
            f"({word.rstrip('?*')} )" + (word[-1] if word[-1] in "?*" else "") for word in DRUMKIT[tag].split()
        )
        assert re.fullmatch(order, "".join(f"{name} " for name in names)), tag
    else:
        assert not names, tag
    for pattern, tags in TYPES.items():
        assert tag not in tags.split() or re.fullmatch(pattern, element.text or ""), (tag, element.text)
    for child in element:
        check_drumkit(child)


@in_format("hydrogen")
def test_the_drumkit_follows_the_schema_of_hydrogen(kit: Kit, written: Path) -> None:
    root = ElementTree.parse(written / "drumkit.xml").getroot()
    assert root.tag == "{http://www.hydrogen-music.org/drumkit}drumkit_info"
    check_drumkit(root)
    of = {"h": "http://www.hydrogen-music.org/drumkit"}
    assert root.findtext("h:name", namespaces=of) == HOSTILE
    assert (root.findtext("h:author", namespaces=of), root.findtext("h:license", namespaces=of)) == (
        "Anna",
        "CC BY 4.0",
    )
    instruments = root.findall(".//h:instrument", of)
    assert [each.findtext("h:name", namespaces=of) for each in instruments] == list(ROLES)
    assert [each.findtext("h:muteGroup", namespaces=of) for each in instruments] == ["-1", "-1", "0", "0"] + ["-1"] * 3
    kick = instruments[0]
    assert (kick.findtext("h:pan_L", namespaces=of), kick.findtext("h:pan_R", namespaces=of)) == ("1", "0.5")
    assert float(kick.findtext("h:gain", "", of)) == pytest.approx(0.501, abs=1e-3)
    assert kick.findtext(".//h:pitch", namespaces=of) == "7.5"
    for each in instruments:
        assert soundfile.info(str(written / each.findtext(".//h:filename", "", of))).frames > 0


@in_format("hydrogen")
def test_tar_reads_the_drumkit_archive(kit: Kit, written: Path, tmp_path: Path) -> None:
    tar = need("tar", "gzip")
    with open(tmp_path / "k.h2drumkit", "wb") as file:
        write_archive(str(written), kit, file)
    listed = subprocess.run([tar, "tzf", tmp_path / "k.h2drumkit"], capture_output=True, text=True, check=True).stdout
    assert set(listed.splitlines()) == {f"a_b_c_name_x_y_z_e/{name}" for name in os.listdir(written)}


ATTRIBUTES = {
    "DecentSampler": "minVersion presetName",
    "groups": "",
    "group": "name ampEnvEnabled tags silencedByTags silencingMode",
    "sample": "path rootNote loNote hiNote volume pan tuning",
}
"""Elements of a preset with attributes that DecentSampler's file format reference lists."""


@in_format("decentsampler")
def test_the_preset_has_what_decent_sampler_documents(kit: Kit, written: Path) -> None:
    (preset,) = written.glob("*.dspreset")
    root = ElementTree.parse(preset).getroot()
    for element in root.iter():
        assert set(element.attrib) <= set(ATTRIBUTES[element.tag].split())
    assert root.get("presetName") == HOSTILE
    groups = root.findall("groups/group")
    assert [group.get("name") for group in groups] == list(ROLES)
    assert [group.get("silencedByTags") for group in groups] == [None, None, "choke1", "choke1", None, None, None]
    samples = [group.find("sample") for group in groups]
    notes = [sample.get("rootNote") for sample in samples if sample is not None]
    assert len(set(notes)) == len(kit.slots)
    kick = samples[0]
    assert kick is not None and [kick.get(name) for name in ("volume", "pan", "tuning")] == ["-6dB", "-50", "7.5"]
    for sample in samples:
        assert sample is not None and (written / sample.get("path", "")).is_file()
        assert sample.get("loNote") == sample.get("hiNote") == sample.get("rootNote")


@in_format("sfz")
def test_exported_sounds_begin_at_their_onset_and_lose_nothing(kit: Kit, written: Path) -> None:
    for file, slot in zip(sorted((written / "samples").iterdir()), kit.slots, strict=True):
        own, rate = soundfile.read(slot.path, dtype="int16")
        copy, copy_rate = soundfile.read(file, dtype="int16")
        assert rate == copy_rate and np.array_equal(copy, own[round(slot.onset_s * rate) :])


def test_libsndfile_reads_the_cue_points(kit: Kit, tmp_path: Path) -> None:
    wav, points = cue_wav(kit)
    (tmp_path / "k.wav").write_bytes(wav)
    cues = read_cues(tmp_path / "k.wav")
    assert [name for _, name in cues] == [slot.role for slot in kit.slots]
    assert [position for position, _ in cues] == [point.start for point in points]
    sound, rate = soundfile.read(tmp_path / "k.wav")
    assert rate == 44_100 and sound.shape[1] == 2 and np.abs(sound).max() <= 1
    own = one_shot("kick", 1)[round(LATE_S * rate) :]
    part = sound[points[1].start : points[1].start + points[1].frames, 0]
    assert len(part) == len(own) and np.corrcoef(part, own)[0, 1] > 0.999
    kick = sound[: points[0].frames]
    assert len(kick) == pytest.approx(len(one_shot("kick", 0)) / 2 ** (7.5 / 12), abs=2), "higher is shorter"
    assert np.abs(kick[:, 0]).max() == pytest.approx(2 * np.abs(kick[:, 1]).max(), rel=1e-3)


def test_sox_and_ffprobe_read_the_wav_with_cue_points(kit: Kit, tmp_path: Path) -> None:
    wav, points = cue_wav(kit)
    (tmp_path / "k.wav").write_bytes(wav)
    total = str(sum(point.frames for point in points) + len(points) * 441)
    soxi = subprocess.run([need("soxi"), "-s", tmp_path / "k.wav"], capture_output=True, text=True, check=True)
    assert (soxi.stdout.strip(), soxi.stderr) == (total, "")
    probe = [need("ffprobe"), "-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"]
    probed = subprocess.run([*probe, tmp_path / "k.wav"], capture_output=True, text=True, check=True)
    assert (probed.stdout.strip(), probed.stderr) == (total, "")


def read_cues(path: Path) -> list[tuple[int, str]]:
    """Positions and names of the cue points that libsndfile finds in a file."""
    library: Any = soundfile
    get_cues, most, size = 0x10CE, 100, 6 * 4 + 256
    with soundfile.SoundFile(path) as file:
        buffer = library._ffi.new("char[]", 4 + most * size)
        assert library._snd.sf_command(file._file, get_cues, buffer, 4 + most * size)
        raw = bytes(library._ffi.buffer(buffer))
    entries = [raw[4 + at * size : 4 + (at + 1) * size] for at in range(int.from_bytes(raw[:4], "little"))]
    return [(int.from_bytes(entry[20:24], "little"), entry[24:].split(b"\0")[0].decode()) for entry in entries]


@in_format("tidal")
def test_the_tidal_pattern_names_folders_that_superdirt_loads(kit: Kit, written: Path) -> None:
    (file,) = written.glob("*.tidal")
    text = file.read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    voices = re.findall(r'^ {2}sound "([a-z0-9_~*\[\] ]+)"((?: # [a-z]+ [0-9.]+)*),?$', code, re.M)
    assert len(voices) == len(kit.slots) and code.count('"') == 2 * len(voices)
    folders = [set(re.findall(r"[a-z]\w*", pattern)) for pattern, _ in voices]
    assert sorted(name for names in folders for name in names) == sorted(os.listdir(written / "samples"))
    assert voices[0][1] == " # gain 0.8414 # pan 0.25 # speed 1.5422" and voices[2][1] == " # cut 1"
    assert all(soundfile.info(str(wav)).frames for wav in written.glob("samples/*/*.wav"))
    loader = (written / "load.scd").read_text(encoding="utf-8")
    assert list(strings(loader)) == ["samples/*"]


_NODE = """
const fs = require('fs'), folder = process.argv[1]
const map = JSON.parse(fs.readFileSync(folder + '/strudel.json', 'utf8'))
const played = [], loaded = []
const voice = name => {
  const own = {name}
  for (const key of ['gain', 'pan', 'speed', 'cut']) own[key] = value => { own['_' + key] = value; return own }
  return own
}
const code = fs.readFileSync(folder + '/' + fs.readdirSync(folder).find(name => name.endsWith('.js')), 'utf8')
new Function('samples', 's', 'stack', code)(url => loaded.push(url), voice, (...voices) => played.push(...voices))
console.log(JSON.stringify({map, loaded, played}))
"""


@in_format("strudel")
def test_node_runs_the_strudel_pattern_and_reads_its_map(kit: Kit, written: Path) -> None:
    said = subprocess.run([need("node"), "-e", _NODE, str(written)], capture_output=True, text=True, check=True)
    result = json.loads(said.stdout)
    base = result["map"].pop("_base")
    assert result["loaded"] == [base + "strudel.json"]
    for files in result["map"].values():
        assert all((written / file).is_file() for file in files)
    names = [re.findall(r"[a-z]\w*", voice["name"])[0] for voice in result["played"]]
    assert names == list(result["map"]) and len(names) == len(kit.slots)
    kick = result["played"][0]
    assert (kick["_gain"], kick["_pan"], kick["_speed"]) == (0.5012, 0.25, 1.5422)
    assert [voice.get("_cut") for voice in result["played"][:4]] == [None, None, 1, 1]


def strings(code: str) -> Iterator[str]:
    """The strings of SuperCollider code, unescaped; brackets outside of them have to be balanced."""
    token = re.compile(r'(?P<comment>//[^\n]*)|"(?P<string>(?:[^"\\]|\\.)*)"|(?P<open>[([{])|(?P<close>[)\]}])', re.S)
    depth: list[str] = []
    for found in token.finditer(code):
        if found["string"] is not None:
            yield re.sub(r"\\(.)", r"\1", found["string"])
        elif found["open"]:
            depth.append(found["open"])
        elif found["close"]:
            assert {"(": ")", "[": "]", "{": "}"}[depth.pop()] == found["close"]
    assert not depth


@in_format("supercollider")
def test_supercollider_strings_hold_the_names_as_they_are(kit: Kit, written: Path) -> None:
    (file,) = written.glob("*.scd")
    code = file.read_text(encoding="utf-8")
    found = list(strings(code))
    assert found[0] == HOSTILE
    assert found[1 : 1 + 2 * len(ROLES) : 2] == list(ROLES)
    assert all((written / name).is_file() for name in found[2 : 2 + 2 * len(ROLES) : 2])
    assert found[1 + 2 * len(ROLES) :] == ["a_b_c_name_x_y_z_e_"] * 2
    assert "slot_nil: (" in code and "\tnil: (" not in code
