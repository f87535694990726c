"""The beat of a page in a real browser: when its steps sound, what is saved, and what it plays."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page

from tests.support.pages import content_of, place_of, started


def test_d10_the_beat_plays_its_steps_125_ms_apart(page: Page) -> None:
    page.keyboard.press("b")
    page.click("text=Clear")
    for step in range(16):
        page.click(f"[data-track='0'][data-step='{step}']")
    page.keyboard.press("p")
    times = [entry["when"] for entry in started(page, 12)]
    assert all(entry["when"] >= entry["at"] for entry in page.evaluate("window.started")), "never too late"
    steps = [(later - sooner) / 0.125 for sooner, later in itertools.pairwise(times)]  # 2 where a busy machine lost one
    assert [step - round(step) for step in steps] == pytest.approx([0.0] * len(steps), abs=1 / 48_000 / 0.125)
    assert min(steps) == pytest.approx(1.0, abs=1e-3)
    page.wait_for_selector(".step.now")
    page.keyboard.press("p")
    page.wait_for_selector(".controls .main:has-text('Play')")
    assert page.locator(".step.now").count() == 0


def test_d10_a_saved_beat_has_each_step_at_its_sample(page: Page, tmp_path: Path) -> None:
    page.keyboard.press("b")
    page.click("text=Clear")
    for step in (0, 5, 11):
        page.click(f"[data-track='1'][data-step='{step}']")
    with page.expect_download() as waiting:
        page.click("text=Save WAV")
    waiting.value.save_as(tmp_path / "beat.wav")
    samples, rate = soundfile.read(tmp_path / "beat.wav")
    assert waiting.value.suggested_filename == "beat-120bpm.wav"
    mono = np.abs(samples).max(axis=1)
    first = int(np.flatnonzero(mono > 0)[0])
    for bar in range(4):
        for step in (0, 5, 11):
            at = first + round((bar * 16 + step) * 0.125 * rate)
            assert mono[max(0, at - 2) : at + 3].max() > 0, (bar, step)
    hit = samples[first : first + 4000]
    for step in (16, 32, 48):  # nothing else sounds there: the same samples again, to one sample
        at = first + round(step * 0.125 * rate)
        assert min(np.abs(samples[at + shift : at + shift + 4000] - hit).max() for shift in (-1, 0, 1)) < 2e-4


def test_d10_sounds_of_the_beat_come_from_the_map(page: Page, path: Path) -> None:
    content = content_of(path)
    tracks = page.locator(".track .name")
    assert [text.split(" ")[0] for text in tracks.all_inner_texts()] == ["kick", "snare", "hat_closed", "hat_open"]
    page.keyboard.press("/")
    page.keyboard.type("clap")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    page.wait_for_function("() => document.querySelectorAll('.track .name')[1].textContent.startsWith('clap')")
    page.keyboard.press("Escape")
    handle = content["name"].index(tracks.nth(0).inner_text())
    page.mouse.move(*place_of(page, content["x"][handle], content["y"][handle]))
    page.mouse.down()
    page.mouse.move(*place_of(page, content["x"][13], content["y"][13]), steps=4)
    page.mouse.up()
    page.wait_for_function(
        "name => document.querySelector('.track .name').textContent === name", arg=content["name"][13]
    )


def test_steps_are_walked_by_arrows_and_set_by_space(page: Page) -> None:
    page.focus("[data-track='0'][data-step='0']")
    before = page.get_attribute("[data-track='1'][data-step='1']", "aria-pressed")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    step = page.locator("[data-track='1'][data-step='1']")
    page.wait_for_function(
        "was => document.querySelector(`[data-track='1'][data-step='1']`).getAttribute('aria-pressed') !== was",
        arg=before,
    )
    assert step.get_attribute("aria-label") == "snare, step 2"
    assert page.evaluate("document.activeElement.dataset.step") == "1"
