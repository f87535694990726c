import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_browser.playback.memory_voice import MemoryVoice
from tui_browser.playback.mixer import FADE_S, Mixer
from tui_browser.playback.output import SoundEvent

RATE = 48_000
FADE = round(RATE * FADE_S)


def noise(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (frames, 2)).astype(np.float32)


def level(frames: int, value: float) -> np.ndarray:
    return np.full((frames, 2), value, dtype=np.float32)


def mixer() -> Mixer:
    return Mixer(RATE, lambda: None)


def strip(heard: list[SoundEvent]) -> list[tuple[int, bool]]:
    return [(event.token, event.ended) for event in heard]


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12), st.integers(1, 3000))
def test_a_sound_passes_unchanged_whatever_the_blocks(blocks: list[int], frames: int) -> None:
    mix, sound = mixer(), noise(frames)
    mix.play(MemoryVoice(sound), 7)
    out = np.concatenate([mix.mix(block) for block in blocks])
    length = min(len(out), frames)
    assert np.array_equal(out[:length], sound[:length])
    assert not out[length:].any()
    assert strip(mix.events()) == [(7, False), (7, True)][: 2 if sum(blocks) >= frames else 1]
    assert mix.silent_tail == min(blocks[-1], max(0, sum(blocks) - frames))


def test_silence_is_silence() -> None:
    mix = mixer()
    assert not mix.mix(512).any()
    assert not mix.sounding.is_set()
    assert mix.events() == []


@given(st.integers(1, 2000), st.integers(1, 64))
def test_a_new_sound_waits_for_the_fade_and_two_are_never_heard(before: int, block: int) -> None:
    mix = mixer()
    old, new = level(10_000, 0.8), level(3_000, -0.8)
    mix.play(MemoryVoice(old), 1)
    out = [mix.mix(before)]
    mix.play(MemoryVoice(new), 2)
    out += [mix.mix(block) for _ in range(FADE // block + 20)]
    heard = np.concatenate(out)[:, 0]
    fade = heard[before : before + FADE]
    assert (np.diff(fade) <= 0).all()
    assert fade[-1] == 0
    assert np.abs(np.diff(heard[: before + FADE])).max() <= 0.8 / (FADE - 1) + 1e-6, "a click"
    assert (heard[before + FADE : before + FADE + 20] == np.float32(-0.8)).all(), "begins whole, right after the fade"
    assert strip(mix.events()) == [(1, False), (2, False)], "a replaced sound is not told as finished"


def test_of_a_burst_only_the_newest_is_heard_and_all_are_closed() -> None:
    closed: list[int] = []

    class Told(MemoryVoice):
        def __init__(self, number: int) -> None:
            super().__init__(level(1000, 0.5))
            self.number = number

        def close(self) -> None:
            closed.append(self.number)

    mix = mixer()
    mix.play(Told(0), 0)
    mix.mix(100)
    for number in range(1, 50):
        mix.play(Told(number), number)
        mix.mix(1)  # the fade goes on, and is not begun anew
    mix.mix(FADE + 1000)
    assert strip(mix.events()) == [(0, False), (49, False), (49, True)]
    assert sorted(closed) == list(range(50))


def test_stop_fades_out_and_drops_what_waits() -> None:
    mix = mixer()
    mix.play(MemoryVoice(level(10_000, 0.8)), 1)
    mix.mix(100)
    mix.play(MemoryVoice(level(10_000, -0.8)), 2)
    mix.stop()
    out = mix.mix(FADE + 100)[:, 0]
    assert (np.diff(out[:FADE]) <= 0).all()
    assert not out[FADE:].any()
    assert strip(mix.events()) == [(1, False)]
    assert not mix.sounding.is_set()
    mix.play(MemoryVoice(level(10, 0.5)), 3)
    assert (mix.mix(10) == 0.5).all()


def test_a_sound_from_its_middle_rises_and_falls_from_where_it_is() -> None:
    mix = mixer()
    mix.play(MemoryVoice(level(20_000, 0.8), start=1_000), 1)
    rise = mix.mix(FADE // 3)[:, 0]
    assert rise[0] == 0
    mix.stop()
    out = np.concatenate((rise, mix.mix(FADE)[:, 0]))
    assert np.abs(np.diff(out)).max() <= 0.8 / (FADE - 1) + 1e-6, "a click"
    assert out[-1] == 0


def test_a_slow_disk_is_a_gap_and_not_an_end() -> None:
    class Slow(MemoryVoice):
        dry = False

        def read(self, frames: int) -> np.ndarray:
            return np.zeros((0, 2), np.float32) if self.dry else super().read(frames)

    mix, voice = mixer(), Slow(level(200, 0.5))
    mix.play(voice, 1)
    mix.mix(100)
    voice.dry = True
    assert not mix.mix(50).any()
    assert mix.silent_tail == 0
    voice.dry = False
    out = mix.mix(150)
    assert (out[:100] == 0.5).all()
    assert strip(mix.events()) == [(1, False), (1, True)]


@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_b9_nothing_leaves_the_range(gain: float) -> None:
    mix = mixer()
    mix.play(MemoryVoice(noise(500), gain=gain), 1)
    assert np.abs(mix.mix(500)).max() <= 1


def test_the_way_from_the_request_to_the_first_frame_is_told() -> None:
    mix = mixer()
    mix.play(MemoryVoice(level(10, 0.5)), 1, requested_at=mix.mixed_at - 0.25)
    mix.mix(10)
    assert 0.25 <= mix.events()[0].after_s < 0.5


def test_with_tails_a_short_sound_rings_beside_the_next_and_stop_ends_all() -> None:
    mix = mixer()
    mix.play(MemoryVoice(level(2_000, 0.25)), 1)
    mix.mix(500)
    mix.play(MemoryVoice(level(600, 0.5)), 2, ring=True)
    out = mix.mix(1_000)[:, 0]
    assert (out[:600] == 0.75).all()
    assert (out[600:] == 0.25).all()
    assert mix.sounding.is_set()
    assert mix.silent_tail == 0
    out = mix.mix(1_000)[:, 0]
    assert (out[:500] == 0.25).all() and not out[500:].any()
    assert mix.silent_tail == 500
    assert not mix.sounding.is_set()
    assert strip(mix.events()) == [(1, False), (2, False), (2, True)]
    for token in (3, 4):
        mix.play(MemoryVoice(level(20_000, 0.3)), token, ring=True)
        mix.mix(100)
    mix.stop()
    out = mix.mix(1_000)[:, 0]
    assert np.abs(np.diff(out)).max() < 0.6 / (FADE - 1) + 1e-6, "a click"
    assert not out[FADE:].any()


def test_many_tails_are_few_and_never_too_loud() -> None:
    closed: list[int] = []

    class Told(MemoryVoice):
        def close(self) -> None:
            closed.append(1)

    mix, loudest = mixer(), 0.0
    for token in range(40):
        mix.play(Told(noise(20_000, token)), token, ring=True)
        loudest = max(loudest, float(np.abs(mix.mix(480)).max()))
    assert loudest <= 1
    mix.events()
    assert len(closed) == 40 - 8 - 1
    mix.close()
    assert len(closed) == 40, "what a dead device held is let go"


@given(st.integers(1, 600))
def test_the_volume_glides_and_full_volume_changes_nothing(block: int) -> None:
    mix = mixer()
    mix.set_gain(0.5)
    mix.play(MemoryVoice(level(20_000, 0.8)), 1)
    assert (mix.mix(block) == np.float32(0.4)).all()
    mix.set_gain(1.0)
    out = np.concatenate((mix.mix(600), mix.mix(block)))[:, 0]
    assert np.abs(np.diff(out)).max() < 0.001
    assert (out[600:] == np.float32(0.8)).all()


def test_a_device_that_asks_too_late_is_told_from_one_that_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("tui_browser.playback.mixer.time.monotonic", lambda: now[0])
    mix = Mixer(RATE, lambda: None, buffer_s=0.06)
    for pause_s in (0.02, 5.0):  # in silence nobody minds
        now[0] += pause_s
        mix.mix(960)
    mix.play(MemoryVoice(level(48_000, 0.5)), 1)
    for pause_s in (0.02, 0.05, 0.03, 0.02):
        now[0] += pause_s
        mix.mix(960)
    assert mix.dry_spells == 0
    for pause_s in (0.3, 0.02, 0.1):
        now[0] += pause_s
        mix.mix(960)
    assert mix.dry_spells == 2
    mix.mix(9600)
    now[0] += 0.2  # a device that asks for much asks seldom
    mix.mix(9600)
    assert mix.dry_spells == 2
    mix.mix(960)
    now[0] += 100  # the machine was asleep
    mix.mix(960)
    assert mix.dry_spells == 1
