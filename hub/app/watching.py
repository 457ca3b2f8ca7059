"""What a zone tells those who watch it over HTTP: whether it lives, whether it works, how much it has done, which release it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import hub
from hub.edges.http import Page, Pages

FREE_BYTES: Final = 512 * 1024 * 1024  # below this nothing more should be accepted
_TEXT: Final = "text/plain; version=0.0.4"


def pages(
    home: Path, states: Callable[[], Mapping[str, bool]], metrics: Callable[[], str], status: Callable[[], object]
) -> Pages:
    """`states`: the processes, and whether each is ready. `status`: as by the home's socket; it raises when nobody answers."""
    return {
        "/healthz": lambda: Page(200, "text/plain", "ok\n"),
        "/readyz": lambda: _ready(home, states, status),
        "/metrics": lambda: Page(200, _TEXT, metrics()),
        "/version": lambda: Page(200, "application/json", json.dumps({"version": hub.__version__}) + "\n"),
    }


def _ready(home: Path, states: Callable[[], Mapping[str, bool]], status: Callable[[], object]) -> Page:
    checks = {**{f"process {name}": ready for name, ready in states().items()}}
    checks["disk"] = shutil.disk_usage(home).free > FREE_BYTES
    checks["owner"] = _answers(status)
    body = json.dumps(checks, ensure_ascii=False, sort_keys=True) + "\n"
    return Page(200 if all(checks.values()) else 503, "application/json", body)


def _answers(status: Callable[[], object]) -> bool:
    """Whether the zone's owner of the journal answers, and has not latched."""
    try:
        said = status()
    except Exception:  # noqa: BLE001 - whatever it is, the zone is not ready
        return False
    return isinstance(said, dict) and not said.get("latched")
