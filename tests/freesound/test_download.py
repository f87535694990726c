"""A sound into a folder: whole and checked, or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import soundfile

from tests.freesound.conftest import DRIP, PATIENT, SILENCE
from tests.support.freesound_server import KEY, Answer, FakeFreesound, fake_freesound, sound_bytes
from tui_browser.errors import FreesoundError
from tui_browser.folder.sidecar import read_sidecar
from tui_browser.freesound.clock import CancelledError
from tui_browser.freesound.download import fetch_sound, remove_stale_parts
from tui_browser.freesound.found_sound import FoundSound, parse_sound
from tui_browser.freesound.web import Web


def found(server: FakeFreesound, number: int = 4021, name: str = "step.wav", **fields: object) -> FoundSound:
    sound = parse_sound(server.add(number, name, **fields))  # type: ignore[arg-type]  # fields of the service
    assert sound is not None
    return sound


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_f5_a_preview_comes_whole_with_its_sidecar(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    sound = found(server, name="Step on wood.wav")
    folder = tmp_path / "new" / "freesound"
    fetched = fetch_sound(web, sound, os.fsencode(folder))
    assert fetched.fresh
    assert names(folder) == ["4021_Step_on_wood.json", "4021_Step_on_wood.ogg"]
    assert Path(os.fsdecode(fetched.path)).read_bytes() == sound_bytes(1.2, pitch_hz=121.0)
    fields = json.loads((folder / "4021_Step_on_wood.json").read_text())
    assert {name: fields[name] for name in ("id", "name", "author", "license", "url", "commercial_use")} == {
        "id": 4021, "name": "Step on wood.wav", "author": "anna", "commercial_use": True,
        "license": "https://creativecommons.org/licenses/by/4.0/", "url": "https://freesound.org/people/anna/sounds/4021/",
    }  # fmt: skip
    read = read_sidecar(fetched.path)
    assert read is not None
    assert (read.credit.licence, read.credit.author) == ("CC BY 4.0", "anna")
    assert read.tags == ("footstep", "wood")


def test_f5_a_preview_is_asked_for_without_the_key(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    fetch_sound(web, found(server), os.fsencode(tmp_path))
    (asked,) = server.asked
    assert "authorization" not in asked.headers and "cookie" not in asked.headers
    assert KEY not in asked.path + asked.raw_query + str(asked.headers)


def test_f5_an_mp3_is_taken_where_there_is_no_ogg(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    sound = found(server, previews={"preview-lq-ogg": f"{server.url}/l", "preview-hq-mp3": f"{server.url}/h"})
    server.previews["/h"] = lambda: Answer(body=sound_bytes(1.2, kind="MP3"), content_type="audio/mpeg")
    fetched = fetch_sound(web, sound, os.fsencode(tmp_path))
    assert fetched.path.endswith(b"4021_step.mp3")
    assert soundfile.info(os.fsdecode(fetched.path)).format == "MP3"


WHOLE = sound_bytes(1.2)
BAD = {
    "truncated": (Answer(body=WHOLE[:-900], promised=len(WHOLE), content_type="audio/ogg"), "broke off"),
    "cut without a promise": (Answer(body=sound_bytes(0.4), promised=-1, content_type="audio/ogg"), "ends early"),
    "html": (Answer(body=b"<html>log in</html>", content_type="text/html; charset=utf-8"), "no sound but text/html"),
    "html called a sound": (Answer(body=b"<html>log in</html>", content_type="audio/ogg"), "no sound that can"),
    "empty": (Answer(body=b"", content_type="audio/ogg"), "no sound that can"),
    "too large": (Answer(body=WHOLE + bytes(3 << 20), content_type="audio/ogg"), "larger than it can be"),
    "not there": (Answer(404, b"{}"), "not there"),
    "slow": (Answer(body=WHOLE, pause_s=0.6, piece=400, content_type="audio/ogg"), "in time"),
    "a circle": (Answer(302, headers={"Location": "/previews/4/4021_77-hq.ogg"}), "in a circle"),
    "half an address": (Answer(302, headers={"Location": "http://[bad"}), "no address of the web"),
    "a port that is none": (Answer(302, headers={"Location": "http://a:99999999/"}), "no address of the web"),
    "no address": (Answer(302, headers={"Location": "file:///etc/passwd"}), "no address of the web"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_f5_what_is_not_whole_is_refused_and_leaves_nothing(server: FakeFreesound, tmp_path: Path, kind: str) -> None:
    answer, said = BAD[kind]
    sound = found(server)
    server.serve_preview(4021, lambda: answer)
    web = Web(limits=SILENCE if kind == "slow" else PATIENT)
    try:
        with pytest.raises(FreesoundError, match=said):
            fetch_sound(web, sound, os.fsencode(tmp_path))
    finally:
        web.close()
    assert names(tmp_path) == []


@pytest.mark.parametrize("address", ["http://[bad", "http://a:99999999/x", "https://", "http:///x", "http://\u202e/"])
def test_a_preview_at_no_address_is_one_sentence(server: FakeFreesound, web: Web, tmp_path: Path, address: str) -> None:
    with pytest.raises(FreesoundError):
        fetch_sound(web, found(server, previews={"preview-hq-ogg": address}), os.fsencode(tmp_path))
    assert names(tmp_path) == []


def test_f5_a_drip_comes_to_an_end(server: FakeFreesound, tmp_path: Path) -> None:
    sound = found(server, seconds=0.2)
    whole = sound_bytes(0.2)
    server.serve_preview(4021, lambda: Answer(body=whole, pause_s=0.1, piece=10, content_type="audio/ogg"))
    web = Web(limits=DRIP)
    try:
        with pytest.raises(FreesoundError, match="takes too long"):
            fetch_sound(web, sound, os.fsencode(tmp_path))
    finally:
        web.close()
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../x", "4021_x"),
        ("/etc/passwd", "4021_etc_passwd"),
        ("..", "4021_sound"),
        ("a\x00b\n\x1b[2J.wav", "4021_a_x00b_n_x1b_2J"),
        ("-rf *", "4021_rf"),
        ("x" * 500, "4021_" + "x" * 100),
        ("Größe 日本.flac", "4021_Größe_日本"),
        (".hidden", "4021_hidden"),
    ],
)
def test_f5_a_name_is_harmless(server: FakeFreesound, web: Web, tmp_path: Path, name: str, stem: str) -> None:
    folder = tmp_path / "a" / "b"
    fetch_sound(web, found(server, name=name), os.fsencode(folder))
    assert names(folder) == [f"{stem}.json", f"{stem}.ogg"]
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["b"]


def test_f5_the_same_sound_twice_is_one_file(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    first = fetch_sound(web, found(server), os.fsencode(tmp_path))
    again = fetch_sound(web, found(server, name="renamed by its author"), os.fsencode(tmp_path))
    assert (again.path, again.fresh) == (first.path, False)
    assert names(tmp_path) == ["4021_step.json", "4021_step.ogg"]
    assert len(server.asked) == 1


def test_a_file_of_the_same_name_is_not_overwritten(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    (tmp_path / "4021_step.ogg").mkdir()
    fetched = fetch_sound(web, found(server), os.fsencode(tmp_path))
    assert not fetched.fresh and (tmp_path / "4021_step.ogg").is_dir()


def test_a_link_in_its_place_is_not_written_through(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "4021_step.json").symlink_to(tmp_path / "mine")
    fetch_sound(web, found(server), os.fsencode(folder))
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (folder / "4021_step.json").is_symlink()


def test_a_preview_on_another_host_is_fetched(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    with fake_freesound() as cdn:
        sound = found(cdn)
        server.previews["/moved"] = lambda: Answer(302, headers={"Location": sound.previews[0][1]})
        moved = found(server, previews={"preview-hq-ogg": f"{server.url}/moved"})
        assert fetch_sound(web, moved, os.fsencode(tmp_path)).fresh
        assert all("authorization" not in asked.headers for asked in cdn.asked)


def test_f4_cancelling_leaves_nothing(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    sound = found(server)
    whole = sound_bytes(1.2)
    server.serve_preview(4021, lambda: Answer(body=whole, pause_s=0.02, piece=200, content_type="audio/ogg"))
    with pytest.raises(CancelledError):
        fetch_sound(web, sound, os.fsencode(tmp_path), cancelled=lambda: bool(names(tmp_path)))
    assert names(tmp_path) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".freesound-4194305-7.part").write_text("")
    (tmp_path / f".freesound-{os.getpid()}-7.part").write_text("")
    (tmp_path / "kick.part").write_text("")
    remove_stale_parts(os.fsencode(tmp_path))
    assert names(tmp_path) == [f".freesound-{os.getpid()}-7.part", "kick.part"]


def test_a_folder_that_cannot_be_written_is_one_sentence(server: FakeFreesound, web: Web, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FreesoundError, match="cannot be written"):
        fetch_sound(web, found(server), os.fsencode(tmp_path / "file"))
