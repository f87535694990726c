"""What the player plays of a beat is, sample for sample, what an offline render of it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.beats import ROLES, drum_kit, slot
from tests.support.live_beats import RATE, TOKEN, Heard, recorded, recorded_at_least
from tests.support.sounds import write
from tui_browser.kits.kit import Kit
from tui_browser.kits.live import live_parts
from tui_browser.kits.pattern import Pattern, pattern_from_text
from tui_browser.kits.render import Beat, BeatOptions
from tui_browser.playback.messages import Started
from tui_browser.playback.player import Player

BUSY = """
bpm 400
swing 60
kick        X... ..x. x... ....
snare       .... X..o .... X..3
hat_closed  x.o. x.o. x.o. x.o.
hat_open    ..x. ..x. ..x. ..xo
"""


def loud_tail_kit(folder: Path, *, level_db: float) -> Kit:
    """Drums of which one rings for longer than a round, at levels, pans and pitches of all kinds."""
    rng = np.random.default_rng(5)
    long = (rng.normal(0, 0.2, 60_000) * np.exp(-np.arange(60_000) / 20_000)).astype(np.float32)
    kick, snare, closed, opened = drum_kit(folder).slots
    slots = (
        replace(kick, level_db=level_db),
        slot("snare", write(folder / "long.wav", long), level_db=level_db, pan=-0.3),
        replace(closed, pitch_semitones=-5.0, level_db=level_db - 6, pan=0.5),
        replace(opened, onset_s=0.003, level_db=level_db),
    )
    assert [each.role for each in slots] == list(ROLES) and snare.role == "snare"
    return Kit("live", slots)


def played(kit: Kit, pattern: Pattern, recording: Path, *, seconds: float) -> np.ndarray:
    """What a real player's recorder back end writes of a beat."""
    player = Player(f"recorder:{recording}")
    try:
        player.play_beat(
            live_parts(kit, pattern), token=TOKEN, step_s=pattern.step_s, swing=pattern.swing, steps=pattern.steps
        )
        Heard(player).until(Started)
        recorded_at_least(recording, seconds)
    finally:
        player.close()
    return recorded(recording)[: round(seconds * RATE)]


def test_d10_the_player_plays_what_the_offline_render_holds_loop_after_loop(tmp_path: Path) -> None:
    kit, pattern = loud_tail_kit(tmp_path, level_db=-9.0), pattern_from_text(BUSY, name="busy")
    heard = played(kit, pattern, tmp_path / "heard.wav", seconds=2.5)
    offline, gains = Beat(kit, pattern, BeatOptions(bars=5, rate=RATE)).mix()
    assert (gains == 1.0).all(), "nothing to limit"
    assert np.abs(heard).max() > 0.2
    assert np.array_equal(heard, offline[: len(heard)])
    loop, _ = Beat(kit, pattern, BeatOptions(rate=RATE, loop=True)).mix()
    rounds = [heard[at * len(loop) : (at + 1) * len(loop)] for at in range(4)]
    assert not np.array_equal(rounds[0], loop), "the first round has no tail of an earlier one"
    assert all(np.array_equal(each, loop) for each in rounds[3:]), "later ones have all that rings into a round"


def test_where_the_limiter_acts_the_rest_is_equal_and_nothing_exceeds_full_scale(tmp_path: Path) -> None:
    pattern = pattern_from_text(BUSY.replace("x.o. x.o. x.o. x.o.", ".... .... .... ...."), name="busy")
    kit = loud_tail_kit(tmp_path, level_db=4.0)
    heard = played(kit, pattern, tmp_path / "heard.wav", seconds=1.5)
    offline, gains = Beat(kit, pattern, BeatOptions(bars=5, rate=RATE)).mix()
    offline, gains = offline[: len(heard)], gains[: len(heard)]
    assert np.abs(heard).max() <= 1.0 and np.abs(offline).max() <= 1.0
    first = int(np.flatnonzero(gains < 1.0)[0])
    assert 0 < first < len(heard)
    assert np.array_equal(heard[: first - RATE // 50], offline[: first - RATE // 50])
    # live, a peak is seen as far ahead as the device asks; offline, all of it is known
    assert np.corrcoef(heard[:, 0], offline[:, 0])[0, 1] > 0.99


@pytest.mark.parametrize("bpm", [91.7, 133.0])
def test_a_tempo_that_divides_no_second_drifts_by_no_sample(tmp_path: Path, bpm: float) -> None:
    from tui_browser.kits.slot_sound import slot_sound
    from tui_browser.playback.beat.beat_voice import BeatPlan, BeatVoice, PlannedPart

    pattern = replace(pattern_from_text(BUSY, name="busy"), bpm=bpm)
    kit = loud_tail_kit(tmp_path, level_db=-12.0)
    beat = Beat(kit, pattern, BeatOptions(bars=12, rate=44_100))
    sounds = {each.role: slot_sound(each, rate=44_100) for each in kit.slots}
    parts = tuple(PlannedPart(sounds[part.slot.role], part.track.velocities, part.slot.choke) for part in beat.parts)
    voice = BeatVoice(BeatPlan(parts, pattern.step_s, pattern.swing, pattern.steps), rate=44_100)
    sizes = np.random.default_rng(1).integers(1, 3_000, 2_000)
    heard = np.concatenate([voice.read(int(size)) for size in sizes])[: beat.frames]
    assert np.array_equal(heard, beat.mix()[0][: beat.frames])
