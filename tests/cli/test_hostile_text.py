"""No verb lets text of a library, model, theme or config reach a terminal, a file or a pipe as a terminal obeys it."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.bundles import tiny_bundle
from tests.support.cli import CliResult, invoke
from tests.support.clips import ROOT, clip_entry
from tests.support.hostile import NAME, TEXT, TITLE, poison, raw_characters
from tui_browser.cli import common
from tui_browser.config.places import config_dir
from tui_browser.store.store import Store

Run = Callable[..., CliResult]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    return functools.partial(invoke, monkeypatch=monkeypatch, capture=capfdbinary)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "l.db"
    with Store.open(str(path), mode="write") as store, store.writing():
        store.add_root(ROOT)
        store.put_clips([clip_entry(b"%d.wav" % i, sound=i) for i in range(3)], space="a", layout="pca")
        store.set_meta({"space": "a", "model": "drums"})
    poison(path)
    return path


VERBS = {
    "status": (),
    "rejects": (),
    "roots": (),
    "search": ("",),
    "layout": (),
    "export table": ("--out", "-"),
    "export table --format json": ("--out", "-"),
    "export files": ("", "--out", "copies"),
    "near": ("nothing.wav",),
    "index": ("nowhere" + TEXT,),
    "forget": ("nowhere" + TEXT,),
    "add": ("nowhere" + TEXT,),
    "layout x": (TEXT,),
    "classify": ("nothing" + TEXT,),
    "export fragment": ("nothing" + TEXT, "--start", "0", "--length", "1", "--out", "-"),
    "generate": ("nothing" + TEXT, "--out", "b.wav"),
    "generate x": ("--out", "b" + TEXT),
    "dataset": ("nothing" + TEXT, "--out", "m"),
    "generate --class": ("x" + TEXT, "--out", "c.wav"),
    "pick --player": ("x" + TEXT,),
    "--model": ("x" + TEXT, "classify", "a.wav"),
    "search tag:>": (TEXT,),
    TEXT: (),
    f"--{TEXT}": (),
}


def test_a_traceback_quotes_safely(run: Run, tmp_path: Path) -> None:
    result = run("classify", tmp_path / f"nothing{TEXT.replace('/', '')}", "--debug", "--model", tmp_path / TEXT)
    assert "Traceback" in result.err and "owned" in result.err and not raw_characters(result.err.encode())


@pytest.mark.parametrize("json_lines", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("verb", VERBS, ids=range(len(VERBS)))
def test_no_verb_prints_what_a_terminal_obeys(
    run: Run, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, json_lines: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [verb] if TEXT in verb else [word for word in verb.split() if word not in ("x", "tag:>")]
    result = run("--library", library, *(["--json"] if json_lines else []), *words, *VERBS[verb])
    assert result.out or result.err
    assert not raw_characters(result.out)
    assert not raw_characters(result.err.encode("utf-8", "surrogateescape"))
    assert "internal error" not in result.err


def test_on_a_terminal_names_are_printable_and_in_a_pipe_only_escapes_are_written_out(
    run: Run, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = run("--library", library, "search", "").out
    assert b"\\x1b]0;owned\\x07" in piped and b"\xff.wav" in piped and "\u202e".encode() in piped
    monkeypatch.setattr(common.AnswerWriter, "__init__", _on_terminal)
    shown = run("--library", library, "search", "").out
    assert b"\\xff.wav" in shown and b"\\u202e" in shown and not raw_characters(shown)


def _on_terminal(self: common.AnswerWriter, options: common.CommonOptions) -> None:
    self._common, self._on_terminal = options, True


def test_json_and_raw_paths_stay_exact(run: Run, library: Path) -> None:
    rows = run("--library", library, "search", "", "--json").rows()
    assert all(TITLE in row["path"] and os.fsencode(row["path"]).endswith(NAME) for row in rows) and len(rows) == 3
    assert rows[0]["tags"] == [TEXT]
    raw = run("--library", library, "search", "", "-0").out.split(b"\0")
    assert sorted(raw[:-1]) == sorted(os.fsencode(row["path"]) for row in rows)


def test_settings_themes_and_models_are_quoted_safely(run: Run, tmp_path: Path) -> None:
    written = json.dumps(TEXT)
    folder = Path(config_dir())
    (folder / "themes").mkdir(parents=True)
    for setting in (
        f"{written} = 1", f"theme = {written}", f"player = {written}", f"player = {json.dumps('remote:' + TEXT)}",
        f"[keys]\n{written} = 'x'", f"[keys]\nplay = {written}", f"[templates]\n{written} = '{{x}}'",
        f"[templates]\na = {json.dumps('{' + TEXT + '}')}", f"[path_map]\n{written} = '/a'",
        f"[path_map]\n'/a' = {written}", f"colour = {written}", TEXT,
    ):  # fmt: skip
        (folder / "config.toml").write_text(setting.replace("\\u007f", "\\u007F"))
        result = run("doctor" if "theme" in setting else "classify", "a.wav")
        assert not raw_characters(result.out + result.err.encode())
    (folder / "config.toml").write_text('theme = "strange"')
    for theme in (f"{written} = 1", f"[roles]\n{written} = 'x'", f"[roles]\ntext = {written}", f"inherits = {written}"):
        (folder / "themes" / "strange.toml").write_text(theme)
        result = run("classify", "a.wav")
        assert not raw_characters(result.out + result.err.encode())
    (folder / "config.toml").unlink()
    bundle = Path(tiny_bundle(tmp_path / "model").folder)
    config = json.loads((bundle / "config.json").read_text())
    for wrong in (
        {TEXT: 1}, {"name": TEXT}, {"format": TEXT}, {"classes": [TEXT]}, {"front_end": {TEXT: 1}},
        {"front_end": {**config["front_end"], TEXT: 1}}, {"network": {**config["network"], TEXT: 1}},
    ):  # fmt: skip
        (bundle / "config.json").write_text(json.dumps(config | wrong))
        result = run("classify", "a.wav", "--model", bundle)
        assert result.code == 1 and not raw_characters(result.err.encode())


def test_a_library_of_a_stranger_copies_no_key(run: Run, tmp_path: Path) -> None:
    """Rows that name a private key, plainly or by a link in a pack of sounds, are refused by `export files`."""
    key = tmp_path / "home" / ".ssh" / "id_ed25519"
    key.parent.mkdir(parents=True)
    key.write_text("PRIVATE KEY")
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "link.wav").symlink_to(key)
    (pack / "kick.wav").write_bytes(b"RIFF sound")
    library = tmp_path / "l.db"
    entries = [
        clip_entry(name, root=os.fsencode(pack), sound=number)
        for number, name in enumerate((b"kick.wav", b"link.wav", b"../home/.ssh/id_ed25519", b"../home/.ssh/x.wav"))
    ]
    with Store.open(str(library), mode="write") as store, store.writing():
        store.add_root(os.fsencode(pack))
        store.put_clips(entries, space="a", layout="pca")
    (key.parent / "x.wav").write_text("PRIVATE TOO")
    out = tmp_path / "out"
    result = run("--library", library, "export", "files", "", "--out", out)
    assert result.code == 1
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".wav"} == {
        "kick.wav": b"RIFF sound"
    }
    assert result.err.count("not copied") == 3
