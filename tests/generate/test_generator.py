"""New sounds: what is asked for comes out, can be made again, and takes nothing's place."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.generate.conftest import one
from tests.support.bundles import tiny_bundle, tiny_sound
from tests.support.sounds import one_shot, write
from tui_browser import SampleTool
from tui_browser.audio.decode import decode
from tui_browser.errors import AudioError, BrowserError, BundleError
from tui_browser.generate.generator import Generator
from tui_browser.generate.plan import FilesRefused, audible_s, read_sound
from tui_browser.generate.request import GenerationRequest, RequestError
from tui_browser.generate.sound_files import RATE
from tui_browser.indexing.file_encoder import FileEncoder, load_model, stat_file
from tui_browser.library.library import Library
from tui_browser.model.bundle import load_bundle

pytestmark = pytest.mark.slow

# --- what comes out ----------------------------------------------------------------------------------------------


def test_b8_a_saved_sound_is_read_back_as_it_was_made(studio: Generator, tmp_path: Path) -> None:
    made = one(studio, GenerationRequest(seed=1))
    path = tmp_path / "new.wav"
    made.save(os.fsencode(path))
    with soundfile.SoundFile(path) as file:
        assert (file.samplerate, file.channels, file.subtype) == (44_100, 1, "PCM_24")
        assert np.array_equal(file.read(dtype="float32"), made.sound)
    assert np.isfinite(made.sound).all()
    assert 0.5 < np.abs(made.sound).max() <= 1.0
    assert 0 < len(made.sound) <= 2 * RATE
    assert os.listdir(tmp_path) == ["new.wav"]
    clip = decode(stat_file(os.fsencode(path)), front_end=studio.bundle.front_end)
    assert clip.content_hash == made.lineage.content_hash


def test_c1_the_same_seed_is_the_same_sound_in_another_process_too(studio: Generator, sounds: list[bytes]) -> None:
    orders = [GenerationRequest(seed=7), GenerationRequest(tuple(sounds[:1]), variance=0.5, seed=7)]
    first = [one(studio, order) for order in orders]
    with Generator(studio.bundle) as other:
        again = [one(other, order) for order in orders]
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.sound, b.sound)
        assert a.lineage == b.lineage
    assert one(studio, GenerationRequest(seed=8)).lineage.z != first[0].lineage.z


def test_without_a_seed_drawn_sounds_differ_and_tell_their_seed(studio: Generator) -> None:
    a, b = one(studio, GenerationRequest()), one(studio, GenerationRequest())
    assert a.lineage.seed != b.lineage.seed
    assert np.array_equal(one(studio, GenerationRequest(seed=a.lineage.seed)).sound, a.sound)


def test_each_of_several_can_be_asked_for_alone(studio: Generator) -> None:
    three = list(studio.make(GenerationRequest(count=3, seed=40)))
    assert [made.lineage.seed for made in three] == [40, 41, 42]
    assert np.array_equal(three[2].sound, one(studio, GenerationRequest(seed=42)).sound)
    assert len({made.lineage.z for made in three}) == 3


def test_a_class_is_drawn_where_that_class_lies(studio: Generator) -> None:
    for name, middle in (("kick", -2.0), ("snare", 0.0), ("clap", 2.0)):
        for made in studio.make(GenerationRequest(class_name=name, count=2, seed=0)):
            assert np.mean(made.lineage.z) == pytest.approx(middle, abs=0.5)
            assert made.lineage.class_name == name


def test_other_and_families_mean_any_of_their_classes(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "kinds", classes=("kick", "bass", "voice", "fx"), sound=True)
    assert GenerationRequest(class_name="other").meant_classes(bundle) == (1, 2, 3)
    assert GenerationRequest(class_name="tonal").meant_classes(bundle) == (1,)
    assert GenerationRequest(class_name="voice").meant_classes(bundle) == (2,)
    assert GenerationRequest().meant_classes(bundle) == ()
    with pytest.raises(RequestError, match="loops"):
        GenerationRequest(class_name="loops").meant_classes(bundle)
    with Generator(bundle) as maker:
        first = list(maker.make(GenerationRequest(class_name="other", count=3, seed=1)))
        again = one(maker, GenerationRequest(class_name="other", seed=3))
    assert np.array_equal(again.sound, first[2].sound)


# --- from files --------------------------------------------------------------------------------------------------


def test_c3_a_file_made_again_keeps_its_z_and_length_and_is_the_same_twice(
    studio: Generator, sounds: list[bytes], z: NDArray[np.float64]
) -> None:
    made = one(studio, GenerationRequest(tuple(sounds[:1])))
    assert np.array_equal(made.lineage.latent(), z[0].astype(np.float32))
    with FileEncoder(studio.bundle) as ear:
        heard = ear.encode(sounds[0]).z[0]
    assert 0 < np.abs(made.lineage.latent() - heard).max() < 2.0  # near what the encoder says
    assert np.array_equal(made.sound, one(studio, GenerationRequest(tuple(sounds[:1]))).sound)
    clip = decode(stat_file(sounds[0]), front_end=studio.bundle.front_end)
    assert made.lineage.seconds == pytest.approx(audible_s(*read_sound(clip)))
    assert len(made.sound) == round(made.lineage.seconds * RATE)
    assert made.lineage.sources[0].content_hash == clip.content_hash


def test_c3_variations_differ_and_stray_further_with_more_variance(studio: Generator, sounds: list[bytes]) -> None:
    middle = one(studio, GenerationRequest(tuple(sounds[:1]))).lineage.latent()
    spread = []
    for variance, count in ((0.05, 3), (0.5, 10), (4.0, 3)):
        made = list(studio.make(GenerationRequest(tuple(sounds[:1]), variance=variance, count=count, seed=5)))
        assert len({each.sound.tobytes() for each in made}) == count
        spread.append(np.mean([np.square(each.lineage.latent() - middle).mean() for each in made]))
    assert spread == sorted(spread)
    assert spread[1] / spread[0] == pytest.approx(10, rel=0.5)
    assert spread[2] / spread[1] == pytest.approx(8, rel=0.5)


@pytest.mark.parametrize("weights", [None, (1.0, 2.0, 1.0), (0.0, 3.0, 0.5)])
def test_c4_a_mix_lies_at_the_weighted_mean(
    studio: Generator, sounds: list[bytes], z: NDArray[np.float64], weights: tuple[float, ...] | None
) -> None:
    w = np.array(weights or (1, 1, 1), dtype=np.float64)
    made = one(studio, GenerationRequest(tuple(sounds), weights=weights))
    assert np.abs(made.lineage.latent() - (w[:, None] * z).sum(0) / w.sum()).max() < 1e-6
    assert [source.path for source in made.lineage.sources] == sounds


def test_c4_raw_weights_add_and_take_away(studio: Generator, sounds: list[bytes], z: NDArray[np.float64]) -> None:
    made = one(studio, GenerationRequest(tuple(sounds[:2]), weights=(1.5, -0.5), raw=True))
    assert np.abs(made.lineage.latent() - (1.5 * z[0] - 0.5 * z[1])).max() < 1e-5
    nothing = one(studio, GenerationRequest(tuple(sounds[:2]), weights=(1.0, -1.0), raw=True))
    assert np.abs(nothing.lineage.latent() - (z[0] - z[1])).max() < 1e-5
    alone = one(studio, GenerationRequest(tuple(sounds[:1]), weights=(2.0,), raw=True))
    assert np.abs(alone.lineage.latent() - 2 * z[0]).max() < 1e-5


def test_any_rate_channels_and_length_will_do(studio: Generator, tmp_path: Path) -> None:
    kick = one_shot("kick", 1)
    loop = np.tile(np.pad(kick, (0, 8000)), 40)
    paths = [
        write(tmp_path / "low.wav", kick[::6], rate=7350, subtype="PCM_U8"),
        write(tmp_path / "wide.wav", np.stack([kick] * 8, axis=1), rate=192_000, subtype="FLOAT"),
        write(tmp_path / "long.flac", loop),
        write(tmp_path / "short.ogg", kick[:1000]),
        write(tmp_path / "late.wav", np.pad(kick, (RATE, RATE))),
    ]
    made = [one(studio, GenerationRequest((os.fsencode(path),))) for path in paths]
    assert all(np.isfinite(each.sound).all() and 0 < len(each.sound) <= 2 * RATE for each in made)
    assert len(made[2].sound) == 2 * RATE
    assert made[4].lineage.sources[0].onset_s == pytest.approx(1.0, abs=0.01)
    assert made[4].lineage.seconds < 1.0  # silence at the end is no part of the sound
    mixed = one(studio, GenerationRequest(tuple(map(os.fsencode, paths))))
    assert len(mixed.lineage.sources) == 5


def test_what_cannot_be_heard_is_named_each(studio: Generator, sounds: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    write(tmp_path / "silent.wav", np.zeros(4000, np.float32))
    with pytest.raises(AudioError, match=r"nowhere\.wav"):
        one(studio, GenerationRequest((os.fsencode(tmp_path / "nowhere.wav"),)))
    bad = tuple(os.fsencode(tmp_path / name) for name in ("text.wav", "silent.wav"))
    with pytest.raises(FilesRefused) as caught:
        one(studio, GenerationRequest((*sounds, *bad)))
    assert [error.path for error in caught.value.errors] == list(bad)


# --- what is no order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "word"),
    [
        (GenerationRequest((b"/a", b"/b"), weights=(1.0,)), "weight"),
        (GenerationRequest((b"/a",), weights=(1.0, 1.0)), "weight"),
        (GenerationRequest(weights=(1.0,)), "weight"),
        (GenerationRequest((b"/a", b"/b"), weights=(1.0, -1.0)), "negative"),
        (GenerationRequest((b"/a", b"/b"), weights=(0.0, 0.0)), "sum"),
        (GenerationRequest((b"/a",), weights=(math.nan,), raw=True), "weight"),
        (GenerationRequest((b"/a",), weights=(math.inf,)), "weight"),
        (GenerationRequest(variance=-0.1), "variance"),
        (GenerationRequest(variance=math.nan), "variance"),
        (GenerationRequest(seed=-1), "seed"),
        (GenerationRequest(seed=1 << 63), "seed"),
        (GenerationRequest(count=0), "count"),
        (GenerationRequest(at=(0.5, 1.5)), "map"),
        (GenerationRequest(at=(math.nan, 0.5)), "map"),
        (GenerationRequest((b"/a",), at=(0.5, 0.5)), "position"),
        (GenerationRequest((b"/a",), class_name="kick"), "class"),
        (GenerationRequest(class_name="snaer"), "'snare'"),
    ],
)
def test_what_contradicts_itself_is_refused_before_any_work(
    studio: Generator, order: GenerationRequest, word: str
) -> None:
    with pytest.raises(RequestError, match=word):
        one(studio, order)


def test_a_model_without_decoder_or_classes_says_so(tmp_path: Path) -> None:
    with Generator(tiny_bundle(tmp_path / "deaf")) as mute, pytest.raises(BundleError, match="cannot generate"):
        one(mute, GenerationRequest())
    plain = tiny_sound(tiny_bundle(tmp_path / "plain", classes=None))
    with Generator(plain) as classless:
        with pytest.raises(BundleError, match="no classes"):
            one(classless, GenerationRequest(class_name="kick"))
        assert len(one(classless, GenerationRequest(seed=0)).sound)


def test_a_damaged_decoder_is_named(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny", sound=True)
    weights = tmp_path / "tiny" / "sound.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with Generator(load_bundle(bundle.folder, folders=())) as studio:
        for _ in range(2):  # and again, however often it is asked
            with pytest.raises(BundleError, match=r"sound\.safetensors"):
                one(studio, GenerationRequest(seed=0))


# --- the map -----------------------------------------------------------------------------------------------------


def test_at_a_sample_lies_that_sample_and_between_two_their_mean(studio: Generator, library: str) -> None:
    with Library.open(library) as opened:
        snapshot = opened.snapshot()
        placed = [i for i in range(len(snapshot)) if np.isfinite(snapshot.xy[i]).all()]
        assert len(placed) == 8
        rows = opened.latents([int(snapshot.ids[i]) for i in placed])
        for i, (row, latent) in zip(placed[:3], rows, strict=False):
            x, y = map(float, snapshot.xy[i])
            made = one(studio, GenerationRequest(at=(x, y)), opened)
            assert np.abs(made.lineage.latent() - latent).max() < 1e-6
            assert [source.path for source in made.lineage.sources] == [row.path]
            assert made.lineage.at == (x, y)
        somewhere = one(studio, GenerationRequest(at=(0.5, 0.5)), opened)
        assert 1 <= len(somewhere.lineage.sources) <= 4
        assert sum(somewhere.lineage.weights or ()) == pytest.approx(1.0)
        assert np.array_equal(somewhere.sound, one(studio, GenerationRequest(at=(0.5, 0.5)), opened).sound)
        varied = list(studio.make(GenerationRequest(at=(0.5, 0.5), variance=0.5, count=2, seed=1), library=opened))
        assert len({each.lineage.z for each in varied}) == 2


def test_a_place_needs_a_library_that_this_model_has_heard(studio: Generator, library: str, tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="library"):
        one(studio, GenerationRequest(at=(0.5, 0.5)))
    with Library.open(str(tmp_path / "none.db")) as empty, pytest.raises(BrowserError, match=r"none\.db"):
        one(studio, GenerationRequest(at=(0.5, 0.5)), empty)
    other = tiny_bundle(tmp_path / "other", seed=1, sound=True)
    with Library.open(library) as opened, Generator(other) as stranger, pytest.raises(BundleError, match="encoded by"):
        one(stranger, GenerationRequest(at=(0.5, 0.5)), opened)


# --- from Python -------------------------------------------------------------------------------------------------


def test_two_tools_in_one_process_make_the_same_of_the_same(studio: Generator, tmp_path: Path) -> None:
    for seed, kind in enumerate(("kick", "snare")):
        write(tmp_path / "samples" / f"{kind}.wav", one_shot(kind, seed))
    kick = tmp_path / "samples" / "kick.wav"
    with (
        SampleTool(model=studio.bundle.folder, library=tmp_path / "samples") as first,
        SampleTool(model=studio.bundle.folder) as second,
    ):
        (one_way,) = first.generate(tmp_path / "a.wav", kick, variance=0.5, seed=3)
        (other,) = second.generate(os.fsencode(tmp_path / "b.wav"), [str(kick)], None, 0.5, 3)
        assert one_way == other
        assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
        (here,) = first.generate(tmp_path / "here.wav", at=(0.5, 0.5))  # the folder is indexed for it
        assert here.at == (0.5, 0.5) and len(here.sources) == 2
        with pytest.raises(BrowserError, match="no library"):
            second.generate(tmp_path / "c.wav", at=(0.5, 0.5))
        with pytest.raises(BrowserError, match=r"a\.wav"):
            second.generate(tmp_path / "a.wav")
        with pytest.raises(RequestError, match="weight"):
            second.generate(tmp_path / "c.wav", [kick, kick], weights=[1])
    assert not (tmp_path / "c.wav").exists()


# --- the model that is shipped -----------------------------------------------------------------------------------


def test_the_shipped_model_makes_sounds_that_resemble_what_they_come_from(tmp_path: Path) -> None:
    bundle = load_model("general")
    if not bundle.has_decoder:
        pytest.skip("the shipped model has no decoder yet")
    import soxr

    kinds = ("kick", "snare", "hat_closed", "cymbal", "tom")
    paths = [os.fsencode(write(tmp_path / f"{kind}.wav", one_shot(kind, 11))) for kind in kinds]
    with Generator(bundle) as studio:
        for name in bundle.classes or ():
            made = one(studio, GenerationRequest(class_name=name, seed=1))
            assert np.abs(made.sound).max() > 0.5 and len(made.sound) <= 2 * RATE
        again = [one(studio, GenerationRequest((path,))) for path in paths]

    def pictures(sounds: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        rate = bundle.front_end.sample_rate
        return np.stack([bundle.front_end.compute(soxr.resample(sound, RATE, rate)) for sound in sounds])

    originals = pictures([one_shot(kind, 11) for kind in kinds])
    errors = np.square(pictures([made.sound for made in again]) - originals).mean(axis=(1, 2))
    baseline = np.square(originals.mean(axis=0) - originals).mean(axis=(1, 2))
    assert errors.mean() < 0.5 * baseline.mean()
