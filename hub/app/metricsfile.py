"""The metrics of `hub run` as a file for a textfile collector: whole at any moment, and not older than a few seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

EVERY: Final = 5.0  # seconds


@contextmanager
def kept(path: Path, text: Callable[[], str], every: float = EVERY) -> Iterator[None]:
    """Written now, again and again while the block runs, and at its end. A full disk costs metrics, never traffic."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(every):
            _write(path, text())

    _write(path, text())
    thread = threading.Thread(target=keep, name="metrics file", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _write(path, text())


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    with suppress(OSError):
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
