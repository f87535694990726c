"""The document of a page: its policy, its program, and text of strangers in it."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.pages import chosen_sounds, page_sounds
from tests.support.programs import need
from tui_browser.workbench.page.credit import PageCredit, web_address
from tui_browser.workbench.page.document import MODULES, asset, build_page, json_in_script, program

ASSETS = Path(__file__).parents[3] / "tui_browser" / "workbench" / "page" / "assets"
HOSTILE = "</script><!--<script>&\u2028\u2029\u202e\x7f'\"]]>"


def page(**changes: object) -> str:
    sounds = page_sounds(5, **changes)
    return build_page(chosen_sounds(sounds), [b"abc", b"", None, b"x" * 10, b"yy"], title=HOSTILE, seconds=2.0).decode()


def test_the_same_sounds_give_the_same_bytes() -> None:
    assert page() == page()


def test_the_policy_allows_this_program_and_style_only_and_no_address() -> None:
    text = page()
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert found is not None
    policy = html.unescape(found[1])
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    for tag in ("script", "style"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(
        r"\b(src|href|action|srcset|poster)\s*=", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    )
    assert "://" not in text


def test_hostile_text_stays_text() -> None:
    text = page(name=HOSTILE, folder=HOSTILE, tags=(HOSTILE,), credit=PageCredit(HOSTILE, "", ""))
    assert text.count("</script>") == 3
    assert HOSTILE[:9] + "<!--" not in text
    content = re.search(r'id="content">(.*?)</script>', text, re.DOTALL)
    assert content is not None
    assert content[1].isascii() and content[1].isprintable() and not set("<>&") & set(content[1])
    loaded = json.loads(content[1])
    assert loaded["name"][0] == loaded["folders"][0] == loaded["tags"][0][0] == loaded["credits"][0][0] == HOSTILE


def test_json_in_a_script_reads_back() -> None:
    value = {"text": HOSTILE, "list": [1, None, "é"]}
    assert json.loads(json_in_script(value)) == value


def test_every_sound_is_found_by_its_offsets() -> None:
    text = page()
    audio = re.search(r'id="audio">(.*?)</script>', text, re.DOTALL)
    offsets = json.loads(re.search(r'id="content">(.*?)</script>', text, re.DOTALL)[1])["audio"]  # type: ignore[index]
    assert audio is not None
    excerpts = [base64.b64decode(audio[1][start:end]) for start, end in itertools.pairwise(offsets)]
    assert excerpts == [b"abc", b"", b"", b"x" * 10, b"yy"]


def test_the_program_is_one_scope_without_imports_and_node_takes_it(tmp_path: Path) -> None:
    node = need("node")
    assert {path.stem for path in ASSETS.glob("*.mjs")} == set(MODULES)
    text = program()
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    assert "</" not in text and "<!--" not in text
    (tmp_path / "program.js").write_text(text, encoding="utf-8")
    subprocess.run([node, "--check", str(tmp_path / "program.js")], check=True)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_stands_before_it_and_makes_no_markup(module: str) -> None:
    text = asset(f"{module}.mjs")
    before = MODULES[: MODULES.index(module)]
    assert set(re.findall(r'from "\./([a-z_]+)\.mjs";', text)) <= set(before)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch("):
        assert word not in text, word


def test_modules_compute_what_they_say() -> None:
    """The parts without a window, in node: search, viewport, walk, pattern, WAV."""
    node = need("node")
    script = """
import assert from "node:assert/strict";
import { SearchIndex, termsOf, folded } from "./search.mjs";
import { Viewport } from "./viewport.mjs";
import { nearestTo, nextInDirection } from "./places.mjs";
import { Pattern, candidates, drawSounds, stepSeconds } from "./pattern.mjs";
import { wavBytes } from "./wav.mjs";
import { lengthText } from "./sounds.mjs";
assert.equal(folded("Café"), "cafe");
assert.deepEqual(termsOf("a -tag:b x:y"), [
  { field: "", text: "a", without: false }, { field: "tag", text: "b", without: true },
  { field: "", text: "x:y", without: false }]);
const sounds = { size: 3, name: ["Kick.wav", "my kick.wav", "x.wav"], folders: ["drums", "kicks"], folder: [0, 0, 1],
  tags: [[], ["Deep"], []], group: [0, 0, 0], groupOf: () => ({ name: "tom" }) };
const index = new SearchIndex(sounds);
assert.deepEqual(index.find("kick"), [0, 1, 2]);
assert.deepEqual(index.find("name:kick -deep"), [0]);
assert.deepEqual(index.find(""), [0, 1, 2]);
const view = new Viewport();
view.resize(900, 500);
for (let turn = 0; turn < 50; turn += 1) {
  const before = view.toMap(300, 200);
  view.zoomAt(1.3, 300, 200);
  const [x, y] = view.toScreen(...before);
  if (view.zoom > 1.5) assert.ok(Math.hypot(x - 300, y - 200) < 1e-6);
  view.pan(40, -30);
  assert.ok(view.centreX >= 0 && view.centreX <= 1 && view.centreY >= 0 && view.centreY <= 1);
}
const points = new Float32Array([0, 0, 10, 1, 11, 9, 0, 30]);
assert.equal(nearestTo(points, 9, 2, 5, () => true), 1);
assert.equal(nearestTo(points, 9, 2, 5, (at) => at !== 1), -1);
assert.equal(nextInDirection(points, 0, 1, 0, () => true), 1);
assert.equal(nextInDirection(points, 0, 0, 1, () => true), 3);
assert.equal(nextInDirection(points, 0, -1, 0, () => true), -1);
assert.equal(stepSeconds(120), 0.125);
const pattern = new Pattern(["kick", "hat_open"]);
pattern.setBpm(1e9); assert.equal(pattern.bpm, 200);
pattern.setBpm(NaN); assert.equal(pattern.bpm, 200);
const far = [Array.from({ length: 50 }, (_, at) => 50 - at)];
assert.deepEqual(candidates(far, 0, [...Array(50).keys()]), Array.from({ length: 20 }, (_, at) => 49 - at));
assert.deepEqual(candidates(far, 1, [3, 4]), [3, 4]);
assert.deepEqual(drawSounds([], 4, [7], () => 0), [7, 7, 7, 7]);
assert.deepEqual(drawSounds([], 2, [], () => 0), [-1, -1]);
assert.deepEqual(drawSounds([], 2, [7, 8], () => 0), [7, 8]);
const wav = new DataView(wavBytes([new Float32Array([0, 1, -2])], 44100));
assert.equal(wav.byteLength, 50);
assert.equal(wav.getInt16(46, true), 32767); assert.equal(wav.getInt16(48, true), -32767);
assert.deepEqual([0.0123, 5.04, 65].map(lengthText), ["12 ms", "5.0 s", "1:05 min"]);
"""
    subprocess.run([node, "--input-type=module", "-e", script], check=True, cwd=ASSETS)


def test_only_addresses_of_the_web_are_followed() -> None:
    for address in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "http://[", "https:"):
        assert web_address(address) == ""
