"""An error that nobody foresaw, told by its place alone: file names and lines, never its text, which may quote a message."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import Final

_FRAMES: Final = 4  # the innermost


def whereabouts(surprise: BaseException) -> str:
    """Where it was raised, and through which lines it came."""
    frames = traceback.extract_tb(surprise.__traceback__)[-_FRAMES:]
    return " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
