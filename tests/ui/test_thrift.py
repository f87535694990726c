"""Sending less: by a setting, by itself where frames lag, and no synchronised frames where they cost more."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from rich.color import ColorSystem

from tests.support.fakes import Bench, snapshot
from tests.support.pilot import driving, run
from tui_browser.config.settings import Settings
from tui_browser.ui.terminal.low_bandwidth import FRAME_S, LAG_S, LAGS, LONG_LAG_S, LowBandwidth, backlog, synchronised


def test_frames_that_wait_again_and_again_are_a_slow_line_and_a_burst_is_not() -> None:
    thrift = LowBandwidth()
    assert not any(thrift.lags(LAG_S) for _ in range(LAGS - 1))
    assert not thrift.lags(0.0)
    assert [thrift.lags(LAG_S) for _ in range(LAGS)][-1]
    assert thrift.lags(LONG_LAG_S)
    driver = SimpleNamespace(_writer_thread=SimpleNamespace(_queue=SimpleNamespace(qsize=lambda: 7)))
    assert backlog(driver) == 7 and backlog(None) == 0


def test_frames_are_not_synchronised_inside_tmux_and_screen() -> None:
    assert synchronised({}) and not synchronised({"TMUX": "/tmp/x,1,0"}) and not synchronised({"STY": "1.x"})


def test_slow_caps_frames_and_leaves_density_out_of_the_colours() -> None:
    async def scenario() -> None:
        bench = Bench(snapshot(3000), settings=Settings(motion=False, slow=True))
        async with driving(bench, size=(120, 30)) as drive:
            assert bench.app.screen._update_timer._interval == FRAME_S
            assert set(drive.cells.level[drive.cells.count > 0].tolist()) == {2}
            assert bench.app.console._color_system is not ColorSystem.TRUECOLOR
            await drive.press("right", "down")

    run(scenario)


def test_it_begins_by_itself_once_and_says_so() -> None:
    async def scenario() -> None:
        bench = Bench(snapshot(300))
        async with driving(bench, size=(120, 30)) as drive:
            assert not bench.app.low_bandwidth.on
            waiting = [30]
            vars(bench.app._driver)["_writer_thread"] = SimpleNamespace(
                _queue=SimpleNamespace(qsize=lambda: waiting[0])
            )
            drive.controllers.presenter.say("something new")
            await asyncio.sleep(LONG_LAG_S * 1.5)
            assert not bench.app.low_bandwidth.on, "what is new waits unseen"
            waiting[0] = 0
            await drive.sees("does not keep up")
            slow_line = bench.app.low_bandwidth
            assert slow_line.on
            vars(bench.app._driver)["_writer_thread"] = None

    run(scenario)
