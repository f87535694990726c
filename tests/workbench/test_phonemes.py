"""Speech to phones and words: each edge case of an alignment, and the samples that come of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.support.sounds import write
from tui_browser.errors import BrowserError
from tui_browser.workbench.phonemes.gentle import read_gentle
from tui_browser.workbench.phonemes.samples import unit_name, unit_tags, write_units
from tui_browser.workbench.phonemes.speech import prepared_speech, read_mono_16_bit
from tui_browser.workbench.phonemes.sphinx import decode_phones, in_seconds, read_segments
from tui_browser.workbench.phonemes.units import Unit, UnitWidth, fitted_units

NATURAL = UnitWidth()


def word(text: str, start: float, *phones: tuple[str, float], **more: Any) -> dict[str, Any]:
    """A word as Gentle writes it."""
    return {
        "word": text, "alignedWord": text.lower(), "case": "success", "start": start,
        "end": start + sum(length for _, length in phones), "startOffset": 0, "endOffset": len(text),
        "phones": [{"phone": phone, "duration": length} for phone, length in phones], **more,
    }  # fmt: skip


def align(folder: Path, *words: dict[str, Any]) -> str:
    path = folder / "align.json"
    path.write_text(json.dumps({"transcript": "...", "words": list(words)}))
    return str(path)


CAT = word("Cat", 0.0, ("k_B", 0.09), ("ae_I", 0.11), ("t_E", 0.01))
LOST = {"word": "sat", "case": "not-found-in-audio", "startOffset": 4, "endOffset": 7}
OVER = word("o'er", 0.9, ("ow_B", 0.2), ("v_I", 0.1), ("er_E", 0.3))


def test_d11_phones_of_gentle(tmp_path: Path) -> None:
    alignment = read_gentle(align(tmp_path, CAT, LOST, OVER), kind="phone")
    assert alignment.skipped == 1
    first = alignment.units[0]
    assert (first.start_s, first.text, first.word) == (0.0, "k", "Cat")  # a phone at the very start is kept
    starts = [round(unit.start_s, 3) for unit in alignment.units]
    assert starts == [0.0, 0.09, 0.2, 0.9, 1.1, 1.2]  # lengths add up from the word's start
    assert [unit.text for unit in alignment.units if unit.doubtful] == ["t"]  # 0.01 s
    fitted, outside = fitted_units(alignment.units, duration_s=1.15, width=NATURAL)
    assert (len(fitted), outside) == (5, 1)
    assert fitted[-1].end_s == 1.15  # clipped, not dropped
    assert [unit_name(at, unit) for at, unit in enumerate(fitted)] == [
        b"0_k.wav", b"1_ae.wav", b"2_t.wav", b"3_ow.wav", b"4_v.wav"
    ]  # fmt: skip
    assert unit_tags(fitted[2]) == ["phone:t", "word:cat", "doubtful"]
    assert unit_tags(fitted[3]) == ["phone:ow", "word:o'er"]


def test_d11_samples_are_the_very_frames(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sound = rng.integers(-9_000, 9_000, (44_100, 2)).astype(np.int16)
    audio, out = tmp_path / "speech.wav", tmp_path / "out"
    soundfile.write(audio, sound, 44_100, subtype="PCM_16")
    out.mkdir()
    units = read_gentle(align(tmp_path, CAT, OVER), kind="phone").units
    with prepared_speech(bytes(audio)) as speech:
        fitted, _ = fitted_units(units, duration_s=speech.duration_s, width=NATURAL)
        write_units(fitted, speech, bytes(audio), bytes(out), force=False)
    written, rate = soundfile.read(out / "1_ae.wav", dtype="int16")
    assert rate == 44_100
    assert np.array_equal(written, sound[3969:8820])
    assert (out / "filenames.txt").read_text().split() == ["0_k.wav", "1_ae.wav", "2_t.wav", "3_ow.wav"]
    listed = json.loads((out / "phonemes.json").read_text())
    assert [(row["phone"], row["word"], row["doubtful"]) for row in listed] == [
        ("k", "Cat", False), ("ae", "Cat", False), ("t", "Cat", True), ("ow", "o'er", False)
    ]  # fmt: skip


def test_words_and_fixed_widths(tmp_path: Path) -> None:
    words = read_gentle(align(tmp_path, CAT, OVER), kind="word").units
    assert [(unit.text, round(unit.end_s, 2)) for unit in words] == [("Cat", 0.21), ("o'er", 1.5)]
    (cat, over), _ = fitted_units(words, duration_s=2.0, width=UnitWidth(0.1))
    assert [cat.start_s, cat.end_s, over.start_s, over.end_s] == pytest.approx([0.0, 0.1, 0.9, 1.0])
    (cat, over), _ = fitted_units(words, duration_s=2.0, width=UnitWidth(1.0, centred=True))
    assert [cat.start_s, cat.end_s, over.start_s, over.end_s] == pytest.approx([0.0, 0.605, 0.7, 1.7])
    assert unit_tags(words[0]) == ["word:cat"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no JSON"),
        ("[]", "no words"),
        ('{"words": [1]}', "word 1 of the alignment is no object"),
        ('{"words": [{"word": "a", "case": "success", "phones": []}]}', "word 1 of the alignment has no time"),
        ('{"words": [{"word": "a", "start": NaN, "phones": [{"phone": "a", "duration": 1}]}]}', "no time"),
        ('{"words": [{"word": "a", "start": true, "phones": []}]}', "no time"),
    ],
)
def test_what_is_no_alignment_is_one_sentence(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "align.json"
    path.write_text(content)
    with pytest.raises(BrowserError, match=rf"{told}.*align\.json"):
        read_gentle(str(path), kind="phone")


def segments(folder: Path, text: str) -> str:
    path = folder / "segments"
    path.write_text(text)
    return str(path)


def times(units: list[Unit]) -> list[tuple[str, float, float]]:
    return [(unit.text, round(unit.start_s, 4), round(unit.end_s, 4)) for unit in units]


def test_d12_frames_are_160_samples_at_16_khz_and_the_last_one_counts(tmp_path: Path) -> None:
    ramp = np.arange(16_000, dtype=np.int16)
    audio, out = tmp_path / "speech.wav", tmp_path / "out"
    soundfile.write(audio, ramp, 16_000)
    out.mkdir()
    units = read_segments(segments(tmp_path, "SIL 0 2\nK 3 9\n+SPN+ 10 11\nAE 12 30\n"))
    assert {unit.kind for unit in units} == {"phone"}
    assert [unit.is_noise for unit in units] == [True, False, True, False]
    spoken = [unit for unit in units if not unit.is_noise]
    with prepared_speech(bytes(audio), rate=16_000) as speech:
        assert speech.path == bytes(audio)  # it is cut as it is
        write_units(fitted_units(spoken, duration_s=1.0, width=NATURAL)[0], speech, b"", bytes(out), force=False)
    written, rate = soundfile.read(out / "0_K.wav", dtype="int16")
    assert rate == 16_000
    assert np.array_equal(written, ramp[3 * 160 : 10 * 160])
    assert len(soundfile.read(out / "1_AE.wav")[0]) == 19 * 160


def test_d12_other_rates_are_resampled(tmp_path: Path) -> None:
    time_s = np.arange(44_100) / 44_100
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * time_s).astype(np.float32)
    audio = write(tmp_path / "speech.wav", np.stack([tone, tone], axis=1))
    with prepared_speech(bytes(audio), rate=16_000) as speech:
        assert (speech.rate, speech.frames) == (16_000, 16_000)
        mono = read_mono_16_bit(speech)
        copy = Path(speech.path.decode())
    assert mono.shape == (16_000,)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))
    assert int(spectrum.argmax()) == 1_000
    assert not copy.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello world\nhello 0.150 0.480 0.998\nworld 0.5 0.9 1.0\n", [("hello", 0.15, 0.48), ("world", 0.5, 0.9)]),
        ("<s> 0 9\nthe(2) 10 19\n</s> 20 29", [("<s>", 0.0, 0.1), ("the", 0.1, 0.2), ("</s>", 0.2, 0.3)]),
        ('[{"word": "K", "start_frame": 0, "end_frame": 9}]', [("K", 0.0, 0.1)]),
        (
            '{"b":0.0,"d":1.0,"t":"go on","w":[{"b":0.1,"d":0.2,"t":"go","w":[{"b":0.1,"d":0.2,"t":"G"}]}]}',
            [("G", 0.1, 0.3)],
        ),
        (
            '{"b":0.0,"d":1.0,"t":"go","w":[{"b":0.1,"d":0.2,"t":"go"}]}\n'
            '{"b":2.0,"d":1.0,"t":"on","w":[{"b":2.1,"d":0.2,"t":"on"}]}',
            [("go", 0.1, 0.3), ("on", 2.1, 2.3)],
        ),
    ],
)
def test_segments_in_many_forms(tmp_path: Path, text: str, expected: list[tuple[str, float, float]]) -> None:
    assert times(read_segments(segments(tmp_path, text))) == expected


def test_frames_that_meet_are_not_counted_twice() -> None:
    assert in_seconds([("A", 0, 10), ("B", 10, 20)]) == [("A", 0.0, 0.1), ("B", 0.1, 0.2)]
    assert in_seconds([("A", 0, 9), ("B", 10, 19)]) == [("A", 0.0, 0.1), ("B", 0.1, 0.2)]


@pytest.mark.parametrize(
    "text", ["", "no numbers here", "{", '[{"word": 5, "start_frame": 1, "end_frame": 2}]', '[{"t": "a"}]']
)
def test_what_are_no_segments_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(BrowserError, match=r"segments"):
        read_segments(segments(tmp_path, text))


def test_d12_an_absent_pocketsphinx_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(BrowserError, match=r"pocketsphinx is not installed.*pip install pocketsphinx"):
        decode_phones(np.zeros(160, dtype=np.int16))


def test_d12_an_installed_pocketsphinx_is_asked_for_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    class Decoder:
        def __init__(self, **options: Any) -> None:
            assert options["allphone"].endswith("en-us-phone.lm.bin") and options["lm"] is None

        def start_utt(self) -> None: ...
        def end_utt(self) -> None: ...

        def process_raw(self, raw: bytes, *, no_search: bool, full_utt: bool) -> None:
            heard.append(raw)

        def seg(self) -> list[SimpleNamespace]:
            frames = [("SIL", 0, 2), ("K", 3, 9), ("AE", 10, 12)]
            return [SimpleNamespace(word=text, start_frame=first, end_frame=last) for text, first, last in frames]

    fake = ModuleType("pocketsphinx")
    fake.Decoder, fake.get_model_path = Decoder, lambda: "/model"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pocketsphinx", fake)
    units = decode_phones(np.arange(100, dtype=np.int16))
    assert times(units) == [("SIL", 0.0, 0.03), ("K", 0.03, 0.1), ("AE", 0.1, 0.13)]
    assert heard == [np.arange(100, dtype="<i2").tobytes()]


def test_hostile_texts_are_harmless_names_and_tags() -> None:
    unit = Unit("phone", "../\x1b[31m/a b", 0.0, 1.0, "two\nlines")
    assert unit_name(3, unit) == b"3_31m_a_b.wav"
    assert all(tag.isprintable() and " " not in tag for tag in unit_tags(unit))
    assert unit_name(0, Unit("word", "?!", 0, 1)) == b"0_unit.wav"
    assert len(unit_name(0, Unit("word", "ü" * 500, 0, 1))) < 255


@pytest.mark.parametrize("ending", ["ogg", "mp3"])
def test_phones_that_overlap_can_be_cut_from_any_format(tmp_path: Path, ending: str) -> None:
    tone = 0.5 * np.sin(np.arange(32_000) * 0.2).astype(np.float32)
    audio, out = tmp_path / f"speech.{ending}", tmp_path / "out"
    soundfile.write(audio, tone, 32_000)
    out.mkdir()
    units = [Unit("phone", "a", 0.1, 0.5), Unit("phone", "b", 0.2, 0.4), Unit("phone", "c", 0.2, 0.9)]
    with prepared_speech(bytes(audio)) as speech:
        write_units(units, speech, bytes(audio), bytes(out), force=False)
    lengths = [len(soundfile.read(out / name)[0]) for name in ("0_a.wav", "1_b.wav", "2_c.wav")]
    assert lengths == [12_800, 6_400, 22_400]
