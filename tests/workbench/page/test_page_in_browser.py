"""A page in a real browser, from its file: what a person sees, hears and types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.pages import content_of, opened, page_sounds, place_of, started, write_page
from tests.support.pty import until
from tui_browser.config.themes import load_theme
from tui_browser.workbench.page.credit import PageCredit

_PIXELS = """places => {
  const canvas = document.getElementById("canvas");
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return places.map(([left, top]) => {
    const at = 4 * (Math.round((top - box.top) * ratio) * canvas.width + Math.round((left - box.left) * ratio));
    return [...pixels.slice(at, at + 4)];
  });
}"""
"""Red, green, blue and opacity at places of the window."""
_LOW_CONTRAST = """() => {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const parts = colour.slice(0, 3).map((part) => part / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (part) => {
    for (let at = part; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return channels(getComputedStyle(document.body).backgroundColor);
  };
  const low = [];
  for (const part of document.querySelectorAll("body *")) {
    const own = [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !part.offsetParent || part.closest("script, noscript, .unseen") || part.disabled) continue;
    const [one, other] = [light(channels(getComputedStyle(part).color)), light(behind(part))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) low.push(`${part.className} ${part.textContent.slice(0, 20)} ${contrast.toFixed(2)}`);
  }
  return low;
}"""
"""Texts that stand out too little from what is behind them."""
HOSTILE = "</script><img src=x onerror=window.hacked=1><script>window.hacked=1</script>\u2028"


def name(page: Page) -> str:
    """The current sound."""
    return page.locator("#card h2").inner_text()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_sound_is_drawn_in_the_colour_of_its_class(browser: Browser, path: Path, scheme: Any) -> None:
    content, theme = content_of(path), load_theme(scheme)
    with opened(browser, path, color_scheme=scheme) as page:
        # The numbered dots of the beat cover four of them. A pointer on the button would be on the map afterwards.
        page.locator("#beat-button").press("Enter")
        page.wait_for_function("() => document.getElementById('canvas').clientHeight > 600")
        wanted = [theme.class_colour(group) for group in content["group"]]
        until(lambda: not _in_other_colours(page, content, wanted), "every dot in the colour of its class")


def _in_other_colours(page: Page, content: dict[str, Any], wanted: Sequence[str]) -> list[tuple[list[int], str]]:
    """The colours of dots that are not drawn in the wanted one, once the next frames are painted."""
    page.wait_for_timeout(50)
    places = [place_of(page, x, y) for x, y in zip(content["x"], content["y"], strict=True)]
    pixels = page.evaluate(_PIXELS, [list(place) for place in places])
    wrong = []
    for seen, colour in zip(pixels, wanted, strict=True):
        channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        if seen[3] <= 200 or max(abs(a - b) for a, b in zip(seen, channels, strict=False)) >= 12:
            wrong.append((seen, colour))
    return wrong


def test_moving_over_a_dot_plays_it_once_a_click_allowed_sound(page: Page, path: Path) -> None:
    content = content_of(path)
    assert "Click once" in page.locator("#hint").inner_text()
    page.mouse.click(*place_of(page, content["x"][4], content["y"][4]))
    assert started(page, 1)[0]["state"] == "running"
    assert name(page) == content["name"][4]
    page.wait_for_function("() => document.getElementById('hint').textContent === ''")
    page.mouse.move(*place_of(page, content["x"][9], content["y"][9]), steps=3)
    entries = started(page, 2)
    assert name(page) == content["name"][9]
    assert all(0.05 <= entry["seconds"] <= 0.7 and entry["offset"] < 0.06 for entry in entries)
    page.mouse.move(*place_of(page, content["x"][9] + 0.01, content["y"][9]))  # the same dot does not start again
    assert len(page.evaluate("window.started")) == len(entries)


def test_keys_walk_play_and_go_to_the_most_similar_sound(page: Page, path: Path) -> None:
    content = content_of(path)
    page.keyboard.press("ArrowRight")
    first = content["name"].index(name(page))
    started(page, 1)
    page.keyboard.press("ArrowRight")
    right = content["name"].index(name(page))
    assert content["x"][right] > content["x"][first]
    page.keyboard.press("h")
    assert name(page) == content["name"][first]
    page.keyboard.press("j")
    assert content["y"][content["name"].index(name(page))] < content["y"][first]
    page.keyboard.press("k")
    assert name(page) == content["name"][first]
    page.keyboard.press("n")
    assert name(page) == content["name"][content["near"][first][0]]
    page.keyboard.press("n")
    assert name(page) == content["name"][content["near"][first][1]]
    page.keyboard.press("N")
    page.keyboard.press("N")
    assert name(page) == content["name"][first]
    assert page.locator("#live").inner_text().startswith(content["name"][first])
    count = len(started(page, 5))
    page.wait_for_selector("#card .main:has-text('Play')")
    page.keyboard.press("Space")
    assert len(started(page, count + 1)) == count + 1


def test_search_narrows_as_one_types_and_escape_gives_all_back(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("hat cl")
    page.wait_for_function("() => document.getElementById('count').textContent === '2 of 22 sounds'")
    assert page.locator(".list li .name").all_inner_texts() == ["hat_closed 4.wav", "hat_closed 15.wav"]
    page.keyboard.press("Enter")
    assert name(page) == "hat_closed 4.wav"
    page.keyboard.press("ArrowRight")  # the only other one that is left to walk to
    page.keyboard.press("ArrowLeft")
    assert name(page) in ("hat_closed 4.wav", "hat_closed 15.wav")
    page.keyboard.press("/")
    page.keyboard.type("tag:deep -kick")
    assert page.locator("#count").inner_text() == "4 of 22 sounds"
    page.keyboard.type(" nothing")
    assert "No sound matches" in page.locator("#sounds h2").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#count").inner_text() == "22 sounds"


def test_the_legend_shows_only_what_is_pressed(page: Page) -> None:
    page.click("#legend button:has-text('snare')")
    assert page.locator("#count").inner_text() == "2 of 22 sounds"
    page.click("#legend button:has-text('kick')")
    assert page.locator("#count").inner_text() == "4 of 22 sounds"
    page.keyboard.press("Escape")
    assert page.locator("#count").inner_text() == "22 sounds"


def test_marked_sounds_are_shown_alone_listed_and_kept(page: Page, path: Path) -> None:
    content = content_of(path)
    page.evaluate("localStorage.clear()")
    marked = []
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        marked.append(name(page))
        page.keyboard.press("f")
    page.click("#legend [data-marked]")
    assert page.locator("#count").inner_text() == "2 of 22 sounds"
    page.click("#legend button:has-text('list')")
    lines = page.locator("#marked textarea").input_value().splitlines()
    folder = content["folders"][content["folder"][content["name"].index(marked[0])]]
    assert f"{folder}/{marked[0]}" in lines and len(lines) == 2
    page.click("#marked button:has-text('Copy')")
    page.wait_for_selector("text=Copied")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("#legend [data-marked]")
    page.click(f".list li:has-text('{marked[1]}')")
    page.keyboard.press("f")
    page.wait_for_function("() => document.querySelector('#legend [data-marked]').textContent === '★ marked1'")


def test_the_list_is_walked_by_keys_and_plays(page: Page, path: Path) -> None:
    page.focus(".list")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert name(page) == content_of(path)["name"][1]
    assert page.get_attribute(".list", "aria-activedescendant") == "sound-1"
    started(page, 1)


def test_wheel_and_keys_zoom_and_a_drag_moves_the_map(page: Page, path: Path) -> None:
    content = content_of(path)
    middle = place_of(page, 0.5, 0.5)
    page.mouse.click(*middle)
    page.mouse.move(*place_of(page, content["x"][0], content["y"][0]))
    assert name(page) == content["name"][0]
    page.mouse.wheel(0, -600)  # at the dot: it stays below the pointer, the others leave
    page.mouse.move(*place_of(page, content["x"][1], content["y"][1]))
    assert name(page) == content["name"][0]
    page.mouse.down()
    page.mouse.move(*place_of(page, content["x"][0] - 0.2, content["y"][0]), steps=4)
    page.mouse.up()
    page.keyboard.press("0")
    page.mouse.move(*place_of(page, content["x"][1], content["y"][1]))
    assert name(page) == content["name"][1]


def test_a_phone_taps_and_sees_all_of_it(browser: Browser, path: Path) -> None:
    content = content_of(path)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    with opened(browser, path, **phone) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.touchscreen.tap(*place_of(page, content["x"][7], content["y"][7]))
        assert started(page, 1)
        assert name(page) == content["name"][7]
        page.tap("#beat-button")
        page.tap("[data-track='3'][data-step='2']")
        page.tap(".controls .main")
        page.wait_for_selector(".step.now")
        page.tap(".controls .main")


@pytest.mark.parametrize("size", [(320, 560), (844, 390), (3840, 2160)])
def test_nothing_is_outside_the_window(browser: Browser, path: Path, size: tuple[int, int]) -> None:
    with opened(browser, path, viewport={"width": size[0], "height": size[1]}) as page:
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [*size]
        box = page.locator("#canvas").bounding_box()
        assert box is not None
        assert box["width"] >= min(300, size[0]) and box["height"] >= 150


@pytest.mark.parametrize("size", [(360, 640), (390, 760), (844, 390), (1024, 700)])
def test_every_button_can_be_pressed_with_the_beat_open(browser: Browser, path: Path, size: tuple[int, int]) -> None:
    with opened(browser, path, viewport={"width": size[0], "height": size[1]}) as page:
        page.keyboard.press("ArrowRight")
        page.keyboard.press("b")
        page.wait_for_selector("#beat:not([hidden])")
        hidden = page.evaluate(
            """() => [...document.querySelectorAll("button, input")]
              .filter((part) => part.offsetParent && !part.closest("#legend, dialog"))
              .filter((part) => {
                part.scrollIntoView({ block: "nearest" });
                const box = part.getBoundingClientRect();
                const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                return !(seen === part || part.contains(seen));
              }).map((part) => part.outerHTML)"""
        )
        assert hidden == []


def test_a_hostile_name_tag_or_title_does_nothing(browser: Browser, tmp_path: Path) -> None:
    credit = PageCredit(HOSTILE, HOSTILE, "")
    sounds = page_sounds(6, name=HOSTILE, folder=HOSTILE, tags=(HOSTILE,), credit=credit)
    sounds[1] = replace(sounds[1], credit=PageCredit("", "", "javascript:window.hacked=1"))
    path = write_page(tmp_path / "page.html", sounds, title=HOSTILE)
    with opened(browser, path) as page:
        page.keyboard.press("/")
        page.keyboard.type("hacked")
        page.keyboard.press("Enter")
        assert name(page) == HOSTILE.rstrip("\u2028") or name(page) == HOSTILE
        page.keyboard.press("1")
        page.keyboard.press("?")
        page.click("text=Credits of the sounds")
        assert HOSTILE.strip() in page.locator("#credits").inner_text()
        assert page.locator("#credits a").count() == 0
        assert page.title().strip() == HOSTILE.strip()
        assert page.locator("img").count() == 0
        assert page.evaluate("window.hacked") is None


def test_less_motion_draws_nothing_while_a_sound_plays(browser: Browser, path: Path) -> None:
    with opened(browser, path, reduced_motion="reduce") as page:
        page.keyboard.press("ArrowRight")
        started(page, 1)
        assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_all_texts_can_be_read(browser: Browser, path: Path, scheme: Any) -> None:
    """Every text has a contrast of 4.5 with what is behind it, as WCAG asks of small text."""
    with opened(browser, path, color_scheme=scheme) as page:
        page.keyboard.press("ArrowRight")
        page.keyboard.press("f")
        page.wait_for_selector("#legend [data-marked]")
        assert page.evaluate(_LOW_CONTRAST) == []


def test_the_theme_can_be_chosen_and_everything_has_a_name(page: Page) -> None:
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("t")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, canvas[tabindex], [role=listbox]")]
          .filter((part) => !(part.textContent.trim() || part.ariaLabel || part.labels?.length))
          .map((part) => part.outerHTML)"""
    )
    assert nameless == []
