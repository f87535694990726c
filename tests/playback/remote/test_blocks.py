import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tui_browser.errors import AudioError
from tui_browser.playback.remote.block_codec import FLAC, MOST_BLOCK_S, OPUS, decode_block
from tui_browser.playback.remote.blocks import BlockStore
from tui_browser.playback.remote.protocol import ListenerError


def noise(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (frames, channels)).astype(np.float32)


@pytest.mark.parametrize(("subtype", "channels"), [("PCM_16", 1), ("PCM_16", 2), ("PCM_24", 2), ("FLOAT", 1)])
def test_a_sound_arrives_as_it_is_in_the_file(tmp_path: Path, subtype: str, channels: int) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, noise(5000, channels), 44_100, subtype=subtype)
    block, rest = BlockStore().open(os.fsencode(path))
    samples, rate = decode_block(block.data)
    wanted = sf.read(path, dtype="float32", always_2d=True)[0]
    assert rest is None and rate == block.rate == 44_100 and (block.start, block.end) == (0, 5000)
    assert np.abs(samples - wanted).max() <= (0 if subtype != "FLOAT" else 2**-23)


def test_full_scale_and_beyond_do_not_wrap(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    sf.write(path, np.array([[1.0], [-1.0], [2.5], [-2.5], [np.nan]], np.float32), 44_100, subtype="FLOAT")
    samples, _ = decode_block(BlockStore().open(os.fsencode(path))[0].data)
    assert np.allclose(samples[:, 0], [1, -1, 1, -1, 0], atol=1e-6)


def test_many_channels_and_high_rates_become_what_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    sf.write(path, noise(38_400, 6), 384_000, subtype="FLOAT")
    samples, rate = decode_block(BlockStore().open(os.fsencode(path))[0].data)
    assert samples.shape == (9_600, 2) and rate == 96_000


def test_a_long_sound_is_read_in_steps_on_one_grid(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    whole = noise(round(7.5 * 8_000), seed=3)
    sf.write(path, whole, 8_000, subtype="PCM_24")
    first, rest = BlockStore().open(os.fsencode(path))
    assert rest is not None
    blocks = [first]
    while (block := rest.read_block()) is not None:
        blocks.append(block)
    rest.close()
    assert [block.end for block in blocks] == [16_000, 16_000, 16_000, 12_000]
    assert np.allclose(np.concatenate([decode_block(block.data)[0] for block in blocks]), whole, atol=2**-22)
    later, rest = BlockStore().open(os.fsencode(path), start_s=FLAC.step_s + 0.5)
    assert rest is not None
    assert later.digest == blocks[1].digest and rest.offset_s == 0.5
    rest.close()


def test_a_long_loop_goes_round_with_the_same_blocks(tmp_path: Path) -> None:
    path = tmp_path / "loop.wav"
    for seconds, names in ((5.0, 3), (6.0, 3)):
        sf.write(path, noise(round(seconds * 8_000), seed=5), 8_000, subtype="PCM_16")
        first, rest = BlockStore().open(os.fsencode(path), loop=True)
        assert rest is not None
        digests = [first.digest, *(block.digest for block in (rest.read_block() for _ in range(7)) if block)]
        rest.close()
        assert len(digests) == 8 and len(set(digests)) == names and digests[:names] == digests[names : 2 * names]


def test_a_long_loop_that_breaks_off_is_not_read_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "loop.wav"
    sf.write(path, noise(48_000, seed=5), 8_000, subtype="PCM_16")
    _, rest = BlockStore().open(os.fsencode(path), loop=True)
    assert rest is not None
    monkeypatch.setattr(rest._source, "read", lambda frames: noise(3))
    assert [rest.read_block() is None for _ in range(4)] == [False, False, True, True]
    rest.close()


def test_a_changed_file_is_read_anew_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, noise(500, seed=1), 44_100)
    store = BlockStore()
    one = store.open(os.fsencode(path))[0]
    assert store.open(os.fsencode(path))[0] is one
    assert store.find(one.digest) is one
    sf.write(path, noise(501, seed=2), 44_100)
    assert store.open(os.fsencode(path))[0].digest != one.digest


def test_the_store_has_a_limit(tmp_path: Path) -> None:
    store = BlockStore(max_bytes=4_000)
    blocks = []
    for seed in range(4):
        path = tmp_path / f"{seed}.wav"
        sf.write(path, noise(900, seed=seed), 44_100)
        blocks.append(store.open(os.fsencode(path))[0])
    assert store.find(blocks[0].digest) is None and store.find(blocks[-1].digest) is blocks[-1]


def test_what_is_no_sound_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"not a sound")
    sf.write(tmp_path / "empty.wav", np.zeros((0, 1)), 44_100)
    for name in (b"a.wav", b"empty.wav", b"none.wav"):
        with pytest.raises(AudioError):
            BlockStore().open(os.fsencode(tmp_path) + b"/" + name)


def flac(samples: np.ndarray, rate: int = 44_100) -> bytes:
    file = io.BytesIO()
    sf.write(file, samples, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def test_blocks_from_elsewhere_are_taken_for_sound_only_within_limits() -> None:
    good = flac(noise(1000))
    wav = io.BytesIO()
    sf.write(wav, noise(1000), 44_100, format="WAV")
    for bad in (
        b"",
        b"fLaC",
        good[:40],
        b"fLaC" + os.urandom(500),
        wav.getvalue(),
        flac(noise(100, 3)),
        flac(noise(0)),
    ):
        with pytest.raises(ListenerError):
            decode_block(bad)
    long_silence = flac(np.zeros((3 << 20, 1), np.float32))
    assert len(long_silence) < 1 << 16
    assert len(decode_block(long_silence)[0]) == MOST_BLOCK_S * 44_100, "a few bytes do not become gigabytes"


def test_pieces_of_opus_that_are_kept_have_the_same_names_again(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, noise(48_000, 2), 44_100)
    store, names = BlockStore(), []
    for _ in range(2):
        first, rest = store.open(os.fsencode(path), codec=OPUS, in_pieces=True)
        assert rest is not None
        names.append([first.digest, *(block.digest for block in iter(rest.read_block, None))])
        rest.close()
    assert names[0] == names[1] and len(set(names[0])) == 3
