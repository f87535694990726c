"""Features made by rule, for scenes that must look the same in every run."""

from __future__ import annotations

import numpy as np

from tui_browser.visualiser.canvas import Picture
from tui_browser.visualiser.features import BLURS, Features
from tui_browser.visualiser.parameter_files import shipped_scene
from tui_browser.visualiser.stage import Stage


def waves(seconds: float = 60.0) -> Features:
    """Ten features that rise and fall at paces of their own, and a level that beats twice a second."""
    time_s = np.arange(round(60 * seconds)) / 60
    paces = np.array([0.02, 0.03, 0.05, 0.06, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2])
    track = np.rint(5_000 * (1 + np.sin(2 * np.pi * paces * time_s[:, None] + np.arange(10)))).astype(np.uint16)
    level = np.exp(-4 * (time_s % 0.5)).astype(np.float32)
    return Features(dict.fromkeys(BLURS, track), level)


def played(
    scene: str, *, seconds: float = 5.0, rows: int = 43, columns: int = 160, seed: int = 1, calm: bool = False
) -> list[Picture]:
    """The pictures of a shipped scene, thirty a second."""
    stage, features = Stage(shipped_scene(scene), seed=seed, calm=calm), waves()
    pictures = []
    for frame in range(round(30 * seconds)):
        stage.step(features, 2 * frame, now_s=frame / 30, dt_s=1 / 30)
        pictures.append(stage.picture(rows, columns))
    return pictures
