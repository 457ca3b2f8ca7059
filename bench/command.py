"""The command of a benchmark: a place to measure in, progress on standard error, the report as a page or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Say = Callable[[str], None]
R = TypeVar("R")


def run(
    parser: argparse.ArgumentParser,
    measure: Callable[[Path, argparse.Namespace, Say], R],
    page: Callable[[R], str],
    data: Callable[[R], dict[str, Any]],
) -> None:
    """Adds what every benchmark takes to `parser`, measures in a directory that is removed again, and tells."""
    chosen = _arguments(parser)
    chosen.place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=chosen.place) as place:
        results = measure(Path(place), chosen, _progress())
    sys.stderr.write("\r\033[K" if sys.stderr.isatty() else "")
    written = page(results)
    sys.stdout.write(json.dumps(data(results), ensure_ascii=False, indent=1) + "\n" if chosen.json else written)
    if chosen.output:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(written, "utf-8")


def _arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    parser.add_argument("--json", action="store_true", help="print JSON instead of the page")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the page to FILE too")
    parser.add_argument(
        "--place", type=Path, default=Path("var"), help="directory for homes and journals (default: var)"
    )
    return parser.parse_args()


def _progress() -> Say:
    """One line that is written over on a terminal, a line each elsewhere."""
    start = time.monotonic()
    form = "\r\033[K{}" if sys.stderr.isatty() else "{}\n"

    def say(what: str) -> None:
        sys.stderr.write(form.format(f"[{time.monotonic() - start:5.1f} s] {what}"))
        sys.stderr.flush()

    return say
