"""What is copied is what the other program reads."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.programs import need
from tui_browser.config.pathmap import parse_path_map
from tui_browser.config.settings import parse_settings
from tui_browser.config.templates import (
    BUILT_IN,
    CSV_COLUMNS,
    FIELDS,
    Template,
    TemplateSample,
    available_templates,
    check_template,
    render,
)
from tui_browser.errors import ConfigError

ODD = b"/srv/drum kits/Kick #{1} 'x' \"y\" $(z) \\ K\xc3\xa4se.wav"
NAMES = {template.name: template for template in BUILT_IN}
paths = st.binary(min_size=1, max_size=40).map(lambda name: b"/" + name.replace(b"\0", b""))


def text(name: str, *subjects: TemplateSample) -> str:
    return render(NAMES[name], subjects or [TemplateSample(ODD)])


@given(paths)
def test_every_program_reads_back_the_very_path(path: bytes) -> None:
    known = os.fsdecode(path)
    one = TemplateSample(path)
    assert os.fsencode(text("path", one)) == path
    assert shlex.split(text("shell", one)) == [known]
    assert unquote_to_bytes(text("file URI", one).removeprefix("file://")) == path
    string = re.fullmatch(r"Buffer\.read\(s, (.*)\);", text("SuperCollider", one), re.DOTALL)
    assert string is not None and json.loads(string[1]) == known
    ruby = text("Sonic Pi", one)
    assert "#" not in ruby.replace("\\#", "")
    assert json.loads(ruby.removeprefix("sample ").replace("\\#", "#")) == known
    [row] = list(csv.DictReader(io.StringIO(text("CSV", one), newline="")))
    assert row["path"] == known


def test_a_shell_takes_several_as_words() -> None:
    need("bash")
    line = text("shell", TemplateSample(ODD), TemplateSample(b"/a\nb/\xff.wav"))
    said = subprocess.run(["bash", "-c", b"printf '%s\\0' " + os.fsencode(line)], capture_output=True, check=True)
    assert said.stdout.split(b"\0")[:-1] == [ODD, b"/a\nb/\xff.wav"]


def test_tidal_counts_as_superdirt_does(tmp_path: Path) -> None:
    folder = tmp_path / "kick"
    folder.mkdir()
    for name in ("b.wav", "a.WAV", "readme.txt", ".hidden.wav", "c.aiff", "ab.flac"):
        (folder / name).touch()
    assert text("Tidal", TemplateSample(os.fsencode(folder / "c.aiff"))) == 'sound "kick:2"'
    assert text("Tidal", TemplateSample(os.fsencode(folder / "ab.flac"))) == 'sound "ab"'
    assert text("Tidal") == 'sound "kick_1_x_y_z_k_se"'


@pytest.mark.parametrize(
    ("folder", "written"),
    [
        ("808", "808:1"), ("909-kit_2", "909-kit_2:1"), ("v1.5", "v1.5:1"), ("8", "8:1"),
        ("big room", "hit"), ("-x", "hit"), ("_x", "hit"), ("a:b", "hit"), ("Gl\u00e4ser", "hit"), ("x*4", "hit"),
    ],
)  # fmt: skip
def test_a_folder_is_named_where_tidal_reads_its_name_as_one_word(tmp_path: Path, folder: str, written: str) -> None:
    (tmp_path / folder).mkdir()
    for name in ("a.wav", "hit.wav"):
        (tmp_path / folder / name).touch()
    assert text("Tidal", TemplateSample(os.fsencode(tmp_path / folder / "hit.wav"))) == f'sound "{written}"'
    assert (
        text("SuperDirt", TemplateSample(b"/x/909 Kick.wav")) == '~dirt.loadSoundFile("/x/909 Kick.wav", \\s_909_kick);'
    )


def test_strudel_finds_the_file_where_the_sampler_serves_it() -> None:
    load, play = text("Strudel", TemplateSample(b"/srv/drum kits/Kick's 1.wav")).split("\n")
    address = re.fullmatch(r"samples\(\{ (\w+): '([^']*)' \}\)", load)
    assert address is not None and play == f's("{address[1]}")'
    assert unquote_to_bytes(address[2]) == b"http://localhost:5432/drum kits/Kick's 1.wav"


def test_a_table_has_a_row_for_each() -> None:
    subjects = [
        TemplateSample(b"/a.wav", class_name="kick", duration_s=0.25, pitch_hz=float("nan"), tags=("a", "b"))
    ] * 3
    rows = list(csv.DictReader(io.StringIO(text("CSV", *subjects), newline="")))
    assert len(rows) == 3 and tuple(rows[0]) == CSV_COLUMNS
    assert (rows[0]["class"], rows[0]["duration_s"], rows[0]["pitch_hz"], rows[0]["tags"]) == (
        "kick",
        "0.25",
        "",
        "a,b",
    )


def test_ones_own_templates_come_first_and_may_take_a_name() -> None:
    own = {"reaper": "<{name}> {duration_s:.2f} {class:>6} {number}", "Tidal": "{stem}"}
    for name, text in own.items():
        check_template(name, text)
    names = [template.name for template in available_templates(own)]
    assert names[:2] == ["reaper", "Tidal"] and names.count("Tidal") == 1
    kick = TemplateSample(b"/a/k.wav", class_name="kick", duration_s=0.126)
    assert render(available_templates(own)[0], [kick, kick]) == "<k.wav> 0.13   kick 1\n<k.wav> 0.13   kick 2"


def test_what_is_unknown_of_a_sample_is_empty() -> None:
    everything = " ".join(f"{{{name}}}" for name in FIELDS)
    check_template("all", everything)
    assert "nan" not in render(Template("all", everything), [TemplateSample(b"/a.wav", x=float("nan"))]).lower()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{paht}", "did you mean {path}"), ("{Path}", "did you mean {path}"), ("{}", "one of path"),
        ("{path.__class__}", "unknown"), ("{path[0]}", "unknown"), ("{path!r}", "format"), ("{name:9999}", "format"),
        ("{x:{y}}", "format"), ("{name:.2f}", "format"), ("{duration_s:d}", "format"), ("{", "twice"),
        ("}", "twice"),
    ],
)  # fmt: skip
def test_a_wrong_template_is_named_with_what_would_be_right(wrong: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_settings({"templates": {"mine": wrong}}, path="/x/config.toml")
    assert told in str(refused.value) and "'mine'" in str(refused.value) and "/x/config.toml" in str(refused.value)


def test_paths_are_as_the_other_machine_names_them() -> None:
    rules = parse_path_map({"/srv": "S:\\"})
    one = [TemplateSample(b"/srv/a b/k.wav")]
    assert render(NAMES["path"], one, paths=rules) == r"S:\a b\k.wav"
    assert render(NAMES["shell"], one, paths=rules) == r'"S:\a b\k.wav"'
    assert render(NAMES["SuperCollider"], one, paths=rules) == r'Buffer.read(s, "S:\\a b\\k.wav");'
    assert render(NAMES["file URI"], one, paths=rules) == "file:///S:/a%20b/k.wav"
    assert render(NAMES["path here"], one, paths=rules) == "/srv/a b/k.wav"


def test_the_page_lists_every_field_and_template() -> None:
    page = (Path(__file__).parents[2] / "docs" / "handing-on.md").read_text()
    for name, help in FIELDS.items():
        assert f"| `{{{name}}}` | {help} |" in page
    for template in BUILT_IN:
        assert f"| {template.name} |" in page


@pytest.mark.parametrize("table", [{"templates": "x"}, {"templates": {"a": 1}}, {"path_map": {"a": "/b"}}])
def test_settings_that_are_no_templates_or_maps_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml"):
        parse_settings(table, path="/x/config.toml")
